// Owns the stream of starts as callers see it.
import { type Caller, type CallOptions, canceled, defaultTimeoutMs } from '../caller.js';
import { promised } from '../calls/support.js';
import { overGrpc } from '../duplex.js';
import { BatonError } from '../errors.js';
import { ProcessInstanceServiceService as methods } from '../gen/baton/v1/process_instances.js';
import { readVariables, type Variables } from '../variables.js';
import { type Created, type StartInput, toRequest } from './start-input.js';
import { StartSession } from './start-session.js';

/** For each start, unless it says otherwise. */
export interface StartStreamOptions {
  /** Aborting it leaves the stream at once; what was asked may have happened. */
  readonly signal?: AbortSignal | undefined;
  /** For a start with all its repetitions. That of the client when absent. */
  readonly timeoutMs?: number | undefined;
  /** How often a start is tried that meets a server that is away or full. That of the client when absent. */
  readonly maxAttempts?: number | undefined;
}

/**
 * Starts process instances over one two-way stream. It connects at the first start and comes back by itself; what has no
 * answer then is sent again with the same request id, and happens once.
 */
export class StartStream {
  readonly #caller: Caller;
  readonly #options: StartStreamOptions;
  readonly #session: StartSession;
  readonly #release: () => void;
  #ended: BatonError | undefined;
  #open = 0;
  #idle: (() => void)[] = [];

  constructor(caller: Caller, options: StartStreamOptions = {}) {
    const { connection, environment } = caller;
    this.#caller = caller;
    this.#options = options;
    this.#session = new StartSession({
      addresses: connection.addresses,
      clock: environment.clock,
      random: environment.random,
      open: overGrpc(connection, { ...methods.streamCreateProcessInstances, requestSerialize: asBuffer }),
      single: async (request, limits) => {
        const { processInstance } = await caller.call(methods.createProcessInstance, request, limits);
        return promised(processInstance, 'process_instance');
      },
    });
    const { signal } = options;
    const abort = () => this.#abort(canceled(signal));
    const forget = caller.onClose(() => this.#abort(closed('the client was closed')));
    this.#release = () => {
      forget();
      signal?.removeEventListener('abort', abort);
    };
    signal?.addEventListener('abort', abort, { once: true });
    if (signal?.aborted) abort();
  }

  /**
   * Resolves as `instances.create` does, when the instance has started. Make as many at once as you like: each waits until
   * the server has room for it.
   */
  async create<V = Variables>(input: StartInput, options: CallOptions = {}): Promise<Created<V>> {
    if (this.#ended !== undefined) throw this.#ended;
    const { signal, timeoutMs = this.#options.timeoutMs, maxAttempts = this.#options.maxAttempts } = options;
    if (signal?.aborted) throw canceled(signal);
    const { defaults } = this.#caller;
    const limits = {
      timeoutMs: timeoutMs ?? defaults.timeoutMs ?? defaultTimeoutMs,
      maxAttempts: maxAttempts ?? defaults.maxAttempts ?? Number.POSITIVE_INFINITY,
      signal,
    };
    this.#open += 1;
    try {
      const processInstance = await this.#session.start(this.#caller.complete(toRequest(input)), limits);
      return { processInstance, ...readVariables<V>([]) };
    } finally {
      this.#open -= 1;
      if (this.#open === 0) for (const idle of this.#idle.splice(0)) idle();
    }
  }

  /** Takes no more starts, and resolves when those that are open have their answers. */
  async close(): Promise<void> {
    this.#ended ??= closed('the stream was closed');
    if (this.#open > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
    this.#session.finish();
    this.#release();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #abort(error: BatonError): void {
    this.#ended = error;
    this.#session.abort(error);
    this.#release();
  }
}

function closed(message: string): BatonError {
  return new BatonError({ code: 'CANCELLED', message });
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
