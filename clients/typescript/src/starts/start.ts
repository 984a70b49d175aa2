// Owns one start on its way: what is sent, how often it was tried, until when, and who waits for it.
import { canceled } from '../caller.js';
import type { Clock } from '../clock.js';
import { BatonError } from '../errors.js';
import {
  type CreateProcessInstanceRequest,
  type ProcessInstance,
  StreamCreateProcessInstancesRequest,
} from '../gen/baton/v1/process_instances.js';

export interface StartLimits {
  readonly timeoutMs: number;
  /** Sent, or tried to send, at most this often. */
  readonly maxAttempts: number;
  readonly signal: AbortSignal | undefined;
}

export class Start {
  readonly request: CreateProcessInstanceRequest;
  readonly limits: StartLimits;
  readonly answer: Promise<ProcessInstance>;
  isSettled = false;
  #attempts = 0;
  /** Why it is tried again. */
  #trouble: BatonError | undefined;
  #part: Uint8Array | undefined;
  #resolve: (instance: ProcessInstance) => void = () => undefined;
  #reject: (error: BatonError) => void = () => undefined;
  readonly #cancelTimer: () => void;
  readonly #abort: () => void;
  readonly #settled: (start: Start) => void;

  constructor(
    request: CreateProcessInstanceRequest,
    limits: StartLimits,
    clock: Clock,
    settled: (start: Start) => void,
  ) {
    const { signal, timeoutMs } = limits;
    this.request = request;
    this.limits = limits;
    this.#settled = settled;
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#cancelTimer = clock.after(timeoutMs, () => this.fail(this.#trouble ?? late(timeoutMs)));
    this.#abort = () => this.fail(canceled(signal));
    signal?.addEventListener('abort', this.#abort, { once: true });
  }

  get id(): string {
    return this.request.requestId;
  }

  get attempts(): number {
    return this.#attempts;
  }

  /** The start as a message of its own: messages of many are these, one after the other. */
  get part(): Uint8Array {
    this.#part ??= StreamCreateProcessInstancesRequest.encode({ requests: [this.request] }).finish();
    return this.#part;
  }

  /** It was sent: from now on nobody knows what became of it, until there is an answer. */
  sent(): void {
    this.#trouble = undefined;
  }

  succeed(instance: ProcessInstance): void {
    if (this.#end()) this.#resolve(instance);
  }

  fail(error: BatonError): void {
    if (this.#end()) this.#reject(error);
  }

  /** Counts an attempt that came to nothing; answers whether there is another one. */
  mayTryAgain(error: BatonError): boolean {
    if (this.isSettled) return false;
    this.#attempts += 1;
    this.#trouble = error;
    if (this.#attempts < this.limits.maxAttempts) return true;
    this.fail(error);
    return false;
  }

  #end(): boolean {
    if (this.isSettled) return false;
    this.isSettled = true;
    this.#cancelTimer();
    this.limits.signal?.removeEventListener('abort', this.#abort);
    this.#settled(this);
    return true;
  }
}

function late(timeoutMs: number): BatonError {
  const message = `no answer came within ${timeoutMs} ms; the instance may have started: the same request id tells`;
  return new BatonError({ code: 'DEADLINE_EXCEEDED', message });
}
