// Owns starts over streams, as a state machine without sockets: what waits for credit, the stream that is in use, those
// that are left, and coming back after a break. A start has one request id on all its ways, so it happens once.
import { retryDelay } from '../caller.js';
import type { Clock } from '../clock.js';
import { BatonError, fromStatus, toBatonError } from '../errors.js';
import type {
  CreateProcessInstanceRequest,
  CreateProcessInstanceResult,
  ProcessInstance,
} from '../gen/baton/v1/process_instances.js';
import { endedByServer } from '../worker/endings.js';
import { Start, type StartLimits } from './start.js';
import { type LinkListener, type OpenStarts, StartLink } from './start-link.js';

export interface StartSessionParts {
  readonly addresses: readonly string[];
  readonly clock: Clock;
  readonly random: () => number;
  readonly open: OpenStarts;
  /** A start as a call of its own. */
  single(request: CreateProcessInstanceRequest, limits: StartLimits): Promise<ProcessInstance>;
}

export class StartSession {
  readonly #parts: StartSessionParts;
  readonly #starts = new Map<string, Start>();
  /** Not sent yet, or to be sent again. */
  #waiting: Start[] = [];
  #link: StartLink | undefined;
  /** Streams that are left, but still have answers to give. */
  readonly #leaving = new Set<StartLink>();
  #addressIndex: number;
  /** Breaks since the last answer. */
  #failures = 0;
  #flushing = false;
  #comingBack = false;
  #closed = false;
  #cancelComingBack: () => void = () => undefined;

  constructor(parts: StartSessionParts) {
    this.#parts = parts;
    this.#addressIndex = Math.floor(parts.random() * parts.addresses.length);
  }

  /** Resolves when the instance has started. */
  async start(request: CreateProcessInstanceRequest, limits: StartLimits): Promise<ProcessInstance> {
    // Two with one id are each other's repetition: answers could not be told apart.
    for (let twin = this.#starts.get(request.requestId); twin; twin = this.#starts.get(request.requestId)) {
      await twin.answer.catch(() => undefined);
    }
    const start = new Start(request, limits, this.#parts.clock, ({ id }) => this.#starts.delete(id));
    this.#starts.set(start.id, start);
    this.#waiting.push(start);
    this.#flushSoon();
    return await start.answer;
  }

  /** To be called when nothing is open: ends the stream in order. */
  finish(): void {
    this.#close();
    this.#link?.finish();
  }

  /** Leaves everything at once; what is open fails with this. */
  abort(error: BatonError): void {
    this.#close();
    for (const start of [...this.#starts.values()]) start.fail(error);
    this.#link?.drop(undefined);
    for (const link of this.#leaving) link.drop(undefined);
  }

  #close(): void {
    this.#closed = true;
    this.#cancelComingBack();
  }

  /** What is started in the same turn of the event loop goes out in one message. */
  #flushSoon(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    this.#parts.clock.soon(() => {
      this.#flushing = false;
      this.#flush();
    });
  }

  #flush(): void {
    const link = this.#link;
    if (link === undefined) this.#connect();
    while (link !== undefined && link.room > 0 && this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, link.room).filter(({ isSettled }) => !isSettled);
      if (batch.length > 0) this.#waiting.unshift(...batch.slice(link.send(batch)));
    }
  }

  /** Only when there is something to send. */
  #connect(): void {
    if (this.#comingBack || this.#closed || this.#link !== undefined) return;
    this.#waiting = this.#waiting.filter(({ isSettled }) => !isSettled);
    if (this.#waiting.length === 0) return;
    const { addresses, clock, open } = this.#parts;
    const address = addresses[this.#addressIndex % addresses.length] ?? '';
    this.#link = new StartLink(open, address, clock, this.#listener);
  }

  readonly #listener: LinkListener = {
    ready: (link) => {
      if (link === this.#link) this.#flush();
    },
    answered: (start, result) => {
      this.#failures = 0;
      this.#answered(start, result);
    },
    draining: (link) => {
      if (link !== this.#link) return;
      this.#leaving.add(link);
      link.finish();
      this.#comeBack(endedByServer());
    },
    ended: (link, unanswered, error = endedByServer()) => {
      if (link === this.#link) this.#comeBack(error);
      else this.#leaving.delete(link);
      this.#sendAgain(link, unanswered, error);
    },
  };

  #answered(start: Start, { result }: CreateProcessInstanceResult): void {
    if (result === undefined) start.fail(new BatonError({ code: 'INTERNAL', message: 'the answer has no result' }));
    else if (result.$case === 'processInstance') start.succeed(result.value);
    else this.#refused(start, fromStatus(result.value));
  }

  /** A server that is full or away may take it later; anything else is the answer. */
  #refused(start: Start, error: BatonError): void {
    const { clock, random } = this.#parts;
    const delay = retryDelay(error, start.attempts, random);
    if (delay === undefined) start.fail(error);
    else if (start.mayTryAgain(error)) {
      clock.after(delay, () => {
        this.#waiting.push(start);
        this.#flushSoon();
      });
    }
  }

  /** What has no answer goes first. On a stream that was never one, all that waits has had its try, too. */
  #sendAgain(link: StartLink, unanswered: readonly Start[], error: BatonError): void {
    const tried = link.welcomed ? unanswered : [...unanswered, ...this.#waiting.splice(0)];
    if (wouldComeAgain(error)) {
      for (const start of tried) this.#single(start);
      return;
    }
    this.#waiting = [...tried.filter((start) => start.mayTryAgain(error)), ...this.#waiting];
    this.#flushSoon();
  }

  /** The fault lies in one of them, or in all: as calls of their own, each gets the answer that it deserves. */
  #single(start: Start): void {
    if (start.isSettled) return;
    this.#parts.single(start.request, start.limits).then(
      (instance) => start.succeed(instance),
      (error: unknown) => start.fail(toBatonError(error)),
    );
  }

  #comeBack(error: BatonError): void {
    this.#link = undefined;
    if (this.#closed) return;
    this.#addressIndex += 1;
    this.#comingBack = true;
    const { clock, random } = this.#parts;
    const delay = retryDelay(error, this.#failures, random) ?? retryDelay(endedByServer(), this.#failures, random) ?? 0;
    this.#failures += 1;
    this.#cancelComingBack = clock.after(delay, () => {
      this.#comingBack = false;
      this.#connect();
    });
  }
}

/** The same messages would end the next stream, too. */
function wouldComeAgain({ code, retryAfterMs }: BatonError): boolean {
  return hopeless.has(code) || (code === 'RESOURCE_EXHAUSTED' && retryAfterMs === undefined);
}

const hopeless: ReadonlySet<string> = new Set([
  'INVALID_ARGUMENT',
  'PERMISSION_DENIED',
  'UNAUTHENTICATED',
  'UNIMPLEMENTED',
]);
