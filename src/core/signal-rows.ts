/** Rows of signals: what was sent, what waits, and whom a signal that was sent has not reached yet. */
import type { Ref } from './refs.js';

/**
 * A signal that was sent. It has no partition. `subscriberCount` is settled when its receivers are: at once for one that
 * a call sends, by a task right after the commit for one that a process throws; null until then.
 */
export interface Signal {
  readonly id: number;
  readonly tenantId: string;
  readonly name: string;
  /** JSON list of {name, encoding, value, encrypted}; without data the name alone. */
  readonly variables: string | null;
  readonly traceParent: string | null;
  /** The element instance that threw it (I11). */
  readonly thrownBy: number | null;
  readonly createdAt: number;
  readonly createdBy: string;
  readonly subscriberCount: number | null;
}

/** What waits for a signal hangs on the element instance that `events.ts` says, and names the catching element. */
export interface SignalSubscription extends Ref {
  readonly rootId: number;
  readonly processInstanceId: number;
  readonly elementInstanceId: number;
  readonly elementId: number;
  readonly processId: number;
  readonly tenantId: string;
  readonly name: string;
  /** From its element instance up to the process scope of the root: parents never change. */
  readonly path: readonly number[];
  readonly createdAt: number;
  readonly createdBy: string;
}

/** A receiver that is still to be reached: a subscription, or the element of a start event as a negative number. */
export interface SignalTarget {
  readonly signalId: number;
  readonly id: number;
  /** Why it was passed by; null: it was not. */
  readonly failure: string | null;
}

/** Settles who receives a signal that the tree of this root has thrown. */
export interface SignalSending {
  readonly type: 'SEND_SIGNAL';
  readonly signalId: number;
  readonly rootId: number;
}

/** Reaches the next receivers of a signal, of one chain: those up to `after` are done. */
export interface SignalDelivery {
  readonly type: 'DELIVER_SIGNAL';
  readonly signalId: number;
  readonly chain: number;
  readonly after: number;
  /** Receivers that one transaction takes. It falls where one can not be reached, and rises again. */
  readonly most: number;
}

/** Receivers that one transaction takes at most: it bounds what others wait for. */
export const SIGNAL_CHUNK = 100;

/** Receivers are reached in as many chains, by the shard of their tree: a chain keeps to the lane of its trees. */
export const SIGNAL_CHAINS = 4;
