// Rows that make no sense, as a mistaken UPDATE leaves them, and commands that can not be written: only their own instance
// and their own caller see it. Neighbours of the same commit group go on, lists work, and nothing is tried in a loop.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isRefusal } from '../../src/core/refusal.js';
import type { Ref } from '../../src/core/state.js';
import { startEngine } from '../../src/engine/engine.js';
import type { Caller, JobDelivery } from '../../src/engine/face.js';
import type { LaneConnection } from '../../src/engine/ports/lane.js';
import { run } from '../../src/store/database.js';
import { unprepared } from '../../src/store/statement.js';
import { openDatabase, openStore } from '../../src/store/store.js';
import { type FreshDatabase, freshDatabase } from '../support/databases.js';
import {
  CALLER,
  complete,
  deploy,
  LogBook,
  lock,
  openEngine,
  start,
  startCommand,
  type TestEngine,
  TestWorker,
} from '../support/engine.js';
import { forkToJoin, scripted, tasks } from '../support/models.js';

const PATIENCE = 180_000;
const TOPIC = {
  held: randomUUID(),
  waiting: randomUUID(),
  retried: randomUUID(),
  expression: randomUUID(),
  join: randomUUID(),
};
const ids = Object.fromEntries(Object.entries(TOPIC).map(([kind, topic]) => [kind, `p-${topic}`])) as typeof TOPIC;

/** What is done to the rows of an instance whose job is held. */
const POISONS: readonly (readonly [name: string, statement: (delivery: JobDelivery) => string])[] = [
  [
    'an element instance that is missing',
    ({ job }) => `delete from element_instance where id = ${job.elementInstanceId}`,
  ],
  [
    'an element that no process has',
    ({ job }) => `update element_instance set element_id = 999999 where id = ${job.elementInstanceId}`,
  ],
  ['a job of an element that no process has', ({ job }) => `update job set element_id = 999999 where id = ${job.id}`],
  [
    'a process that was never deployed',
    ({ job }) => `update process_instance set process_id = 999999 where id = ${job.processInstanceId}`,
  ],
  [
    'a parent that is missing',
    ({ job }) => `update element_instance set parent_id = 1 where id = ${job.elementInstanceId}`,
  ],
  [
    'a counter below zero',
    ({ job }) => `update element_instance set live_children = -3 where id = ${job.processInstanceId}`,
  ],
  [
    'a time without end',
    ({ job }) => `update process_instance set created_at = 'infinity' where id = ${job.processInstanceId}`,
  ],
  [
    'a time before Christ',
    ({ job }) => `update process_instance set created_at = '0044-03-15 BC' where id = ${job.processInstanceId}`,
  ],
];

/** Deliveries of held jobs: of each topic the first half is poisoned, the other half are its neighbours. */
interface Held {
  readonly poisoned: readonly JobDelivery[];
  readonly neighbours: readonly JobDelivery[];
}

let fresh: FreshDatabase;
let engine: TestEngine;
let stop: () => Promise<void> = () => Promise.resolve();
let rows: Held;
let readers: Held;
let joins: Held;
let lost: Ref;
let whole: Ref;
let retried: Ref;

/** A start with a request id, whose row will refer to nothing. */
const REPEATED: Caller = { ...CALLER, request: { rpc: 'CreateProcessInstance', requestId: TOPIC.held, hash: 'same' } };

beforeAll(async () => {
  fresh = await freshDatabase();
  await open();
  const models = [
    tasks(ids.held, TOPIC.held),
    tasks(ids.waiting, TOPIC.waiting),
    tasks(ids.retried, TOPIC.retried),
    scripted(ids.expression, TOPIC.expression, 'order + 1'),
    forkToJoin(ids.join, TOPIC.join),
  ];
  for (const model of models) await deploy(engine, model);
  rows = await hold('held', POISONS.length);
  readers = await hold('expression', 1);
  joins = await hold('join', 1);
  lost = await start(engine, ids.waiting);
  whole = await start(engine, ids.waiting);
  retried = await start(engine, ids.retried);
  await start(engine, ids.join, {}, REPEATED);
  await failLater((await lock(engine, TOPIC.retried))[0]);
  await stop();
  await poison();
  await open();
}, PATIENCE);

afterAll(async () => {
  await stop();
  await fresh.drop();
}, PATIENCE);

/** One lane, so that commands that come together share a group. */
async function open(): Promise<void> {
  engine = await openEngine(fresh.settings, { lanes: 1 }, (end) => {
    stop = end;
  });
}

async function hold(kind: keyof typeof TOPIC, count: number): Promise<Held> {
  for (let each = 0; each < 2 * count; each += 1) await start(engine, ids[kind]);
  const held = await lock(engine, TOPIC[kind], 2 * count);
  expect(held).toHaveLength(2 * count);
  return { poisoned: held.slice(0, count), neighbours: held.slice(count) };
}

/** Its retry is a task that is due in a second. */
async function failLater(delivery: JobDelivery | undefined): Promise<void> {
  if (delivery === undefined) throw new Error('no job');
  const { job, lock: held } = delivery;
  const reference = { partition: job.partition, id: job.id };
  const retry = { message: 'not yet', retryLimit: 1, retryTimer: 'PT1S', variables: [], by: 'test' };
  const answer = await engine.engine.submit(
    { type: 'failJob', job: reference, lockToken: held.token, ...retry },
    CALLER,
  );
  if (isRefusal(answer)) throw new Error(answer.message);
}

/** While no engine runs: an embedded database has one user. */
async function poison(): Promise<void> {
  const statements = rows.poisoned.map((delivery, index) => POISONS[index]?.[1](delivery) ?? '');
  const [reader] = readers.poisoned;
  const [join] = joins.poisoned;
  statements.push(
    `insert into variable (partition, scope_id, name, shard, root_id, process_instance_id, encoding, value, encrypted,
       created_at, created_by, updated_at, updated_by, change_number)
     select partition, id, 'order', shard, root_id, id, 'json',
       case id when ${reader?.job.processInstanceId} then '{broken' else '1' end, false, now(), '', now(), '', 1
     from process_instance`,
    `update arrival set flow = 99, element_id = 999999
     where root_id = ${join?.job.processInstanceId} and consumed_by is null`,
    "update request set reference = 1 where hash = 'same'",
    `delete from job where process_instance_id = ${lost.id}`,
    brokenTask(256_000_001, '{"type":"UNHEARD_OF"}'),
    brokenTask(256_000_257, '{broken'),
    brokenTask(256_000_513, 'null'),
    brokenTask(256_000_769, '{"type":"ACTIVATE_JOB","jobId":1}'),
  );
  const database = await openDatabase({ database: fresh.settings, lanes: 1, migrations: 'run', warn: console.error });
  for (const text of statements) {
    const [result] = await run(database, 'lists', [{ statement: unprepared(text), values: [] }]);
    expect(result?.count, text).toBeGreaterThan(0);
  }
  await database.close();
}

/** Due before all others. */
function brokenTask(id: number, payload: string): string {
  return `insert into task (partition, id, shard, root_id, process_instance_id, element_instance_id, element_id, process_id,
       tenant_id, type, due_at, payload, created_at, created_by)
     select partition, ${id}, shard, root_id, process_instance_id, element_instance_id, element_id, process_id,
       tenant_id, 'CONTINUE', now() - interval '1 day', '${payload}', now(), 'poison'
     from task where created_by <> 'poison'`;
}

/** Resolves when it is so; asked again and again, since what is waited for tells nobody. */
async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20));
}

const instanceOf = ({ job }: JobDelivery): Ref => ({ partition: job.partition, id: job.processInstanceId });

const stateOf = async (instance: Ref) => (await engine.engine.reader.processInstance(instance, ['']))?.row.state;

const errors = (start: string) =>
  engine.log.lines.filter(({ level, message }) => level === 'error' && message.startsWith(start));

/** In one group. Whether each was done, by the name of its poison. */
async function completeAll({ poisoned, neighbours }: Held): Promise<readonly string[]> {
  const both = poisoned.flatMap((delivery, index) => [delivery, neighbours[index] ?? delivery]);
  const settled = await Promise.allSettled(both.map((delivery) => complete(engine, delivery)));
  return settled.map(({ status }) => status);
}

async function expectNeighboursEnded({ neighbours }: Held): Promise<void> {
  for (const delivery of neighbours) expect(await stateOf(instanceOf(delivery))).toBe('COMPLETED');
}

test(
  'I4: rows that make no sense are the trouble of their own instances, not of their neighbours in the group',
  async () => {
    const settled = await completeAll(rows);
    const done = Object.fromEntries(POISONS.map(([name], index) => [name, settled.slice(2 * index, 2 * index + 2)]));
    const both = ['fulfilled', 'fulfilled'];
    const alone = ['rejected', 'fulfilled'];
    expect(done).toEqual({
      'an element instance that is missing': alone,
      'an element that no process has': alone,
      'a job of an element that no process has': both,
      'a process that was never deployed': alone,
      'a parent that is missing': alone,
      'a counter below zero': alone,
      'a time without end': both,
      'a time before Christ': both,
    });
    await expectNeighboursEnded(rows);
  },
  PATIENCE,
);

test('reads of such an instance answer or fail for their caller alone, and lists have the others', async () => {
  for (const delivery of rows.poisoned) {
    await engine.engine.reader.processInstanceDetails(instanceOf(delivery), ['']).catch(() => null);
  }
  const page = await engine.engine.reader.processInstances({ tenantIds: [''] }, { size: 100, token: '', offset: 0 });
  const listed = isRefusal(page) ? [] : page.results.map(({ row }) => row.id);
  for (const delivery of [...rows.neighbours, ...readers.poisoned]) expect(listed).toContain(instanceOf(delivery).id);
});

test('I4: a waiting token that points nowhere is the trouble of its own instance', async () => {
  expect((await completeAll(joins))[1]).toBe('fulfilled');
  await expectNeighboursEnded(joins);
  for (const delivery of joins.poisoned) expect(await stateOf(instanceOf(delivery))).not.toBe('COMPLETED');
});

test('a variable that is no JSON is an incident of the instance whose expression reads it', async () => {
  expect(await completeAll(readers)).toEqual(['fulfilled', 'fulfilled']);
  await expectNeighboursEnded(readers);
  const [poisoned] = readers.poisoned.map(instanceOf);
  const details = poisoned && (await engine.engine.reader.processInstanceDetails(poisoned, ['']));
  expect(details?.incidents.map(({ row }) => row.reason)).toEqual(['EXPRESSION_FAILED']);
  expect(details?.variables.map(({ row }) => row.data?.value)).toEqual(['{broken']);
});

test('I4, I6: a command that can not be written is found, logged, and alone in its failure', async () => {
  const command = startCommand(ids.held);
  const nul = { ...command, correlationKey: 'a\0b' };
  const answers = await Promise.allSettled([command, nul, command].map((each) => engine.engine.submit(each, CALLER)));
  expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(await lock(engine, TOPIC.held, 5)).toHaveLength(2);
  expect(errors('a commit group failed').at(-1)?.facts).toMatchObject({ commands: ['createProcessInstance'] });
});

test('a repeated request whose row refers to nothing is told of nothing, and does nothing again', async () => {
  const [again, neighbour] = await Promise.all([start(engine, ids.join, {}, REPEATED), start(engine, ids.join)]);
  expect(again.id).toBe(1);
  expect(await stateOf(again)).toBeUndefined();
  expect(await stateOf(neighbour)).toBe('STARTED');
});

test('an open job without its history is handed to nobody, and those behind it are handed out', async () => {
  const worker = new TestWorker();
  const session = await worker.connect(engine, TOPIC.waiting);
  session.grant(1, 1e6);
  await worker.until(() => worker.delivered.length === 1);
  expect(worker.delivered.map(({ job }) => job.processInstanceId)).toEqual([whole.id]);
  await session.goodbye();
  expect(errors('a job can not be handed out')).toHaveLength(1);
});

test(
  'tasks that nobody can execute fail alone, and are not tried in a loop',
  async () => {
    const again: JobDelivery[] = [];
    await until(async () => {
      again.push(...(await lock(engine, TOPIC.retried)));
      return again.length > 0;
    });
    expect(again.map(({ job }) => job.processInstanceId)).toEqual([retried.id]);
    await expectBrokenTasks();
  },
  PATIENCE,
);

test(
  'a server that starts with all of this does so, and its neighbours still run',
  async () => {
    await stop();
    await open();
    await expectBrokenTasks();
    const [held] = await Promise.all([lock(engine, TOPIC.held), start(engine, ids.held)]);
    for (const delivery of held) await complete(engine, delivery);
    expect(held).toHaveLength(1);
  },
  PATIENCE,
);

/** Each was tried once, and stands in the list of tasks. */
async function expectBrokenTasks(): Promise<void> {
  await until(() => errors('a task failed').length >= 4);
  const page = await engine.engine.reader.tasks({ tenantIds: [''] }, { size: 10, token: '', offset: 0 });
  expect(isRefusal(page) ? [] : page.results.map(({ row }) => row.createdBy)).toEqual(Array(4).fill('poison'));
  expect(errors('a task failed')).toHaveLength(4);
}

test(
  'I4: what reading a row throws fails its own command only',
  async () => {
    for (let each = 0; each < 2; each += 1) await start(engine, ids.held);
    const held = await lock(engine, TOPIC.held, 2);
    const [poisoned, neighbour] = held;
    expect(held).toHaveLength(2);
    if (poisoned === undefined || neighbour === undefined) return;
    await stop();
    const store = await openStore({ database: fresh.settings, lanes: 1, migrations: 'run', warn: console.error });
    const broken = { ...store, openLane: async () => throwingFor(await store.openLane(), poisoned.job.rootId) };
    const settings = { serverId: randomUUID(), version: 'test', lanes: 1, heartbeatIntervalMs: 5_000 };
    const running = await startEngine(
      broken,
      { ...settings, resumeWindowMs: 10_000, deadTimeMs: 15_000 },
      new LogBook(),
    );
    stop = async () => {
      await running.stop();
      await store.close();
    };
    const commands = [poisoned, neighbour].map((delivery) => complete({ engine: running }, delivery));
    expect((await Promise.allSettled(commands)).map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
  },
  PATIENCE,
);

/** Stands for a row that no version of this server has written. */
function throwingFor(connection: LaneConnection, rootId: number): LaneConnection {
  return new Proxy(connection, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return (...values: readonly unknown[]) => {
        const [roots] = values;
        const isHere = Array.isArray(roots) && roots.some(({ id }) => id === rootId);
        if (name === 'lockAndLoad' && isHere) return Promise.reject(new TypeError('this row makes no sense'));
        return Reflect.apply(value, target, values);
      };
    },
  });
}
