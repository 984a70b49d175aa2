import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Notice } from '../../src/engine/ports/notices.js';
import { split } from '../../src/store/notices.js';
import { type Opened, open, openFresh, openLane, write } from './support/opened.js';
import { born, idSource, tree } from './support/rows.js';

let opened: Opened;
let newId: () => number;

beforeAll(async () => {
  opened = await openFresh();
  newId = await idSource(opened.store);
});
afterAll(() => opened.close());

test('each registration has an epoch of its own, that was never given before', async () => {
  const { servers } = opened.store;
  const [first, again, other] = [await servers.register('a'), await servers.register('a'), await servers.register('b')];
  expect(new Set([first, again, other]).size).toBe(3);
  expect((await servers.beat('a', first)).alive).toBe(false);
  expect((await servers.beat('a', again)).alive).toBe(true);
  await servers.declareDead('a', again);
  expect(await servers.register('a')).toBeGreaterThan(other);
});

test('a beat raises the counter that others see', async () => {
  const { servers } = opened.store;
  const [one, other] = [randomUUID(), randomUUID()];
  const [epoch, otherEpoch] = [await servers.register(one), await servers.register(other)];
  await servers.beat(one, epoch);
  await servers.beat(one, epoch);
  const { alive, others } = await servers.beat(other, otherEpoch);
  expect(alive).toBe(true);
  expect(others).toContainEqual({ id: one, epoch, beat: 2 });
  expect(others.map(({ id }) => id)).not.toContain(other);
});

/** A job that the server holds, and a task that it has claimed. */
async function holding(serverId: string, serverEpoch: number, topic: string): Promise<void> {
  const lane = await openLane(opened.store);
  await opened.sql('delete from task');
  await write(lane, born([tree(newId, { topic })]));
  const owner = { serverId, serverEpoch, sessionId: randomUUID(), sessionGeneration: 1 };
  const topics = [{ topic, variables: null }];
  const leases = { tenantIds: [''], topics, limit: 1, lockedBy: 'w', lock: { owner }, filter: null };
  expect(await opened.store.leases.lease(leases)).toHaveLength(1);
  expect(await opened.store.tasks.claimDue(serverId, serverEpoch, 10, 60_000)).toHaveLength(1);
}

test('I13: death is a write: once, for that epoch only, and what the server held is free', async () => {
  const { servers, leases, tasks } = opened.store;
  const [id, topic] = [randomUUID(), randomUUID()];
  const epoch = await servers.register(id);
  await holding(id, epoch, topic);
  expect(await servers.declareDead(id, epoch + 1000)).toBe(false);
  expect(await leases.readyTopics([{ tenantId: '', topic }])).toEqual([]);
  expect(await servers.declareDead(id, epoch)).toBe(true);
  expect(await servers.declareDead(id, epoch)).toBe(false);
  expect(await leases.readyTopics([{ tenantId: '', topic }])).toHaveLength(1);
  expect(await tasks.claimDue('other', 1, 10, 60_000)).toHaveLength(1);
  expect((await servers.beat(id, epoch)).alive).toBe(false);
});

test('I5: a server that was declared dead and does not know it yet is leased nothing', async () => {
  const { servers, leases } = opened.store;
  const [serverId, topic] = [randomUUID(), randomUUID()];
  const dead = await servers.register(serverId);
  await holding(serverId, dead, topic);
  await servers.declareDead(serverId, dead);
  const leaseOf = (serverEpoch: number) => {
    const owner = { serverId, serverEpoch, sessionId: randomUUID(), sessionGeneration: 1 };
    const topics = [{ topic, variables: null }];
    return leases.lease({ tenantIds: [''], topics, limit: 1, lockedBy: 'w', lock: { owner }, filter: null });
  };
  expect(await leaseOf(dead)).toEqual([]);
  expect(await leaseOf(await servers.register(serverId))).toHaveLength(1);
});

test('a leaving server gives its locks an end time and its tasks back', async () => {
  const { servers, leases, tasks } = opened.store;
  const [id, topic] = [randomUUID(), randomUUID()];
  const epoch = await servers.register(id);
  await holding(id, epoch, topic);
  await servers.leave(id, epoch, 60_000);
  const rows = await opened.sql(
    "select server_id, lock_until > now() + interval '50 s' from open_job where topic = $1",
    topic,
  );
  expect(rows).toEqual([[null, 't']]);
  expect(await leases.readyTopics([{ tenantId: '', topic }])).toEqual([]);
  expect(await tasks.claimDue('other', 1, 10, 60_000)).toHaveLength(1);
});

test('a claim keeps a task from others until it ends', async () => {
  const { tasks } = opened.store;
  const lane = await openLane(opened.store);
  await opened.sql('delete from task');
  expect(await tasks.nextDueIn()).toBeNull();
  const [early, late, future] = [tree(newId), tree(newId), tree(newId)];
  await write(lane, {
    task: {
      born: [
        { ...late.later, dueAt: Date.now() - 1000 },
        { ...early.later, dueAt: Date.now() - 9000 },
        { ...future.later, dueAt: Date.now() + 100_000 },
      ],
    },
  });
  expect(await tasks.nextDueIn()).toBeLessThanOrEqual(0);
  expect((await tasks.claimDue('a', 1, 1, 60_000)).map(({ id }) => id)).toEqual([early.later.id]);
  expect((await tasks.claimDue('b', 1, 9, -1)).map(({ id }) => id)).toEqual([late.later.id]);
  expect((await tasks.claimDue('c', 1, 9, 60_000)).map(({ id }) => id)).toEqual([late.later.id]);
  expect(await tasks.claimDue('d', 1, 9, 60_000)).toEqual([]);
  const next = await tasks.nextDueIn();
  expect(next).toBeGreaterThan(50_000);
  expect(next).toBeLessThanOrEqual(60_000);
});

test('a task whose payload is no JSON keeps no other one from being claimed', async () => {
  const lane = await openLane(opened.store);
  await opened.sql('delete from task');
  const [broken, whole] = [tree(newId), tree(newId)];
  await write(lane, { task: { born: [broken.later, whole.later].map((task) => ({ ...task, dueAt: 0 })) } });
  await opened.sql("update task set payload = '{broken' where id = $1::int8", broken.later.id);
  const claimed = await opened.store.tasks.claimDue('a', 1, 9, 60_000);
  expect(claimed.map(({ id, payload }) => [id, payload.type])).toEqual([
    [broken.later.id, 'UNREADABLE'],
    [whole.later.id, whole.later.payload.type],
  ]);
});

test('notices reach other servers, not the one that sent them', async ({ skip }) => {
  if (opened.store.kind === 'pglite') skip('PGlite has one server');
  const other = await open(opened.fresh);
  const [heard, own]: [Notice[], Notice[]] = [[], []];
  const last: Notice = { type: 'ended', from: 'x', roots: [] };
  const arrived = new Promise<void>((resolve) => {
    void other.store.notices.listen((notice) => {
      heard.push(notice);
      if (notice.type === 'ended') resolve();
    });
  });
  await opened.store.notices.listen((notice) => own.push(notice));
  await other.sql('select 1');
  const topics = Array.from({ length: 500 }, (_, index) => ({ tenantId: '', topic: `topic number ${index}` }));
  await opened.store.notices.send({ type: 'jobs', from: 'x', topics });
  await opened.store.notices.send(last);
  await arrived;
  await other.store.close();
  expect(heard.flatMap((notice) => (notice.type === 'jobs' ? notice.topics : []))).toEqual(topics);
  expect(heard.length).toBeGreaterThan(2);
  expect(own).toEqual([]);
});

test('a notice that does not fit even alone is not sent', () => {
  const topics = [{ tenantId: '', topic: 'x'.repeat(9_000) }];
  expect(split({ type: 'jobs', from: 'a', topics })).toEqual([]);
});
