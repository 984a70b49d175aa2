/** Rows of messages: what was sent, who received it, what waits, and the keys that are held. */
import type { Partition, Ref } from './refs.js';

export interface MessageMatch {
  readonly type: 'MATCH_MESSAGE';
  readonly name: string;
  readonly correlationKey: string;
  readonly messageId: number | null;
}

export interface MessageSearch {
  readonly type: 'FIND_MESSAGES';
  /** All waiting messages of a name, or those with this key that start this process. */
  readonly of: { readonly name: string } | { readonly bpmnProcessId: string; readonly correlationKey: string };
  /** Correlation keys of the name up to this one are done, in the database's order; null: none is. */
  readonly after: string | null;
}

/** A message that was sent (I10). It has no partition; `endedAt` null: it waits for a receiver, until it expires. */
export interface Message {
  readonly id: number;
  readonly tenantId: string;
  readonly name: string;
  readonly correlationKey: string;
  /** Empty: it is compared with no other. */
  readonly uniqueKey: string;
  readonly onePerProcess: boolean;
  readonly uniqueStart: boolean;
  /** JSON list of {name, encoding, value, encrypted}; without data the name alone. */
  readonly variables: string | null;
  readonly traceParent: string | null;
  /** The element instance that threw it (I11). */
  readonly thrownBy: number | null;
  readonly createdAt: number;
  readonly createdBy: string;
  /** Its own time for a message that is tried once; null once it was delivered to its one receiver. */
  readonly expiresAt: number | null;
  readonly endedAt: number | null;
}

/** Who received a message. Key: (messageId, bpmnProcessId). */
export interface MessageDelivery {
  readonly messageId: number;
  readonly bpmnProcessId: string;
  readonly partition: Partition;
  readonly processInstanceId: number;
  readonly elementInstanceId: number;
  readonly started: boolean;
  readonly createdAt: number;
}

/** What waits for a message hangs on the element instance that `events.ts` says, and names the catching element. */
export interface MessageSubscription extends Ref {
  readonly rootId: number;
  readonly processInstanceId: number;
  readonly elementInstanceId: number;
  readonly elementId: number;
  readonly processId: number;
  readonly bpmnProcessId: string;
  readonly tenantId: string;
  readonly name: string;
  readonly correlationKey: string;
  /** From its element instance up to the process scope of the root: parents never change. */
  readonly path: readonly number[];
  /** Its instance is: it receives nothing until that is resumed. */
  readonly suspended: boolean;
  readonly createdAt: number;
  readonly createdBy: string;
}

/**
 * A key that one holder has at a time: MESSAGE is the unique key of a message (its name, its correlation key), held by the
 * message while it waits and by the instance that it started; START is a process (its name, a correlation key), held by
 * the instance; JOINT_START is the same, held by the latest instance that needs several events to start. Key: (kind,
 * tenantId, name, correlationKey, uniqueKey).
 */
export interface HeldKey {
  readonly kind: 'MESSAGE' | 'START' | 'JOINT_START';
  readonly tenantId: string;
  readonly name: string;
  readonly correlationKey: string;
  readonly uniqueKey: string;
  /** A message, or a root instance. */
  readonly holder: number;
  readonly messageId: number | null;
}
