// The protocol of a worker stream: each frame in each state.
import { describe, expect, test } from 'vitest';
import { STREAM_BACKLOG_BYTES } from '../../../src/grpc/limits.js';
import { frameTable, type State } from '../../../src/grpc/work-states.js';
import { delivery } from '../../support/fake-engine.js';
import {
  complete,
  credit,
  giveBack,
  goodbye,
  heartbeat,
  hello,
  outcomes,
  quiet,
  TestStream,
  type WorkerFrame,
} from '../../support/work-stream.js';

async function streamIn(state: State): Promise<TestStream> {
  const stream = new TestStream();
  if (state === 'awaiting-hello') return stream;
  await stream.send(hello());
  if (state === 'draining') stream.engine.sink?.drain('the server stops', 20_000);
  if (state === 'closed') await stream.cut();
  await quiet();
  stream.engine.calls.length = 0;
  stream.frames.length = 0;
  return stream;
}

/** What came of it: what the engine was asked, what was sent, how the stream ended. */
function effects({ engine, end, frames }: TestStream): string {
  const ended = end === undefined ? [] : [end === null ? 'ends OK' : `ends ${end.refused}`];
  return [...engine.calls, ...frames.map(({ $case }) => `sends ${$case}`), ...ended].join(', ');
}

const frames: Readonly<Record<WorkerFrame['$case'], WorkerFrame>> = {
  hello: hello({ generation: 2 }),
  credit: credit(3),
  heartbeat,
  outcomes: outcomes(complete(1, 7)),
  giveBack: giveBack(7),
  goodbye,
};

const table: readonly (readonly [State, WorkerFrame['$case'], string])[] = [
  ['awaiting-hello', 'hello', 'connect worker-1 generation 2, sends hello'],
  ['awaiting-hello', 'credit', 'ends REQUEST_INVALID'],
  ['awaiting-hello', 'heartbeat', 'ends REQUEST_INVALID'],
  ['awaiting-hello', 'outcomes', 'ends REQUEST_INVALID'],
  ['awaiting-hello', 'giveBack', 'ends REQUEST_INVALID'],
  ['awaiting-hello', 'goodbye', 'ends REQUEST_INVALID'],
  ['open', 'hello', 'broken, ends PROTOCOL_VIOLATION'],
  ['open', 'credit', 'grant 3'],
  ['open', 'heartbeat', ''],
  ['open', 'outcomes', 'completeJob 7, sends outcomeAcks'],
  ['open', 'giveBack', 'giveBack 7'],
  ['open', 'goodbye', 'goodbye, ends OK'],
  ['draining', 'hello', 'broken, ends PROTOCOL_VIOLATION'],
  ['draining', 'credit', ''],
  ['draining', 'heartbeat', ''],
  ['draining', 'outcomes', 'completeJob 7, sends outcomeAcks'],
  ['draining', 'giveBack', 'giveBack 7'],
  ['draining', 'goodbye', 'goodbye, ends OK'],
  ['closed', 'hello', 'ends OK'],
  ['closed', 'credit', 'ends OK'],
  ['closed', 'heartbeat', 'ends OK'],
  ['closed', 'outcomes', 'ends OK'],
  ['closed', 'giveBack', 'ends OK'],
  ['closed', 'goodbye', 'ends OK'],
];

describe('each frame in each state', () => {
  test.each(table)('%s: %s -> %s', async (state, kind, expected) => {
    const stream = await streamIn(state);
    await stream.send(frames[kind]);
    expect(effects(stream)).toBe(expected);
    expect(stream.bugs).toEqual([]);
  });

  test('the table has every frame and every state', () => {
    const named = table.map(([state, kind]) => `${state} ${kind}`);
    const all = Object.entries(frameTable).flatMap(([state, row]) =>
      Object.keys(row).map((kind) => `${state} ${kind}`),
    );
    expect([...named].sort()).toEqual([...all].sort());
  });
});

describe('hello', () => {
  test('is answered with intervals, limits and what is held and lost', async () => {
    const stream = new TestStream();
    stream.engine.kept = [{ partition: '2026-11-23', id: 1 }];
    const held = [1, 2].map((id) => ({ partition: '2026-11-23', id, lockToken: `token-${id}` }));
    await stream.send(hello({ generation: 2, held }));
    expect(stream.of('hello')).toMatchObject([
      {
        serverId: 'server-1',
        heartbeatInterval: { seconds: 5, nanos: 0 },
        silenceLimit: { seconds: 15, nanos: 0 },
        resumeWindow: { seconds: 10, nanos: 0 },
        held: [{ id: 1, lockToken: 'token-1' }],
        lost: [{ id: 2, lockToken: 'token-2', reason: 'JOB_CANCEL_REASON_LOCK_ENDED' }],
      },
    ]);
  });

  test('tells the engine topics, variables and tenants', async () => {
    const stream = new TestStream();
    await stream.send(
      hello({
        tenantIds: ['acme'],
        topics: [
          { topic: 'all', variableNames: [], withoutVariables: false },
          { topic: 'some', variableNames: ['a'], withoutVariables: false, maxHold: { seconds: 60, nanos: 0 } },
          { topic: 'none', variableNames: [], withoutVariables: true },
        ],
      }),
    );
    expect(stream.engine.hello).toMatchObject({
      tenantIds: ['acme'],
      topics: [
        { topic: 'all', variables: null },
        { topic: 'some', variables: ['a'], maxHoldMs: 60_000 },
        { topic: 'none', variables: [] },
      ],
    });
  });

  test('that breaks the rules ends the stream with all faults at once', async () => {
    const stream = new TestStream();
    await stream.send(hello({ workerId: '', generation: 0, topics: [] }));
    expect(stream.end).toMatchObject({ refused: 'REQUEST_INVALID' });
    expect(stream.end?.faults?.map(({ field }) => field).sort()).toEqual([
      'hello.generation',
      'hello.topics',
      'hello.worker_id',
    ]);
  });

  test.each([1, 65_535])('with a largest message of %i bytes is refused: no job would fit', async (maxMessageBytes) => {
    const stream = new TestStream();
    await stream.send(hello({ maxMessageBytes }));
    expect(stream.end).toMatchObject({
      refused: 'REQUEST_INVALID',
      faults: [{ field: 'hello.max_message_bytes', reason: 'int32.gte' }],
    });
    expect(stream.engine.calls).toEqual([]);
  });

  test('that names a topic twice ends the stream', async () => {
    const stream = new TestStream();
    const topic = { topic: 'pay', variableNames: [], withoutVariables: false };
    await stream.send(hello({ topics: [topic, topic] }));
    expect(stream.end).toMatchObject({ refused: 'REQUEST_INVALID', faults: [{ field: 'hello.topics[1].topic' }] });
  });

  test('that the engine refuses ends the stream with its reason', async () => {
    const stream = new TestStream();
    stream.engine.refuseHello = { refused: 'SHUTTING_DOWN', message: 'stopping', metadata: {} };
    await stream.send(hello());
    expect(stream.end).toMatchObject({ refused: 'SHUTTING_DOWN' });
  });

  test('bytes that are no message end the stream', async () => {
    const stream = new TestStream();
    stream.sendBytes(Buffer.from([0x0a, 0x7f, 0x01]));
    await quiet();
    expect(stream.end).toMatchObject({ refused: 'REQUEST_INVALID' });
  });

  test('is waited for only as long as a silent worker is', async () => {
    const stream = new TestStream();
    await stream.pass(15_000);
    expect(stream.end).toMatchObject({ refused: 'STREAM_SILENT' });
    expect(stream.clock.waiting).toBe(0);
  });
});

describe('what the engine says before the hello was answered', () => {
  test('comes after the hello', async () => {
    const stream = new TestStream();
    const connect = stream.engine.connectWorker.bind(stream.engine);
    stream.engine.connectWorker = async (greeting, sink) => {
      const session = await connect(greeting, sink);
      sink.deliver(delivery(7));
      sink.canceled({ partition: '2026-11-23', id: 7 }, 'the element was ended');
      return session;
    };
    await stream.send(hello());
    expect(stream.kinds()).toEqual(['hello', 'jobs', 'jobsCanceled']);
  });
});

describe('a job', () => {
  test('travels with its token and its variables, and is held', async () => {
    const stream = await streamIn('open');
    stream.engine.sink?.deliver(delivery(7, '{"a":9007199254740993}'));
    await quiet();
    expect(stream.of('jobs')[0]?.jobs).toMatchObject([
      {
        id: 7,
        lockToken: 'token-7',
        topic: 'pay',
        type: 'JOB_TYPE_EXECUTE',
        state: 'JOB_STATE_LOCKED',
        variables: [{ name: 'amount', data: { encoding: 'json', value: '{"a":9007199254740993}', encrypted: false } }],
      },
    ]);
  });

  test('of one burst goes in one frame, up to a hundred', async () => {
    const stream = await streamIn('open');
    for (let id = 1; id <= 150; id++) stream.engine.sink?.deliver(delivery(id));
    await quiet();
    expect(stream.of('jobs').map(({ jobs }) => jobs.length)).toEqual([100, 50]);
  });

  test('never makes a frame larger than the worker accepts', async () => {
    const stream = new TestStream();
    await stream.send(hello({ maxMessageBytes: 65_536 }));
    for (let id = 1; id <= 30; id++) stream.engine.sink?.deliver(delivery(id, JSON.stringify('x'.repeat(10_000))));
    await quiet();
    expect(Math.max(...stream.sizes.slice(1))).toBeLessThanOrEqual(65_536);
    expect(Math.max(...stream.sizes.slice(1))).toBeGreaterThan(50_000);
    expect(stream.of('jobs').flatMap(({ jobs }) => jobs)).toHaveLength(30);
  });

  test('larger than the worker accepts is never written: it is rejected, and its credit serves another one', async () => {
    const stream = new TestStream();
    await stream.send(hello({ maxMessageBytes: 65_536 }), credit(1));
    stream.engine.sink?.deliver(delivery(7, JSON.stringify('x'.repeat(65_536))));
    await quiet();
    expect(stream.kinds()).toEqual(['hello']);
    expect(stream.engine.commands).toMatchObject([
      { type: 'rejectJob', reason: 'JOB_TOO_LARGE', job: { id: 7 }, lockToken: 'token-7' },
    ]);
    expect(stream.engine.calls.slice(1)).toEqual(['grant 1', 'grant 1 bytes 0', 'rejectJob 7']);
  });

  test('that is canceled is named with its token; one that the worker does not hold is not', async () => {
    const stream = await streamIn('open');
    stream.engine.sink?.deliver(delivery(7));
    stream.engine.sink?.canceled({ partition: '2026-11-23', id: 7 }, 'the element was ended');
    stream.engine.sink?.canceled({ partition: '2026-11-23', id: 8 }, 'the element was ended');
    await quiet();
    expect(stream.of('jobsCanceled')).toEqual([
      {
        jobs: [{ partition: '2026-11-23', id: 7, lockToken: 'token-7', reason: 'JOB_CANCEL_REASON_ELEMENT_ENDED' }],
      },
    ]);
  });

  test('that is held for too long is taken away and handed out again', async () => {
    const stream = new TestStream();
    const topic = { topic: 'pay', variableNames: [], withoutVariables: false, maxHold: { seconds: 12, nanos: 0 } };
    await stream.send(hello({ topics: [topic] }));
    stream.engine.sink?.deliver(delivery(7));
    for (const _ of [5, 10]) {
      await stream.pass(5_000);
      await stream.send(heartbeat);
    }
    expect(stream.kinds()).not.toContain('jobsCanceled');
    await stream.pass(5_000);
    expect(stream.of('jobsCanceled')[0]?.jobs).toMatchObject([
      { id: 7, reason: 'JOB_CANCEL_REASON_HOLD_TIME_EXCEEDED' },
    ]);
    expect(stream.engine.calls).toContain('giveBack 7');
  });
});

describe('credit', () => {
  test('adds up, and is cut to the limit', async () => {
    const stream = await streamIn('open');
    await stream.send(credit(9_000), credit(9_000), credit(1));
    expect(stream.engine.calls).toEqual(['grant 9000', 'grant 1000 bytes 0']);
  });

  test('in bytes is passed on; a budget that comes late replaces the one without limit', async () => {
    const early = await streamIn('open');
    await early.send(credit(1, 500), credit(0, 200));
    expect(early.engine.calls).toEqual(['grant 1 bytes 500', 'grant 0 bytes 200']);
    const late = await streamIn('open');
    await late.send(credit(1), credit(1, 500));
    expect(late.engine.calls).toEqual(['grant 1', `grant 1 bytes ${500 - STREAM_BACKLOG_BYTES}`]);
  });

  test('comes along with outcomes', async () => {
    const stream = await streamIn('open');
    await stream.send({ $case: 'outcomes', value: { outcomes: [complete(1, 7)], credit: { jobs: 1, bytes: 0 } } });
    expect(stream.engine.calls).toEqual(['completeJob 7', 'grant 1']);
  });
});
