/** Sending signals: those who wait are settled first, by the store, and then reached by tasks, some at a time. */
import type { SendSignal } from '../core/command.js';
import { type Refusal, refuse, requestReused } from '../core/refusal.js';
import { SIGNAL_CHAINS } from '../core/signal-rows.js';
import type { Task } from '../core/state.js';
import { variablesText } from '../core/variables-text.js';
import type { Caller } from './face.js';
import { hashOf } from './hashes.js';
import { type Ids, SHARDS } from './ids.js';
import type { SignalStore } from './ports/signals.js';

export class Signals {
  private readonly store: SignalStore;
  private readonly ids: Ids;
  /** There are tasks to be claimed. */
  private readonly wake: () => void;
  private readonly running = new Set<Promise<void>>();
  private stopping = false;

  constructor(store: SignalStore, ids: Ids, wake: () => void) {
    this.store = store;
    this.ids = ids;
    this.wake = wake;
  }

  async send(
    { tenantId, name, variables, traceParent, by }: SendSignal,
    { principal, request }: Caller,
  ): Promise<{ readonly id: number } | Refusal> {
    if (this.stopping) return refuse('SHUTTING_DOWN', 'this server is shutting down');
    await this.ids.ensure();
    const id = this.ids.next(hashOf(`${tenantId}\n${name}`) % SHARDS);
    const signal = { id, tenantId, name, variables: variablesText(variables), traceParent, createdBy: by };
    const sent = await this.store.send(signal, this.taskIds(), request ? { ...request, principal, tenantId } : null);
    if (sent === 'REQUEST_ID_REUSED') return requestReused(request);
    this.wake();
    return sent;
  }

  /** Of a signal that a process has thrown. */
  settle(task: Task): Promise<void> {
    if (this.stopping) return Promise.resolve();
    const work = this.settleOne(task);
    this.running.add(work);
    const done = () => this.running.delete(work);
    work.then(done, done);
    return work;
  }

  /** What has begun is finished; what comes is left to others. */
  async stop(): Promise<void> {
    this.stopping = true;
    await Promise.allSettled(this.running);
  }

  private async settleOne(task: Task): Promise<void> {
    await this.ids.ensure();
    if (await this.store.settle(task, this.taskIds())) this.wake();
  }

  /** One for each chain, with a shard of its trees. */
  private taskIds(): readonly number[] {
    return Array.from({ length: SIGNAL_CHAINS }, (_, chain) => this.ids.next(chain));
  }
}
