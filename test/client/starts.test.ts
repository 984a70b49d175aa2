// Starts over a stream, by the client, against the server itself: what was cut, lost or refused happens once.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { BatonClient, type BatonError, type Logger } from '../../clients/typescript/src/index.js';
import { readServerSettings } from '../../src/config.js';
import { STREAM_REQUESTS } from '../../src/grpc/limits.js';
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
const closing: (() => unknown)[] = [];

beforeAll(async () => {
  database = await freshDatabase();
  server = await run();
  client = new BatonClient({ address: server.address });
});

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

afterAll(async () => {
  client.close();
  await server.stop();
  await database.drop();
});

function run(listenPort = 0): Promise<RunningServer> {
  const { settings: place } = database;
  const where = place.kind === 'postgres' ? { databaseUrl: place.url } : { dataFolder: place.folder };
  const flags = { ...where, listenPort: `${listenPort}`, drainTimeout: '5s' };
  const reading = readServerSettings({ flags, environment: {} });
  if ('problems' in reading) throw new Error(JSON.stringify(reading.problems));
  return startServer(reading.settings, silent);
}

/** A client of its own, over a wire that the test can break. */
async function overWire(): Promise<{ readonly wire: FaultyWire; readonly starter: BatonClient }> {
  const wire = await FaultyWire.before(server.address);
  const starter = new BatonClient({ address: wire.address, timeoutMs: 120_000 });
  closing.push(
    () => wire.close(),
    () => starter.close(),
  );
  return { wire, starter };
}

async function deploy(bpmnProcessId: string): Promise<void> {
  await client.processes.create({ bpmnXml: tasks(bpmnProcessId, `topic-of-${bpmnProcessId}`) });
}

/** Correlation keys of all instances of a process, sorted. */
async function started(bpmnProcessId: string): Promise<string[]> {
  const found = await client.instances.query({ bpmnProcessId, pageSize: 1_000 }).toArray();
  return found.map(({ correlationKey }) => correlationKey).sort();
}

const keys = (count: number) => Array.from({ length: count }, (_, index) => String(index).padStart(5, '0'));

describe('client.instances.stream', () => {
  test('starts as create does, and more than the server has room for at once', async () => {
    await deploy('many-starts');
    const starts = client.instances.stream();
    const variables = { order: { id: 1 } };
    const first = await starts.create({ bpmnProcessId: 'many-starts', correlationKey: 'first', variables });
    expect(first).toMatchObject({ processInstance: { correlationKey: 'first' }, variables: {}, rawVariables: {} });
    expect((await client.instances.get(first.processInstance)).variables).toEqual(variables);
    const wanted = keys(STREAM_REQUESTS + 500);
    const created = await Promise.all(
      wanted.map((correlationKey) => starts.create({ bpmnProcessId: 'many-starts', correlationKey })),
    );
    expect(created.map(({ processInstance }) => processInstance.correlationKey)).toEqual(wanted);
    await starts.close();
    expect(await started('many-starts')).toEqual([...wanted, 'first']);
  });

  test('says for each start why it was refused', async () => {
    await deploy('refused-starts');
    await using starts = client.instances.stream();
    const [good, missing, faulty] = await Promise.allSettled([
      starts.create({ bpmnProcessId: 'refused-starts' }),
      starts.create({ bpmnProcessId: 'no-such-process' }),
      starts.create({ bpmnProcessId: 'refused-starts', variables: { 'not a name': 1 } }),
    ]);
    expect(good.status).toBe('fulfilled');
    expect(missing).toMatchObject({ reason: { reason: 'PROCESS_NOT_FOUND' } });
    expect(faulty).toMatchObject({ reason: { violations: [{ field: 'variables_json' }] } });
  });

  test('a start that ends its whole stream hurts no other one', async () => {
    await deploy('poison');
    await using starts = client.instances.stream();
    const others = keys(20).map((correlationKey) => starts.create({ bpmnProcessId: 'poison', correlationKey }));
    const bad = starts.create({ bpmnProcessId: 'poison', requestId: 'x'.repeat(101) });
    await expect(bad).rejects.toMatchObject({ violations: [{ field: 'request_id' }] });
    await Promise.all(others);
    expect(await started('poison')).toEqual(keys(20));
  });

  test('repeats what has no answer after cuts: nothing is lost, nothing happens twice', async () => {
    await deploy('cut-starts');
    const { wire, starter } = await overWire();
    const starts = starter.instances.stream();
    const wanted = keys(600);
    let answered = 0;
    const cuts = new Set([1, 50, 150, 300, 450]);
    await Promise.all(
      wanted.map(async (correlationKey) => {
        await starts.create({ bpmnProcessId: 'cut-starts', correlationKey });
        answered += 1;
        if (cuts.has(answered)) wire.cut();
      }),
    );
    await starts.close();
    expect(wire.accepted).toBeGreaterThan(1);
    expect(await started('cut-starts')).toEqual(wanted);
  });

  test('repeats starts whose answers were lost, and each counts once', async () => {
    await deploy('lost-starts');
    const { wire, starter } = await overWire();
    const starts = starter.instances.stream();
    await starts.create({ bpmnProcessId: 'lost-starts', correlationKey: 'first' });
    wire.stall('toClient', 'present');
    const wanted = keys(50);
    const creating = wanted.map((correlationKey) => starts.create({ bpmnProcessId: 'lost-starts', correlationKey }));
    while ((await started('lost-starts')).length < 51);
    wire.cut();
    await Promise.all(creating);
    expect(await started('lost-starts')).toEqual([...wanted, 'first']);
    await starts.close();
  });

  test('goes on over a restart of the server', async () => {
    await deploy('restart-starts');
    await using starts = client.instances.stream({ timeoutMs: 120_000 });
    await starts.create({ bpmnProcessId: 'restart-starts', correlationKey: 'first' });
    const wanted = keys(200);
    const creating = wanted.map((correlationKey) => starts.create({ bpmnProcessId: 'restart-starts', correlationKey }));
    await creating[0];
    const port = Number(server.address.split(':').at(-1));
    await server.stop();
    const away = starts.create({ bpmnProcessId: 'restart-starts', correlationKey: 'while away' });
    server = await run(port);
    await Promise.all([...creating, away]);
    expect(await started('restart-starts')).toEqual([...wanted, 'first', 'while away']);
  });

  test('close waits for what is open, and takes nothing more', async () => {
    await deploy('closed-starts');
    const starts = client.instances.stream();
    let open = 30;
    for (const correlationKey of keys(30)) {
      void starts.create({ bpmnProcessId: 'closed-starts', correlationKey }).then(() => {
        open -= 1;
      });
    }
    const closed = starts.close();
    await expect(starts.create({ bpmnProcessId: 'closed-starts' })).rejects.toMatchObject({ code: 'CANCELLED' });
    await closed;
    expect(open).toBe(0);
  });

  test('a signal ends it, one start of it, and so does the end of the client', async () => {
    const { wire, starter } = await overWire();
    wire.stall();
    const abort = new AbortController();
    const starts = starter.instances.stream({ signal: abort.signal });
    const others = starter.instances.stream();
    const one = new AbortController();
    const waiting = [
      starts.create({ bpmnProcessId: 'never' }, { signal: one.signal }),
      starts.create({ bpmnProcessId: 'never' }),
      others.create({ bpmnProcessId: 'never' }),
    ].map((start) => start.catch((error: BatonError) => error.code));
    one.abort();
    expect(await waiting[0]).toBe('CANCELLED');
    abort.abort();
    expect(await waiting[1]).toBe('CANCELLED');
    starter.close();
    expect(await waiting[2]).toBe('CANCELLED');
    await expect(starts.create({ bpmnProcessId: 'never' })).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});
