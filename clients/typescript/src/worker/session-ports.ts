// Owns what a session is told, needs and asks for: everything around the protocol, so that it can be run without sockets.
import type { Clock } from '../clock.js';
import type { Emitter } from '../emitter.js';
import type { JobCancelReason, TopicSubscription } from '../gen/baton/v1/jobs.js';
import type { WorkerEvents } from './events.js';
import type { HeldJob } from './ledger.js';
import type { OpenStream } from './transport.js';

export interface SessionSettings {
  readonly workerId: string;
  readonly addresses: readonly string[];
  readonly topics: readonly TopicSubscription[];
  readonly tenantIds: readonly string[];
  readonly concurrency: number;
  readonly maxMessageBytes: number;
  /** Name and version of the library, for the server's log. */
  readonly client: string;
}

/** What the session needs from outside. */
export interface SessionEnvironment {
  readonly open: OpenStream;
  readonly clock: Clock;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly newSessionId: () => string;
}

/** Why the outcome of a running handler no longer counts. */
export type AbortReason = JobCancelReason | 'WORKER_STOPPED' | 'SESSION_REPLACED';

/** What the session asks of the worker. */
export interface SessionHost {
  readonly events: Emitter<WorkerEvents>;
  /** Starts the handler; its outcome comes by `finish`, later or at once. Must not throw. */
  run(held: HeldJob): void;
  /** Tells the handler that its outcome no longer counts. */
  abort(held: HeldJob, reason: AbortReason): void;
}
