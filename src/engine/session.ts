/** One worker stream as the dispatcher sees it: its topics, its credit, the jobs that it holds. */
import type { JobLock, LockOwner, Ref } from '../core/state.js';
import type { JobDelivery, WorkerHello, WorkerSink } from './face.js';
import { FIRST_LEASE_JOBS, LEASE_JOBS } from './limits.js';
import type { JobHandle, TopicWish } from './ports/leases.js';

export class Session {
  readonly owner: LockOwner;
  readonly workerId: string;
  readonly tenantIds: readonly string[];
  readonly topics: ReadonlyMap<string, TopicWish>;
  readonly sink: WorkerSink;
  /** Jobs that were delivered, or taken along from an earlier generation, and have no outcome yet. */
  readonly held = new Map<number, JobHandle>();
  open = true;
  private jobs = 0;
  private bytes = 0;
  private typicalBytes: number | null = null;

  constructor(hello: WorkerHello, owner: LockOwner, sink: WorkerSink) {
    this.owner = owner;
    this.workerId = hello.workerId;
    this.tenantIds = hello.tenantIds;
    this.topics = new Map(hello.topics.map((wish) => [wish.topic, wish]));
    this.sink = sink;
  }

  /** How many jobs may be sent now. The byte budget may be overdrawn by the jobs on their way: those of one lease. */
  get credit(): number {
    return this.open && this.bytes > 0 ? this.jobs : 0;
  }

  /** How many older jobs to lease at once: as many as fit into the byte budget, going by those that came of late. */
  get leasable(): number {
    const fitting = this.typicalBytes === null ? FIRST_LEASE_JOBS : Math.floor(this.bytes / this.typicalBytes);
    return Math.min(this.credit, LEASE_JOBS, Math.max(1, fitting));
  }

  grant(jobs: number, bytes: number): void {
    this.jobs += jobs;
    this.bytes += bytes;
  }

  weighed(bytes: number): void {
    this.bytes -= bytes;
    // Rather too heavy than too light: a heavy job is forgotten slowly.
    this.typicalBytes = Math.max(bytes, (this.typicalBytes ?? 0) * 0.98);
  }

  /** Reserves room for one job; `giveCredit` takes it back when the job does not come. */
  takeCredit(): void {
    this.jobs -= 1;
  }

  giveCredit(): void {
    this.jobs += 1;
  }

  deliver(delivery: JobDelivery): void {
    const { partition, id } = delivery.job;
    this.held.set(id, { partition, id, lockToken: delivery.lock.token });
    this.sink.deliver(delivery);
  }

  keep(kept: readonly Ref[], hello: WorkerHello): void {
    const ids = new Set(kept.map(({ id }) => id));
    for (const handle of hello.held) if (ids.has(handle.id)) this.held.set(handle.id, handle);
  }

  lockWith(token: string, now: number): JobLock {
    return { token, lockedBy: this.workerId, lockedAt: now, owner: this.owner, until: null };
  }
}
