// A session in a world where a test is the server, the clock and the handlers. Nothing here waits.
import type { Clock } from '../../../clients/typescript/src/clock.js';
import { Emitter } from '../../../clients/typescript/src/emitter.js';
import { BatonError, type ErrorCode } from '../../../clients/typescript/src/errors.js';
import { type Job, WorkWelcome } from '../../../clients/typescript/src/gen/baton/v1/jobs.js';
import type { WorkerEvents } from '../../../clients/typescript/src/worker/events.js';
import type { HeldJob } from '../../../clients/typescript/src/worker/ledger.js';
import { completed, type Outcome } from '../../../clients/typescript/src/worker/outcomes.js';
import { Session } from '../../../clients/typescript/src/worker/session.js';
import type { SessionSettings } from '../../../clients/typescript/src/worker/session-ports.js';
import type {
  RequestFrame,
  ResponseFrame,
  StreamListener,
  WorkStream,
} from '../../../clients/typescript/src/worker/transport.js';
import { type Made, makeJobs } from '../../support/fake-job-server.js';

type ValueOf<K extends RequestFrame['$case']> = Extract<RequestFrame, { $case: K }>['value'];

/** Time passes when a test says so. */
export class FakeClock implements Clock {
  now = 0;
  #timers: { readonly at: number; readonly run: () => void }[] = [];
  #soon: (() => void)[] = [];

  after(milliseconds: number, run: () => void): () => void {
    const timer = { at: this.now + milliseconds, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  soon(run: () => void): void {
    this.#soon.push(run);
  }

  /** The event loop turns: what was to run soon runs. */
  turn(): void {
    while (this.#soon.length > 0) for (const run of this.#soon.splice(0)) run();
  }

  advance(milliseconds: number): void {
    const end = this.now + milliseconds;
    for (;;) {
      this.turn();
      const next = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.now = next.at;
      next.run();
    }
    this.now = end;
  }

  /** The process stood still for this long: each timer that became due fires once, late. */
  jump(milliseconds: number): void {
    this.now += milliseconds;
    const due = this.#timers.filter(({ at }) => at <= this.now);
    this.#timers = this.#timers.filter((timer) => !due.includes(timer));
    for (const { run } of due) run();
  }

  /** When the next timer is due, from now. */
  get next(): number | undefined {
    const due = this.#timers.map(({ at }) => at - this.now);
    return due.length === 0 ? undefined : Math.min(...due);
  }
}

/** One stream, with the test at its other end. */
export class FakeWire implements WorkStream {
  readonly sent: RequestFrame[] = [];
  closed = false;
  /** Whether the other side does not read. */
  full = false;
  readonly address: string;
  readonly listener: StreamListener;

  constructor(address: string, listener: StreamListener) {
    this.address = address;
    this.listener = listener;
  }

  send(frame: RequestFrame): boolean {
    if (this.closed) throw new Error(`a frame "${frame.$case}" was sent over a closed stream`);
    this.sent.push(structuredClone(frame));
    return !this.full;
  }

  close(): void {
    this.closed = true;
  }

  all<K extends RequestFrame['$case']>(kind: K): ValueOf<K>[] {
    return this.sent.filter(({ $case }) => $case === kind).map(({ value }) => value as ValueOf<K>);
  }

  get kinds(): string[] {
    return this.sent.map(({ $case }) => $case);
  }

  get hello(): ValueOf<'hello'> {
    const [hello] = this.all('hello');
    if (hello === undefined) throw new Error('no hello was sent');
    return hello;
  }

  get outcomes(): ValueOf<'outcomes'>['outcomes'] {
    return this.all('outcomes').flatMap(({ outcomes }) => outcomes);
  }

  get sequences(): number[] {
    return this.outcomes.map(({ sequence }) => sequence);
  }

  get granted(): number {
    const alone = this.all('credit').reduce((sum, { jobs }) => sum + jobs, 0);
    return this.all('outcomes').reduce((sum, { credit }) => sum + (credit?.jobs ?? 0), alone);
  }
}

export class World {
  readonly clock = new FakeClock();
  readonly wires: FakeWire[] = [];
  readonly events: { readonly [K in keyof WorkerEvents]?: WorkerEvents[K] }[] = [];
  readonly running: HeldJob[] = [];
  readonly aborted: { readonly token: string; readonly reason: string }[] = [];
  readonly session: Session;
  random = 0.5;
  /** Jobs handed out in all. */
  taken = 0;
  #sessions = 0;

  constructor(settings: Partial<SessionSettings> = {}) {
    const events = new Emitter<WorkerEvents>((error) => {
      throw error;
    });
    const names = [
      'connected',
      'disconnected',
      'draining',
      'accepted',
      'refused',
      'canceled',
      'error',
      'stopped',
    ] as const satisfies readonly (keyof WorkerEvents)[];
    for (const name of names) events.on(name, (event) => this.events.push({ [name]: event }));
    this.session = new Session(
      {
        workerId: 'worker',
        addresses: ['first', 'second'],
        topics: [{ topic: 'work', variableNames: [], withoutVariables: false, maxHold: undefined }],
        tenantIds: [],
        concurrency: 4,
        maxMessageBytes: 1_000_000,
        client: 'test',
        ...settings,
      },
      {
        open: (address, listener) => this.#open(address, listener),
        clock: this.clock,
        random: () => this.random,
        newSessionId: () => this.#newSessionId(),
      },
      {
        events,
        run: (held) => this.running.push(held),
        abort: (held, reason) => this.aborted.push({ token: held.wire.lockToken, reason }),
      },
    );
  }

  /** Connected and welcomed. */
  static open(settings: Partial<SessionSettings> = {}, welcome: Partial<WorkWelcome> = {}): World {
    const world = new World(settings);
    world.session.start();
    world.welcome(welcome);
    return world;
  }

  /** The newest stream. */
  get wire(): FakeWire {
    const wire = this.wires.at(-1);
    if (wire === undefined) throw new Error('no stream was opened');
    return wire;
  }

  names(): string[] {
    return this.events.flatMap((event) => Object.keys(event));
  }

  event<K extends keyof WorkerEvents>(name: K): WorkerEvents[K] {
    const found = this.events.findLast((event) => event[name] !== undefined)?.[name];
    if (found === undefined) throw new Error(`no event "${name}"; there were ${this.names().join(', ')}`);
    return found as WorkerEvents[K];
  }

  receive(frame: ResponseFrame): void {
    this.wire.listener.frame(frame);
    this.clock.turn();
  }

  welcome(parts: Partial<WorkWelcome> = {}): void {
    const intervals = { heartbeatInterval: { seconds: 5, nanos: 0 }, silenceLimit: { seconds: 15, nanos: 0 } };
    this.receive({ $case: 'hello', value: { ...WorkWelcome.create({ serverId: 'server' }), ...intervals, ...parts } });
  }

  push<P extends readonly Partial<Job>[]>(...jobs: P): Made<P> {
    const made = makeJobs(jobs);
    this.taken += made.length;
    this.receive({ $case: 'jobs', value: { jobs: [...made] } });
    return made;
  }

  /** The handlers of these jobs return. */
  finish(...jobs: readonly Job[]): void {
    for (const job of jobs) this.end(job, completed(job, { done: job.id }));
    this.clock.turn();
  }

  /** The handler of this job ends; the event loop does not turn. */
  end(job: Job, outcome: Outcome): void {
    const place = this.running.findIndex((held) => held.wire.lockToken === job.lockToken);
    const [held] = this.running.splice(place, 1);
    if (place < 0 || held === undefined) throw new Error(`job ${job.id} is not in hand`);
    this.session.finish(held, outcome);
  }

  accept(...sequences: readonly number[]): void {
    const acks = sequences.map((sequence) => ({
      sequence,
      result: { $case: 'accepted' as const, value: { state: 'JOB_STATE_DONE' as const } },
      stillHeld: false,
    }));
    this.receive({ $case: 'outcomeAcks', value: { acks } });
  }

  /** By default with FAILED_PRECONDITION. */
  refuse(sequence: number, message: string, stillHeld: boolean, code = 9): void {
    const result = { $case: 'refused' as const, value: { code, message, details: [] } };
    this.receive({ $case: 'outcomeAcks', value: { acks: [{ sequence, result, stillHeld }] } });
  }

  /** The stream breaks. */
  cut(code: ErrorCode = 'UNAVAILABLE', reason?: string): void {
    this.wire.listener.ended(new BatonError({ code, reason, message: 'cut' }));
    this.clock.turn();
  }

  /** The stream breaks, and the next one is welcomed. */
  reconnect(welcome: Partial<WorkWelcome> = {}): void {
    this.cut();
    this.clock.advance(this.event('disconnected').reconnectInMs ?? 0);
    this.welcome(welcome);
  }

  #open(address: string, listener: StreamListener): FakeWire {
    const wire = new FakeWire(address, listener);
    this.wires.push(wire);
    return wire;
  }

  #newSessionId(): string {
    this.#sessions += 1;
    return `session-${this.#sessions}`;
  }
}
