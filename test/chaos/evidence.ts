/** What the rules of the checker look at. */
import type { Facts, InstanceFact, JobFact } from './facts.js';
import type { Entry, EntryOf } from './history.js';

/** Everything that the rules look at, sorted once. */
export interface Evidence {
  readonly history: readonly Entry[];
  readonly facts: Facts;
  readonly instances: ReadonlyMap<string, InstanceFact>;
  /** Those that were started by a call. */
  readonly byRequest: ReadonlyMap<string, readonly InstanceFact[]>;
  readonly jobs: ReadonlyMap<string, JobFact>;
  readonly accepted: readonly EntryOf<'accepted'>[];
}

export function groupedBy<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}
