/**
 * Leasing: the one change of a job that does not take its root's lock (I3). It writes lock columns only, and everything
 * else than a first lease holds only for the token that was read (I5).
 */
import type { LockOwner, OpenJob, Ref } from '../core/state.js';
import type {
  JobHandle,
  LeasedJob,
  LeasedOnce,
  LeaseRequest,
  LeaseStore,
  ReleasedJob,
  Resumed,
  TopicKey,
} from '../engine/ports/leases.js';
import type { RequestToKeep } from '../engine/ports/requests.js';
import { numberAt, plainArray, textArray, textAt } from './cells.js';
import { type Database, repeating, run, runTogether, type Statements, transact } from './database.js';
import { openJobs } from './jobs.js';
import { leaseCall } from './lease-statements.js';
import { loadLeased } from './leased-jobs.js';
import { DUE, READY } from './open-jobs.js';
import type { Partitions } from './partitions.js';
import { findKept, keepOrFail, readKeptAnswer } from './requests.js';
import { type Call, type Cells, call, prepared, type Result, resultAt } from './statement.js';

const UNLOCK =
  'lock_token = null, locked_by = null, locked_at = null, server_id = null, server_epoch = null, ' +
  'session_id = null, session_generation = null, lock_until = null';

const RELEASED = 'o.id, o.partition, o.tenant_id, o.topic';

const inMilliseconds = (parameter: string): string => `now() + ${parameter}::float8 * interval '1 millisecond'`;

const HELD = 'unnest($1::int8[], $2::date[], $3::text[]) u(id, partition, token)';
const STILL_HELD = 'o.id = any(array[u.id]) and o.partition = u.partition and o.lock_token = u.token';

const extend = prepared(
  'extend_locks',
  `update open_job o set lock_until = case when o.server_id is null then ${inMilliseconds('$4')} end ` +
    `from ${HELD} where ${STILL_HELD} returning o.id, o.partition`,
);

const release = prepared(
  'release_locks',
  `update open_job o set ${UNLOCK} from ${HELD} where ${STILL_HELD} returning ${RELEASED}`,
);

const stillHeld = prepared(
  'still_held',
  `select ${openJobs.selectList('o')} from ${HELD} join open_job o on ${STILL_HELD} and o.lock_until > now()`,
);

/** What a living stream holds has no end time, and is not given back behind its back. */
const releaseWorker = prepared(
  'release_worker',
  `update open_job o set ${UNLOCK} where o.lock_until is not null and o.locked_by = $1 ` +
    `and ($2::int8 is null or o.id = $2) and ($3::date is null or o.partition = $3) returning ${RELEASED}`,
);

const OWNED =
  'o.session_id = $1 and o.session_generation = $2::int4 and o.server_id = $3 and o.server_epoch = $4::int8';

/** The session's name stays: it may come back for its jobs until the end time. */
const endSession = prepared(
  'end_session',
  `update open_job o set lock_until = ${inMilliseconds('$5')}, server_id = null, server_epoch = null where ${OWNED}`,
);

/** Not what a later generation of the session has taken already. */
const keep = prepared(
  'resume_session',
  'update open_job o set session_id = $4, session_generation = $5::int4, server_id = $6, server_epoch = $7::int8, ' +
    `lock_until = null from ${HELD} where ${STILL_HELD} ` +
    'and (o.session_id is distinct from $4 or o.session_generation < $5::int4) returning o.id, o.partition',
);

const releaseEarlier = prepared(
  'release_earlier',
  `update open_job o set ${UNLOCK} where o.session_id = $1 and o.session_generation < $2::int4 returning ${RELEASED}`,
);

const collect = prepared(
  'collect_ended',
  'with ended as materialized (select o.id, o.partition from open_job o where o.lock_until <= now() ' +
    'order by o.lock_until limit 1000 for update skip locked) ' +
    `update open_job o set ${UNLOCK} from ended u where o.id = any(array[u.id]) and o.partition = u.partition ` +
    `returning ${RELEASED}`,
);

/**
 * Held by a server that is dead or gone: its last flush may have come after its death was written.
 */
export const ORPHANED =
  'o.session_id is not null and o.server_id is not null and not exists ' +
  '(select from server s where s.id = o.server_id and s.epoch = o.server_epoch)';

const collectOrphans = prepared(
  'collect_orphans',
  `update open_job o set ${UNLOCK} where ${ORPHANED} returning ${RELEASED}`,
);

const ready = prepared(
  'ready_topics',
  'select u.tenant_id, u.topic from unnest($1::text[], $2::text[]) u(tenant_id, topic) cross join lateral ' +
    `(select from open_job o where o.tenant_id = u.tenant_id and o.topic = u.topic and ${READY} and ${DUE} limit 1) o`,
);

/** For servers that die or leave. */
export const releaseServer = prepared(
  'release_server',
  `update open_job o set ${UNLOCK} where o.session_id is not null and o.server_id = $1 and o.server_epoch = $2::int8`,
);

export const endServer = prepared(
  'end_server',
  `update open_job o set lock_until = ${inMilliseconds('$3')}, server_id = null, server_epoch = null ` +
    'where o.session_id is not null and o.server_id = $1 and o.server_epoch = $2::int8',
);

function held(handles: readonly JobHandle[]): string[] {
  return [
    plainArray(handles.map((handle) => handle.id)),
    plainArray(handles.map((handle) => handle.partition)),
    textArray(handles.map((handle) => handle.lockToken)),
  ];
}

function readRef(cells: Cells): Ref {
  return { id: numberAt(cells, 0), partition: textAt(cells, 1) };
}

function readReleased(cells: Cells): ReleasedJob {
  return { ...readRef(cells), tenantId: textAt(cells, 2), topic: textAt(cells, 3) };
}

export class Leases implements LeaseStore {
  private readonly database: Database;
  private readonly partitions: Partitions;

  constructor(database: Database, partitions: Partitions) {
    this.database = database;
    this.partitions = partitions;
  }

  /** Two waits: the lease, then what travels with the jobs and COMMIT. */
  async lease(request: LeaseRequest): Promise<readonly LeasedJob[]> {
    const statement = await leaseCall(request, this.partitions);
    if (statement === null) return [];
    return transact(this.database, 'keys', async (statements, last) => {
      const [result] = await statements(statement);
      return loadLeased(last, openJobsOf(result), request.topics);
    });
  }

  /** The same waits. Who finds nothing writes nothing. */
  async leaseOnce(request: LeaseRequest, key: RequestToKeep): Promise<LeasedOnce | 'REQUEST_ID_REUSED'> {
    const statement = await leaseCall(request, this.partitions);
    const leased = await repeating(() =>
      transact(
        this.database,
        'keys',
        (statements, last) => leaseAndKeep(statements, last, statement, request, key),
        () => false,
      ),
    );
    if (leased === 'REQUEST_ID_REUSED' || !('answer' in leased)) return leased;
    return { jobs: await this.stillHeld(JSON.parse(leased.answer) as readonly JobHandle[], request), repeated: true };
  }

  private stillHeld(handles: readonly JobHandle[], { topics }: LeaseRequest): Promise<readonly LeasedJob[]> {
    return transact(this.database, 'keys', async (statements, last) => {
      const [result] = await statements(call(stillHeld, ...held(handles)));
      return loadLeased(last, openJobsOf(result), topics);
    });
  }

  async extend(handles: readonly JobHandle[], durationMs: number): Promise<readonly Ref[]> {
    if (handles.length === 0) return [];
    const [result] = await run(this.database, 'keys', [call(extend, ...held(handles), durationMs)]);
    return result?.rows.map(readRef) ?? [];
  }

  async release(handles: readonly JobHandle[]): Promise<readonly ReleasedJob[]> {
    if (handles.length === 0) return [];
    const [result] = await run(this.database, 'keys', [call(release, ...held(handles))]);
    return result?.rows.map(readReleased) ?? [];
  }

  async releaseWorker(workerId: string, job: Partial<Ref>): Promise<readonly ReleasedJob[]> {
    const values = [workerId, job.id ?? null, job.partition ?? null];
    const [result] = await run(this.database, 'keys', [call(releaseWorker, ...values)]);
    return result?.rows.map(readReleased) ?? [];
  }

  async endSession(owner: LockOwner, durationMs: number): Promise<number> {
    const { sessionId, sessionGeneration, serverId, serverEpoch } = owner;
    const values = [sessionId, sessionGeneration, serverId, serverEpoch, durationMs];
    const [result] = await run(this.database, 'keys', [call(endSession, ...values)]);
    return result?.count ?? 0;
  }

  async resumeSession(owner: LockOwner, handles: readonly JobHandle[]): Promise<Resumed> {
    const { sessionId, sessionGeneration, serverId, serverEpoch } = owner;
    const results = await runTogether(this.database, 'keys', [
      call(keep, ...held(handles), sessionId, sessionGeneration, serverId, serverEpoch),
      call(releaseEarlier, sessionId, sessionGeneration),
    ]);
    return { kept: resultAt(results, 0).rows.map(readRef), released: resultAt(results, 1).rows.map(readReleased) };
  }

  async releaseEarlier(sessionId: string, generation: number): Promise<readonly ReleasedJob[]> {
    const [result] = await run(this.database, 'keys', [call(releaseEarlier, sessionId, generation)]);
    return result?.rows.map(readReleased) ?? [];
  }

  async collectEnded(): Promise<readonly ReleasedJob[]> {
    const results = await run(this.database, 'keys', [call(collect), call(collectOrphans)]);
    return results.flatMap((result) => result.rows.map(readReleased));
  }

  async readyTopics(topics: readonly TopicKey[]): Promise<readonly TopicKey[]> {
    if (topics.length === 0) return [];
    const tenants = textArray(topics.map((key) => key.tenantId));
    const names = textArray(topics.map((key) => key.topic));
    const [result] = await run(this.database, 'keys', [call(ready, tenants, names)]);
    return result?.rows.map((cells) => ({ tenantId: textAt(cells, 0), topic: textAt(cells, 1) })) ?? [];
  }
}

function openJobsOf(result: Result | undefined): readonly OpenJob[] {
  return (result?.rows ?? []).map((cells) => openJobs.read(cells)).sort(inOrder);
}

/** What an earlier request has leased, and then nothing else; or what this one leases, committed with what is kept of it. */
async function leaseAndKeep(
  statements: Statements,
  last: Statements,
  statement: Call | null,
  { topics }: LeaseRequest,
  key: RequestToKeep,
): Promise<LeasedOnce | { readonly answer: string } | 'REQUEST_ID_REUSED'> {
  const results = await statements(findKept(key), ...(statement === null ? [] : [statement]));
  const earlier = readKeptAnswer(resultAt(results, 0), key);
  if (earlier !== null) return earlier;
  const open = openJobsOf(results[1]);
  const kept = keepOrFail(key, JSON.stringify(open.map(handleOf)));
  const jobs = await loadLeased(async (...calls) => (await last(...calls, kept)).slice(0, -1), open, topics);
  return { jobs, repeated: false };
}

function handleOf({ id, partition, lock }: OpenJob): JobHandle {
  return { id, partition, lockToken: lock?.token ?? '' };
}

/** Priority, then age: push, poll and birth see one order. */
function inOrder(one: OpenJob, other: OpenJob): number {
  return other.priority - one.priority || one.dueAt - other.dueAt || one.id - other.id;
}
