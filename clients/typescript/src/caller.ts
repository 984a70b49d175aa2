// Owns unary calls: their deadline, their repetition with the same request id, and the server that they go to.
import type { Client } from '@grpc/grpc-js';
import { type Backoff, backoffDelay } from './backoff.js';
import { type Clock, systemClock } from './clock.js';
import type { Connection } from './connection.js';
import { BatonError, toBatonError } from './errors.js';
import { type Page, Pages } from './pages.js';
import { newRequestId } from './request-id.js';
import { answersOf, type StreamMethod } from './stream.js';

export interface CallOptions {
  /** Aborting it cancels the call; what was asked may have happened. */
  readonly signal?: AbortSignal | undefined;
  /** For the call with all its repetitions. 30,000 when absent. */
  readonly timeoutMs?: number | undefined;
  /** How often a call is tried that meets UNAVAILABLE, or RESOURCE_EXHAUSTED with a time to wait. When absent: while there is time. */
  readonly maxAttempts?: number | undefined;
}

/** A unary method as the generated code describes it. */
export interface Method<Q, A> {
  readonly path: string;
  readonly requestStream: false;
  readonly responseStream: false;
  readonly requestSerialize: (request: Q) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => A;
}

export interface CallerDefaults {
  readonly tenantId: string;
  readonly workerId: string;
  readonly timeoutMs?: number | undefined;
  readonly maxAttempts?: number | undefined;
}

export interface CallerEnvironment {
  readonly clock: Clock;
  readonly random: () => number;
  readonly newRequestId: () => string;
}

export const defaultTimeoutMs = 30_000;
const backoff: Backoff = { firstMs: 100, longestMs: 5_000 };

/** While a call waits, so that a connection that died in silence is found while there is time to repeat the call. */
const pings = { 'grpc.keepalive_time_ms': 10_000, 'grpc.keepalive_timeout_ms': 5_000 };

/** Fields that the client fills in when a request has them and the caller left them empty. */
interface Common {
  requestId?: string;
  tenantId?: string;
  workerId?: string;
}

export class Caller {
  readonly connection: Connection;
  readonly defaults: CallerDefaults;
  readonly environment: CallerEnvironment;
  readonly #closing = new Set<() => void>();
  #clients: (Client | undefined)[] = [];
  #current: number;

  constructor(connection: Connection, defaults: CallerDefaults, environment?: CallerEnvironment) {
    this.connection = connection;
    this.defaults = defaults;
    this.environment = environment ?? { clock: systemClock, random: Math.random, newRequestId };
    this.#current = Math.floor(this.environment.random() * connection.addresses.length);
  }

  /** Fills in what the caller left out. A mutating request without an id gets one, so that it can be repeated. */
  complete<Q extends object>(request: Q): Q {
    const common: Common = request;
    if (common.requestId === '') common.requestId = this.environment.newRequestId();
    if (common.tenantId === '') common.tenantId = this.defaults.tenantId;
    if (common.workerId === '') common.workerId = this.defaults.workerId;
    return request;
  }

  /** Repeats until it is answered, the attempts are used up, or the time is over: always the same request. */
  async call<Q extends object, A>(method: Method<Q, A>, request: Q, options: CallOptions = {}): Promise<A> {
    this.complete(request);
    const timeoutMs = options.timeoutMs ?? this.defaults.timeoutMs ?? defaultTimeoutMs;
    const attempts = options.maxAttempts ?? this.defaults.maxAttempts ?? Number.POSITIVE_INFINITY;
    const deadline = Date.now() + timeoutMs;
    for (let failures = 0; ; failures += 1) {
      const place = this.#current;
      try {
        return await this.#once(method, request, deadline, options.signal);
      } catch (thrown) {
        const error = toBatonError(thrown);
        const delay = retryDelay(error, failures, this.environment.random);
        if (error.code === 'UNAVAILABLE') this.#moveOn(place);
        if (delay === undefined || failures + 1 >= attempts || Date.now() + delay >= deadline) throw error;
        await this.#wait(delay, options.signal);
      }
    }
  }

  /** A query as pages; each page is a call of its own. */
  pages<Q extends { pageToken: string }, R, T>(
    method: Method<Q, { results: R[]; nextPageToken: string }>,
    request: Q,
    options: CallOptions | undefined,
    read: (result: R) => T,
  ): Pages<T> {
    return new Pages(async (pageToken = request.pageToken): Promise<Page<T>> => {
      const { results, nextPageToken } = await this.call(method, { ...request, pageToken }, options);
      return { results: results.map(read), nextPageToken };
    });
  }

  /**
   * The answers of a call that never ends by itself. When the stream breaks, it is opened again, at the next server; `again`
   * makes the request for that. Ends when the signal is aborted or the client is closed; throws what no repetition helps.
   */
  async *watch<Q extends object, A>(
    method: StreamMethod<Q, A>,
    again: () => Q,
    silenceMs: number,
    signal?: AbortSignal,
  ): AsyncGenerator<A, void> {
    const over = new AbortController();
    const end = () => over.abort();
    const forget = this.onClose(end);
    signal?.addEventListener('abort', end, { once: true });
    if (signal?.aborted) end();
    const { clock, random } = this.environment;
    try {
      for (let failures = 0; !over.signal.aborted; failures += 1) {
        const place = this.#current;
        const parts = { client: this.#client(), connection: this.connection, clock, signal: over.signal, silenceMs };
        try {
          for await (const answer of answersOf(method, again(), parts)) {
            failures = 0;
            yield answer;
          }
        } catch (thrown) {
          const error = toBatonError(thrown);
          if (over.signal.aborted) return;
          if (!isBroken(error)) throw error;
          this.#moveOn(place);
        }
        if (!over.signal.aborted)
          await this.#wait(backoffDelay(backoff, failures, random), over.signal).catch(() => undefined);
      }
    } finally {
      forget();
      signal?.removeEventListener('abort', end);
    }
  }

  /** What goes on until the client is closed; the answer takes it back. */
  onClose(run: () => void): () => void {
    this.#closing.add(run);
    return () => this.#closing.delete(run);
  }

  close(): void {
    for (const run of this.#closing) run();
    for (const client of this.#clients) client?.close();
    this.#clients = [];
  }

  #once<Q, A>(method: Method<Q, A>, request: Q, deadline: number, signal: AbortSignal | undefined): Promise<A> {
    if (signal?.aborted) return Promise.reject(canceled(signal));
    const { path, requestSerialize, responseDeserialize } = method;
    return new Promise<A>((resolve, reject) => {
      const metadata = this.connection.metadata();
      const call = this.#client().makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        metadata,
        { deadline },
        (error, answer) => {
          signal?.removeEventListener('abort', abort);
          if (signal?.aborted && error) reject(canceled(signal));
          else if (error) reject(error);
          else if (answer === undefined) reject(new BatonError({ code: 'INTERNAL', message: 'the answer is empty' }));
          else resolve(answer);
        },
      );
      const abort = () => call.cancel();
      signal?.addEventListener('abort', abort, { once: true });
    });
  }

  #client(): Client {
    const { addresses } = this.connection;
    const place = this.#current % addresses.length;
    const open = this.#clients[place] ?? this.connection.open(addresses[place] ?? '', pings);
    this.#clients[place] = open;
    return open;
  }

  /** The next call goes to the next address, unless another call has found that out before. */
  #moveOn(from: number): void {
    if (this.#current === from) this.#current += 1;
  }

  #wait(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(canceled(signal));
        return;
      }
      const abort = () => {
        cancel();
        reject(canceled(signal));
      };
      const cancel = this.environment.clock.after(delayMs, () => {
        signal?.removeEventListener('abort', abort);
        resolve();
      });
      signal?.addEventListener('abort', abort, { once: true });
    });
  }
}

/** A stream ended by its way, not by a refusal: those have a reason of their own. */
function isBroken({ code, reason }: BatonError): boolean {
  return code === 'UNAVAILABLE' || (reason === code && ['INTERNAL', 'UNKNOWN', 'CANCELLED'].includes(code));
}

/** How long to wait before the same request is sent again. Undefined: that would not help, or is not ours to decide. */
export function retryDelay(
  { code, retryAfterMs }: BatonError,
  failures: number,
  random: () => number,
): number | undefined {
  const own = backoffDelay(backoff, failures, random);
  if (code === 'UNAVAILABLE') return Math.max(own, retryAfterMs ?? 0);
  return code === 'RESOURCE_EXHAUSTED' && retryAfterMs !== undefined ? retryAfterMs + own : undefined;
}

export function canceled(signal: AbortSignal | undefined): BatonError {
  return new BatonError({ code: 'CANCELLED', message: 'the caller aborted the call', cause: signal?.reason });
}
