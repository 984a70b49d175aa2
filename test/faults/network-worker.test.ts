// Networks between worker and server: what breaks for less than the resume window repeats nothing, what breaks for longer
// hides nothing, and the worker comes back by itself (I5).
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { BatonClient } from '../../clients/typescript/src/index.js';
import { type FreshDatabase, freshDatabase } from '../support/databases.js';
import type { FaultyWire } from '../support/faulty-wire.js';
import { tasks } from '../support/models.js';
import {
  gate,
  openClient,
  QUICK_PINGS,
  Runs,
  runServer,
  type TestServer,
  WatchedWorker,
  wireBefore,
} from '../support/network.js';

const HEARTBEAT_MS = 250;

const ending: (() => Promise<void>)[] = [];
const atEnd = (stop: () => Promise<void>) => ending.push(stop);
let database: FreshDatabase;
let url: string;
let server: TestServer;
let client: BatonClient;
beforeAll(async () => {
  database = await freshDatabase();
  if (database.settings.kind !== 'postgres') throw new Error('this test needs PostgreSQL');
  url = database.settings.url;
  server = await runServer(
    url,
    { heartbeatInterval: `${HEARTBEAT_MS}ms`, resumeWindow: '60s', deadTime: '60s' },
    atEnd,
  );
  client = openClient(server.address, atEnd);
});
afterAll(async () => {
  for (const stop of ending.reverse()) await stop();
  await database.drop();
});

async function deployed(): Promise<string> {
  const topic = randomUUID();
  await client.processes.create({ bpmnXml: tasks(`p-${topic}`, topic) });
  return topic;
}

async function startMany(topic: string, count: number, text = ''): Promise<void> {
  const one = { bpmnProcessId: `p-${topic}`, variables: { text } };
  for (const { error } of await client.instances.createMany(Array(count).fill(one))) if (error) throw error;
}

async function completed(topic: string): Promise<number> {
  const filter = { bpmnProcessId: `p-${topic}`, states: ['INSTANCE_STATE_COMPLETED'], pageSize: 1_000 } as const;
  return (await client.instances.query(filter).toArray()).length;
}

/** Each happens, and is over, within the resume window. */
const FLAPS: Readonly<Record<string, (wire: FaultyWire, worker: WatchedWorker) => void | Promise<void>>> = {
  'a cut': (wire) => wire.cut(),
  'silence towards the server': (wire) => wire.stall('toServer', 'present'),
  'silence towards the worker': (wire) => wire.stall('toClient', 'present'),
  'silence both ways': (wire) => wire.stall('both', 'present'),
  'a connection of which only the server is left': (wire) => wire.halfOpen('client'),
  'a connection of which only the worker is left': (wire) => wire.halfOpen('server'),
  'a cut, and refusals for a while': async (wire, worker) => {
    wire.refuse();
    wire.cut();
    await worker.until(() => worker.disconnected.length >= 3);
    wire.accept();
  },
  'silence, and silence for who comes back': async (wire, worker) => {
    wire.stall();
    await worker.until(() => worker.disconnected.length >= 2);
    wire.release();
  },
};

describe.concurrent('I5: a flap shorter than the resume window', () => {
  const JOBS = 20;

  test.for(Object.entries(FLAPS))(
    '(%s) leaves the worker its jobs, and each is done once',
    { timeout: 60_000 },
    async ([, flap], context) => {
      const topic = await deployed();
      const wire = await wireBefore(server.address, context.onTestFinished);
      const finish = gate();
      const runs = new Runs();
      const handle = async (job: Parameters<Runs['add']>[0]) => {
        runs.add(job);
        await finish.passed;
      };
      const worker = new WatchedWorker(wire.address, topic, handle, { concurrency: JOBS }, context.onTestFinished);
      await worker.worker.start();
      await startMany(topic, JOBS);
      await runs.until(() => runs.jobs === JOBS);
      const back = worker.back();
      await flap(wire, worker);
      expect(await back).toMatchObject({ heldJobs: JOBS, lostJobs: 0 });
      finish.open();
      await worker.until(() => worker.accepted.length === JOBS);
      expect([runs.repeated, worker.refused, worker.canceled]).toEqual([[], [], []]);
      expect(await completed(topic)).toBe(JOBS);
    },
  );
});

describe.concurrent('a wire that is only bad', () => {
  const BAD: Readonly<Record<string, (wire: FaultyWire) => void>> = {
    slow: (wire) => wire.slow({ bytesPerSecond: 400_000, delayMs: 2 }),
    'of frames in pieces': (wire) => wire.split(),
  };
  const JOBS = 60;

  test.for(Object.entries(BAD))(
    '(%s) changes nothing but the speed',
    { timeout: 60_000 },
    async ([, worsen], context) => {
      const topic = await deployed();
      const wire = await wireBefore(server.address, context.onTestFinished);
      worsen(wire);
      const runs = new Runs();
      const worker = new WatchedWorker(wire.address, topic, async (job) => runs.add(job), {}, context.onTestFinished);
      await worker.worker.start();
      const over = openClient(wire.address, context.onTestFinished);
      const start = { bpmnProcessId: `p-${topic}`, variables: { text: 'x'.repeat(1_000) } };
      for (const { error } of await over.instances.createMany(Array(JOBS).fill(start))) if (error) throw error;
      await worker.until(() => worker.accepted.length === JOBS);
      expect([runs.jobs, runs.repeated, worker.refused]).toEqual([JOBS, [], []]);
      expect(await completed(topic)).toBe(JOBS);
    },
  );
});

test('a silence shorter than three heartbeats is noticed by nobody, and what was held in it arrives', async () => {
  const patient = await runServer(url, { heartbeatInterval: '5m' });
  const topic = await deployed();
  const wire = await wireBefore(patient.address);
  const runs = new Runs();
  const worker = new WatchedWorker(wire.address, topic, async (job) => runs.add(job));
  await worker.worker.start();
  wire.stall();
  const near = openClient(patient.address);
  for (let i = 0; i < 10; i++) await near.instances.create({ bpmnProcessId: `p-${topic}` });
  expect(runs.jobs).toBe(0);
  wire.release();
  await worker.until(() => worker.accepted.length === 10);
  expect([worker.connected.length, runs.repeated]).toEqual([1, []]);
});

test('I5: jobs of a worker that went without a word are hidden for three heartbeats and the resume window, no longer', async () => {
  const quick = await runServer(url, { heartbeatInterval: `${HEARTBEAT_MS}ms`, resumeWindow: '1s' });
  const topic = await deployed();
  const wire = await wireBefore(quick.address);
  const runs = new Runs();
  const lost = new WatchedWorker(wire.address, topic, (job) => {
    runs.add(job);
    return new Promise(() => undefined);
  });
  await lost.worker.start();
  await startMany(topic, 20);
  await runs.until(() => runs.jobs === 20);
  const database = new pg.Client({ connectionString: url });
  await database.connect();
  const { rows: before } = await database.query<{ now: Date }>('select clock_timestamp() as now');
  wire.refuse();
  wire.halfOpen('client');
  const handOuts: Date[] = [];
  const other = new WatchedWorker(quick.address, topic, async ({ lockedAt }) => {
    if (lockedAt !== undefined) handOuts.push(lockedAt);
  });
  await other.worker.start();
  await other.until(() => other.accepted.length === 20);
  await database.end();
  const hidden = Math.max(...handOuts.map((at) => at.getTime())) - (before[0]?.now.getTime() ?? 0);
  // Both by the clock of the database. The rest is for a machine that is busy.
  expect(hidden).toBeLessThan(3 * HEARTBEAT_MS + 1_000 + 15_000);
  expect(hidden).toBeGreaterThan(1_000);
  expect(lost.accepted).toEqual([]);
}, 60_000);

describe('calls over a wire that fell silent', () => {
  test('are repeated over another connection, and count once (I7)', async () => {
    const topic = await deployed();
    const wire = await wireBefore(server.address);
    const over = openClient(wire.address, onTestFinished, QUICK_PINGS);
    await over.instances.create({ bpmnProcessId: `p-${topic}` });
    wire.stall('toClient', 'present');
    await over.instances.create({ bpmnProcessId: `p-${topic}` });
    expect(wire.accepted).toBe(2);
    expect(await over.instances.query({ bpmnProcessId: `p-${topic}` }).toArray()).toHaveLength(2);
  });

  test('end by their deadline', async () => {
    const topic = await deployed();
    const wire = await wireBefore(server.address);
    const over = openClient(wire.address);
    await over.instances.create({ bpmnProcessId: `p-${topic}` });
    wire.stall();
    const late = { code: 'DEADLINE_EXCEEDED' };
    const options = { timeoutMs: 300 };
    await expect(over.instances.create({ bpmnProcessId: `p-${topic}` }, options)).rejects.toMatchObject(late);
    await expect(over.instances.query({}, options).toArray()).rejects.toMatchObject(late);
  });
});
