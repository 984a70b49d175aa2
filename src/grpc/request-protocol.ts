/**
 * The protocol of a stream of requests that are answered in any order (StreamCreateProcessInstances, StreamSendMessages),
 * as a state machine between two async iterables: no sockets. open -> draining -> closed.
 *
 * I8: what the client may still send, what is being done and what waits to be read are together never more than
 * STREAM_REQUESTS: credit is granted again only with answers that leave.
 */
import { type Clock, untilBeat } from './clock.js';
import { faultsOfItems, type Received } from './door.js';
import type { Problem } from './errors.js';
import { REQUEST_STREAM_BEAT_MS, SILENT_INTERVALS, STREAM_BACKLOG_BYTES, STREAM_REQUESTS } from './limits.js';
import type { OpenStream, StreamEnd } from './open-streams.js';
import { type AnswerShape, RequestOutbox } from './request-outbox.js';
import * as ends from './stream-ends.js';

/** What one such stream does with its requests. */
export interface RequestStream<Request extends Keyed, Result> {
  /** Its refusals and faults are results; it never throws. */
  perform(request: Request): Promise<Result>;
  failed(problem: Problem): Result;
  /** What the contract allows elsewhere, and not on the stream. */
  violation?(request: Request, index: number): Problem | null;
  readonly answers: AnswerShape<Result>;
}

export interface Keyed {
  readonly requestId: string;
}

export interface StreamContext {
  readonly clock: Clock;
  /** The transport has gone. */
  readonly gone: AbortSignal;
  /** Turns what should never be thrown into a problem, and tells the operator. */
  bug(error: unknown): Problem;
}

type Message<Request> = Received<{ readonly requests: readonly Request[] }>;

/** `settled`: all requests that came have been answered or refused by the engine. */
export function streamRequests<Request extends Keyed, Result>(
  requests: AsyncIterator<Message<Request>>,
  stream: RequestStream<Request, Result>,
  context: StreamContext,
): OpenStream {
  const protocol = new RequestProtocol(stream, context);
  const settled = protocol.run(requests);
  const drain = (reason: string, deadlineMs: number) => protocol.drain(reason, deadlineMs);
  return { responses: protocol.outbox, ended: protocol.ended, settled, drain };
}

class RequestProtocol<Request extends Keyed, Result> {
  readonly outbox: RequestOutbox<Result>;
  readonly #stream: RequestStream<Request, Result>;
  readonly #context: StreamContext;
  readonly #ended = new AbortController();
  #state: 'open' | 'draining' | 'closed' = 'open';
  /** Requests that the client may still send. */
  #credit = 0;
  /** Requests without an answer, and their bytes. */
  #open = 0;
  #openBytes = 0;
  #reading = false;
  #missed = 0;
  #sent = false;
  #wake: (() => void) | null = null;
  #stopReading: () => void = () => undefined;
  #stopBeating: () => void = () => undefined;

  constructor(stream: RequestStream<Request, Result>, context: StreamContext) {
    this.#stream = stream;
    this.#context = context;
    this.outbox = new RequestOutbox(stream.answers, (answers) => this.#leaving(answers));
  }

  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  async run(requests: AsyncIterator<Message<Request>>): Promise<void> {
    const { gone } = this.#context;
    const onGone = () => this.#close(null, 'at once');
    gone.addEventListener('abort', onGone, { once: true });
    this.#credit = STREAM_REQUESTS;
    this.outbox.grant(STREAM_REQUESTS);
    this.#beatLater();
    if (gone.aborted) onGone();
    try {
      await this.#read(requests);
    } catch (error) {
      this.#close(this.#context.bug(error), 'at once');
    }
    await this.#answered();
    this.#close(null, 'after all');
    gone.removeEventListener('abort', onGone);
  }

  /** Asks the client to go on elsewhere: what it has sent is answered, and it gets no more credit. */
  drain(reason: string, deadlineMs: number): void {
    if (this.#state !== 'open') return;
    this.#state = 'draining';
    this.outbox.drain(deadlineMs);
    const stop = this.#context.clock.after(deadlineMs, () => this.#close(ends.drained(reason), 'after all'));
    this.#ended.signal.addEventListener('abort', stop, { once: true });
  }

  // --- Messages of the client ------------------------------------------------------------------------------------------

  async #read(requests: AsyncIterator<Message<Request>>): Promise<void> {
    while (this.#state !== 'closed') {
      this.#reading = true;
      const next = await this.#nextOrClosed(requests);
      this.#reading = false;
      this.#missed = 0;
      if (next === null || next.done === true) return;
      this.#take(next.value);
      while (!this.#hasRoom()) await this.#woken();
    }
  }

  /** Null when the stream ends by itself: the requests may never end then. */
  #nextOrClosed(requests: AsyncIterator<Message<Request>>): Promise<IteratorResult<Message<Request>> | null> {
    return new Promise((resolve, reject) => {
      this.#stopReading = () => resolve(null);
      requests.next().then(resolve, reject);
    });
  }

  #hasRoom(): boolean {
    return this.#state === 'closed' || this.#openBytes + this.outbox.bytes < STREAM_BACKLOG_BYTES;
  }

  #take(received: Message<Request>): undefined {
    const faults = received.ok ? null : faultsOfItems(received, 'requests');
    if (!received.ok && (faults === null || ends.isAbout(faults, 'request_id'))) return this.#fail(received.problem);
    const requests = received.message?.requests ?? [];
    const violation = this.#violation(requests);
    if (violation !== null) return this.#fail(violation);
    this.#credit -= requests.length;
    const bytes = received.bytes / requests.length;
    for (const [index, request] of requests.entries()) {
      const problem = faults?.get(index);
      if (problem === undefined) void this.#perform(request, bytes);
      else this.outbox.answer({ requestId: request.requestId, result: this.#stream.failed(problem) });
    }
  }

  #violation(requests: readonly Request[]): Problem | null {
    if (requests.length > this.#credit) return ends.withoutCredit(requests.length, this.#credit);
    for (const [index, request] of requests.entries()) {
      if (request.requestId === '') return ends.badRequest(index, 'request_id', 'is needed on a stream');
      const violation = this.#stream.violation?.(request, index) ?? null;
      if (violation !== null) return violation;
    }
    return null;
  }

  async #perform(request: Request, bytes: number): Promise<void> {
    this.#open += 1;
    this.#openBytes += bytes;
    const result = await this.#stream.perform(request);
    this.#open -= 1;
    this.#openBytes = this.#open === 0 ? 0 : this.#openBytes - bytes;
    if (this.#state !== 'closed') this.outbox.answer({ requestId: request.requestId, result });
    this.#wakeUp();
  }

  // --- Answers ---------------------------------------------------------------------------------------------------------

  /** What leaves makes room for as many requests. */
  #leaving(answers: number): number {
    this.#sent = true;
    this.#wakeUp();
    if (this.#state !== 'open') return 0;
    this.#credit += answers;
    return answers;
  }

  async #answered(): Promise<void> {
    while (this.#open > 0) await this.#woken();
  }

  // --- Time and the end ------------------------------------------------------------------------------------------------

  #beatLater(): void {
    const { clock } = this.#context;
    this.#stopBeating = clock.after(untilBeat(clock, REQUEST_STREAM_BEAT_MS), () => this.#beat());
  }

  /** Beats are counted, not measured: after a pause of this process one beat is due, and no client is blamed for it. */
  #beat(): undefined {
    this.#missed = this.#reading ? this.#missed + 1 : 0;
    if (this.#missed >= SILENT_INTERVALS) return this.#fail(ends.silent(REQUEST_STREAM_BEAT_MS));
    if (!this.#sent && !this.outbox.waiting) this.outbox.beat();
    this.#sent = false;
    this.#beatLater();
  }

  #fail(problem: Problem): undefined {
    this.#close(problem, 'at once');
  }

  /** Once only. What is being done goes on, without an answer. */
  #close(end: StreamEnd, how: 'after all' | 'at once'): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#stopBeating();
    this.#stopReading();
    this.outbox.end(end, how);
    this.#ended.abort();
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
