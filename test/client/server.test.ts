// Client and worker against the server itself, on each database.
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import {
  BatonClient,
  type Job,
  JobFailure,
  type Logger,
  Worker,
  type WorkerEvents,
  type WorkerOptions,
} from '../../clients/typescript/src/index.js';
import { readServerSettings } from '../../src/config.js';
import { type RunningServer, startServer } from '../../src/server.js';
import { type FreshDatabase, freshDatabase } from '../support/databases.js';
import { FaultyWire } from '../support/faulty-wire.js';
import { tasks } from '../support/models.js';

const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

let database: FreshDatabase;
let server: RunningServer;
let client: BatonClient;
const workers: Worker[] = [];
const closing: (() => Promise<void>)[] = [];

beforeAll(async () => {
  database = await freshDatabase();
  server = await run();
  client = new BatonClient({ address: server.address });
});

afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.stop({ timeout: 0 })));
  for (const close of closing.splice(0).reverse()) await close();
});

afterAll(async () => {
  client.close();
  await server.stop();
  await database.drop();
});

function run(listenPort = 0, flags: Readonly<Record<string, string>> = {}): Promise<RunningServer> {
  const { settings: place } = database;
  const where = place.kind === 'postgres' ? { databaseUrl: place.url } : { dataFolder: place.folder };
  const reading = readServerSettings({
    flags: { ...where, listenPort: `${listenPort}`, drainTimeout: '5s', ...flags },
    environment: {},
  });
  if ('problems' in reading) throw new Error(JSON.stringify(reading.problems));
  return startServer(reading.settings, silent);
}

type Handlers = WorkerOptions['handlers'];

async function work(handlers: Handlers, options: Partial<WorkerOptions> = {}): Promise<Worker> {
  const worker = new Worker({ address: server.address, logger: silent, handlers, ...options });
  workers.push(worker);
  await worker.start();
  return worker;
}

function once<K extends keyof WorkerEvents>(worker: Worker, event: K): Promise<WorkerEvents[K]> {
  return new Promise((resolve) => {
    const off = worker.on(event, (value) => {
      off();
      resolve(value);
    });
  });
}

function gate() {
  let open: () => void = () => undefined;
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, passed };
}

/** A process of its own for a test: its topics are its name with a number. */
async function deploy(name: string, count = 1): Promise<string[]> {
  const topics = Array.from({ length: count }, (_, place) => `${name}-${place}`);
  await client.processes.create({ bpmnXml: tasks(name, ...topics) });
  return topics;
}

describe('a process', () => {
  test('is deployed, started, worked on and waited for', async () => {
    const [double = '', describeIt = ''] = await deploy('whole', 2);
    await work({
      [double]: {
        handler: async (job: Job<{ amount: number }>) => ({ amount: job.variables.amount * 2 }),
        variables: ['amount'],
      },
      [describeIt]: (job: Job<{ amount: number; note: string }>) => ({
        text: `${job.variables.note} ${job.variables.amount} of ${job.bpmnProcessId}`,
      }),
    });
    const { processInstance, variables } = await client.instances.create<{ text: string }>({
      bpmnProcessId: 'whole',
      variables: { amount: 21, note: 'it is' },
      correlationKey: 'k-1',
      awaitEnd: true,
    });
    expect(processInstance.state).toBe('INSTANCE_STATE_COMPLETED');
    expect(variables).toEqual({ amount: 42, note: 'it is', text: 'it is 42 of whole' });
    const found = await client.instances.query({ correlationKey: 'k-1' }).toArray();
    expect(found.map(({ id }) => id)).toEqual([processInstance.id]);
  });

  test('fails, is tried again, becomes an incident, and goes on when that is resolved', async () => {
    const [topic = ''] = await deploy('failing');
    const tries: number[] = [];
    const worker = await work({
      [topic]: (job: Job<{ fixed?: boolean }>) => {
        tries.push(job.retryCount);
        if (!job.variables.fixed) throw new JobFailure('no paper', { retryLimit: 1 });
      },
    });
    const states: string[] = [];
    const twice = gate();
    worker.on('accepted', ({ state }) => {
      states.push(state);
      if (states.length === 2) twice.open();
    });
    const { processInstance } = await client.instances.create({ bpmnProcessId: 'failing' });
    await twice.passed;
    expect(states).toEqual(['JOB_STATE_CAUSED_RETRY', 'JOB_STATE_CAUSED_INCIDENT']);
    const { incidents } = await client.instances.get(processInstance);
    expect(incidents).toMatchObject([
      { reason: 'JOB_RETRIES_EXHAUSTED', message: expect.stringContaining('no paper') },
    ]);
    const [incident] = incidents;
    if (incident === undefined) throw new Error('no incident');
    const done = once(worker, 'accepted');
    await client.variables.setProcess({ ...key(processInstance), variables: { fixed: true } });
    await client.incidents.resolve(key(incident));
    expect((await done).state).toBe('JOB_STATE_DONE');
    expect(tries).toEqual([0, 1, 0]);
    expect((await client.instances.get(processInstance)).processInstance.state).toBe('INSTANCE_STATE_COMPLETED');
  });

  test('that is canceled aborts the signal of its job', async () => {
    const [topic = ''] = await deploy('canceled');
    const started = gate();
    const aborted = gate();
    const worker = await work({
      [topic]: (_job, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            aborted.open();
            reject(signal.reason);
          });
          started.open();
        }),
    });
    const canceled = once(worker, 'canceled');
    const { processInstance } = await client.instances.create({ bpmnProcessId: 'canceled' });
    await started.passed;
    const ended = await client.instances.cancel({ ...key(processInstance), reason: 'not wanted' });
    expect(ended.state).toBe('INSTANCE_STATE_CANCELED');
    await aborted.passed;
    expect((await canceled).reason).toBe('JOB_CANCEL_REASON_ELEMENT_ENDED');
  });

  test('starts once for each request id, one by one and in bulk', async () => {
    await deploy('repeated');
    const start = { bpmnProcessId: 'repeated', requestId: `once-${Date.now()}` } as const;
    const first = await client.instances.create(start);
    expect((await client.instances.create(start)).processInstance.id).toBe(first.processInstance.id);
    const inputs = Array.from({ length: 20 }, (_, place) => ({
      bpmnProcessId: place === 7 ? 'unknown' : 'repeated',
      requestId: `${start.requestId}-${place}`,
    }));
    const started = await client.instances.createMany(inputs);
    expect(started[7]?.error).toMatchObject({ code: 'NOT_FOUND', reason: 'PROCESS_NOT_FOUND' });
    const again = await client.instances.createMany(inputs);
    const ids = started.map(({ processInstance }) => processInstance?.id);
    expect(again.map(({ processInstance }) => processInstance?.id)).toEqual(ids);
    expect(new Set(ids).size).toBe(20);
    expect(await client.instances.query({ bpmnProcessId: 'repeated', pageSize: 6 }).toArray()).toHaveLength(20);
  });

  test('is refused with everything that is wrong', async () => {
    await expect(client.processes.create({ bpmnXml: '<nothing/>' })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      reason: 'MODEL_INVALID',
      problems: [expect.objectContaining({ line: 1 })],
    });
    const unfit = { partition: 'yesterday', id: 0 };
    await expect(client.instances.cancel(unfit)).rejects.toMatchObject({
      reason: 'REQUEST_INVALID',
      violations: [expect.objectContaining({ field: 'partition' }), expect.objectContaining({ field: 'id' })],
    });
  });
});

describe('a worker', () => {
  test('gives back what it does not finish when it stops, and another one gets it at once', async () => {
    const [topic = ''] = await deploy('handed-over');
    const holding = gate();
    const first = await work({
      [topic]: () => {
        holding.open();
        return new Promise(() => undefined);
      },
    });
    const { processInstance } = await client.instances.create({ bpmnProcessId: 'handed-over' });
    await holding.passed;
    const second = await work({ [topic]: () => ({ by: 'second' }) });
    const done = once(second, 'accepted');
    await first.stop({ timeout: 1 });
    expect((await done).job.processInstanceId).toBe(processInstance.id);
  });

  test('repeats an outcome whose ack was lost, and it counts once', async () => {
    const [topic = '', next = ''] = await deploy('lost-ack', 2);
    const proxy = await FaultyWire.before(server.address);
    closing.push(() => proxy.close());
    const finish = gate();
    const holding = gate();
    const attempts: string[] = [];
    const worker = await work(
      {
        [topic]: async () => {
          holding.open();
          await finish.passed;
          return { done: true };
        },
        [next]: (job) => {
          attempts.push(`${job.id}`);
        },
      },
      { address: proxy.address },
    );
    const created = client.instances.create({ bpmnProcessId: 'lost-ack', awaitEnd: true });
    await holding.passed;
    proxy.stall('toClient', 'present');
    finish.open();
    // The outcome has arrived when the job that it led to exists; its ack and that job are lost on the way.
    await until(async () => (await client.jobs.query({ topic: next }).toArray()).length > 0);
    const accepted = once(worker, 'accepted');
    proxy.cut();
    expect((await accepted).state).toBe('JOB_STATE_DONE');
    expect((await created).variables).toEqual({ done: true });
    expect(await client.jobs.query({ topic, processInstanceId: undefined }).toArray()).toHaveLength(1);
    expect(attempts).toHaveLength(1);
  });

  test('keeps its jobs over a broken connection (I5)', async () => {
    const [topic = ''] = await deploy('kept');
    const proxy = await FaultyWire.before(server.address);
    closing.push(() => proxy.close());
    const finish = gate();
    const holding = gate();
    let runs = 0;
    const worker = await work(
      {
        [topic]: async () => {
          runs += 1;
          holding.open();
          await finish.passed;
        },
      },
      { address: proxy.address },
    );
    const created = client.instances.create({ bpmnProcessId: 'kept', awaitEnd: true });
    await holding.passed;
    for (let cut = 0; cut < 3; cut += 1) {
      const back = once(worker, 'connected');
      proxy.cut();
      expect(await back).toMatchObject({ heldJobs: 1, lostJobs: 0 });
    }
    finish.open();
    expect((await created).processInstance.state).toBe('INSTANCE_STATE_COMPLETED');
    expect(runs).toBe(1);
  });

  test.runIf(inject('database').kind === 'postgres')(
    'goes on at another server while its own one is only out of reach (I5)',
    async () => {
      const [topic = ''] = await deploy('elsewhere');
      const quick = { heartbeatInterval: '100ms' };
      const others = [await run(0, quick), await run(0, quick)];
      closing.push(async () => {
        await Promise.all(others.map((other) => other.stop()));
      });
      const proxies = await Promise.all(others.map((other) => FaultyWire.before(other.address)));
      closing.push(async () => {
        await Promise.all(proxies.map((proxy) => proxy.close()));
      });
      const finish = gate();
      const holding = gate();
      let runs = 0;
      const addresses: string[] = [];
      const worker = await work(
        {
          [topic]: async () => {
            runs += 1;
            holding.open();
            await finish.passed;
            return { finished: true };
          },
        },
        {
          address: proxies.map(({ address }) => address),
          onConnected: ({ address }) => addresses.push(address),
        },
      );
      const created = client.instances.create({ bpmnProcessId: 'elsewhere', awaitEnd: true });
      await holding.passed;
      const back = once(worker, 'connected');
      proxies.find(({ address }) => address === addresses.at(-1))?.stall('both', 'present');
      expect(await back).toMatchObject({ heldJobs: 1, lostJobs: 0 });
      expect(new Set(addresses).size).toBe(2);
      finish.open();
      expect((await created).variables).toEqual({ finished: true });
      expect(runs).toBe(1);
    },
  );

  test('works off many jobs in parallel, each once', async () => {
    const topics = await deploy('many', 3);
    const seen = new Map<number, number>();
    const handler = (job: Job) => {
      seen.set(job.id, (seen.get(job.id) ?? 0) + 1);
    };
    await work(Object.fromEntries(topics.map((topic) => [topic, handler])), { concurrency: 50 });
    const inputs = Array.from({ length: 300 }, () => ({ bpmnProcessId: 'many' }));
    await client.instances.createMany(inputs);
    const completed = { bpmnProcessId: 'many', states: ['INSTANCE_STATE_COMPLETED'] } as const;
    await until(async () => (await client.instances.query({ ...completed, pageSize: 1_000 }).toArray()).length === 300);
    expect(seen.size).toBe(900);
    expect(new Set(seen.values())).toEqual(new Set([1]));
  });

  test('survives a restart of its server: finishes while it drains, and comes back', async () => {
    const [topic = ''] = await deploy('restarted');
    const finish = gate();
    const holding = gate();
    const worker = await work({
      [topic]: async () => {
        holding.open();
        await finish.passed;
      },
    });
    const { processInstance } = await client.instances.create({ bpmnProcessId: 'restarted' });
    await holding.passed;
    const draining = once(worker, 'draining');
    const stopped = server.stop();
    expect((await draining).reason).toBe('DRAIN_REASON_SHUTDOWN');
    const accepted = once(worker, 'accepted');
    finish.open();
    await accepted;
    await stopped;
    const back = once(worker, 'connected');
    server = await run(Number(server.address.split(':').at(-1)));
    await back;
    expect((await client.instances.get(processInstance)).processInstance.state).toBe('INSTANCE_STATE_COMPLETED');
    const again = client.instances.create({ bpmnProcessId: 'restarted', awaitEnd: true });
    expect((await again).processInstance.state).toBe('INSTANCE_STATE_COMPLETED');
  });
});

function key({ partition, id }: { readonly partition: string; readonly id: number }) {
  return { partition, id };
}

/** Asks again until it is so; each question is a call, so nothing spins. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds()));
}
