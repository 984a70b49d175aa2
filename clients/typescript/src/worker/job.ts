// Owns the job as a handler sees it.
import type { Job as WireJob } from '../gen/baton/v1/jobs.js';
import { type ReadVariables, readVariables, type Variables } from '../variables.js';

/**
 * A unit of work. `attemptKey` is the same for all retries, another one after a rerun; `effectKey` is the same for
 * reruns too: choose the one that guards your call to the outside. `retryCount` tries failed before this one.
 */
export type Job<V = Variables> = Readonly<Omit<WireJob, 'variables'>> & ReadVariables<V>;

export function readJob<V = Variables>(wire: WireJob): Job<V> {
  return { ...wire, ...readVariables<V>(wire.variables) };
}
