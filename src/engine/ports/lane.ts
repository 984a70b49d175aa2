/**
 * A lane: one connection, one open commit group (I3, I4). Each method of a lane connection is one wait for the database,
 * however many statements it sends.
 */

import type {
  Audience,
  AudienceTarget,
  CalledProcess,
  FoundMatches,
  KeyHolder,
  MessageStart,
} from '../../core/facts.js';
import type {
  Arrival,
  Changes,
  ElementInstance,
  Incident,
  Job,
  Message,
  MessageDelivery,
  MessageSearch,
  MessageSubscription,
  OpenJob,
  Owner,
  Partition,
  ProcessInstance,
  Ref,
  SignalDelivery,
  SignalSubscription,
  Task,
  UserTask,
  Variable,
} from '../../core/state.js';
import type { ProcessSource } from './processes.js';
import type { RequestKey, RequestToKeep } from './requests.js';

export interface LaneConnection {
  /** False once the connection is lost; the lane then opens another. */
  readonly usable: boolean;
  /** One wait more when a request came before. BEGIN, request rows, ids to roots and paths, names to processes, the time, the locks of remembered roots. */
  begin(locate: Locate): Promise<Located>;
  /** Locks the roots in (id, partition) order, then loads: later statements see what the lock protects. */
  lockAndLoad(roots: readonly Ref[], how: 'skip' | 'wait', load: Load): Promise<Loaded>;
  /** The round of needs: more rows of roots that are locked already. */
  loadMore(load: Load): Promise<Loaded>;
  /** The round of needs: what calls name, parallel to `names`. */
  findProcesses(names: readonly CalledProcess[]): Promise<readonly (ProcessHead | null)[]>;
  loadProcesses(ids: readonly number[]): Promise<readonly ProcessSource[]>;
  /**
   * Flush and COMMIT. Resolves only when the answer to COMMIT says COMMIT. Throws StoreError: `retry`, `lost`, `failed`
   * (nothing was committed) or `in doubt`.
   */
  commit(flush: Flush): Promise<void>;
  /** Ends the transaction, if one is open; a connection that can not do that is closed and no longer usable. */
  rollback(): Promise<void>;
  close(): Promise<void>;
}

export interface RequestRow extends RequestToKeep {
  /** What the answer is built from: the id of the row that the command makes or addresses. */
  readonly reference: number;
  /** Absent for a new instance: it is the day of the transaction's engine time. */
  readonly partition: Partition | null;
}

export interface Locate {
  readonly requests: readonly RequestRow[];
  readonly processInstances: readonly Ref[];
  readonly elementInstances: readonly Ref[];
  readonly jobs: readonly Ref[];
  readonly incidents: readonly Ref[];
  readonly tasks: readonly Ref[];
  readonly userTasks: readonly Ref[];
  readonly names: readonly ProcessName[];
  readonly processIds: readonly number[];
  /** What calls are known to name. */
  readonly called: readonly CalledProcess[];
  readonly matches?: readonly WantedMatch[];
  readonly searches?: readonly WantedSearch[];
  readonly messageKeys?: readonly MessageKey[];
  readonly audiences?: readonly WantedAudience[];
  /** Roots of trees that the lane remembers: locked in the same wait, if nobody else has them. */
  readonly remembered: readonly Ref[];
}

/** What a match task says. */
export interface WantedMatch {
  readonly tenantId: string;
  readonly name: string;
  readonly correlationKey: string;
  readonly messageId: number | null;
}

export interface WantedSearch extends Pick<MessageSearch, 'of' | 'after'> {
  readonly tenantId: string;
}

/** What a delivery task of a signal says. */
export type WantedAudience = Pick<SignalDelivery, 'signalId' | 'chain' | 'after' | 'most'>;

/** A unique key of a message. */
export interface MessageKey {
  readonly tenantId: string;
  readonly name: string;
  readonly correlationKey: string;
  readonly uniqueKey: string;
}

/** Read before the locks: what it names is locked, and read again. */
export interface FoundMatch {
  readonly messages: readonly number[];
  readonly subscriptions: readonly FoundSubscription[];
  readonly starts: readonly MessageStart[];
  readonly more: boolean;
}

/** The next receivers of a signal; a subscription that has gone meanwhile is null, as that of a start event. */
export interface FoundAudience extends Omit<Audience, 'targets'> {
  readonly targets: readonly (AudienceTarget & { readonly subscription: FoundSubscription | null })[];
}

export interface FoundSubscription extends Place {
  readonly subscription: Ref;
}

/** `version` null: the latest, which is the greatest process id of the name. */
export interface ProcessName {
  readonly tenantId: string;
  readonly bpmnProcessId: string;
  readonly version: string | null;
}

export interface Located {
  /** Engine time: the transaction's time plus the stored offset (design section 8). */
  readonly now: number;
  /** The transaction's time without the offset: for locks. */
  readonly realNow: number;
  /** The UTC day of `now`: where new roots go. */
  readonly partition: Partition;
  /** Parallel to `Locate.requests`: null when the row was inserted now, else what is stored. */
  readonly requests: readonly (StoredRequest | null)[];
  /** By id; absent when there is no such row. Parents never change, so paths may be read before the lock. */
  readonly processInstances: ReadonlyMap<number, Place>;
  readonly elementInstances: ReadonlyMap<number, Place>;
  readonly jobs: ReadonlyMap<number, Place>;
  readonly incidents: ReadonlyMap<number, Place & { readonly jobId: number | null }>;
  readonly userTasks: ReadonlyMap<number, Place>;
  readonly tasks: ReadonlyMap<number, Place & { readonly jobId: number | null }>;
  /** Parallel to `Locate.names` and `Locate.processIds`. */
  readonly names: readonly (ProcessHead | null)[];
  readonly processIds: readonly (ProcessHead | null)[];
  /** Parallel to `Locate.called`. */
  readonly called: readonly (ProcessHead | null)[];
  /** Parallel to `Locate.matches`, `searches`, `messageKeys` and `audiences`. */
  readonly matches?: readonly FoundMatch[];
  readonly searches?: readonly FoundMatches[];
  readonly messageKeys?: readonly (KeyHolder | null)[];
  readonly audiences?: readonly FoundAudience[];
  /** The remembered roots that are locked now, by id, with their change numbers. */
  readonly changeNumbers: ReadonlyMap<number, number>;
}

export interface StoredRequest {
  readonly hash: string;
  readonly reference: Ref;
}

/** Where a row belongs: its root, and the element instances from its own up to the process scope of the root. */
export interface Place {
  readonly root: Ref;
  readonly path: readonly number[];
}

/** What may change about a process and is therefore read in each group. */
export interface ProcessHead {
  readonly id: number;
  readonly tenantId: string;
  /** New instances may start. */
  readonly enabled: boolean;
}

export interface Load {
  /** Element instances with their waiting arrivals and their variables; and the process instances around them. */
  readonly path: readonly Ref[];
  /** Jobs with their open rows. */
  readonly jobs: readonly Ref[];
  readonly incidents: readonly Ref[];
  /** Locked `for update skip locked`. */
  readonly tasks: readonly Ref[];
  /** Locked after the roots, in the order of ids; with their deliveries. */
  readonly messages?: readonly number[];
  readonly messageSubscriptions?: readonly Ref[];
  readonly signalSubscriptions?: readonly Ref[];
  readonly userTasks: readonly Ref[];
  /** Roots whose whole living tree is needed: living element instances, waiting arrivals, what is open. */
  readonly trees: readonly Ref[];
  /** Element instances of which all that hangs on them is needed. */
  readonly owners?: readonly Owner[];
}

export interface Loaded {
  /** Only the roots that were locked, and process instances inside their trees. */
  readonly processInstances: readonly ProcessInstance[];
  readonly elementInstances: readonly ElementInstance[];
  /** Waiting only: not consumed, not withdrawn. */
  readonly arrivals: readonly Arrival[];
  readonly variables: readonly Variable[];
  readonly jobs: readonly Job[];
  readonly openJobs: readonly OpenJob[];
  readonly incidents: readonly Incident[];
  readonly tasks: readonly Task[];
  readonly userTasks: readonly UserTask[];
  readonly messages?: readonly Message[];
  readonly messageDeliveries?: readonly MessageDelivery[];
  readonly messageSubscriptions?: readonly MessageSubscription[];
  readonly signalSubscriptions?: readonly SignalSubscription[];
}

export interface Flush {
  readonly changes: Changes;
  /** Unique for the group; settles a COMMIT in doubt. */
  readonly mark: string;
  /** The lane's previous mark, deleted now. */
  readonly oldMark: string | null;
  /** Requests that were refused: their rows go. */
  readonly refusedRequests: readonly RequestKey[];
}

export class StoreError extends Error {
  readonly kind: StoreErrorKind;

  constructor(kind: StoreErrorKind, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'StoreError';
    this.kind = kind;
  }
}

/**
 * retry: serialization, deadlock, lock timeout, a lock that changed meanwhile; the same group again.
 * lost: the connection went before COMMIT was sent; the same group again on another one.
 * in doubt: the connection went while COMMIT was in flight; from a group: nobody could say any more what became of it.
 * failed: the database refuses these statements; the commands one by one.
 * unavailable: no connection can be had.
 */
export type StoreErrorKind = 'retry' | 'lost' | 'in doubt' | 'failed' | 'unavailable';
