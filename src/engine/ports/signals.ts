/** Signals: who receives one is settled in a transaction of its own, that of no lane (design section 6). */
import type { Signal, Task } from '../../core/state.js';
import type { RequestToKeep } from './requests.js';

export interface SignalStore {
  /**
   * Writes the signal, and those who wait for it now: what is counted is who will be reached. The id that comes back is
   * another one where the request was sent before.
   */
  send(signal: NewSignal, taskIds: readonly number[], request: RequestToKeep | null): Promise<SentSignal>;
  /** The same for a signal that a process has thrown; the task goes. False: it has gone before. */
  settle(task: Task, taskIds: readonly number[]): Promise<boolean>;
}

export type NewSignal = Pick<Signal, 'id' | 'tenantId' | 'name' | 'variables' | 'traceParent' | 'createdBy'>;

export type SentSignal = { readonly id: number } | 'REQUEST_ID_REUSED';
