import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { BatonClient } from '../../clients/typescript/src/index.js';
import { type FreshDatabase, freshDatabase } from '../support/databases.js';
import { deploy, openEngine, start, type TestEngine } from '../support/engine.js';
import { until } from '../support/outage.js';
import { PostgresProxy } from '../support/postgres-proxy.js';
import { startServer } from '../support/programs.js';
import { approval, TestWatch } from '../support/user-tasks.js';

// Those who watch user tasks, while there are several servers, slow transactions and servers that die.

let database: FreshDatabase;
let here: TestEngine;
let there: TestEngine;
let url: string;
beforeAll(async () => {
  database = await freshDatabase();
  if (database.settings.kind !== 'postgres') throw new Error('this test needs PostgreSQL');
  url = database.settings.url;
  here = await openEngine(database.settings, {}, () => undefined);
  there = await openEngine(database.settings, {}, () => undefined);
  await deploy(here, approval('approval', { assignment: { candidateGroups: '= groups' }, priority: '= priority' }));
});
afterAll(async () => {
  await Promise.all([here.stop(), there.stop()]);
  await database.drop();
});

const begin = (engine: TestEngine, group: string, priority = 0) =>
  start(engine, 'approval', { groups: [group], priority });

async function connected(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  onTestFinished(() => client.end());
  return client;
}

/** A watch that begins while an older transaction is under way, of whomever, is told what was committed before it, too. */
async function settled(client: pg.Client): Promise<void> {
  const news = 'select 1 from user_task_change where xid >= pg_snapshot_xmin(pg_current_snapshot())';
  await until(async () => (await client.query(news)).rowCount === 0);
}

test('I7: what one server does, those who watch on the other are told', async () => {
  const group = randomUUID();
  const watch = await TestWatch.open(there, { candidateGroups: [group] });
  await begin(here, group);
  await watch.until(() => watch.told.length === 1);
});

test('I13: and when no notice of it arrives, the poll finds it', async () => {
  const group = randomUUID();
  await begin(here, group);
  const client = await connected();
  await settled(client);
  const watch = await TestWatch.open(there, { candidateGroups: [group] });
  // A change that nobody tells of.
  await client.query(
    `insert into user_task_change (partition, id, shard) select partition, id, shard from open_user_task
     where candidate_groups @> $1::jsonb`,
    [JSON.stringify([group])],
  );
  await watch.until(() => watch.told.length === 1);
});

test('what an older transaction commits later comes before what was committed meanwhile', async () => {
  const [slow, quick] = [randomUUID(), randomUUID()];
  await begin(here, slow);
  const client = await connected();
  await settled(client);
  const watch = await TestWatch.open(here, { candidateGroups: [slow, quick] });
  await client.query('begin');
  await client.query(
    `insert into user_task_change (partition, id, shard) select partition, id, shard from open_user_task
     where candidate_groups @> $1::jsonb`,
    [JSON.stringify([slow])],
  );
  await begin(here, quick);
  // Committed after it, and hidden from a watcher that had gone past the younger one.
  const held = watch.watcher.next(300, new AbortController().signal);
  expect(await held).toMatchObject({ userTasks: [] });
  await client.query('commit');
  await watch.until(() => watch.told.length === 2);
  expect(watch.told.map(({ row }) => row.candidateGroups[0])).toEqual([slow, quick]);
});

test('a hundred who watch are served by the same few statements as one', async () => {
  const group = randomUUID();
  const proxy = await PostgresProxy.start(url);
  onTestFinished(() => proxy.stop());
  const engine = await openEngine({ kind: 'postgres', url: proxy.url });
  const watches = await Promise.all(
    Array.from({ length: 100 }, () => TestWatch.open(engine, { candidateGroups: [group] })),
  );
  const { waits } = proxy;
  await begin(there, group);
  await Promise.all(watches.map((watch) => watch.until(() => watch.told.length === 1)));
  expect(proxy.waits - waits).toBeLessThan(30);
});

test('I14: a client that watches goes on when its server is killed and another one comes, and misses nothing', async () => {
  const group = randomUUID();
  const settings = { BATON_DATABASE_URL: url };
  const logFile = '/dev/null';
  const killed = await startServer(settings, { logFile });
  onTestFinished(() => killed.kill());
  const client = new BatonClient({ address: killed.address });
  onTestFinished(() => client.close());
  const priorities: number[] = [];
  for await (const { userTasks } of client.userTasks.watch({ candidateGroups: [group] })) {
    if (priorities.length === 0 && userTasks.length === 0) await begin(here, group, 1);
    priorities.push(...userTasks.map(({ priority }) => priority));
    if (priorities.length === 1 && userTasks.length === 1) {
      await killed.kill();
      await begin(here, group, 2);
      const next = await startServer(settings, { logFile, port: Number(killed.address.split(':')[1]) });
      onTestFinished(() => next.stop());
      await begin(here, group, 3);
    }
    if (priorities.length === 3) break;
  }
  expect(priorities).toEqual([1, 2, 3]);
}, 60_000);
