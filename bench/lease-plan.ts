/** How the database runs the statement that hands out jobs, as a lane's connection plans it. */

import type { Connection } from '../src/store/database.js';
import { leaseCall } from '../src/store/lease-statements.js';
import { Partitions } from '../src/store/partitions.js';
import type { Parameter } from '../src/store/statement.js';
import { openDatabase } from '../src/store/store.js';

/** What a stream with much credit is given at once. */
const LIMIT = 200;

/** EXPLAIN (ANALYZE, BUFFERS) in a transaction that is taken back. */
export async function explainLease(url: string): Promise<string> {
  const settings = { database: { kind: 'postgres', url }, lanes: 1, migrations: 'check', warn: console.error } as const;
  const database = await openDatabase(settings);
  try {
    const owner = { serverId: 'bench', serverEpoch: 1, sessionId: 'bench', sessionGeneration: 1 };
    const request = {
      tenantIds: [''],
      topics: [{ topic: 'work', variables: null }],
      limit: LIMIT,
      lockedBy: 'bench',
      lock: { owner },
      filter: null,
    };
    const call = await leaseCall(request, new Partitions(database));
    if (call === null) throw new Error('there is no statement that hands out jobs');
    const connection = await database.connect('keys');
    const plan = await explain(connection, call.statement.text, call.values);
    connection.release();
    return plan;
  } finally {
    await database.close();
  }
}

/** Blocks that the statement touched. */
export function buffersOf(plan: string): number {
  const [, hit = 0, read = 0] = /Buffers: shared(?: hit=(\d+))?(?: read=(\d+))?/.exec(plan) ?? [];
  return Number(hit) + Number(read);
}

async function explain(connection: Connection, text: string, values: readonly Parameter[]): Promise<string> {
  const send = (statement: string) => connection.run([{ statement: { name: null, text: statement }, values: [] }]);
  await send('begin');
  try {
    await send(`prepare explained as ${text}`);
    const [result] = await send(`explain (analyze, buffers) execute explained(${values.map(literal).join(', ')})`);
    return (result?.rows ?? []).map(([line]) => line).join('\n');
  } finally {
    await send('rollback');
    await send('deallocate explained');
  }
}

function literal(value: Parameter): string {
  return value === null ? 'null' : `'${String(value).replaceAll("'", "''")}'`;
}
