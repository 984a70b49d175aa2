/** The open streams of this server: what a drain tells, and what a stop has to wait for. */
import type { Responses } from './call-shapes/responses.js';
import type { Clock } from './clock.js';
import type { Problem } from './errors.js';

/** Why a stream ended; null is OK. */
export type StreamEnd = Problem | null;

export interface OpenStream extends Responses {
  /** Resolves when all that came was done. */
  readonly settled: Promise<void>;
  /** Asks the client to go on elsewhere, and ends the stream when the time is over. */
  drain(reason: string, deadlineMs: number): void;
}

export class OpenStreams {
  readonly #clock: Clock;
  readonly #open = new Set<OpenStream>();
  #drain: { readonly reason: string; readonly until: number } | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(stream: OpenStream): OpenStream {
    this.#open.add(stream);
    void stream.settled.finally(() => this.#open.delete(stream));
    if (this.#drain !== null) stream.drain(this.#drain.reason, Math.max(0, this.#drain.until - this.#clock.now()));
    return stream;
  }

  /** Asks all clients to go on elsewhere; streams that come later are asked at once. */
  drain(reason: string, deadlineMs: number): void {
    this.#drain = { reason, until: this.#clock.now() + deadlineMs };
    for (const stream of this.#open) stream.drain(reason, deadlineMs);
  }

  /** All that came over the streams was done. */
  async settled(): Promise<void> {
    await Promise.all([...this.#open].map((stream) => stream.settled));
  }
}
