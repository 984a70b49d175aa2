// Owns one stream of starts: its credit, what waits for an answer on it, and its signs of life.
import type { Clock } from '../clock.js';
import type { Duplex, OpenDuplex } from '../duplex.js';
import type { BatonError } from '../errors.js';
import type {
  CreateProcessInstanceResult,
  StreamCreateProcessInstancesResponse,
} from '../gen/baton/v1/process_instances.js';
import { silence } from '../worker/endings.js';
import { Pulse } from '../worker/pulse.js';
import type { Start } from './start.js';

export type OpenStarts = OpenDuplex<Uint8Array, StreamCreateProcessInstancesResponse>;

export interface LinkListener {
  /** There is room for more. */
  ready(link: StartLink): void;
  answered(start: Start, result: CreateProcessInstanceResult): void;
  /** The server is about to stop: go on elsewhere. */
  draining(link: StartLink): void;
  /** Once, and last, with what has no answer. Without an error it ended well. */
  ended(link: StartLink, unanswered: readonly Start[], error: BatonError | undefined): void;
}

/** The contract's. */
const pulse = { heartbeatMs: 5_000, silenceMs: 15_000 };
const startsPerMessage = 1_000;

/** Far below what servers take; one start may have more. */
const messageBytes = 1024 * 1024;

export class StartLink {
  readonly #stream: Duplex<Uint8Array>;
  readonly #listener: LinkListener;
  readonly #pulse: Pulse;
  readonly #open = new Map<string, Start>();
  #credit = 0;
  #full = false;
  #finished = false;
  #over = false;
  /** The server has granted credit: it is one that takes starts. */
  welcomed = false;

  constructor(open: OpenStarts, address: string, clock: Clock, listener: LinkListener) {
    this.#listener = listener;
    this.#pulse = new Pulse(clock, {
      beat: () => this.#send([]),
      silent: (forMs) => this.drop(silence(forMs)),
    });
    this.#stream = open(address, {
      message: (message) => this.#receive(message),
      writable: () => {
        this.#full = false;
        this.#listener.ready(this);
      },
      ended: (error) => this.#end(error),
    });
    this.#pulse.start(pulse);
  }

  /** How many starts may be sent now. */
  get room(): number {
    return this.#full || this.#finished ? 0 : Math.min(this.#credit, startsPerMessage);
  }

  /** Sends as many of these as fit into one message; answers how many. */
  send(starts: readonly Start[]): number {
    const parts: Uint8Array[] = [];
    let bytes = 0;
    for (const start of starts) {
      if (parts.length > 0 && bytes + start.part.length > messageBytes) break;
      bytes += start.part.length;
      parts.push(start.part);
      this.#open.set(start.id, start);
      start.sent();
    }
    this.#credit -= parts.length;
    this.#send(parts);
    return parts.length;
  }

  /** Nothing more will be sent; the server answers what is open, and ends the stream. */
  finish(): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#stream.finish();
  }

  /** Leaves the stream at once. */
  drop(error: BatonError | undefined): void {
    this.#stream.close();
    this.#end(error);
  }

  #send(parts: readonly Uint8Array[]): void {
    if (this.#finished) return;
    this.#full = !this.#stream.send(Buffer.concat(parts));
    this.#pulse.sent();
  }

  #receive({ credit, results, drainTimeLeft }: StreamCreateProcessInstancesResponse): void {
    this.#pulse.received();
    this.#credit += credit;
    this.welcomed ||= credit > 0;
    for (const { requestId, result } of results) {
      const start = this.#open.get(requestId);
      if (start === undefined || result === undefined) continue;
      this.#open.delete(requestId);
      this.#listener.answered(start, result);
    }
    if (drainTimeLeft !== undefined) this.#listener.draining(this);
    else if (credit > 0) this.#listener.ready(this);
  }

  #end(error: BatonError | undefined): void {
    if (this.#over) return;
    this.#over = true;
    this.#finished = true;
    this.#pulse.stop();
    this.#listener.ended(this, [...this.#open.values()], error);
  }
}
