// Owns the protocol of the Work stream (jobs.proto, rules 1 to 14) as a state machine: no sockets, no clock, no
// randomness of its own. A session outlives its streams: jobs in hand and outcomes without ack go on to the next one.
import { backoffDelay } from '../backoff.js';
import { toMilliseconds } from '../durations.js';
import { type BatonError, fromStatus, toBatonError } from '../errors.js';
import type {
  CanceledJob,
  JobHandle,
  JobOutcomeAck,
  Job as WireJob,
  WorkDrain,
  WorkHello,
  WorkWelcome,
} from '../gen/baton/v1/jobs.js';
import { endedByServer, isFinal, passes, silence, unacknowledged, violation } from './endings.js';
import { type HeldJob, Ledger, type OwedOutcome } from './ledger.js';
import { Outbox } from './outbox.js';
import { type Outcome, refusedOutcome } from './outcomes.js';
import { Pulse, type PulseSettings } from './pulse.js';
import type { SessionEnvironment, SessionHost, SessionSettings } from './session-ports.js';
import type { ResponseFrame, WorkStream } from './transport.js';

/**
 * idle -> connecting -> open -> (leaving ->) waiting -> connecting ...; closed is the end.
 * connecting: hello is sent, the server's is awaited. leaving: goodbye is sent, its end is awaited.
 */
type Phase = 'idle' | 'connecting' | 'open' | 'leaving' | 'waiting' | 'closed';

/** Rule 10. */
const reconnect = { firstMs: 1_000, longestMs: 30_000 };

/** Before the server's hello says otherwise. */
const unwelcome = { heartbeatMs: 5_000, silenceMs: 10_000, resumeWindowMs: 10_000 };

/** A server needs some time for its hello, however short its resume window. */
const shortestPatienceMs = 1_000;

/** What a server accepts that does not say. */
const defaultMessageBytes = 4 * 1024 * 1024;

/** The part of the time before a drained stream is closed that is used to finish what is in hand. */
const drainShare = 0.8;

/** The contract allows no more jobs in one frame that gives back, and no longer reason. */
const givenBackPerFrame = 1_000;
const longestReason = 1_000;

/** How long a goodbye waits for its answer, and outcomes for an ack once the time to stop is over: at most. */
const longestGraceMs = 5_000;

type Frames = { readonly [Frame in ResponseFrame as Frame['$case']]: Frame['value'] };
type FrameTable = { readonly [Name in keyof Frames]: (value: Frames[Name]) => void };

export class Session {
  readonly #settings: SessionSettings;
  readonly #environment: SessionEnvironment;
  readonly #host: SessionHost;
  readonly #ledger: Ledger;
  readonly #pulse: Pulse;
  #outbox: Outbox | undefined;
  #phase: Phase = 'idle';
  #stream: WorkStream | undefined;
  #sessionId: string;
  #generation = 0;
  /** Of this session and those before it: what comes from another stream no longer counts. */
  #streamNumber = 0;
  #addressIndex: number;
  /** Since a stream last did something useful. */
  #failures = 0;
  #welcomed = false;
  #resumeWindowMs = unwelcome.resumeWindowMs;
  #draining = false;
  #stopping = false;
  #graceMs = longestGraceMs;
  /** Cancels of outcomes that wait to be sent again. */
  readonly #later = new Set<() => void>();
  #cancelTimer: () => void = () => undefined;
  #cancelStop: () => void = () => undefined;

  constructor(settings: SessionSettings, environment: SessionEnvironment, host: SessionHost) {
    this.#settings = settings;
    this.#environment = environment;
    this.#host = host;
    this.#ledger = new Ledger(settings.concurrency);
    this.#sessionId = environment.newSessionId();
    // Workers that start together do not all begin at the first address.
    this.#addressIndex = Math.floor(environment.random() * settings.addresses.length);
    this.#pulse = new Pulse(environment.clock, {
      beat: () => this.#outbox?.send({ $case: 'heartbeat', value: {} }),
      silent: (forMs) => this.#disconnect(silence(forMs)),
    });
  }

  get phase(): Phase {
    return this.#phase;
  }

  start(): void {
    if (this.#phase === 'idle') this.#connect();
  }

  /** Takes no more jobs; lets those in hand end, until the time is over; then says goodbye. */
  stop(timeoutMs: number): void {
    if (this.#stopping || this.#phase === 'closed') return;
    this.#stopping = true;
    this.#graceMs = Math.min(timeoutMs, longestGraceMs);
    this.#cancelStop = this.#environment.clock.after(timeoutMs, () => this.#timeIsOver());
    this.#settle();
  }

  /** A handler has ended. */
  finish(held: HeldJob, outcome: Outcome): void {
    this.#ledger.finish(held);
    if (this.#phase === 'closed') return;
    if (!held.released) this.#owe(held, outcome);
    this.#outbox?.schedule();
    this.#settle();
  }

  #owe(held: HeldJob, outcome: Outcome, origin?: Partial<OwedOutcome>): void {
    // Owed also while there is no stream.
    const owed = this.#ledger.owe(held, outcome, origin);
    this.#outbox?.add(owed);
  }

  get #address(): string {
    const { addresses } = this.#settings;
    return addresses[this.#addressIndex % addresses.length] ?? '';
  }

  #connect(): void {
    this.#phase = 'connecting';
    this.#generation += 1;
    this.#streamNumber += 1;
    const number = this.#streamNumber;
    // What an earlier stream still says no longer counts (rule 10).
    const current = () => number === this.#streamNumber && this.#stream !== undefined;
    try {
      this.#stream = this.#environment.open(this.#address, {
        frame: (frame) => current() && this.#receive(frame),
        writable: () => current() && this.#outbox?.writable(),
        ended: (error) => current() && this.#ended(error),
      });
    } catch (error) {
      this.#disconnect(toBatonError(error));
      return;
    }
    this.#pulse.start(this.#patience());
    this.#stream.send({ $case: 'hello', value: this.#hello() });
  }

  /**
   * How long the hello waits for its answer. With jobs in hand one that went into nothing must not use up the resume
   * window; a server that is only slow gets more time with each failure.
   */
  #patience(): PulseSettings {
    if (this.#ledger.quiet) return unwelcome;
    const wantedMs = (this.#resumeWindowMs / 4) * 2 ** Math.max(0, this.#failures - 1);
    const silenceMs = Math.min(unwelcome.silenceMs, Math.max(shortestPatienceMs, wantedMs));
    return { heartbeatMs: silenceMs / 2, silenceMs };
  }

  #hello(): WorkHello {
    const { workerId, topics, tenantIds, maxMessageBytes, client } = this.#settings;
    return {
      workerId,
      sessionId: this.#sessionId,
      generation: this.#generation,
      topics: [...topics],
      tenantIds: [...tenantIds],
      maxMessageBytes,
      held: this.#ledger.handles(),
      client,
    };
  }

  #receive(frame: ResponseFrame): void {
    this.#pulse.received();
    if ((frame.$case === 'hello') !== (this.#phase === 'connecting')) {
      this.#disconnect(violation(`a frame "${frame.$case}" came while the stream was ${this.#phase}`));
      return;
    }
    // A stream that got further than its hello was worth its wait.
    if (frame.$case !== 'hello') this.#failures = 0;
    dispatch(this.#frames, frame);
  }

  readonly #frames: FrameTable = {
    hello: (welcome) => this.#welcome(welcome),
    jobs: ({ jobs }) => this.#take(jobs),
    outcomeAcks: ({ acks }) => {
      for (const ack of acks) this.#acknowledge(ack);
      // An ack can make room for credit.
      this.#outbox?.schedule();
      this.#settle();
    },
    jobsCanceled: ({ jobs }) => {
      for (const job of jobs) this.#lose(job);
      this.#settle();
    },
    heartbeat: () => undefined,
    drain: (drain) => this.#drain(drain),
  };

  #welcome(welcome: WorkWelcome): void {
    const stream = this.#stream;
    if (stream === undefined) return;
    this.#phase = 'open';
    this.#welcomed = true;
    this.#resumeWindowMs = toMilliseconds(welcome.resumeWindow) || unwelcome.resumeWindowMs;
    this.#pulse.start({
      heartbeatMs: toMilliseconds(welcome.heartbeatInterval) || unwelcome.heartbeatMs,
      silenceMs: toMilliseconds(welcome.silenceLimit) || 3 * unwelcome.heartbeatMs,
    });
    const greatestCredit = welcome.maxCredit || Number.POSITIVE_INFINITY;
    const outbox = new Outbox(stream, this.#environment.clock, welcome.maxMessageBytes || defaultMessageBytes, {
      grant: () => (this.#stopping || this.#draining ? 0 : this.#ledger.grant(greatestCredit)),
      sent: () => this.#pulse.sent(),
    });
    this.#outbox = outbox;
    for (const job of welcome.lost) this.#lose(job);
    for (const owed of this.#ledger.owed) outbox.add(owed);
    this.#host.events.emit('connected', {
      address: this.#address,
      serverId: welcome.serverId,
      serverVersion: welcome.serverVersion,
      generation: this.#generation,
      heldJobs: this.#ledger.heldCount,
      lostJobs: welcome.lost.length,
    });
    outbox.flush();
    this.#settle();
  }

  #take(jobs: readonly WireJob[]): void {
    // The goodbye that is on its way gives them back.
    if (this.#phase === 'leaving') return;
    if (this.#stopping) {
      this.#giveBack(jobs, 'the worker stops');
      return;
    }
    for (const job of jobs) this.#host.run(this.#ledger.take(job));
  }

  #acknowledge(ack: JobOutcomeAck): void {
    const owed = this.#ledger.settle(ack.sequence);
    if (owed === undefined || ack.result === undefined) return;
    const { held, substitute } = owed;
    if (ack.result.$case === 'accepted') {
      this.#host.events.emit('accepted', { job: held.wire, state: ack.result.value.state });
      return;
    }
    const error = fromStatus(ack.result.value);
    this.#host.events.emit('refused', { job: held.wire, error });
    if (!ack.stillHeld) return;
    // Rule 6: the job is ours until something becomes of it. What the server says about our own substitute is final.
    if (passes(error)) this.#sendLater(owed, error);
    else if (substitute) this.#giveBack([held.wire], error.message);
    else this.#owe(held, refusedOutcome(held.wire, error), { substitute: true });
  }

  /** Under a new sequence, because sequences rise on a stream and later ones have been sent. */
  #sendLater({ held, outcome, substitute, refusals }: OwedOutcome, { retryAfterMs = 0 }: BatonError): void {
    this.#ledger.keep(held);
    const delay = backoffDelay(reconnect, refusals, this.#environment.random);
    const cancel = this.#environment.clock.after(Math.max(delay, retryAfterMs), () => {
      this.#later.delete(cancel);
      if (held.released) return;
      this.#owe(held, outcome, { substitute, refusals: refusals + 1 });
      this.#outbox?.schedule();
    });
    this.#later.add(cancel);
  }

  #giveBack(jobs: readonly JobHandle[], reason: string): void {
    const handles = jobs.map(({ partition, id, lockToken }) => ({ partition, id, lockToken }));
    for (let first = 0; first < handles.length; first += givenBackPerFrame) {
      const value = { jobs: handles.slice(first, first + givenBackPerFrame), reason: reason.slice(0, longestReason) };
      this.#outbox?.send({ $case: 'giveBack', value });
    }
  }

  #lose({ lockToken, reason }: CanceledJob): void {
    const held = this.#ledger.release(lockToken);
    if (held === undefined) return;
    this.#host.abort(held, reason);
    this.#host.events.emit('canceled', { job: held.wire, reason });
  }

  /** Rule 11: finish what is in hand, and go elsewhere before the server closes, with what is left. */
  #drain({ reason, timeLeft }: WorkDrain): void {
    if (this.#draining || this.#phase !== 'open') return;
    this.#draining = true;
    const timeLeftMs = toMilliseconds(timeLeft) ?? 0;
    this.#host.events.emit('draining', { address: this.#address, reason, timeLeftMs });
    this.#cancelTimer = this.#environment.clock.after(timeLeftMs * drainShare, () => this.#disconnect(undefined));
    this.#settle();
  }

  /** Does what waited for the last job and the last ack. */
  #settle(): void {
    if (!this.#ledger.quiet || !(this.#stopping || this.#draining)) return;
    if (this.#phase === 'leaving' || this.#phase === 'closed') return;
    if (this.#phase !== 'open') this.#close(undefined);
    else if (this.#stopping) this.#leave();
    else this.#disconnect(undefined);
  }

  #leave(): void {
    this.#phase = 'leaving';
    this.#outbox?.send({ $case: 'goodbye', value: {} });
    this.#cancelTimer();
    this.#cancelTimer = this.#environment.clock.after(this.#graceMs, () => this.#close(undefined));
  }

  #timeIsOver(): void {
    for (const held of this.#ledger.releaseAll()) this.#host.abort(held, 'WORKER_STOPPED');
    this.#cancelStop = this.#environment.clock.after(this.#graceMs, () => this.#close(undefined));
    this.#settle();
  }

  #ended(error: BatonError | undefined): void {
    if (this.#phase === 'leaving') this.#close(undefined);
    else this.#disconnect(error ?? endedByServer());
  }

  /** Leaves a stream that broke, or that is to be left, and comes back: at once when it was our wish. */
  #disconnect(error: BatonError | undefined): void {
    const { address, generation } = { address: this.#address, generation: this.#generation };
    this.#drop();
    if (error && isFinal(error, this.#welcomed)) {
      this.#fail(error);
      return;
    }
    if (error?.reason === 'SESSION_REPLACED') this.#renew();
    this.#addressIndex += 1;
    const back = !(this.#stopping && this.#ledger.quiet);
    const delay = error ? this.#delay(error) : 0;
    const reconnectInMs = back ? delay : undefined;
    this.#host.events.emit('disconnected', { address, generation, error, reconnectInMs });
    if (!back) this.#close(undefined);
    else this.#cancelTimer = this.#environment.clock.after(delay, () => this.#connect());
  }

  /** With jobs in hand the worker must be back within the resume window, or they are done twice (rule 10). */
  #delay(error: BatonError): number {
    const longestMs = this.#ledger.quiet
      ? reconnect.longestMs
      : Math.min(reconnect.longestMs, this.#resumeWindowMs / 4);
    const delay = backoffDelay({ ...reconnect, longestMs }, this.#failures, this.#environment.random);
    this.#failures += 1;
    return Math.max(delay, error.retryAfterMs ?? 0);
  }

  #drop(): void {
    this.#phase = 'waiting';
    this.#draining = false;
    this.#cancelTimer();
    this.#pulse.stop();
    this.#outbox?.close();
    this.#outbox = undefined;
    this.#stream?.close();
    this.#stream = undefined;
    this.#ledger.disconnected();
  }

  /** Somebody else has this session: go on as another one, with nothing in hand. */
  #renew(): void {
    for (const held of this.#ledger.releaseAll()) this.#host.abort(held, 'SESSION_REPLACED');
    this.#ledger.forget();
    this.#sessionId = this.#environment.newSessionId();
    this.#generation = 0;
  }

  #fail(error: BatonError): void {
    this.#host.events.emit('error', { error });
    this.#close(error);
  }

  #close(error: BatonError | undefined): void {
    if (this.#phase === 'closed') return;
    const unsettled = this.#ledger.owedCount;
    this.#drop();
    this.#cancelStop();
    for (const cancel of this.#later) cancel();
    this.#phase = 'closed';
    for (const held of this.#ledger.releaseAll()) this.#host.abort(held, 'WORKER_STOPPED');
    this.#host.events.emit('stopped', { error: error ?? (unsettled > 0 ? unacknowledged(unsettled) : undefined) });
  }
}

/** The compiler holds name and value together. */
function dispatch<Name extends keyof Frames>(
  table: FrameTable,
  frame: { readonly $case: Name; readonly value: Frames[Name] },
): void {
  table[frame.$case](frame.value);
}
