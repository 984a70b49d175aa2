// Each frame of a server in each state of a session, and random lives of sessions.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Job } from '../../../clients/typescript/src/gen/baton/v1/jobs.js';
import type { ResponseFrame } from '../../../clients/typescript/src/worker/transport.js';
import { handleOf, makeJob } from '../../support/fake-job-server.js';
import { World } from './world.js';

type FrameName = ResponseFrame['$case'];

const drain = {
  $case: 'drain',
  value: { reason: 'DRAIN_REASON_REBALANCE', timeLeft: { seconds: 10, nanos: 0 } },
} as const satisfies ResponseFrame;

/** How to come into each state, with one job in hand where that can be. */
const states: Readonly<Record<string, () => { readonly world: World; readonly held?: Job }>> = {
  connecting() {
    const world = new World();
    world.session.start();
    return { world };
  },
  open: opened,
  draining() {
    const { world, held } = opened();
    world.receive(drain);
    return { world, held };
  },
  stopping() {
    const { world, held } = opened();
    world.session.stop(60_000);
    return { world, held };
  },
  leaving() {
    const world = World.open();
    world.session.stop(60_000);
    return { world };
  },
  waiting() {
    const { world, held } = opened();
    world.cut();
    return { world, held };
  },
  closed() {
    const { world, held } = opened();
    world.cut('INVALID_ARGUMENT');
    return { world, held };
  },
};

function opened() {
  const world = World.open();
  const [held] = world.push({});
  return { world, held };
}

const frames: Readonly<Record<FrameName, (held: Job) => ResponseFrame>> = {
  hello: () => ({
    $case: 'hello',
    value: {
      serverId: 'server',
      serverVersion: '1',
      heartbeatInterval: undefined,
      silenceLimit: undefined,
      resumeWindow: undefined,
      defaultMaxHold: undefined,
      maxMessageBytes: 0,
      maxCredit: 0,
      held: [],
      lost: [],
    },
  }),
  jobs: () => ({ $case: 'jobs', value: { jobs: [makeJob()] } }),
  outcomeAcks: () => ({ $case: 'outcomeAcks', value: { acks: [{ sequence: 99, stillHeld: false }] } }),
  jobsCanceled: (held) => ({
    $case: 'jobsCanceled',
    value: { jobs: [{ ...handleOf(held), reason: 'JOB_CANCEL_REASON_SUPERSEDED' }] },
  }),
  heartbeat: () => ({ $case: 'heartbeat', value: {} }),
  drain: () => drain,
};

/** What each frame leads to: the state after it, and what is sent or done because of it. */
const table: Readonly<Record<string, Readonly<Record<FrameName, string>>>> = {
  connecting: {
    hello: 'open: credit',
    jobs: 'waiting: fault',
    outcomeAcks: 'waiting: fault',
    jobsCanceled: 'waiting: fault',
    heartbeat: 'waiting: fault',
    drain: 'waiting: fault',
  },
  open: {
    hello: 'waiting: fault',
    jobs: 'open: run',
    outcomeAcks: 'open',
    jobsCanceled: 'open: abort',
    heartbeat: 'open',
    drain: 'open',
  },
  draining: {
    hello: 'waiting: fault',
    jobs: 'open: run',
    outcomeAcks: 'open',
    jobsCanceled: 'waiting: abort',
    heartbeat: 'open',
    drain: 'open',
  },
  stopping: {
    hello: 'waiting: fault',
    jobs: 'open: giveBack',
    outcomeAcks: 'open',
    jobsCanceled: 'leaving: goodbye, abort',
    heartbeat: 'open',
    drain: 'open',
  },
  leaving: {
    hello: 'closed: fault',
    jobs: 'leaving',
    outcomeAcks: 'leaving',
    jobsCanceled: 'leaving',
    heartbeat: 'leaving',
    drain: 'leaving',
  },
  waiting: ignored('waiting'),
  closed: ignored('closed'),
};

function ignored(state: string): Readonly<Record<FrameName, string>> {
  return { hello: state, jobs: state, outcomeAcks: state, jobsCanceled: state, heartbeat: state, drain: state };
}

describe('each frame in each state', () => {
  const cases = Object.entries(table).flatMap(([state, row]) =>
    Object.entries(row).map(([frame, expected]) => [state, frame as FrameName, expected] as const),
  );

  test.each(cases)('%s, then %s -> %s', (state, frame, expected) => {
    const { world, held = makeJob() } = states[state]?.() ?? { world: new World() };
    const { wire } = world;
    const before = { sent: wire.sent.length, running: world.running.length, aborted: world.aborted.length };
    wire.listener.frame(frames[frame](held));
    world.clock.turn();
    const effects: string[] = wire.sent.slice(before.sent).map(({ $case }) => $case);
    if (world.running.length > before.running) effects.push('run');
    if (world.aborted.length > before.aborted) effects.push('abort');
    if (world.events.some(({ disconnected }) => disconnected?.error?.reason === 'PROTOCOL_VIOLATION')) {
      effects.push('fault');
    }
    expect([world.session.phase, ...(effects.length > 0 ? [effects.join(', ')] : [])].join(': ')).toBe(expected);
  });

  test('a frame of a kind that is not known would be skipped before it comes here: the table has all others', () => {
    for (const row of Object.values(table)) expect(Object.keys(row).sort()).toEqual(Object.keys(frames).sort());
  });
});

/** One thing that happens in the life of a session. Numbers choose among what is possible. */
type Step =
  | { readonly kind: 'push' | 'finish' | 'ack' | 'cancel'; readonly pick: number }
  | { readonly kind: 'cut' | 'drain' | 'beat' | 'block' | 'read' };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('push' as const), pick: fc.nat(5) }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('finish' as const), pick: fc.nat(50) }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('ack' as const), pick: fc.nat(50) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cancel' as const), pick: fc.nat(50) }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constantFrom('cut' as const, 'drain' as const, 'beat' as const) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('block' as const, 'read' as const) }) },
);

/** A server that keeps the rules, and watches whether the session does. */
class Life {
  readonly world = World.open({ concurrency: 5 });
  /** By sequence: the job that the outcome was first for. */
  readonly #seen = new Map<number, number>();
  readonly #acked = new Set<number>();
  readonly #finished = new Set<number>();
  readonly #canceled = new Set<number>();
  #given = 0;
  #inHand: Job[] = [];

  take(one: Step): void {
    const { world } = this;
    // Handlers end also while there is no stream; everything else waits for the next one.
    if (one.kind !== 'finish') this.#settle();
    if (one.kind === 'push') {
      const free = world.wire.granted - this.#given;
      const jobs = world.push(...Array.from({ length: Math.min(one.pick, free) }, () => ({})));
      this.#given += jobs.length;
      this.#inHand.push(...jobs);
    } else if (one.kind === 'finish') this.#finish(one.pick);
    else if (one.kind === 'ack') this.#ack(one.pick);
    else if (one.kind === 'cancel') this.#cancel(one.pick);
    else if (one.kind === 'beat') world.receive({ $case: 'heartbeat', value: {} });
    else if (one.kind === 'block') world.wire.full = true;
    else if (one.kind === 'read') this.#read();
    else if (one.kind === 'drain') world.receive(drain);
    else world.cut();
    world.clock.turn();
    this.#check();
  }

  /** All handlers end, and the server reads and acknowledges everything. */
  end(): void {
    for (const job of [...this.#inHand]) this.#finish(this.#inHand.indexOf(job));
    this.#settle();
    this.#read();
    for (let open = this.#open.length; open > 0; open = this.#open.length) {
      this.#ack(0);
      this.#settle();
      expect(this.#open.length).toBeLessThan(open);
    }
    expect([...this.#seen.values()].sort()).toEqual([...this.#finished].filter((id) => !this.#canceled.has(id)).sort());
    this.world.reconnect();
    expect(this.world.wire.hello.held).toEqual([]);
    expect(this.world.wire.sequences).toEqual([]);
    expect(this.world.wire.granted).toBe(5);
  }

  get #open(): number[] {
    return [...this.#seen.keys()].filter((sequence) => !this.#acked.has(sequence));
  }

  #finish(pick: number): void {
    const [job] = this.#inHand.splice(pick % Math.max(1, this.#inHand.length), 1);
    if (job === undefined) return;
    this.#finished.add(job.id);
    this.world.finish(job);
    this.#check();
  }

  /** Some outcome that has come over this stream, in any order. */
  #ack(pick: number): void {
    const here = this.world.wire.sequences.filter((sequence) => !this.#acked.has(sequence));
    const sequence = here[pick % Math.max(1, here.length)];
    if (sequence === undefined) return;
    this.#acked.add(sequence);
    this.world.accept(sequence);
  }

  #cancel(pick: number): void {
    const job = this.#inHand[pick % Math.max(1, this.#inHand.length)];
    if (job === undefined) return;
    this.#canceled.add(job.id);
    const canceled = { ...handleOf(job), reason: 'JOB_CANCEL_REASON_ELEMENT_ENDED' as const };
    this.world.receive({ $case: 'jobsCanceled', value: { jobs: [canceled] } });
  }

  #read(): void {
    this.world.wire.full = false;
    this.world.wire.listener.writable();
    this.world.clock.turn();
    this.#check();
  }

  /** The session is connected, again if need be. */
  #settle(): void {
    const { world } = this;
    if (world.session.phase !== 'waiting') return;
    world.clock.advance(world.event('disconnected').reconnectInMs ?? 0);
    this.#given = 0;
    const held = world.wire.hello.held.map(({ id }) => id).sort();
    const owed = this.#unsettled();
    expect(held).toEqual(owed);
    world.welcome();
  }

  /** Jobs in hand that count, and those whose outcome has no ack, whether it came or not. */
  #unsettled(): number[] {
    const acked = new Set([...this.#acked].map((sequence) => this.#seen.get(sequence)));
    const inHand = this.#inHand.map(({ id }) => id).filter((id) => !this.#canceled.has(id));
    const done = [...this.#finished].filter((id) => !acked.has(id) && !this.#canceled.has(id));
    return [...inHand, ...done].sort();
  }

  #check(): void {
    const { wire } = this.world;
    const { sequences } = wire;
    expect(sequences).toEqual([...new Set(sequences)].sort((a, b) => a - b));
    for (const { sequence, outcome } of wire.outcomes) {
      const id = outcome?.value.id ?? 0;
      expect(this.#seen.get(sequence) ?? id).toBe(id);
      this.#seen.set(sequence, id);
    }
    // I8: what is in hand and what may come never exceed the places.
    expect(this.#inHand.length + wire.granted - this.#given).toBeLessThanOrEqual(5);
  }
}

test('whatever happens, each outcome arrives under one sequence until it is acknowledged (I5, I8)', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const life = new Life();
      for (const one of steps) life.take(one);
      life.end();
    }),
    { numRuns: 300 },
  );
});
