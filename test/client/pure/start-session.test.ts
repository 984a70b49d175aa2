// Starts over streams, as the client keeps them going: a test is the server and the clock. Nothing here waits.
import { describe, expect, test } from 'vitest';
import type { Duplex, DuplexListener } from '../../../clients/typescript/src/duplex.js';
import { BatonError, type ErrorCode } from '../../../clients/typescript/src/errors.js';
import {
  CreateProcessInstanceRequest,
  type CreateProcessInstanceResult,
  ProcessInstance,
  StreamCreateProcessInstancesRequest,
  StreamCreateProcessInstancesResponse,
} from '../../../clients/typescript/src/gen/baton/v1/process_instances.js';
import { RetryInfo } from '../../../clients/typescript/src/gen/google/rpc/error_details.js';
import { StartSession } from '../../../clients/typescript/src/starts/start-session.js';
import { FakeClock } from './world.js';

type Response = StreamCreateProcessInstancesResponse;

/** One stream, with the test at its other end. */
class FakeWire implements Duplex<Uint8Array> {
  readonly messages: string[][] = [];
  finished = false;
  closed = false;
  full = false;
  readonly address: string;
  readonly listener: DuplexListener<Response>;

  constructor(address: string, listener: DuplexListener<Response>) {
    this.address = address;
    this.listener = listener;
  }

  send(bytes: Uint8Array): boolean {
    if (this.closed || this.finished) throw new Error('sent over a stream that is over');
    const { requests } = StreamCreateProcessInstancesRequest.decode(bytes);
    this.messages.push(requests.map(({ requestId }) => requestId));
    return !this.full;
  }

  finish(): void {
    this.finished = true;
  }

  close(): void {
    this.closed = true;
  }

  /** Ids that were sent, in order; heartbeats left out. */
  get sent(): string[] {
    return this.messages.flat();
  }

  say(message: Partial<Response>): void {
    this.listener.message({ ...StreamCreateProcessInstancesResponse.create(), ...message });
  }

  answer(...ids: string[]): void {
    this.say({ credit: ids.length, results: ids.map((requestId) => ({ requestId, result: startedAs(requestId) })) });
  }

  refuse(requestId: string, code: number, retryAfterMs?: number): void {
    const details = retryAfterMs === undefined ? [] : [retryInfo(retryAfterMs)];
    const result = { result: { $case: 'error', value: { code, message: 'refused', details } } } as const;
    this.say({ credit: 1, results: [{ requestId, result }] });
  }

  end(code?: ErrorCode, retryAfterMs?: number): void {
    this.listener.ended(code === undefined ? undefined : new BatonError({ code, message: 'over', retryAfterMs }));
  }
}

function retryInfo(ms: number) {
  const value = RetryInfo.encode({ retryDelay: { seconds: 0, nanos: ms * 1e6 } }).finish();
  return { typeUrl: 'type.googleapis.com/google.rpc.RetryInfo', value: Buffer.from(value) };
}

function startedAs(correlationKey: string): CreateProcessInstanceResult {
  return { result: { $case: 'processInstance', value: ProcessInstance.create({ correlationKey }) } };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

class World {
  readonly clock = new FakeClock();
  readonly wires: FakeWire[] = [];
  readonly singles: string[] = [];
  readonly session: StartSession;
  /** What became of the starts, by id. */
  readonly outcomes: Record<string, string> = {};

  constructor(addresses = ['one', 'two']) {
    this.session = new StartSession({
      addresses,
      clock: this.clock,
      random: () => 0.5,
      open: (address, listener) => {
        const wire = new FakeWire(address, listener);
        this.wires.push(wire);
        return wire;
      },
      single: async ({ requestId }) => {
        this.singles.push(requestId);
        if (requestId.startsWith('bad')) throw new BatonError({ code: 'INVALID_ARGUMENT', message: 'bad' });
        return ProcessInstance.create({ correlationKey: `${requestId} alone` });
      },
    });
  }

  get wire(): FakeWire {
    const wire = this.wires.at(-1);
    if (wire === undefined) throw new Error('no stream was opened');
    return wire;
  }

  start(ids: readonly string[], limits: { timeoutMs?: number; maxAttempts?: number; signal?: AbortSignal } = {}): void {
    const all = { timeoutMs: 30_000, maxAttempts: Number.POSITIVE_INFINITY, signal: undefined, ...limits };
    for (const requestId of ids) {
      const request = CreateProcessInstanceRequest.create({ requestId });
      const began = this.session.start(request, all);
      began.then(
        ({ correlationKey }) => Object.assign(this.outcomes, { [requestId]: correlationKey }),
        (error: BatonError) => Object.assign(this.outcomes, { [requestId]: error.code }),
      );
    }
    this.clock.turn();
  }

  /** A stream with credit. */
  open(credit = 2_000): FakeWire {
    this.wire.say({ credit });
    return this.wire;
  }
}

const ids = (count: number, prefix = 'a') => Array.from({ length: count }, (_, index) => `${prefix}-${index}`);

describe('starts', () => {
  test('connect when there is one, wait for credit, and go out together', async () => {
    const world = new World();
    expect(world.wires).toEqual([]);
    world.start(['a', 'b']);
    world.start(['c']);
    expect(world.wire.messages).toEqual([]);
    world.open();
    expect(world.wire.messages).toEqual([['a', 'b', 'c']]);
    world.wire.answer('b', 'a');
    await settled();
    expect(world.outcomes).toEqual({ a: 'a', b: 'b' });
  });

  test('of the same turn are one message, and those of the next another', () => {
    const world = new World();
    world.start(['a']);
    world.open();
    world.start(['b', 'c']);
    world.start(['d']);
    expect(world.wire.messages).toEqual([['a'], ['b', 'c'], ['d']]);
  });

  test('never go beyond the credit, which comes with answers', () => {
    const world = new World();
    world.start(ids(10));
    world.open(4);
    expect(world.wire.sent).toEqual(ids(4));
    world.wire.answer('a-1', 'a-3');
    expect(world.wire.sent).toEqual(ids(6));
    world.wire.say({});
    expect(world.wire.sent).toHaveLength(6);
  });

  test('are at most 1,000 in a message, and few when they are large', () => {
    const world = new World();
    world.start(ids(1_500));
    world.open();
    expect(world.wire.messages.map(({ length }) => length)).toEqual([1_000, 500]);
    const request = (requestId: string) =>
      CreateProcessInstanceRequest.create({ requestId, variablesJson: 'x'.repeat(400_000) });
    const limits = { timeoutMs: 1_000, maxAttempts: 1, signal: undefined };
    for (const id of ids(5, 'large')) world.session.start(request(id), limits).catch(() => undefined);
    world.clock.turn();
    expect(world.wire.messages.slice(2).map(({ length }) => length)).toEqual([2, 2, 1]);
  });

  test('wait while the other side does not read', () => {
    const world = new World();
    world.start(['a']);
    world.wire.full = true;
    world.open();
    world.start(['b']);
    expect(world.wire.sent).toEqual(['a']);
    world.wire.full = false;
    world.wire.listener.writable();
    expect(world.wire.sent).toEqual(['a', 'b']);
  });

  test('with one id go one after the other', async () => {
    const world = new World();
    world.start(['a', 'a']);
    world.open();
    expect(world.wire.sent).toEqual(['a']);
    world.wire.answer('a');
    await settled();
    world.clock.turn();
    expect(world.wire.sent).toEqual(['a', 'a']);
  });
});

describe('after a break', () => {
  test('what has no answer goes first, over another address, with the same id', async () => {
    const world = new World();
    world.start(ids(3));
    world.open(2).answer('a-0');
    const first = world.wire;
    first.end('UNAVAILABLE');
    world.clock.advance(50);
    expect(world.wires).toHaveLength(2);
    expect(world.wire.address).not.toBe(first.address);
    world.open();
    expect(world.wire.sent).toEqual(['a-1', 'a-2']);
    world.wire.answer('a-1', 'a-2');
    await settled();
    expect(Object.keys(world.outcomes)).toEqual(['a-0', 'a-1', 'a-2']);
  });

  test('the wait grows until there is an answer', () => {
    const world = new World();
    world.start(['a'], { timeoutMs: 600_000 });
    const waits: number[] = [];
    for (let time = 0; time < 8; time += 1) {
      const before = world.clock.now;
      const streams = world.wires.length;
      world.wire.end('UNAVAILABLE');
      while (world.wires.length === streams) world.clock.advance(25);
      waits.push(world.clock.now - before);
    }
    expect(waits).toEqual([50, 100, 200, 400, 800, 1_600, 2_500, 2_500]);
    world.open();
    world.wire.answer('a');
    world.start(['b']);
    world.wire.end('UNAVAILABLE');
    world.clock.advance(50);
    expect(world.wire.sent).toEqual([]);
    expect(world.wires).toHaveLength(10);
  });

  test('a server that falls silent is left', () => {
    const world = new World();
    world.start(['a'], { timeoutMs: 600_000 });
    world.open();
    world.clock.advance(14_000);
    world.wire.say({});
    world.clock.advance(14_000);
    expect(world.wires).toHaveLength(1);
    // Signs of life of this side.
    expect(world.wire.messages.filter(({ length }) => length === 0).length).toBeGreaterThanOrEqual(4);
    world.clock.advance(5_000);
    expect(world.wires[0]?.closed).toBe(true);
    expect(world.wires).toHaveLength(2);
  });

  test('nothing is opened as long as there is nothing to start', () => {
    const world = new World();
    world.start(['a']);
    world.open().answer('a');
    world.wire.end('UNAVAILABLE');
    world.clock.advance(60_000);
    expect(world.wires).toHaveLength(1);
    world.start(['b']);
    expect(world.wires).toHaveLength(2);
  });

  test('attempts are counted, and the last break is what the caller hears', async () => {
    const world = new World();
    world.start(['a', 'b'], { maxAttempts: 2 });
    world.wire.end('UNAVAILABLE');
    world.clock.advance(5_000);
    world.open(1).end('UNAVAILABLE');
    await settled();
    expect(world.outcomes).toEqual({ a: 'UNAVAILABLE' });
    world.clock.advance(5_000);
    world.open();
    expect(world.wire.sent).toEqual(['b']);
  });
});

describe('drain', () => {
  test('what was sent is answered by the old stream, what comes goes over another one', async () => {
    const world = new World();
    world.start(['a']);
    const old = world.open();
    old.say({ drainTimeLeft: { seconds: 10, nanos: 0 } });
    expect(old.finished).toBe(true);
    world.start(['b']);
    world.clock.advance(1_000);
    expect(world.wires).toHaveLength(2);
    world.open();
    expect(world.wire.sent).toEqual(['b']);
    old.answer('a');
    old.end();
    await settled();
    expect(world.outcomes).toEqual({ a: 'a' });
  });

  test('what the old stream did not answer is sent again', () => {
    const world = new World();
    world.start(['a']);
    const old = world.open();
    old.say({ drainTimeLeft: { seconds: 10, nanos: 0 } });
    old.end('UNAVAILABLE', 1_000);
    world.clock.advance(5_000);
    world.open();
    expect(world.wire.sent).toEqual(['a']);
  });
});

describe('a refusal', () => {
  test('of a server that is full is tried again after the time that it asks for', async () => {
    const world = new World();
    world.start(['a']);
    world.open();
    world.wire.refuse('a', 8, 200);
    world.clock.advance(199);
    expect(world.wire.sent).toEqual(['a']);
    world.clock.advance(100);
    expect(world.wire.sent).toEqual(['a', 'a']);
    world.wire.answer('a');
    await settled();
    expect(world.outcomes).toEqual({ a: 'a' });
  });

  test('that lasts is what the caller hears when the time is over', async () => {
    const world = new World();
    world.start(['a'], { timeoutMs: 500 });
    world.open();
    world.wire.refuse('a', 8, 600);
    world.clock.advance(500);
    await settled();
    expect(world.outcomes).toEqual({ a: 'RESOURCE_EXHAUSTED' });
  });

  test('of any other kind is the answer', async () => {
    const world = new World();
    world.start(['a', 'b']);
    world.open();
    world.wire.refuse('a', 5);
    world.wire.refuse('b', 8);
    await settled();
    expect(world.outcomes).toEqual({ a: 'NOT_FOUND', b: 'RESOURCE_EXHAUSTED' });
  });

  test.each(['INVALID_ARGUMENT', 'UNIMPLEMENTED', 'PERMISSION_DENIED', 'RESOURCE_EXHAUSTED'] as const)(
    'of the whole stream with %s: each start is asked for by a call of its own',
    async (code) => {
      const world = new World();
      world.start(['a', 'bad', 'b']);
      world.open();
      world.wire.end(code);
      await settled();
      expect(world.singles).toEqual(['a', 'bad', 'b']);
      expect(world.outcomes).toEqual({ a: 'a alone', bad: 'INVALID_ARGUMENT', b: 'b alone' });
      world.clock.advance(60_000);
      expect(world.wires).toHaveLength(1);
    },
  );
});

describe('the end', () => {
  test('of the time of a start, whose late answer is left alone', async () => {
    const world = new World();
    world.start(['a'], { timeoutMs: 1_000 });
    world.start(['b']);
    world.open();
    world.clock.advance(1_000);
    world.wire.answer('a', 'b');
    await settled();
    expect(world.outcomes).toEqual({ a: 'DEADLINE_EXCEEDED', b: 'b' });
  });

  test('of a start that is aborted before it was sent: it never is', async () => {
    const world = new World();
    const abort = new AbortController();
    world.start(['a'], { signal: abort.signal });
    world.start(['b']);
    abort.abort();
    world.open();
    await settled();
    expect(world.outcomes).toEqual({ a: 'CANCELLED' });
    expect(world.wire.sent).toEqual(['b']);
  });

  test('in order closes this side, and nothing is opened again', () => {
    const world = new World();
    world.start(['a']);
    world.open().answer('a');
    world.session.finish();
    expect(world.wire.finished).toBe(true);
    world.wire.end();
    world.clock.advance(60_000);
    expect(world.wires).toHaveLength(1);
    expect(world.clock.next).toBeUndefined();
  });

  test('at once drops all streams, and everything fails', async () => {
    const world = new World();
    world.start(['a']);
    const old = world.open();
    old.say({ drainTimeLeft: { seconds: 10, nanos: 0 } });
    world.start(['b']);
    world.clock.advance(1_000);
    world.session.abort(new BatonError({ code: 'CANCELLED', message: 'enough' }));
    await settled();
    expect(world.outcomes).toEqual({ a: 'CANCELLED', b: 'CANCELLED' });
    expect(world.wires.map(({ closed }) => closed)).toEqual([true, true]);
    world.clock.advance(60_000);
    expect(world.wires).toHaveLength(2);
    expect(world.clock.next).toBeUndefined();
  });
});
