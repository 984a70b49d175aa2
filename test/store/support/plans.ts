// Records what a store sends, and asks the database how it would run it.
import type { Connection, Database } from '../../../src/store/database.js';
import { BEGIN, type Call, COMMIT, type Parameter, ROLLBACK } from '../../../src/store/statement.js';

/** They have no plan. */
const BOUNDS: readonly Call[] = [BEGIN, COMMIT, ROLLBACK];

/** The same database; each call is noted. */
export function recording(database: Database, note: (call: Call) => void): Database {
  return {
    kind: database.kind,
    maxLanes: database.maxLanes,
    isDurable: database.isDurable,
    listen: (channel, onMessage) => database.listen(channel, onMessage),
    close: () => database.close(),
    connect: async (planning) => {
      const connection = await database.connect(planning);
      return recordingConnection(connection, planning === 'keys' ? note : () => undefined);
    },
  };
}

function recordingConnection(connection: Connection, note: (call: Call) => void): Connection {
  return {
    get usable() {
      return connection.usable;
    },
    tidy: () => connection.tidy(),
    release: (forGood) => connection.release(forGood),
    run: (calls) => {
      for (const call of calls) if (call.statement.name !== null && !BOUNDS.includes(call)) note(call);
      return connection.run(calls);
    },
  };
}

/** One scan of a table in a plan. */
export interface Scan {
  readonly statement: string;
  readonly type: string;
  readonly table: string;
  readonly index: string | null;
  readonly condition: boolean;
  /** Rows that it met, when it was run. */
  readonly rows: number | null;
}

interface Node {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Index Cond'?: string;
  readonly 'Actual Rows'?: number;
  readonly 'Actual Loops'?: number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly Node[];
}

/** Prepares the statement as lanes do, and asks for its generic plan; `analyze` runs it and takes it back. */
export async function scansOf(connection: Connection, { statement, values }: Call, analyze: boolean): Promise<Scan[]> {
  const name = statement.name ?? '';
  const send = (text: string) => connection.run([{ statement: { name: null, text }, values: [] }]);
  const given = values.length === 0 ? '' : `(${values.map(literal).join(', ')})`;
  await send('begin');
  try {
    await send(`prepare explained as ${statement.text}`);
    const [result] = await send(`explain (format json${analyze ? ', analyze' : ''}) execute explained${given}`);
    const plans = JSON.parse(result?.rows[0]?.[0] ?? '[]') as readonly { readonly Plan: Node }[];
    return plans.flatMap((plan) => scans(name.replace(/_\d{4}-.*$/, ''), plan.Plan, null));
  } finally {
    await send('rollback');
    await send('deallocate explained');
  }
}

function literal(value: Parameter): string {
  if (value === null) return 'null';
  const text = Buffer.isBuffer(value) ? arrayText(value) : String(value);
  return `'${text.replaceAll("'", "''")}'`;
}

/** How the elements of binary arrays are written, by the object ids of their types. */
const elements: Readonly<Record<number, (bytes: Buffer) => unknown>> = {
  16: (bytes) => bytes[0] === 1,
  20: (bytes) => bytes.readBigInt64BE(),
  25: (bytes) => JSON.stringify(bytes.toString()),
  701: (bytes) => bytes.readDoubleBE(),
  1082: (bytes) => new Date(Date.UTC(2000, 0, 1 + bytes.readInt32BE())).toISOString().slice(0, 10),
};

/** A literal has no binary form: the array as text. */
function arrayText(bytes: Buffer): string {
  const read = elements[bytes.readInt32BE(8)];
  if (read === undefined) throw new Error(`an array of type ${bytes.readInt32BE(8)}`);
  const texts: string[] = [];
  for (let at = 20; at < bytes.length; ) {
    const length = bytes.readInt32BE(at);
    at += 4;
    texts.push(length < 0 ? 'null' : String(read(bytes.subarray(at, at + length))));
    at += Math.max(0, length);
  }
  return `{${texts.join(',')}}`;
}

function scans(statement: string, node: Node, bitmapIndex: Node | null): Scan[] {
  const below = (node.Plans ?? []).flatMap((child) => scans(statement, child, bitmapIndex));
  const table = node['Relation Name'];
  if (table === undefined || !node['Node Type'].includes('Scan')) return below;
  const index = node['Node Type'] === 'Bitmap Heap Scan' ? (node.Plans?.[0] ?? node) : node;
  const loops = node['Actual Loops'] ?? 1;
  const met = node['Actual Rows'];
  const scan: Scan = {
    statement,
    type: node['Node Type'],
    table: table.replace(/_\d{8}$/, ''),
    index: (index['Index Name'] ?? null)?.replace(/_\d{8}/, '') ?? null,
    condition: index['Index Cond'] !== undefined,
    rows: met === undefined ? null : (met + (node['Rows Removed by Filter'] ?? 0)) * loops,
  };
  return [...below, scan];
}
