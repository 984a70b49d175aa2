/**
 * What trees of a process have called before, so that it is looked up in the first wait of a group that may call it
 * again. I14: it is a guess at what will be asked, never an answer: which version a name stands for is read each time.
 */
import type { CalledProcess } from '../core/facts.js';
import { CALLERS_REMEMBERED, CALLS_REMEMBERED } from './limits.js';

export class KnownCalls {
  /** By what is started, or by the process of the tree's root; in the order of learning, the oldest first. */
  private readonly callers = new Map<string | number, ReadonlyMap<string, CalledProcess>>();

  of(caller: string | number): readonly CalledProcess[] {
    const known = this.callers.get(caller);
    return known === undefined ? NONE : [...known.values()];
  }

  learn(caller: string | number, names: readonly CalledProcess[]): void {
    const known = new Map(this.callers.get(caller));
    for (const name of names) if (known.size < CALLS_REMEMBERED) known.set(keyOfCall(name), name);
    this.callers.delete(caller);
    this.callers.set(caller, known);
    const [oldest] = this.callers.size > CALLERS_REMEMBERED ? this.callers.keys() : [];
    if (oldest !== undefined) this.callers.delete(oldest);
  }
}

const NONE: readonly CalledProcess[] = [];

export function keyOfCall({ tenantId, bpmnProcessId, version, versionTag, deployedWith }: CalledProcess): string {
  return JSON.stringify([tenantId, bpmnProcessId, version, versionTag, deployedWith]);
}
