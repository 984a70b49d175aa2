import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { startEngine } from '../../src/engine/engine.js';
import { openStore } from '../../src/store/store.js';
import { type FreshDatabase, freshDatabase } from '../support/databases.js';
import {
  CALLER,
  complete,
  deploy,
  LogBook,
  lock,
  openEngine,
  SETTINGS,
  start,
  type TestEngine,
  TestWorker,
} from '../support/engine.js';
import { tasks } from '../support/models.js';
import type { DatabaseSettings } from '../support/template.js';

// Two servers on one database; what one does, the other's workers and callers hear of.

let database: FreshDatabase;
let here: TestEngine;
let there: TestEngine;
beforeAll(async () => {
  database = await freshDatabase();
  here = await openEngine(database.settings, {}, () => undefined);
  there = await openEngine(database.settings, {}, () => undefined);
});
afterAll(async () => {
  await Promise.all([here.stop(), there.stop()]);
  await database.drop();
});

async function deployed(): Promise<string> {
  const topic = randomUUID();
  await deploy(here, tasks(topicProcess(topic), topic));
  return topic;
}

function topicProcess(topic: string): string {
  return `p-${topic}`;
}

test('a job of one server goes to a worker of the other', async () => {
  const topic = await deployed();
  const worker = new TestWorker();
  const session = await worker.connect(there, topic);
  session.grant(10, 1e6);
  const instance = await start(here, topicProcess(topic));
  await worker.until(() => worker.delivered.length === 1);
  const [job] = worker.delivered;
  if (job === undefined) throw new Error('no job');
  expect(job.job.processInstanceId).toBe(instance.id);
  await complete(here, job);
  await session.goodbye();
});

test('I7: whoever waits on one server for the end of an instance hears of it when the other ends it', async () => {
  const topic = await deployed();
  const instance = await start(here, topicProcess(topic));
  const ended = there.engine.ended(instance, AbortSignal.timeout(20_000));
  const [job] = await lock(here, topic);
  if (job === undefined) throw new Error('no job');
  await complete(here, job);
  await ended;
});

test('a worker of one server is told that the other canceled the instance of its job', async () => {
  const topic = await deployed();
  const worker = new TestWorker();
  const session = await worker.connect(there, topic);
  session.grant(1, 1e6);
  const instance = await start(here, topicProcess(topic));
  await worker.until(() => worker.delivered.length === 1);
  await here.engine.submit({ type: 'cancelProcessInstance', instance, reason: null, by: 'test' }, CALLER);
  await worker.until(() => worker.canceledJobs.length === 1);
  expect(worker.canceledJobs[0]?.id).toBe(worker.delivered[0]?.job.id);
  await session.goodbye();
});

test('I5: a stream whose worker came back at the other server ends, and gets no more jobs', async () => {
  const topic = await deployed();
  const sessionId = randomUUID();
  const worker = new TestWorker();
  const session = await worker.connect(here, topic, { sessionId });
  session.grant(10, 1e6);
  const back = new TestWorker();
  const resumed = await back.connect(there, topic, { sessionId, generation: 2 });
  await worker.until(() => worker.replaced);
  resumed.grant(10, 1e6);
  await start(here, topicProcess(topic));
  await back.until(() => back.delivered.length === 1);
  expect(worker.delivered).toEqual([]);
  await resumed.goodbye();
});

test('I3: commands for one tree from two servers at once are done one after the other, each once', async () => {
  const topic = await deployed();
  const instance = await start(here, topicProcess(topic));
  const set = (engine: TestEngine, name: string) =>
    engine.engine.submit(
      {
        type: 'setVariables',
        kind: 'processInstance',
        scope: instance,
        variables: [{ name, data: { encoding: 'json', value: '1', encrypted: false }, bpmnElementId: null }],
        by: 'test',
      },
      CALLER,
    );
  const names = Array.from({ length: 50 }, (_none, i) => `v${i}`);
  await Promise.all(names.map((name, i) => set(i % 2 === 0 ? here : there, name)));
  const details = await here.engine.reader.processInstanceDetails(instance, ['']);
  expect(details?.variables.map(({ row }) => row.name).sort()).toEqual([...names].sort());
  expect(details?.instance.row.changeNumber).toBe(1 + names.length);
});

test('I13: a leaving server gives its locks an end, and what it held goes on at the other', async () => {
  const topic = await deployed();
  const leaving = await openEngine(database.settings, { resumeWindowMs: 100 });
  const worker = new TestWorker();
  const session = await worker.connect(leaving, topic);
  session.grant(1, 1e6);
  await start(leaving, topicProcess(topic));
  await worker.until(() => worker.delivered.length === 1);
  await leaving.stop();
  const other = new TestWorker();
  const otherSession = await other.connect(here, topic);
  otherSession.grant(1, 1e6);
  await other.until(() => other.delivered.length === 1);
  expect(other.delivered[0]?.job.id).toBe(worker.delivered[0]?.job.id);
  await otherSession.goodbye();
});

/** Hears and does what others do, and what it says to them is lost. */
async function openUnheard(settings: DatabaseSettings) {
  const opened = await openStore({ database: settings, lanes: 1, migrations: 'run', warn: () => undefined });
  const notices = { listen: opened.notices.listen.bind(opened.notices), send: async () => undefined };
  const store = { ...opened, notices };
  const log = new LogBook();
  const engine = await startEngine(store, { ...SETTINGS, serverId: 'unheard' }, log);
  return { engine, store, log, stop: () => engine.stop().then(() => opened.close()) };
}

test('I13: a job of a server that came and went is found, though nothing was heard of it', async () => {
  const { settings, drop } = await freshDatabase();
  onTestFinished(drop);
  const topic = randomUUID();
  const stays = await openEngine(settings, { deadTimeMs: 1_000, resumeWindowMs: 1_000 });
  await deploy(stays, tasks(topicProcess(topic), topic));
  const worker = new TestWorker();
  const session = await worker.connect(stays, topic);
  session.grant(1, 1e6);
  const unheard = await openUnheard(settings);
  const instance = await start(unheard, topicProcess(topic));
  await unheard.stop();
  await worker.until(() => worker.delivered.length === 1);
  expect(worker.delivered[0]?.job.processInstanceId).toBe(instance.id);
  await session.goodbye();
});

test('I13: a server that leaves at once says before what it knew', async () => {
  const { settings, drop } = await freshDatabase();
  onTestFinished(drop);
  if (settings.kind !== 'postgres') throw new Error('this test needs PostgreSQL');
  const listener = new pg.Client({ connectionString: settings.url });
  await listener.connect();
  onTestFinished(() => listener.end());
  const topic = randomUUID();
  const stays = await openEngine(settings);
  await deploy(stays, tasks(topicProcess(topic), topic));
  const leaving = await openEngine(settings);
  const heard: string[] = [];
  listener.on('notification', ({ payload = '' }) => heard.push(payload));
  await listener.query('listen baton');
  await start(leaving, topicProcess(topic));
  await leaving.stop();
  await listener.query('select 1');
  expect(heard.filter((notice) => notice.includes(topic))).toHaveLength(1);
});
