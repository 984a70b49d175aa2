import { afterAll, beforeAll, expect, test } from 'vitest';
import type { OpenJob } from '../../src/core/state.js';
import { type LaneConnection, StoreError } from '../../src/engine/ports/lane.js';
import {
  changes,
  NOTHING,
  NOWHERE,
  type Opened,
  openFresh,
  openLane,
  type SomeChanges,
  write,
} from './support/opened.js';
import { born, idSource, TODAY, type Tree, tree } from './support/rows.js';

let opened: Opened;
let newId: () => number;

beforeAll(async () => {
  opened = await openFresh();
  newId = await idSource(opened.store);
});
afterAll(() => opened.close());

async function stored(): Promise<Tree> {
  const lane = await opened.store.openLane();
  const one = tree(newId);
  await write(lane, born([one]));
  await lane.close();
  return one;
}

async function flush(lane: LaneConnection, some: SomeChanges, mark: string = crypto.randomUUID()): Promise<void> {
  await lane.commit({ changes: changes(some), mark, oldMark: null, refusedRequests: [] });
}

async function kindOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'no error';
  } catch (error) {
    return error instanceof StoreError ? error.kind : String(error);
  }
}

async function rowsOf(table: string, id: number): Promise<number> {
  const rows = await opened.sql(`select count(*) from ${table} where id = $1::int8`, id);
  return Number(rows[0]?.[0]);
}

test('a group locates the root and the path of what it addresses', async () => {
  const { root, inner, task, job, incident, later } = await stored();
  const lane = await openLane(opened.store);
  const located = await lane.begin({
    ...NOWHERE,
    processInstances: [root],
    elementInstances: [inner],
    jobs: [job],
    incidents: [incident],
    tasks: [later],
  });
  const place = { root: { partition: TODAY, id: root.id }, path: [task.id, inner.id, root.id] };
  expect(located.processInstances).toEqual(new Map([[root.id, { ...place, path: [root.id] }]]));
  expect(located.elementInstances).toEqual(new Map([[inner.id, { ...place, path: [inner.id, root.id] }]]));
  expect(located.jobs).toEqual(new Map([[job.id, place]]));
  expect(located.incidents).toEqual(new Map([[incident.id, { ...place, jobId: job.id }]]));
  expect(located.tasks).toEqual(new Map([[later.id, { ...place, jobId: job.id }]]));
  expect(located.partition).toBe(TODAY);
});

test('the path of a called process goes on through its call activity', async () => {
  const { root, task } = await stored();
  const child = tree(newId);
  const inCaller = { rootId: root.id };
  const lane = await openLane(opened.store);
  await write(lane, {
    processInstance: { born: [{ ...child.root, ...inCaller, parentId: root.id, parentElementInstanceId: task.id }] },
    elementInstance: { born: [child.scope, child.inner, child.task].map((row) => ({ ...row, ...inCaller })) },
    job: { born: [{ ...child.job, ...inCaller }] },
  });
  const located = await lane.begin({ ...NOWHERE, jobs: [child.job] });
  const place = located.jobs.get(child.job.id);
  expect(place?.root.id).toBe(root.id);
  expect(place?.path.slice(0, 4)).toEqual([child.task.id, child.inner.id, child.root.id, task.id]);
  expect(place?.path[place.path.length - 1]).toBe(root.id);
  const path = place?.path.map((id) => ({ partition: TODAY, id })) ?? [];
  const loaded = await lane.lockAndLoad([root], 'skip', { ...NOTHING, path });
  expect(loaded.processInstances.map((row) => row.id).sort()).toEqual([root.id, child.root.id].sort());
});

test('rows that are not there, and days that nobody made, are absent', async () => {
  const { root } = await stored();
  const lane = await openLane(opened.store);
  const nowhere = { partition: TODAY, id: 5 };
  const noDay = { partition: '1999-12-31', id: root.id };
  const noSuchDay = { partition: "2026-13-45'; drop table job", id: root.id };
  const refs = [nowhere, noDay, noSuchDay];
  const located = await lane.begin({
    ...NOWHERE,
    processInstances: refs,
    elementInstances: refs,
    jobs: refs,
    incidents: refs,
    tasks: refs,
  });
  for (const table of ['processInstances', 'elementInstances', 'jobs', 'incidents', 'tasks'] as const) {
    expect(located[table].size).toBe(0);
  }
});

test('a path brings its elements, the waiting arrivals and all variables of its scopes', async () => {
  const { root, scope, inner, task, arrival, variables, job, openJob } = await stored();
  const lane = await openLane(opened.store);
  await lane.begin(NOWHERE);
  const loaded = await lane.lockAndLoad([root], 'skip', { ...NOTHING, path: [task, inner, root], jobs: [job] });
  expect(loaded.processInstances).toEqual([root]);
  expect(new Set(loaded.elementInstances)).toEqual(new Set([scope, inner, task]));
  expect(loaded.arrivals).toEqual([arrival]);
  expect(new Set(loaded.variables)).toEqual(new Set(variables));
  expect(loaded.jobs).toEqual([job]);
  expect(loaded.openJobs).toEqual([openJob]);
});

test('consumed arrivals are not loaded', async () => {
  const { root, inner, arrival } = await stored();
  const lane = await openLane(opened.store);
  await write(lane, { arrival: { changed: [{ before: arrival, after: { ...arrival, consumedBy: inner.id } }] } });
  await lane.begin(NOWHERE);
  const loaded = await lane.lockAndLoad([root], 'skip', { ...NOTHING, path: [inner], trees: [root] });
  expect(loaded.arrivals).toEqual([]);
});

test('a whole tree is all that lives in it', async () => {
  const { root, scope, inner, task, arrival, job, openJob, incident, later } = await stored();
  const lane = await openLane(opened.store);
  const ended = { ...tree(newId).task, rootId: root.id, state: 'COMPLETED' as const, endedAt: Date.now() };
  const resolved = { ...tree(newId).incident, rootId: root.id, resolvedAt: Date.now(), resolvedBy: 'x' };
  const done = { ...tree(newId).job, rootId: root.id, state: 'DONE' as const };
  await write(lane, {
    elementInstance: { born: [ended] },
    incident: { born: [resolved] },
    job: { born: [done] },
  });
  await lane.begin(NOWHERE);
  const loaded = await lane.lockAndLoad([root], 'skip', NOTHING);
  expect(loaded.elementInstances).toEqual([]);
  const more = await lane.loadMore({ ...NOTHING, trees: [root] });
  expect(new Set(more.elementInstances)).toEqual(new Set([scope, inner, task]));
  expect(more.arrivals).toEqual([arrival]);
  expect(more.jobs).toEqual([job]);
  expect(more.openJobs).toEqual([openJob]);
  expect(more.incidents).toEqual([incident]);
  expect(more.tasks).toEqual([later]);
});

test('what hangs on an element instance comes without what hangs on others of its tree', async () => {
  const { root, task, job, openJob, incident, later, userTask } = await stored();
  const others = tree(newId);
  const ofTree = { rootId: root.id, processInstanceId: root.id };
  const lane = await openLane(opened.store);
  await write(lane, {
    job: { born: [{ ...others.job, ...ofTree }] },
    openJob: { born: [{ ...others.openJob, ...ofTree }] },
    incident: { born: [{ ...others.incident, ...ofTree }] },
    task: { born: [{ ...others.later, ...ofTree }] },
    userTask: { born: [{ ...others.userTask, ...ofTree }] },
  });
  await lane.begin(NOWHERE);
  await lane.lockAndLoad([root], 'skip', NOTHING);
  const loaded = await lane.loadMore({ ...NOTHING, owners: [task] });
  const on = <Row extends { readonly elementInstanceId: number | null }>(...rows: Row[]) =>
    rows.filter(({ elementInstanceId }) => elementInstanceId === task.id);
  expect(loaded.elementInstances).toEqual([]);
  expect(loaded.jobs).toEqual(on(job));
  expect(loaded.openJobs).toEqual(on(openJob));
  expect(loaded.incidents).toEqual(on(incident));
  expect(loaded.tasks).toEqual(on(later));
  expect(loaded.userTasks).toEqual(on(userTask));
  expect([loaded.jobs, loaded.openJobs, loaded.tasks].map(({ length }) => length)).toEqual([1, 1, 1]);
});

test('I3: a tree that another lane holds is skipped, with its rows', async ({ skip }) => {
  if (opened.store.maxLanes === 1) skip('PGlite has one lane');
  const [one, other] = [await stored(), await stored()];
  const holder = await openLane(opened.store);
  await holder.begin(NOWHERE);
  await holder.lockAndLoad([one.root], 'skip', NOTHING);
  const lane = await openLane(opened.store);
  await lane.begin(NOWHERE);
  const roots = [one.root, other.root];
  const loaded = await lane.lockAndLoad(roots, 'skip', { ...NOTHING, path: roots, jobs: [one.job, other.job] });
  expect(loaded.processInstances).toEqual([other.root]);
  expect(loaded.elementInstances.map((row) => row.rootId)).toEqual([other.root.id]);
  expect(loaded.jobs).toEqual([other.job]);
  expect(loaded.openJobs).toEqual([other.openJob]);
});

test('a waiting lock sees what the holder wrote', async ({ skip }) => {
  if (opened.store.maxLanes === 1) skip('PGlite has one lane');
  const { root } = await stored();
  const holder = await openLane(opened.store);
  await holder.begin(NOWHERE);
  await holder.lockAndLoad([root], 'skip', NOTHING);
  const lane = await openLane(opened.store);
  await lane.begin(NOWHERE);
  const waiting = lane.lockAndLoad([root], 'wait', { ...NOTHING, path: [root] });
  const after = { ...root, changeNumber: 2 };
  await flush(holder, { processInstance: { changed: [{ before: root, after }] } });
  expect((await waiting).processInstances).toEqual([after]);
});

test('I3: only roots are locked', async () => {
  const { root } = await stored();
  const lane = await openLane(opened.store);
  const child = tree(newId);
  await write(lane, { processInstance: { born: [{ ...child.root, rootId: root.id, parentId: root.id }] } });
  await lane.begin(NOWHERE);
  const loaded = await lane.lockAndLoad([child.root], 'skip', NOTHING);
  expect(loaded.processInstances).toEqual([]);
});

test('a task that somebody executes is skipped', async ({ skip }) => {
  if (opened.store.maxLanes === 1) skip('PGlite has one lane');
  const { root, later } = await stored();
  const other = await openLane(opened.store);
  await other.begin(NOWHERE);
  await other.loadMore({ ...NOTHING, tasks: [later] });
  const lane = await openLane(opened.store);
  await lane.begin(NOWHERE);
  const loaded = await lane.lockAndLoad([root], 'skip', { ...NOTHING, tasks: [later] });
  expect(loaded.tasks).toEqual([]);
});

test('the trap of pipelines: after a failed statement COMMIT answers ROLLBACK, and nothing counts as committed', async () => {
  const one = tree(newId);
  const lane = await openLane(opened.store);
  const mark = crypto.randomUUID();
  await lane.begin(NOWHERE);
  const twice = { processInstance: { born: [one.root] }, incident: { born: [one.incident, one.incident] } };
  expect(await kindOf(flush(lane, twice, mark))).toBe('failed');
  await lane.rollback();
  expect(lane.usable).toBe(true);
  expect(await rowsOf('process_instance', one.root.id)).toBe(0);
  expect(await opened.store.wasCommitted(mark)).toBe(false);
});

/** I5: conditional on the token and the owner that were read. */
const otherLocks: readonly [string, Partial<OpenJob>][] = [
  ['it is free', { lock: null }],
  ['it has another token', { lock: { token: 'b', lockedBy: 'w', lockedAt: 1, owner: null, until: 2 } }],
];

test.each(otherLocks)('I5: ending a job whose lock has changed meanwhile changes nothing: %s', async (_name, read) => {
  const one = tree(newId, { lock: { token: 'a', lockedBy: 'w', lockedAt: 1, owner: null, until: Date.now() } });
  const lane = await openLane(opened.store);
  await write(lane, born([one]));
  await lane.begin(NOWHERE);
  const after = { ...one.job, state: 'DONE' as const };
  const some = { job: { changed: [{ before: one.job, after }] }, openJob: { gone: [{ ...one.openJob, ...read }] } };
  expect(await kindOf(flush(lane, some))).toBe('retry');
  await lane.rollback();
  expect(await rowsOf('open_job', one.job.id)).toBe(1);
  expect(await opened.sql('select state from job where id = $1::int8', one.job.id)).toEqual([['CREATED']]);
});

test('I5: the same token with another owner is another lock', async () => {
  const owner = { serverId: 's', serverEpoch: 1, sessionId: 'x', sessionGeneration: 1 };
  const held = { token: 'a', lockedBy: 'w', lockedAt: 1, owner, until: null };
  const one = tree(newId, { lock: held });
  const lane = await openLane(opened.store);
  await write(lane, born([one]));
  for (const change of [{ serverId: 't' }, { serverEpoch: 2 }, { sessionGeneration: 2 }]) {
    await lane.begin(NOWHERE);
    const read = { ...one.openJob, lock: { ...held, owner: { ...owner, ...change } } };
    expect(await kindOf(flush(lane, { openJob: { gone: [read] } }))).toBe('retry');
    await lane.rollback();
  }
  await write(lane, { openJob: { gone: [one.openJob] } });
  expect(await rowsOf('open_job', one.job.id)).toBe(0);
});

test('a row that is not there any more is a change that has to be decided again', async () => {
  const one = await stored();
  const lane = await openLane(opened.store);
  await write(lane, { task: { gone: [one.later] } });
  await lane.begin(NOWHERE);
  expect(await kindOf(flush(lane, { task: { gone: [one.later] } }))).toBe('retry');
  await lane.rollback();
});

test('the mark of a group says that it committed; without it, it never can', async () => {
  const lane = await openLane(opened.store);
  const [committed, lost] = [crypto.randomUUID(), crypto.randomUUID()];
  await write(lane, {}, committed);
  expect(await opened.store.wasCommitted(committed)).toBe(true);
  expect(await opened.store.wasCommitted(lost)).toBe(false);
  // Asking again, as after a lost answer, changes nothing.
  expect(await opened.store.wasCommitted(lost)).toBe(false);
  await lane.begin(NOWHERE);
  expect(await kindOf(flush(lane, {}, lost))).toBe('failed');
  await lane.rollback();
});

test('the next group deletes the mark of the one before', async () => {
  const lane = await openLane(opened.store);
  await write(lane, {}, 'first');
  await lane.begin(NOWHERE);
  await lane.commit({ changes: changes({}), mark: 'second', oldMark: 'first', refusedRequests: [] });
  expect(await opened.sql("select mark from commit_mark where mark in ('first', 'second')")).toEqual([['second']]);
});

test('rows of several days are written in one group', async () => {
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
  const lane = await openLane(opened.store);
  const [one, other] = [tree(newId), tree(newId)];
  const later = { ...other.root, partition: tomorrow };
  await write(lane, { processInstance: { born: [one.root, later] } });
  const changed = [one.root, later].map((before) => ({ before, after: { ...before, changeNumber: 9 } }));
  await write(lane, { processInstance: { changed } });
  await lane.begin(NOWHERE);
  const loaded = await lane.lockAndLoad([later, one.root], 'skip', NOTHING);
  expect(loaded.processInstances).toEqual([changed[0]?.after, changed[1]?.after]);
});
