/** What a decision may need besides what was loaded for it. */
import type { CalledProcess } from './facts.js';

/** Thrown out of a decision that needs the whole tree, and caught by `decide.ts` alone. */
export class NeedsTree extends Error {}

/** The same for a decision that calls processes which nobody has looked up yet. */
export class NeedsProcesses extends Error {
  readonly processes: readonly CalledProcess[];

  constructor(processes: readonly CalledProcess[]) {
    super();
    this.processes = processes;
  }
}
