/** What the engine tells the operator. A pino logger fits. */
import { StoreError } from './ports/lane.js';

export interface Log {
  debug(facts: object, message: string): void;
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

/**
 * Tells what failed and is tried again. While the database is away everything fails, and `Availability` tells it once:
 * the rest is for those who look closer.
 */
export function logFailure(log: Log, error: unknown, message: string, facts: object = {}): void {
  if (isAway(error)) log.debug({ ...facts, reason: error.message }, message);
  else log.warn({ ...facts, err: error }, message);
}

/** Not by a statement's fault: the database can not be used now. */
export function isAway(error: unknown): error is StoreError {
  return error instanceof StoreError && error.kind !== 'failed' && error.kind !== 'retry';
}
