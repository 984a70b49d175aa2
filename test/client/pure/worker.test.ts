// The Worker over real sockets, against a server that does what each test tells it.
import { status } from '@grpc/grpc-js';
import { afterEach, describe, expect, test } from 'vitest';
import {
  BatonClient,
  BpmnError,
  BpmnEscalation,
  type Job,
  JobFailure,
  JobResult,
  type Logger,
  Worker,
  type WorkerEvents,
  type WorkerOptions,
} from '../../../clients/typescript/src/index.js';
import { FakeJobServer, handleOf } from '../../support/fake-job-server.js';

const servers: FakeJobServer[] = [];
const workers: Worker[] = [];

afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.stop({ timeout: 0 })));
  await Promise.all(servers.splice(0).map((server) => server.kill()));
});

async function serve(port = 0): Promise<FakeJobServer> {
  const server = await FakeJobServer.start(port);
  servers.push(server);
  return server;
}

const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

type Settings = Omit<WorkerOptions, 'address' | 'client'>;

function work(server: FakeJobServer | readonly string[], settings: Partial<Settings>): Worker {
  const address = server instanceof FakeJobServer ? server.address : server;
  const worker = new Worker({ address, logger: silent, handlers: { work: () => undefined }, ...settings });
  workers.push(worker);
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

/** Something that a test lets happen. */
function gate() {
  let open: () => void = () => undefined;
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, passed };
}

const json = (name: string, value: string) => ({ name, data: { encoding: 'json', value, encrypted: false } });

describe('a handler', () => {
  test('gets the job with its variables, and returns variables', async () => {
    const server = await serve();
    let seen: Job<{ amount: number; note: string }> | undefined;
    const worker = work(server, {
      workerId: 'billing',
      concurrency: 3,
      handlers: {
        work: {
          handler: async (job: Job<{ amount: number; note: string }>) => {
            seen = job;
            return { total: job.variables.amount * 2 };
          },
          variables: ['amount', 'note'],
          maxHoldMs: 90_500,
        },
        other: { handler: () => undefined, variables: [] },
        all: () => undefined,
      },
    });
    await worker.start();
    const stream = await server.stream(1);
    expect(stream.hello).toMatchObject({
      workerId: 'billing',
      generation: 1,
      topics: [
        { topic: 'work', variableNames: ['amount', 'note'], maxHold: { seconds: 90, nanos: 5e8 } },
        { topic: 'other', variableNames: [], withoutVariables: true },
        { topic: 'all', variableNames: [], withoutVariables: false },
      ],
    });
    expect(await stream.credit(3)).toBe(3);
    const variables = [
      json('amount', '21'),
      { name: 'note', data: { encoding: 'text', value: 'as it is', encrypted: false } },
    ];
    const [job] = stream.push({ variables, headers: { to: 'bank' }, attemptKey: 'a', effectKey: 'e', attempt: 1 });
    const outcome = await stream.outcome(1);
    expect(outcome).toMatchObject({ $case: 'complete', value: { ...handleOf(job), variablesJson: '{"total":42}' } });
    expect(seen).toMatchObject({
      id: job.id,
      topic: 'work',
      variables: { amount: 21, note: 'as it is' },
      rawVariables: {},
      headers: { to: 'bank' },
      attemptKey: 'a',
      effectKey: 'e',
    });
  });

  test('ends a job in every way that there is', async () => {
    const server = await serve();
    const ways: readonly (readonly [string, () => unknown, object])[] = [
      ['nothing', () => undefined, { $case: 'complete', value: { variablesJson: '', variables: [] } }],
      ['an empty object', () => ({}), { $case: 'complete', value: { variablesJson: '' } }],
      [
        'a result with everything',
        () =>
          new JobResult({
            variables: [{ name: 'raw', data: { encoding: 'xml', value: '<a/>', encrypted: true } }],
            processVariables: { status: 'paid' },
            elementVariables: [{ name: 'gone', data: undefined, bpmnElementId: 'scope', elementInstanceId: 0 }],
            completion: { exclusiveGatewayDecision: 'approved' },
          }),
        {
          $case: 'complete',
          value: {
            variables: [{ name: 'raw', data: { encoding: 'xml', value: '<a/>', encrypted: true } }],
            processVariables: [{ name: 'status', data: { encoding: 'json', value: '"paid"' } }],
            elementVariables: [{ name: 'gone', bpmnElementId: 'scope' }],
            completion: { kind: { $case: 'exclusiveGatewayDecision', value: 'approved' } },
          },
        },
      ],
      [
        'a business error',
        () => {
          throw new BpmnError('NO_FUNDS', 'too little', { missing: 3 });
        },
        {
          $case: 'error',
          value: { errorCode: 'NO_FUNDS', errorMessage: 'too little', variablesJson: '{"missing":3}' },
        },
      ],
      [
        'an escalation',
        () => {
          throw new BpmnEscalation('LATE', { retryAfter: 'PT1H', variables: { days: 2 } });
        },
        { $case: 'escalation', value: { escalationCode: 'LATE', retryTimer: 'PT1H', variablesJson: '{"days":2}' } },
      ],
      [
        'a failure with a retry',
        () => {
          throw new JobFailure('bank is closed', { retryLimit: 5, retryAfter: 1_500, variables: { tried: true } });
        },
        {
          $case: 'fail',
          value: {
            errorMessage: 'bank is closed',
            retryLimit: 5,
            retryTimer: 'PT1.5S',
            variablesJson: '{"tried":true}',
          },
        },
      ],
      [
        'any other error',
        () => {
          throw new RangeError('out of paper');
        },
        { $case: 'fail', value: { errorMessage: 'out of paper', retryLimit: undefined, retryTimer: '' } },
      ],
      ['a rejection', () => Promise.reject(new Error('late')), { $case: 'fail', value: { errorMessage: 'late' } }],
      [
        'something that is no error',
        () => {
          throw 'just text';
        },
        { $case: 'fail', value: { errorMessage: 'just text' } },
      ],
      [
        'an array',
        () => [1, 2],
        {
          $case: 'fail',
          value: { errorMessage: 'the handler returned an array: return an object of variables, or nothing' },
        },
      ],
      [
        'a map of its own',
        () => new Date(0),
        { $case: 'fail', value: { errorMessage: 'variables must be a plain object, not a Date' } },
      ],
      [
        'what JSON does not know',
        () => ({ big: 10n }),
        { $case: 'fail', value: { errorMessage: 'Do not know how to serialize a BigInt' } },
      ],
    ];
    const handlers = Object.fromEntries(ways.map(([name, handler]) => [name, () => handler() as object]));
    const worker = work(server, { handlers });
    await worker.start();
    const stream = await server.stream(1);
    const jobs = stream.push(...ways.map(([topic]) => ({ topic })));
    await stream.outcome(ways.length);
    for (const [place, [name, , expected]] of ways.entries()) {
      const outcome = stream.outcomes.find((one) => one.outcome?.value.id === jobs[place]?.id);
      expect(outcome?.outcome, name).toMatchObject(expected);
    }
  });

  test('that fails by accident is reported with its stack to the log, and to onError', async () => {
    const server = await serve();
    const errors: WorkerEvents['error'][] = [];
    const logged: object[] = [];
    const fault = new TypeError('no such method');
    const worker = work(server, {
      handlers: {
        work: () => {
          throw fault;
        },
        meant: () => {
          throw new JobFailure('on purpose');
        },
      },
      logger: { ...silent, error: (fields) => logged.push(fields) },
      onError: (event) => errors.push(event),
    });
    await worker.start();
    const stream = await server.stream(1);
    const [job] = stream.push({}, { topic: 'meant' });
    await stream.outcome(2);
    expect(errors).toMatchObject([{ error: fault, job: { id: job.id } }]);
    expect(logged).toMatchObject([{ error: fault, topic: 'work' }]);
  });

  test('hears of a canceled job by its signal, also when it asks late, and its outcome is not sent', async () => {
    const server = await serve();
    const canceled = gate();
    const early = gate();
    const reasons: unknown[] = [];
    const worker = work(server, {
      handlers: {
        early: (_job, { signal }) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => {
              reasons.push(signal.reason);
              early.open();
              reject(signal.reason);
            });
          }),
        late: async (_job, context) => {
          await canceled.passed;
          reasons.push(context.signal.aborted);
          return { too: 'late' };
        },
      },
    });
    await worker.start();
    const stream = await server.stream(1);
    const [a, b] = stream.push({ topic: 'early' }, { topic: 'late' });
    const reason = 'JOB_CANCEL_REASON_ELEMENT_ENDED' as const;
    const jobs = [a, b].map((job) => ({ ...handleOf(job), reason }));
    stream.send({ $case: 'jobsCanceled', value: { jobs } });
    await early.passed;
    canceled.open();
    await stream.credit(34);
    expect(String(reasons[0])).toContain(`${reason}: the outcome of job ${a.partition}/${a.id}`);
    expect(reasons[1]).toBe(true);
    expect(stream.received.filter(({ $case }) => $case === 'outcomes')).toEqual([]);
  });

  test('logs with the job in each line', async () => {
    const server = await serve();
    const lines: object[] = [];
    const worker = work(server, {
      handlers: { work: (_job, { logger }) => logger.info({ step: 1 }, 'working') },
      logger: { ...silent, info: (fields, message) => lines.push({ ...fields, message }) },
    });
    await worker.start();
    const stream = await server.stream(1);
    const [job] = stream.push({ processInstanceId: 77 });
    await stream.outcome(1);
    expect(lines.at(-1)).toEqual({
      step: 1,
      message: 'working',
      job: `${job.partition}/${job.id}`,
      topic: 'work',
      processInstance: 77,
    });
  });
});

describe('a worker', () => {
  test('works on as many jobs at once as it may, and asks for one more when one ends', async () => {
    const server = await serve();
    const gates = Array.from({ length: 6 }, gate);
    let running = 0;
    let most = 0;
    let started = 0;
    const worker = work(server, {
      concurrency: 4,
      handlers: {
        work: async () => {
          const { passed } = gates[started++] ?? gate();
          running += 1;
          most = Math.max(most, running);
          await passed;
          running -= 1;
        },
      },
    });
    await worker.start();
    const stream = await server.stream(1);
    await stream.credit(4);
    stream.push({}, {}, {}, {});
    gates[1]?.open();
    await stream.credit(5);
    stream.push({});
    gates[0]?.open();
    await stream.credit(6);
    expect(stream.granted).toBe(6);
    expect(most).toBe(4);
    for (const { open } of gates) open();
    await stream.credit(9);
  });

  test('sends what it did not hear about again after the server died, and goes on with what it holds', async () => {
    const server = await serve();
    const slow = gate();
    const worker = work(server, {
      handlers: { work: () => ({ quick: true }), slow: () => slow.passed.then(() => ({ slow: true })) },
    });
    await worker.start();
    const stream = await server.stream(1);
    const [quick, held] = stream.push({}, { topic: 'slow' });
    await stream.outcome(1);
    const lost = once(worker, 'disconnected');
    await server.kill();
    expect((await lost).error?.code).toMatch(/UNAVAILABLE|CANCELLED|INTERNAL/);

    const again = await serve(server.port);
    const back = await again.stream(1);
    expect(back.hello).toMatchObject({ sessionId: stream.hello.sessionId, held: [handleOf(held), handleOf(quick)] });
    expect(back.hello.generation).toBeGreaterThan(1);
    expect(await back.outcome(1)).toMatchObject({ value: { id: quick.id, variablesJson: '{"quick":true}' } });
    back.accept(1);
    slow.open();
    expect(await back.outcome(2)).toMatchObject({ value: { id: held.id, variablesJson: '{"slow":true}' } });
  });

  test('goes to another address when its server is gone', async () => {
    const [first, second] = [await serve(), await serve()];
    const worker = work([first.address, second.address], {});
    const connecting = once(worker, 'connected');
    await worker.start();
    const { address } = await connecting;
    const [here, there] = address === first.address ? [first, second] : [second, first];
    const [before] = here.streams;
    const connected = once(worker, 'connected');
    await here.kill();
    expect((await connected).address).toBe(there.address);
    expect(there.streams[0]?.hello.sessionId).toBe(before?.hello.sessionId);
  });

  test('finishes on a draining server what it holds, then goes elsewhere', async () => {
    const [first, second] = [await serve(), await serve()];
    const slow = gate();
    const worker = work([first.address, second.address], { handlers: { work: () => slow.passed } });
    const connecting = once(worker, 'connected');
    await worker.start();
    const { address } = await connecting;
    const [here, there] = address === first.address ? [first, second] : [second, first];
    const stream = await here.stream(1);
    stream.push({});
    const timeLeft = { seconds: 60, nanos: 0 };
    const draining = once(worker, 'draining');
    stream.send({ $case: 'drain', value: { reason: 'DRAIN_REASON_SHUTDOWN', timeLeft } });
    await draining;
    slow.open();
    await stream.outcome(1);
    expect(there.streams).toEqual([]);
    stream.accept(1);
    expect((await there.stream(1)).hello).toMatchObject({ generation: 2, held: [] });
    await stream.left();
  });

  test('writes no faster than its server reads, and loses nothing (I8)', async () => {
    const server = await serve();
    // Each outcome is a message of its own: more than gRPC buffers.
    server.welcomes = { maxMessageBytes: 400_000, maxCredit: 1_000 };
    const all = gate();
    let ran = 0;
    const handlers = {
      work: () => {
        ran += 1;
        if (ran === 200) all.open();
        return { text: 'x'.repeat(100_000) };
      },
    };
    const worker = work(server, { concurrency: 200, handlers });
    await worker.start();
    const stream = await server.stream(1);
    await stream.credit(200);
    stream.pause();
    stream.push(...Array.from({ length: 200 }, () => ({})));
    await all.passed;
    expect(stream.outcomes.length).toBeLessThan(200);
    expect(stream.granted).toBe(200);
    stream.resume();
    await stream.credit(400);
    expect(stream.outcomes.map(({ sequence }) => sequence)).toEqual(
      Array.from({ length: 200 }, (_, place) => place + 1),
    );
  });

  test('stops: what it holds ends, its ack comes, it says goodbye, and the server ends the stream', async () => {
    const server = await serve();
    const slow = gate();
    const worker = work(server, { handlers: { work: () => slow.passed } });
    await worker.start();
    const stream = await server.stream(1);
    stream.push({});
    await stream.credit(32);
    const stopped = worker.stop();
    slow.open();
    await stream.outcome(1);
    stream.accept(1);
    await stream.frame('goodbye');
    expect(stream.received.at(-1)?.$case).toBe('goodbye');
    stream.end();
    await stopped;
    await worker.stopped;
  });

  test('stops in time: what has not ended is aborted', async () => {
    const server = await serve();
    const aborted = gate();
    const worker = work(server, {
      handlers: {
        work: (_job, { signal }) =>
          new Promise(() => {
            signal.addEventListener('abort', () => aborted.open());
          }),
      },
    });
    await worker.start();
    const stream = await server.stream(1);
    stream.push({});
    // The frame is in when the one after it has been answered.
    stream.push({ topic: 'unknown' });
    await stream.outcome(1);
    stream.accept(1);
    const stopped = worker.stop({ timeout: 1 });
    await aborted.passed;
    await stream.frame('goodbye');
    stream.end();
    await stopped;
  });

  test('looks at the network between handlers that compute without waiting', async () => {
    const server = await serve();
    let turns = 0;
    let counting = true;
    const count = () => {
      turns += 1;
      if (counting) setImmediate(count);
    };
    count();
    const seen: number[] = [];
    const worker = work(server, {
      handlers: {
        work: () => {
          seen.push(turns);
          const end = performance.now() + 25;
          while (performance.now() < end);
        },
      },
    });
    await worker.start();
    const stream = await server.stream(1);
    await stream.credit(32);
    stream.push({}, {}, {});
    await stream.outcome(3);
    counting = false;
    expect(new Set(seen).size).toBe(3);
  });

  test('skips frames that it does not know', async () => {
    const server = await serve();
    const worker = work(server, {});
    await worker.start();
    const stream = await server.stream(1);
    stream.send(undefined);
    stream.push({});
    await stream.outcome(1);
  });

  test('starts as soon as there is a server', async () => {
    const server = await serve();
    const { port } = server;
    await server.kill();
    const worker = work([`127.0.0.1:${port}`], {});
    const failed = once(worker, 'disconnected');
    const started = worker.start();
    expect((await failed).error?.code).toBe('UNAVAILABLE');
    await serve(port);
    await started;
  });

  test('does not start when it is not let in', async () => {
    const server = await serve();
    server.welcomes = false;
    const worker = work(server, {});
    const started = worker.start();
    const stream = await server.stream(1);
    stream.end({ code: status.UNAUTHENTICATED, reason: 'UNAUTHENTICATED', message: 'who are you?' });
    await expect(started).rejects.toMatchObject({ code: 'UNAUTHENTICATED', message: 'UNAUTHENTICATED: who are you?' });
    await expect(worker.stopped).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  test('takes addresses and tenant of a client', async () => {
    const server = await serve();
    const client = new BatonClient({ address: server.address, tenantId: 'acme' });
    const worker = new Worker({ client, handlers: { work: () => undefined }, logger: silent });
    workers.push(worker);
    await worker.start();
    expect((await server.stream(1)).hello.tenantIds).toEqual(['acme']);
    client.close();
  });

  test('is not broken by a listener that throws', async () => {
    const server = await serve();
    const logged: string[] = [];
    const worker = work(server, {
      onConnected: () => {
        throw new Error('listener');
      },
      logger: { ...silent, error: (_fields, message) => logged.push(message) },
    });
    await worker.start();
    expect(logged).toEqual(['a listener of a worker threw']);
  });

  test('refuses settings that can not work', () => {
    const make = (options: Partial<WorkerOptions>) => () =>
      new Worker({ address: 'localhost:1', handlers: { work: () => undefined }, ...options });
    expect(make({ concurrency: 0 })).toThrow('concurrency 0: must be a whole number from 1 to 5000');
    expect(make({ concurrency: 5_001 })).toThrow('concurrency 5001');
    expect(make({ handlers: {} })).toThrow('handlers: at least one topic is needed');
    expect(make({ address: [] })).toThrow('address: at least one is needed');
    expect(make({ address: 'http://localhost:1' })).toThrow('write host:port without http://');
  });
});
