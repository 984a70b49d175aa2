/** What a decision may need besides what was loaded for it. */
import type { CalledProcess } from './facts.js';
import type { Owner } from './refs.js';
import type { ElementInstance } from './state.js';
import type { WorkingSet } from './working-set.js';

/** Thrown out of a decision that needs the whole tree, and caught by `decide.ts` alone. */
export class NeedsTree extends Error {}

/** The same for a decision that needs all that hangs on one element instance: its siblings may be ten thousand. */
export class NeedsOwner extends Error {
  readonly owner: Owner;

  constructor({ partition, id, rootId }: Owner) {
    super();
    this.owner = { partition, id, rootId };
  }
}

/** Before what hangs on it is closed or asked for: a path brings the element instance alone. */
export function needAllOf(set: WorkingSet, owner: ElementInstance): void {
  if (!set.holdsAllOf(owner)) throw new NeedsOwner(owner);
}

/** The same for a decision that calls processes which nobody has looked up yet. */
export class NeedsProcesses extends Error {
  readonly processes: readonly CalledProcess[];

  constructor(processes: readonly CalledProcess[]) {
    super();
    this.processes = processes;
  }
}
