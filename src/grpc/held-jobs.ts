/** The jobs that a worker stream holds, with their tokens, and how long each may be held. */
import type { Ref } from '../core/state.js';
import type { JobHandle } from '../engine/ports/leases.js';

interface Held {
  readonly handle: JobHandle;
  readonly until: number;
}

export class HeldJobs {
  readonly #held = new Map<number, Held>();

  get size(): number {
    return this.#held.size;
  }

  add(handle: JobHandle, until: number): void {
    this.#held.set(handle.id, { handle, until });
  }

  /** The handle, when the job is held with this token. */
  find(id: number, lockToken: string): JobHandle | null {
    const handle = this.#held.get(id)?.handle;
    return handle?.lockToken === lockToken ? handle : null;
  }

  /** Takes the job out, whatever its token. */
  remove(job: Ref): JobHandle | null {
    const held = this.#held.get(job.id);
    this.#held.delete(job.id);
    return held?.handle ?? null;
  }

  /** Takes the job out, when it is held with this token. */
  release(id: number, lockToken: string): void {
    if (this.find(id, lockToken) !== null) this.#held.delete(id);
  }

  /** Takes out what was held for too long. */
  takeOverdue(now: number): JobHandle[] {
    const overdue: JobHandle[] = [];
    for (const { handle, until } of this.#held.values()) if (until <= now) overdue.push(handle);
    for (const { id } of overdue) this.#held.delete(id);
    return overdue;
  }
}
