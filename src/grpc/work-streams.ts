/** The worker streams of this server: what `Work` is bound to, and what a stop has to wait for. */
import type { WorkRequest } from '../gen/baton/v1/jobs.js';
import { type CallContext, callerOf } from './call-context.js';
import type { Responses } from './call-shapes/bidi-stream.js';
import type { Received } from './door.js';
import { bugIn, type Edge } from './edge.js';
import { startWork, type WorkStream } from './work-protocol.js';

export class WorkStreams {
  readonly #edge: Edge;
  readonly #open = new Set<WorkStream>();
  #drain: { readonly reason: string; readonly until: number } | null = null;

  constructor(edge: Edge) {
    this.#edge = edge;
  }

  readonly work = (requests: AsyncIterator<Received<WorkRequest>>, call: CallContext): Responses => {
    const { engine, clock, log } = this.#edge;
    const stream = startWork(requests, {
      engine,
      clock,
      log,
      gone: call.signal,
      // Outcomes are applied whatever becomes of the stream that brought them.
      callerFor: (tenantIds) => ({ principal: call.principal, tenantIds: callerOf(call, ...tenantIds).tenantIds }),
      bug: (error, what) => bugIn(log, error, what),
    });
    this.#open.add(stream);
    void stream.settled.finally(() => this.#open.delete(stream));
    if (this.#drain !== null) stream.drain(this.#drain.reason, Math.max(0, this.#drain.until - clock.now()));
    return stream;
  };

  get count(): number {
    return this.#open.size;
  }

  /** Asks all workers to go on elsewhere; streams that come later are asked at once. */
  drain(reason: string, deadlineMs: number): void {
    this.#drain = { reason, until: this.#edge.clock.now() + deadlineMs };
    for (const stream of this.#open) stream.drain(reason, deadlineMs);
  }

  /** All outcomes that came were applied and all jobs were let go. */
  async settled(): Promise<void> {
    await Promise.all([...this.#open].map((stream) => stream.settled));
  }
}
