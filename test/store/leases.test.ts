import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JobLock, LockOwner } from '../../src/core/state.js';
import type { JobHandle, LeasedJob, LeaseRequest } from '../../src/engine/ports/leases.js';
import { type Opened, openFresh, openLane, write } from './support/opened.js';
import { born, idSource, TODAY, type Tree, type TreeOptions, tree } from './support/rows.js';

let opened: Opened;
let newId: () => number;

beforeAll(async () => {
  opened = await openFresh();
  newId = await idSource(opened.store);
});
afterAll(() => opened.close());

async function stored(...options: readonly TreeOptions[]): Promise<readonly Tree[]> {
  const lane = await opened.store.openLane();
  const trees = options.map((one) => tree(newId, one));
  await write(lane, born(trees));
  await lane.close();
  return trees;
}

async function lease(topics: readonly string[], rest: Partial<LeaseRequest> = {}): Promise<readonly LeasedJob[]> {
  return opened.store.leases.lease({
    tenantIds: [''],
    topics: topics.map((topic) => ({ topic, variables: null })),
    limit: 10,
    lockedBy: 'worker',
    lock: { durationMs: 60_000 },
    filter: null,
    ...rest,
  });
}

function ids(leased: readonly LeasedJob[]): readonly number[] {
  return leased.map(({ openJob }) => openJob.id);
}

function handle({ openJob }: LeasedJob): JobHandle {
  return { id: openJob.id, partition: openJob.partition, lockToken: openJob.lock?.token ?? '' };
}

async function newOwner(): Promise<LockOwner> {
  const serverId = randomUUID();
  const serverEpoch = await opened.store.servers.register(serverId);
  return { serverId, serverEpoch, sessionId: randomUUID(), sessionGeneration: 1 };
}

async function lockOf({ job }: Tree): Promise<readonly (string | null)[]> {
  const columns = 'lock_token is not null, server_id, session_id, session_generation, lock_until is not null';
  const rows = await opened.sql(`select ${columns} from open_job where id = $1::int8`, job.id);
  return rows[0] ?? [];
}

const FREE = ['f', null, null, null, 'f'];

test('priority, then age, then id', async () => {
  const topic = randomUUID();
  const now = Date.now() - 10_000;
  const trees = await stored(
    { topic, priority: 0, dueAt: now },
    { topic, priority: 1, dueAt: now + 2 },
    { topic, priority: 1, dueAt: now + 1 },
    { topic, priority: -1, dueAt: now - 5 },
    { topic, priority: 1, dueAt: now + 1 },
  );
  const order = [2, 4, 1, 0, 3].map((index) => trees[index]?.job.id);
  expect(ids(await lease([topic], { limit: 2 }))).toEqual(order.slice(0, 2));
  expect(ids(await lease([topic]))).toEqual(order.slice(2));
  expect(await lease([topic])).toEqual([]);
});

test('several topics and tenants share one order and one limit', async () => {
  const [a, b] = [randomUUID(), randomUUID()];
  const dueAt = Date.now() - 9_000;
  const trees = await stored(
    { topic: a, priority: 1, dueAt },
    { topic: b, priority: 3, dueAt },
    { topic: a, priority: 2, tenantId: 't', dueAt },
    { topic: b, priority: 9, tenantId: 'other', dueAt },
  );
  const leased = await lease([a, b], { tenantIds: ['', 't'], limit: 2 });
  expect(ids(leased)).toEqual([trees[1]?.job.id, trees[2]?.job.id]);
});

test('what is suspended, not due yet or of another tenant is not handed out', async () => {
  const topic = randomUUID();
  const [one] = await stored({ topic }, { topic, dueAt: Date.now() + 600_000 }, { topic, tenantId: 'x' });
  const suspended = tree(newId, { topic });
  const lane = await openLane(opened.store);
  await write(lane, { ...born([suspended]), openJob: { born: [{ ...suspended.openJob, suspended: true }] } });
  expect(ids(await lease([topic]))).toEqual([one?.job.id]);
});

test('a leased job travels with its history, its keys and what its element sees, the innermost first', async () => {
  const topic = randomUUID();
  const [one] = await stored({ topic });
  const [leased] = await lease([topic]);
  expect(leased?.job).toEqual(one?.job);
  expect(leased).toMatchObject({ correlationKey: 'key', traceParent: 'trace' });
  expect(leased?.openJob).toMatchObject({ ...one?.openJob, lock: { lockedBy: 'worker', owner: null } });
  const data = (value: string) => ({ encoding: 'json', value, encrypted: false });
  expect(new Set(leased?.variables)).toEqual(
    new Set([
      { name: 'both', data: data('2') },
      { name: 'outer', data: data('"of the process"') },
    ]),
  );
});

test('only the variables that were wished for travel', async () => {
  const [a, b] = [randomUUID(), randomUUID()];
  await stored({ topic: a }, { topic: b });
  const topics = [
    { topic: a, variables: ['both', 'none'] },
    { topic: b, variables: [] },
  ];
  const leased = await lease([], { topics });
  const names = new Map(leased.map(({ openJob, variables }) => [openJob.topic, variables.map(({ name }) => name)]));
  expect(names).toEqual(
    new Map([
      [a, ['both']],
      [b, []],
    ]),
  );
});

test('one job, the jobs of an instance, of processes, and whatever a tenant has', async () => {
  const tenantId = randomUUID();
  const topic = randomUUID();
  const [one, other, third, fourth] = await stored(
    { topic, tenantId, processId: 71 },
    { topic, tenantId, processId: 72 },
    { topic: `${topic}2`, tenantId, processId: 73 },
    { topic: `${topic}3`, tenantId, processId: 74 },
  );
  const none = { job: null, processIds: [], processInstance: null };
  const tenantIds = [tenantId];
  const byJob = { ...none, job: { partition: TODAY, id: one?.job.id ?? 0 } };
  expect(await lease([], { filter: byJob })).toEqual([]);
  expect(ids(await lease([], { tenantIds, filter: byJob }))).toEqual([one?.job.id]);
  expect(await lease([], { tenantIds, filter: byJob })).toEqual([]);
  const byInstance = { ...none, processInstance: { partition: TODAY, id: other?.root.id ?? 0 } };
  expect(await lease(['wrong'], { tenantIds, filter: byInstance })).toEqual([]);
  expect(ids(await lease([], { tenantIds, filter: byInstance }))).toEqual([other?.job.id]);
  const noDay = { ...none, processInstance: { partition: '1990-01-01', id: other?.root.id ?? 0 } };
  expect(await lease([], { tenantIds, filter: noDay })).toEqual([]);
  expect(ids(await lease([], { tenantIds, filter: { ...none, processIds: [73, 99] } }))).toEqual([third?.job.id]);
  expect(ids(await lease([`${topic}3`], { tenantIds, filter: { ...none, processIds: [74] } }))).toEqual([
    fourth?.job.id,
  ]);
});

test('I5: what one lease takes, another does not, also at once', async () => {
  const topic = randomUUID();
  await stored(...Array.from({ length: 30 }, () => ({ topic })));
  const taken = await Promise.all(Array.from({ length: 5 }, () => lease([topic], { limit: 6 })));
  const all = taken.flatMap(ids);
  expect(new Set(all).size).toBe(all.length);
  const rest = await lease([topic], { limit: 30 });
  expect(new Set([...all, ...ids(rest)]).size).toBe(30);
});

test('extending and giving back hold for the current token only', async () => {
  const topic = randomUUID();
  await stored({ topic }, { topic });
  const { leases } = opened.store;
  const [one, other] = (await lease([topic])).map(handle) as [JobHandle, JobHandle];
  const wrong = { ...other, lockToken: one.lockToken };
  expect(await leases.extend([one, wrong], 120_000)).toEqual([{ id: one.id, partition: one.partition }]);
  const rows = await opened.sql(
    "select lock_until > now() + interval '100 s' from open_job where id = $1::int8",
    one.id,
  );
  expect(rows).toEqual([['t']]);
  expect(await leases.release([wrong])).toEqual([]);
  expect(await leases.release([one])).toEqual([{ id: one.id, partition: one.partition, tenantId: '', topic }]);
  expect(ids(await lease([topic]))).toEqual([one.id]);
});

test('I5: extending what a living stream holds gives it no end time', async () => {
  const topic = randomUUID();
  const [one] = await stored({ topic });
  const owner = await newOwner();
  const leased = await lease([topic], { lock: { owner } });
  expect(await opened.store.leases.extend(leased.map(handle), 1000)).toHaveLength(1);
  if (one === undefined) throw new Error('no job');
  expect(await lockOf(one)).toEqual(['t', owner.serverId, owner.sessionId, '1', 'f']);
});

test('a worker id gives back what it holds, but not what living streams hold', async () => {
  const topic = randomUUID();
  const lockedBy = randomUUID();
  await stored({ topic }, { topic }, { topic });
  const [first] = await lease([topic], { lockedBy, limit: 1 });
  const [second] = await lease([topic], { lockedBy, limit: 1 });
  await lease([topic], { lockedBy, lock: { owner: await newOwner() } });
  const { leases } = opened.store;
  expect(await leases.releaseWorker('somebody else', {})).toEqual([]);
  expect(await leases.releaseWorker(lockedBy, { partition: TODAY, id: first?.openJob.id ?? 0 })).toHaveLength(1);
  expect(await leases.releaseWorker(lockedBy, { partition: TODAY })).toMatchObject([{ id: second?.openJob.id }]);
  expect(await leases.releaseWorker(lockedBy, {})).toEqual([]);
});

test('a broken stream keeps its jobs for the window; the session comes back for those that it names', async () => {
  const topic = randomUUID();
  const [one, other] = await stored({ topic, priority: 1 }, { topic });
  if (one === undefined || other === undefined) throw new Error('no job');
  const owner = await newOwner();
  const { leases } = opened.store;
  const held = (await lease([topic], { lock: { owner } })).map(handle);
  expect(await leases.endSession({ ...owner, sessionGeneration: 2 }, 60_000)).toBe(0);
  expect(await leases.endSession(owner, 60_000)).toBe(2);
  expect(await lockOf(one)).toEqual(['t', null, owner.sessionId, '1', 't']);
  expect(await lease([topic])).toEqual([]);
  const elsewhere = { ...(await newOwner()), sessionId: owner.sessionId, sessionGeneration: 2 };
  const resumed = await leases.resumeSession(elsewhere, held.slice(0, 1));
  expect(resumed.kept).toEqual([{ id: one.job.id, partition: TODAY }]);
  expect(resumed.released).toMatchObject([{ id: other.job.id, topic }]);
  expect(await lockOf(one)).toEqual(['t', elsewhere.serverId, owner.sessionId, '2', 'f']);
  expect(await lockOf(other)).toEqual(FREE);
  // The first server is only slow: what it ends now is not its own any more.
  expect(await leases.endSession(owner, 1)).toBe(0);
  expect((await leases.resumeSession({ ...owner, sessionGeneration: 1 }, held.slice(0, 1))).kept).toEqual([]);
});

test('a session that comes back while its first server still holds it takes its jobs over', async () => {
  const topic = randomUUID();
  const [one] = await stored({ topic });
  if (one === undefined) throw new Error('no job');
  const owner = await newOwner();
  const held = (await lease([topic], { lock: { owner } })).map(handle);
  const elsewhere = { ...(await newOwner()), sessionId: owner.sessionId, sessionGeneration: 2 };
  const wrong = held.map((one) => ({ ...one, lockToken: randomUUID() }));
  const { leases } = opened.store;
  expect(await leases.resumeSession({ ...elsewhere, sessionId: randomUUID() }, wrong)).toEqual({
    kept: [],
    released: [],
  });
  expect((await leases.resumeSession(elsewhere, held)).kept).toHaveLength(1);
  expect(await lockOf(one)).toEqual(['t', elsewhere.serverId, owner.sessionId, '2', 'f']);
});

test('locks whose time is over are freed, others are not', async () => {
  const topic = randomUUID();
  const [one] = await stored({ topic, priority: 1 }, { topic });
  await lease([topic], { limit: 1, lock: { durationMs: -1 } });
  const [kept] = await lease([topic], { limit: 1 });
  const freed = await opened.store.leases.collectEnded();
  expect(freed.filter((job) => job.topic === topic)).toMatchObject([{ id: one?.job.id }]);
  expect(kept?.openJob.id).not.toBe(one?.job.id);
});

test('I13: what a flush locked for a server after its death was written is freed', async () => {
  const topic = randomUUID();
  const owner = await newOwner();
  await opened.store.servers.declareDead(owner.serverId, owner.serverEpoch);
  const lock: JobLock = { token: randomUUID(), lockedBy: 'w', lockedAt: Date.now(), owner, until: null };
  const [one] = await stored({ topic, lock });
  const other = await newOwner();
  expect((await opened.store.servers.beat(other.serverId, other.serverEpoch)).endedLocks).toBe(true);
  const freed = await opened.store.leases.collectEnded();
  expect(freed.filter((job) => job.topic === topic)).toMatchObject([{ id: one?.job.id }]);
});

test('ready topics are those with something to hand out', async () => {
  const [ready, held, later, none] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()] as [
    string,
    string,
    string,
    string,
  ];
  await stored({ topic: ready }, { topic: held }, { topic: later, dueAt: Date.now() + 600_000 });
  await lease([held]);
  const asked = [ready, held, later, none].map((topic) => ({ tenantId: '', topic }));
  expect(await opened.store.leases.readyTopics([...asked, { tenantId: 'x', topic: ready }])).toEqual([
    { tenantId: '', topic: ready },
  ]);
});

test('a lease that is asked for twice at once is one lease (I5)', async () => {
  const topic = randomUUID();
  await stored(...Array.from({ length: 20 }, () => ({ topic })));
  const request: LeaseRequest = {
    tenantIds: [''],
    topics: [{ topic, variables: null }],
    limit: 5,
    lockedBy: 'worker',
    lock: { durationMs: 60_000 },
    filter: null,
  };
  const key = { tenantId: '', principal: 'p', rpc: 'LockJobs', requestId: topic, hash: 'h' };
  const leases = await Promise.all([1, 2, 3].map(() => opened.store.leases.leaseOnce(request, key)));
  const handles = leases.map((leased) => (leased === 'REQUEST_ID_REUSED' ? leased : leased.jobs.map(handle)));
  expect(handles[0]).toHaveLength(5);
  expect(handles[1]).toEqual(handles[0]);
  expect(handles[2]).toEqual(handles[0]);
  expect(leases.filter((leased) => leased !== 'REQUEST_ID_REUSED' && leased.repeated)).toHaveLength(2);
  expect(await lease([topic], { limit: 20 })).toHaveLength(15);
});
