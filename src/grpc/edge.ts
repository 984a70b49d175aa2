/** What all services share: the engine, the log, time, and what becomes of an exception. */
import { randomUUID } from 'node:crypto';
import type { Engine } from '../engine/face.js';
import { StoreError } from '../engine/ports/lane.js';
import type { Admission } from './admission.js';
import type { Clock } from './clock.js';
import { internalProblem, type Problem } from './errors.js';
import type { Log } from './log.js';

export interface Edge {
  readonly engine: Engine;
  readonly log: Log;
  readonly clock: Clock;
  readonly admission: Admission;
  /** The server stops: what only waits ends at once. */
  readonly stopping: AbortSignal;
  readonly startedAt: Date;
}

const UNAVAILABLE: Problem = {
  refused: 'DATABASE_UNAVAILABLE',
  message: 'the server can not reach its database; repeat the request with the same request id',
};

/** Characters of a request that the log gets. */
const LOGGED_CHARACTERS = 2_000;

/** I6: an exception is a bug. The operator gets it with what it was about, the caller an id to ask the operator with. */
export function bugIn(log: Log, error: unknown, what: object): Problem {
  if (error instanceof StoreError && error.kind !== 'failed') {
    log.debug({ reason: error.message, ...what }, 'the database did not answer');
    return UNAVAILABLE;
  }
  const errorId = randomUUID();
  log.error({ err: error, errorId, ...what }, 'a call failed');
  return internalProblem(errorId);
}

/** A request as the log gets it: cut, since it may hold a whole document. */
export function forLog(request: unknown): string {
  return (JSON.stringify(request) ?? '').slice(0, LOGGED_CHARACTERS);
}
