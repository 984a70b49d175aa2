/** Sending signals: one statement copies those who wait, so nobody who comes later is among them. */
import { SIGNAL_CHAINS, SIGNAL_CHUNK } from '../core/signal-rows.js';
import type { Task } from '../core/state.js';
import type { RequestToKeep } from '../engine/ports/requests.js';
import type { NewSignal, SentSignal, SignalStore } from '../engine/ports/signals.js';
import { plainArray } from './cells.js';
import { type Database, repeating, type Statements, transact } from './database.js';
import { isEnabled } from './disabled-processes.js';
import { ENGINE_DAY, ENGINE_NOW } from './engine-row.js';
import { findKept, keep, readKeptAnswer } from './requests.js';
import { BEFORE_ALL } from './signals.js';
import { call, prepared, resultAt } from './statement.js';

const copy = 'insert into signal_target (signal_id, id, shard, partition, process_id) ';
const starts =
  'select $1::int8, -t.element_id, -t.element_id & 255, null::date, t.process_id from signal_start t ' +
  `where t.tenant_id = $2 and t.name = $3 and ${isEnabled('t')}`;
const waiting =
  'select $1::int8, s.id, s.shard, s.partition, null::int4 from signal_subscription s ' +
  'where s.tenant_id = $2 and s.name = $3';

const freeze = prepared('freeze_signal', `${copy}${waiting} union all ${starts}`);

/** What a tree waits for behind its own throw event does not count: it was not there when the signal was thrown. */
const freezeThrown = prepared(
  'freeze_thrown_signal',
  `${copy}${waiting} and (s.root_id <> $4::int8 or not exists (select 1 from signal g where g.id = $1::int8 ` +
    `and (s.created_at, s.id) > (g.created_at, g.id))) union all ${starts}`,
);

const insertSignal = prepared(
  'send_signal',
  'insert into signal (id, shard, tenant_id, name, variables, trace_parent, created_at, created_by, subscriber_count) ' +
    `values ($1::int8, $1::int8 & 255, $2, $3, $4, $5, ${ENGINE_NOW}, $6, $7::int4)`,
);

const thrown = prepared('thrown_signal', 'select g.name from signal g where g.id = $1::int8');
const settled = prepared('settled_signal', 'update signal set subscriber_count = $2::int4 where id = $1::int8');

/** One for each chain that has somebody to reach. */
const insertChains = prepared(
  'signal_chains',
  'insert into task (partition, id, shard, tenant_id, type, due_at, payload, created_at, created_by) ' +
    `select ${ENGINE_DAY}, u.id, u.id & 255, $3, 'DELIVER_SIGNAL', ${ENGINE_NOW}, ` +
    "json_build_object('type', 'DELIVER_SIGNAL', 'signalId', $1::int8, 'chain', u.at - 1, 'after', $4::int8, " +
    `'most', ${SIGNAL_CHUNK})::text, ` +
    `${ENGINE_NOW}, $5 from unnest($2::int8[]) with ordinality u(id, at) where exists (select 1 from signal_target t ` +
    `where t.signal_id = $1::int8 and t.shard % ${SIGNAL_CHAINS} = u.at - 1)`,
);

const takeTask = prepared(
  'take_signal_task',
  'delete from task where id = any(array[$1::int8]) and partition = $2::date returning id',
);

export class StoredSignals implements SignalStore {
  private readonly database: Database;

  constructor(database: Database) {
    this.database = database;
  }

  send(signal: NewSignal, taskIds: readonly number[], request: RequestToKeep | null): Promise<SentSignal> {
    return repeating(() =>
      transact(
        this.database,
        'keys',
        (statements) => sendOnce(statements, signal, taskIds, request),
        (sent) => sent !== 'REQUEST_ID_REUSED' && sent.id === signal.id,
      ),
    );
  }

  settle(task: Task, taskIds: readonly number[]): Promise<boolean> {
    return repeating(() =>
      transact(
        this.database,
        'keys',
        (statements) => settle(statements, task, taskIds),
        (isDone) => isDone,
      ),
    );
  }
}

/** The request's row comes first: a repetition waits there, and then gets the first one's signal. */
async function sendOnce(
  statements: Statements,
  signal: NewSignal,
  taskIds: readonly number[],
  request: RequestToKeep | null,
): Promise<SentSignal> {
  const { id, tenantId, name, variables, traceParent, createdBy } = signal;
  if (request !== null) {
    const [inserted] = await statements(keep(request, String(id)));
    if (inserted?.count === 0) return sentBefore(statements, request);
  }
  const frozen = await statements(call(freeze, id, tenantId, name));
  const { count } = resultAt(frozen, 0);
  await statements(
    call(insertSignal, ...[id, tenantId, name, variables, traceParent, createdBy, count]),
    call(insertChains, id, plainArray(taskIds), tenantId, BEFORE_ALL, createdBy),
  );
  return { id };
}

async function sentBefore(statements: Statements, request: RequestToKeep): Promise<SentSignal> {
  const kept = readKeptAnswer(resultAt(await statements(findKept(request)), 0), request);
  return typeof kept === 'string' ? kept : { id: Number(kept?.answer) };
}

/** The task goes in the transaction that does it, so it is done once. */
async function settle(
  statements: Statements,
  { partition, id, payload, tenantId, createdBy }: Task,
  taskIds: readonly number[],
): Promise<boolean> {
  if (payload.type !== 'SEND_SIGNAL') throw new Error(`a task of type ${payload.type} sends no signal`);
  const { signalId, rootId } = payload;
  const [taken, found] = await statements(call(takeTask, id, partition), call(thrown, signalId));
  const name = found?.rows[0]?.[0] ?? null;
  if (taken?.count === 0 || name === null) return false;
  const frozen = await statements(call(freezeThrown, signalId, tenantId, name, rootId));
  await statements(
    call(settled, signalId, resultAt(frozen, 0).count),
    call(insertChains, signalId, plainArray(taskIds), tenantId, BEFORE_ALL, createdBy),
  );
  return true;
}
