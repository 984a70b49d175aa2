/** Request rows: a request that comes again, on whatever server, meets the row of the first. */
import type { Partition } from '../core/state.js';
import type { RequestRow, StoredRequest } from '../engine/ports/lane.js';
import type { RequestKey, RequestToKeep } from '../engine/ports/requests.js';
import { arrayOf } from './arrays.js';
import { DAY, INTEGER, numberAt, TEXT, textAt } from './cells.js';
import { ENGINE_DAY } from './engine-row.js';
import { type Call, type Cells, call, type Parameter, prepared, type Result } from './statement.js';
import { type RowColumn, RowsStatement } from './table.js';

const keyColumns = '$1::text[], $2::text[], $3::text[], $4::text[]';
const sameKey =
  'r.tenant_id = u.tenant_id and r.principal = u.principal and r.rpc = u.rpc and r.request_id = u.request_id';

const given: readonly RowColumn<RequestRow>[] = [
  { name: 'tenant_id', type: TEXT, of: (row) => row.tenantId },
  { name: 'principal', type: TEXT, of: (row) => row.principal },
  { name: 'rpc', type: TEXT, of: (row) => row.rpc },
  { name: 'request_id', type: TEXT, of: (row) => row.requestId },
  { name: 'hash', type: TEXT, of: (row) => row.hash },
  { name: 'partition', type: DAY, of: (row) => row.partition },
  { name: 'reference', type: INTEGER, of: (row) => row.reference },
];

const insert = new RowsStatement(given, (rows, suffix) =>
  prepared(
    `insert_requests${suffix}`,
    'insert into request (tenant_id, principal, rpc, request_id, hash, partition, reference) ' +
      `select u.tenant_id, u.principal, u.rpc, u.request_id, u.hash, coalesce(u.partition, ${ENGINE_DAY}), u.reference ` +
      `from ${rows} on conflict do nothing`,
  ),
);

/** After the insert, which waited for others: their rows are seen now. A row of this transaction is told by its xmin. */
const read = prepared(
  'read_requests',
  'select u.at, r.hash, r.partition, r.reference, r.xmin = pg_current_xact_id()::xid ' +
    `from unnest(${keyColumns}) with ordinality u(tenant_id, principal, rpc, request_id, at) join request r on ${sameKey}`,
);

const remove = prepared(
  'remove_requests',
  `delete from request r using unnest(${keyColumns}) u(tenant_id, principal, rpc, request_id) where ${sameKey}`,
);

function keys(rows: readonly RequestKey[]): Parameter[] {
  return [
    arrayOf('text', rows, (row) => row.tenantId),
    arrayOf('text', rows, (row) => row.principal),
    arrayOf('text', rows, (row) => row.rpc),
    arrayOf('text', rows, (row) => row.requestId),
  ];
}

function textKey({ tenantId, principal, rpc, requestId }: RequestKey): string {
  return JSON.stringify([tenantId, principal, rpc, requestId]);
}

/** The request rows of one group: each key once, in the order of keys, so that groups never wait in a circle. */
export class Requests {
  private readonly rows: readonly RequestRow[];
  private readonly distinct: readonly { readonly key: string; readonly row: RequestRow }[];

  constructor(rows: readonly RequestRow[]) {
    this.rows = rows;
    const first = new Map<string, RequestRow>();
    for (const row of rows) {
      const key = textKey(row);
      if (!first.has(key)) first.set(key, row);
    }
    this.distinct = [...first]
      .map(([key, row]) => ({ key, row }))
      .sort((one, other) => (one.key < other.key ? -1 : one.key > other.key ? 1 : 0));
  }

  /** None without requests. */
  insert(): readonly Call[] {
    if (this.distinct.length === 0) return [];
    const rows = this.distinct.map(({ row }) => row);
    return [{ statement: insert.for(rows), values: insert.values(rows) }];
  }

  /** Mostly every row is new, and the command tag says so; else the rows are to be read. */
  allNew(inserted: Result): boolean {
    return inserted.count === this.rows.length;
  }

  read(): Call {
    return { statement: read, values: keys(this.distinct.map(({ row }) => row)) };
  }

  /** Parallel to the rows: null for the one that was inserted now, else what is stored. */
  answers(read: readonly Cells[]): readonly (StoredRequest | null)[] {
    const stored = new Map<string, { readonly request: StoredRequest; mine: boolean }>();
    for (const cells of read) {
      const key = this.distinct[numberAt(cells, 0) - 1]?.key;
      if (key !== undefined) stored.set(key, { request: readRequest(cells), mine: cells[4] === 't' });
    }
    return this.rows.map((row) => {
      const found = stored.get(textKey(row));
      if (found === undefined) throw new Error('A request row is neither inserted nor stored.');
      if (!found.mine) return found.request;
      // A second one of this group with the same key meets the first.
      found.mine = false;
      return null;
    });
  }
}

function readRequest(cells: Cells): StoredRequest {
  const partition: Partition = textAt(cells, 2);
  return { hash: textAt(cells, 1), reference: { partition, id: numberAt(cells, 3) } };
}

export function removeRequests(rows: readonly RequestKey[]): readonly Call[] {
  return rows.length === 0 ? [] : [{ statement: remove, values: keys(rows) }];
}

// --- Answers that are kept as text, in the transaction that they are of --------------------------------------------------

const readKept = prepared(
  'read_kept_answer',
  'select hash, answer from request where tenant_id = $1 and principal = $2 and rpc = $3 and request_id = $4',
);

const insertKept = prepared(
  'insert_kept_answer',
  'insert into request (tenant_id, principal, rpc, request_id, hash, answer, reference) ' +
    'values ($1, $2, $3, $4, $5, $6, 0) on conflict do nothing',
);

const mustInsertKept = prepared(
  'must_insert_kept_answer',
  `with done as (${insertKept.text} returning 1) select expect_rows(count(*), 1) from done`,
);

export function findKept({ tenantId, principal, rpc, requestId }: RequestToKeep): Call {
  return call(readKept, tenantId, principal, rpc, requestId);
}

/** Null: there is none. */
export function readKeptAnswer(
  { rows }: Result,
  { hash }: RequestToKeep,
): { readonly answer: string } | 'REQUEST_ID_REUSED' | null {
  const [cells] = rows;
  if (cells === undefined) return null;
  return textAt(cells, 0) === hash ? { answer: textAt(cells, 1) } : 'REQUEST_ID_REUSED';
}

/** Inserts nothing when there is one, once that is committed. */
export function keep(request: RequestToKeep, answer: string): Call {
  return call(insertKept, ...valuesOf(request, answer));
}

/** Fails the transaction instead, which is to be repeated. */
export function keepOrFail(request: RequestToKeep, answer: string): Call {
  return call(mustInsertKept, ...valuesOf(request, answer));
}

function valuesOf({ tenantId, principal, rpc, requestId, hash }: RequestToKeep, answer: string): readonly string[] {
  return [tenantId, principal, rpc, requestId, hash, answer];
}
