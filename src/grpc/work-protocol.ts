/**
 * The protocol of a worker stream (the head of jobs.proto), as a state machine between two async iterables: no sockets.
 *
 * awaiting-hello -> open -> draining -> closed. Frames of the worker are taken one after the other; jobs, acks and
 * heartbeats leave through the outbox. What waits for a slow reader is never more than its own credit: while frames
 * wait, no credit is passed on, and when much waits, nothing is read.
 *
 * I8: finished work is never refused for load: while too many outcomes are being applied, the stream is not read.
 */
import { isRefusal } from '../core/refusal.js';
import type { Ref } from '../core/state.js';
import type { Caller, Engine, JobDelivery, WorkerSession, WorkerSink } from '../engine/face.js';
import type { JobHandle } from '../engine/ports/leases.js';
import type {
  WorkOutcomes as WireOutcomes,
  WorkCredit,
  WorkGiveBack,
  WorkHello,
  WorkRequest,
} from '../gen/baton/v1/jobs.js';
import { type Clock, untilBeat } from './clock.js';
import { faultsOfItems, type Received } from './door.js';
import type { Problem } from './errors.js';
import { problemOf } from './faults.js';
import { HeldJobs } from './held-jobs.js';
import { jobBytes } from './job-bytes.js';
import {
  DEFAULT_HOLD_MS,
  SILENT_INTERVALS,
  STREAM_BACKLOG_BYTES,
  STREAM_OUTCOMES,
  WORKER_MESSAGE_BYTES,
} from './limits.js';
import type { Log } from './log.js';
import type { OpenStream, StreamEnd } from './open-streams.js';
import { StreamCredit } from './stream-credit.js';
import * as ends from './stream-ends.js';
import { encodeAck, encodeCanceled, encodeFrame, FRAME_OVERHEAD, type ListKind } from './work-frames.js';
import * as messages from './work-messages.js';
import { WorkOutbox } from './work-outbox.js';
import { WorkOutcomes } from './work-outcomes.js';
import { frameTable, type State } from './work-states.js';

export interface WorkContext {
  readonly engine: Pick<Engine, 'info' | 'connectWorker' | 'submit'>;
  /** For the tenants that the worker named. */
  callerFor(tenantIds: readonly string[]): Caller;
  readonly clock: Clock;
  readonly log: Log;
  /** The transport has gone. */
  readonly gone: AbortSignal;
  /** Turns what should never be thrown into a problem, and tells the operator. */
  bug(error: unknown, what: object): Problem;
}

/** `settled`: all outcomes that came were applied and all jobs were let go. */
export function startWork(requests: AsyncIterator<Received<WorkRequest>>, context: WorkContext): OpenStream {
  const protocol = new WorkProtocol(context);
  const settled = protocol.run(requests);
  const drain = (reason: string, deadlineMs: number) => protocol.drain(reason, deadlineMs);
  return { responses: protocol.outbox, ended: protocol.ended, settled, drain };
}

const NO_FAULTS: ReadonlyMap<number, Problem> = new Map();
const ELEMENT_ENDED = 'JOB_CANCEL_REASON_ELEMENT_ENDED';
const HELD_TOO_LONG = 'JOB_CANCEL_REASON_HOLD_TIME_EXCEEDED';

class WorkProtocol implements WorkerSink {
  readonly outbox = new WorkOutbox<StreamEnd>(() => this.#taken());
  readonly #context: WorkContext;
  readonly #ended = new AbortController();
  readonly #held = new HeldJobs();
  readonly #maxHoldMs = new Map<string, number>();
  readonly #credit = new StreamCredit();
  readonly #outcomes: WorkOutcomes;
  #state: State = 'awaiting-hello';
  #session: WorkerSession | null = null;
  /** The worker has said its last word: its jobs are let go in order, not because the stream ends. */
  #leaving = false;
  #caller: Caller;
  #workerId = '';
  #messageBytes = WORKER_MESSAGE_BYTES;
  /** Calls of the engine before the hello was answered. */
  #early: ((session: WorkerSession) => void)[] = [];
  #reading = true;
  #missed = 0;
  #sent = false;
  #wake: (() => void) | null = null;
  #stopReading: () => void = () => undefined;
  #stopBeating: () => void = () => undefined;
  #letGo: Promise<void> = Promise.resolve();

  constructor(context: WorkContext) {
    this.#context = context;
    this.#caller = context.callerFor([]);
    this.#outcomes = new WorkOutcomes({
      engine: context.engine,
      caller: () => this.#caller,
      held: this.#held,
      bug: (error, what) => context.bug(error, { workerId: this.#workerId, ...what }),
      ack: (ack) => this.#sendItem('outcomeAcks', encodeAck(ack)),
      notNow: (problem) => this.#close(problem, 'at once'),
      applied: () => this.#wakeUp(),
    });
  }

  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  async run(requests: AsyncIterator<Received<WorkRequest>>): Promise<void> {
    const { gone } = this.#context;
    const onGone = () => this.#close(null, 'at once');
    gone.addEventListener('abort', onGone, { once: true });
    if (gone.aborted) onGone();
    this.#beatLater();
    try {
      await this.#read(requests);
    } catch (error) {
      this.#close(this.#context.bug(error, { workerId: this.#workerId }), 'at once');
    }
    while (this.#outcomes.applying > 0) await this.#woken();
    await this.#letGo;
    gone.removeEventListener('abort', onGone);
  }

  // --- Frames of the worker --------------------------------------------------------------------------------------------

  async #read(requests: AsyncIterator<Received<WorkRequest>>): Promise<void> {
    while (this.#state !== 'closed') {
      this.#reading = true;
      const next = await this.#nextOrClosed(requests);
      this.#reading = false;
      this.#missed = 0;
      if (next === null) return;
      if (next.done === true) return await this.#finish((session) => session.broken());
      await this.#take(next.value);
      while (!this.#hasRoom()) await this.#woken();
    }
  }

  /** Null when the stream ends by itself: the requests may never end then. */
  #nextOrClosed(requests: AsyncIterator<Received<WorkRequest>>): Promise<IteratorResult<Received<WorkRequest>> | null> {
    return new Promise((resolve, reject) => {
      this.#stopReading = () => resolve(null);
      requests.next().then(resolve, reject);
    });
  }

  #hasRoom(): boolean {
    if (this.#state === 'closed') return true;
    const { applying, applyingBytes } = this.#outcomes;
    return applying < STREAM_OUTCOMES && applyingBytes + this.outbox.bytes < STREAM_BACKLOG_BYTES;
  }

  #take(received: Received<WorkRequest>): Promise<void> | undefined {
    const frame = received.message?.frame;
    if (frame === undefined) return this.#fail(received.ok ? ends.empty : received.problem);
    const treatment = frameTable[this.#state][frame.$case];
    if (treatment === 'refuse') return this.#fail(ends.outOfPlace(this.#state, frame.$case));
    if (treatment === 'skip') return undefined;
    if (frame.$case === 'outcomes') return this.#takeOutcomes(frame.value, received);
    if (!received.ok) return this.#fail(received.problem);
    switch (frame.$case) {
      case 'hello':
        return this.#hello(frame.value);
      case 'credit':
        return this.#grant(frame.value);
      case 'heartbeat':
        return undefined;
      case 'giveBack':
        return this.#giveBack(frame.value);
      case 'goodbye':
        return this.#finish((session) => session.goodbye());
    }
  }

  async #hello(hello: WorkHello): Promise<void> {
    const twice = problemOf(messages.topicFaults(hello.topics, 'hello.topics'));
    if (twice !== null) return this.#fail(twice);
    const { engine, clock, log } = this.#context;
    this.#workerId = hello.workerId;
    this.#caller = this.#context.callerFor(messages.tenantsOf(hello.tenantIds));
    if (hello.maxMessageBytes > 0) this.#messageBytes = hello.maxMessageBytes;
    this.outbox.limitFrames(this.#messageBytes);
    const session = await engine.connectWorker(messages.workerHello(hello), this);
    if (isRefusal(session)) return this.#fail(session);
    if (this.#state === 'closed') return await session.broken();
    this.#session = session;
    this.#state = 'open';
    for (const topic of hello.topics) this.#maxHoldMs.set(topic.topic, messages.holdOf(topic));
    const longest = clock.now() + Math.max(...this.#maxHoldMs.values());
    const kept = new Set(session.kept.map(({ id }) => id));
    for (const handle of hello.held) if (kept.has(handle.id)) this.#held.add(handle, longest);
    this.#send(messages.welcome(engine.info, hello.held, session.kept));
    const { workerId, generation, client } = hello;
    log.info({ workerId, generation, client, topics: hello.topics.length, kept: kept.size }, 'a worker connected');
    for (const call of this.#early.splice(0)) call(session);
  }

  #grant(credit: WorkCredit): undefined {
    this.#credit.granted(credit);
    this.#passCreditOn();
  }

  /** Credit waits as long as frames do: a reader that takes nothing gets nothing more. */
  #passCreditOn(): void {
    if (this.outbox.bytes > 0 || this.#session === null || this.#state !== 'open' || this.#leaving) return;
    const next = this.#credit.takeNew();
    if (next !== null) this.#session.grant(next.jobs, next.bytes);
  }

  #takeOutcomes({ outcomes, credit }: WireOutcomes, received: Received<WorkRequest>): undefined {
    const bad = received.ok ? null : received;
    const faults = bad === null ? NO_FAULTS : faultsOfItems(bad, 'outcomes.outcomes');
    if (bad !== null && (faults === null || ends.isAbout(faults, 'sequence'))) return this.#fail(bad.problem);
    const problem = this.#outcomes.take(outcomes, faults ?? NO_FAULTS, this.#workerId, received.bytes);
    if (problem !== null) return this.#fail(problem);
    if (credit !== undefined && this.#state === 'open') this.#grant(credit);
  }

  async #giveBack({ jobs, reason }: WorkGiveBack): Promise<void> {
    for (const { id, lockToken } of jobs) this.#held.release(id, lockToken);
    this.#context.log.info({ workerId: this.#workerId, jobs: jobs.length, reason }, 'a worker gave jobs back');
    await this.#session?.giveBack(jobs);
  }

  // --- The engine's calls ----------------------------------------------------------------------------------------------

  deliver(delivery: JobDelivery): void {
    this.#onceOpen((session) => {
      const { id, partition, topic } = delivery.job;
      const handle = { partition, id, lockToken: delivery.lock.token };
      const bytes = jobBytes(delivery);
      if (bytes.length + FRAME_OVERHEAD > this.#messageBytes) {
        this.#reject(session, handle, bytes.length);
        return;
      }
      this.#credit.used(bytes.length);
      session.weighed(bytes.length);
      this.#held.add(handle, this.#context.clock.now() + (this.#maxHoldMs.get(topic) ?? DEFAULT_HOLD_MS));
      this.#sendItem('jobs', bytes);
    });
  }

  /** The job is never written: it becomes an incident, and its credit serves another one. */
  #reject(session: WorkerSession, { partition, id, lockToken }: JobHandle, bytes: number): void {
    const job = { partition, id };
    const message = `the job has ${bytes} bytes; worker ${this.#workerId} accepts messages of ${this.#messageBytes} bytes`;
    const reject = { type: 'rejectJob', reason: 'JOB_TOO_LARGE', job, lockToken, by: 'engine', message } as const;
    session.grant(1, 0);
    const rejected = this.#context.engine.submit(reject, this.#caller).then(() => undefined);
    this.#outcomes.run(rejected, { job, outcome: reject.type }, () => undefined);
  }

  canceled(job: Ref, _reason: string): void {
    this.#onceOpen(() => {
      const handle = this.#held.remove(job);
      if (handle !== null) this.#sendItem('jobsCanceled', encodeCanceled(messages.canceled(handle, ELEMENT_ENDED)));
    });
  }

  drain(reason: string, deadlineMs: number): void {
    this.#onceOpen(() => {
      if (this.#state !== 'open') return;
      this.#state = 'draining';
      this.#send(messages.drain(messages.drainReason(reason), deadlineMs));
      const stop = this.#context.clock.after(deadlineMs, () => this.#close(ends.drained(reason), 'after all'));
      this.#ended.signal.addEventListener('abort', stop, { once: true });
    });
  }

  superseded(): void {
    this.#close(ends.replaced, 'at once');
  }

  /** The engine may call before the hello was answered. */
  #onceOpen(call: (session: WorkerSession) => void): void {
    if (this.#session !== null) call(this.#session);
    else if (this.#state === 'awaiting-hello') this.#early.push(call);
  }

  // --- Time ------------------------------------------------------------------------------------------------------------

  #beatLater(): void {
    const { clock, engine } = this.#context;
    const wait = untilBeat(clock, engine.info.heartbeatIntervalMs);
    if (this.#state !== 'closed') this.#stopBeating = clock.after(wait, () => this.#beat());
  }

  /** Beats are counted, not measured: after a pause of this process one beat is due, and no worker is blamed for it. */
  #beat(): void {
    this.#missed = this.#reading ? this.#missed + 1 : 0;
    if (this.#missed >= SILENT_INTERVALS) this.#fail(ends.silent(this.#context.engine.info.heartbeatIntervalMs));
    if (this.#state === 'closed') return;
    if (this.#session !== null && !this.#sent && this.outbox.bytes === 0) this.#send(messages.heartbeat);
    this.#sent = false;
    this.#endHungJobs();
    this.#beatLater();
  }

  #endHungJobs(): void {
    const session = this.#session;
    const overdue = session === null ? [] : this.#held.takeOverdue(this.#context.clock.now());
    if (session === null || overdue.length === 0) return;
    for (const handle of overdue) {
      this.#sendItem('jobsCanceled', encodeCanceled(messages.canceled(handle, HELD_TOO_LONG)));
    }
    this.#track(session.giveBack(overdue));
  }

  // --- The end ---------------------------------------------------------------------------------------------------------

  /** The worker is done: what it sent is applied and acknowledged before its jobs are let go. */
  async #finish(letGo: (session: WorkerSession) => Promise<void>): Promise<void> {
    const session = this.#session;
    this.#leaving = true;
    while (this.#outcomes.applying > 0) await this.#woken();
    if (session !== null) await letGo(session);
    this.#close(null, 'after all');
  }

  #fail(problem: Problem): undefined {
    this.#close(problem, 'at once');
  }

  /** Once only. The jobs are kept for the resume window, unless the worker had its last word. */
  #close(end: StreamEnd, how: 'after all' | 'at once'): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#stopBeating();
    this.#stopReading();
    if (this.#session !== null && !this.#leaving) this.#track(this.#session.broken());
    this.outbox.end(end, how);
    this.#ended.abort();
    this.#wakeUp();
  }

  #track(work: Promise<void>): void {
    const safe = work.catch((error: unknown) => {
      this.#context.bug(error, { workerId: this.#workerId });
    });
    this.#letGo = Promise.all([this.#letGo, safe]).then(() => undefined);
  }

  // --- Sending and waiting ---------------------------------------------------------------------------------------------

  #send(frame: messages.ServerFrame): void {
    this.#sent = true;
    this.outbox.add(encodeFrame(frame));
  }

  #sendItem(kind: ListKind, item: Uint8Array): void {
    if (this.#state === 'closed') return;
    this.#sent = true;
    this.outbox.addItem(kind, item);
  }

  #taken(): void {
    this.#passCreditOn();
    this.#wakeUp();
  }

  #woken(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #wakeUp(): void {
    this.#wake?.();
    this.#wake = null;
  }
}
