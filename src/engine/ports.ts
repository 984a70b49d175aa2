/**
 * What the engine needs of a store, in the engine's own words. `store` implements it; nobody else knows SQL.
 *
 * Each method of a lane connection is one wait for the database, however many statements it sends.
 */
import type {
  Arrival,
  Changes,
  ElementInstance,
  Incident,
  Job,
  LockOwner,
  OpenJob,
  Partition,
  ProcessInstance,
  Ref,
  Task,
  Variable,
  VariableData,
} from '../core/state.js';
import type { ElementType } from '../model/process.js';
import type { Reader } from './reader.js';

export interface Store {
  readonly kind: 'postgres' | 'pglite';
  /** Lanes that this database can serve at once: 1 on PGlite. */
  readonly maxLanes: number;
  /** A connection of its own, with the timeouts of design section 5. */
  openLane(): Promise<LaneConnection>;
  /** Reserves a block of id counters, durably: `first` to `first + size - 1`. */
  reserveIds(): Promise<{ readonly first: number; readonly size: number }>;
  /**
   * Settles a COMMIT in doubt: inserts the mark on another connection; true when it was there, so it committed. It may be
   * asked again: the answer stays the same.
   */
  wasCommitted(mark: string): Promise<boolean>;
  /**
   * Makes the day partitions from today to `daysAhead` days ahead, of engine time, and forgets what has expired (request
   * rows after a day). Idempotent, safe on many servers.
   */
  preparePartitions(daysAhead: number): Promise<void>;
  readonly processes: ProcessStore;
  readonly leases: LeaseStore;
  readonly tasks: TaskStore;
  readonly servers: ServerStore;
  readonly notices: Notices;
  readonly reader: Reader;
  close(): Promise<void>;
}

// --- A lane: one connection, one open commit group (I3, I4) ----------------------------------------------------------

export interface LaneConnection {
  /** False once the connection is lost; the lane then opens another. */
  readonly usable: boolean;
  /** One wait more when a request came before. BEGIN, request rows, ids to roots and paths, names to processes, the time, the locks of remembered roots. */
  begin(locate: Locate): Promise<Located>;
  /** Locks the roots in (id, partition) order, then loads: later statements see what the lock protects. */
  lockAndLoad(roots: readonly Ref[], how: 'skip' | 'wait', load: Load): Promise<Loaded>;
  /** The round of needs: more rows of roots that are locked already. */
  loadMore(load: Load): Promise<Loaded>;
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

/** Request rows: written first, so that a repetition meets the first one's row. */
export interface RequestKey {
  readonly tenantId: string;
  readonly principal: string;
  readonly rpc: string;
  readonly requestId: string;
}

/** A request that can be repeated. */
export interface RequestToKeep extends RequestKey {
  /** Over the canonical form of the request. */
  readonly hash: string;
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
  readonly names: readonly ProcessName[];
  readonly processIds: readonly number[];
  /** Roots of trees that the lane remembers: locked in the same wait, if nobody else has them. */
  readonly remembered: readonly Ref[];
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
  readonly tasks: ReadonlyMap<number, Place & { readonly jobId: number | null }>;
  /** Parallel to `Locate.names` and `Locate.processIds`. */
  readonly names: readonly (ProcessHead | null)[];
  readonly processIds: readonly (ProcessHead | null)[];
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
}

export interface Load {
  /** Element instances with their waiting arrivals and their variables; and the process instances around them. */
  readonly path: readonly Ref[];
  /** Jobs with their open rows. */
  readonly jobs: readonly Ref[];
  readonly incidents: readonly Ref[];
  /** Locked `for update skip locked`. */
  readonly tasks: readonly Ref[];
  /** Roots whose whole living tree is needed: living element instances, waiting arrivals, open jobs, incidents, tasks. */
  readonly trees: readonly Ref[];
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

// --- Processes -------------------------------------------------------------------------------------------------------

export interface ProcessSource {
  readonly id: number;
  readonly tenantId: string;
  readonly bpmnProcessId: string;
  readonly version: string;
  readonly firstElementId: number;
  readonly bpmnXml: string;
}

export interface ProcessStore {
  /** Deploys all processes of one file in one transaction, or refuses (VERSION_CONFLICT, REQUEST_ID_REUSED). */
  create(input: NewProcesses): Promise<readonly CreatedProcess[] | DeployConflict>;
  source(id: number): Promise<ProcessSource | null>;
}

export interface NewProcesses {
  readonly tenantId: string;
  readonly bpmnXml: string;
  /** Null: 1 + the greatest all-digit version, or the latest when its XML is equal byte for byte. */
  readonly version: string | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly by: string;
  readonly request: RequestToKeep | null;
  /** Decides everything and writes nothing. */
  readonly dryRun: boolean;
  readonly processes: readonly NewProcess[];
}

export interface NewProcess {
  readonly bpmnProcessId: string;
  readonly name: string | null;
  /** In the order of the graph; index 0 is the process itself. */
  readonly elements: readonly {
    readonly bpmnElementId: string;
    readonly type: ElementType;
    readonly name: string | null;
  }[];
}

export interface CreatedProcess {
  /** 0 in the answer of a dry run, when there is no such process yet. */
  readonly id: number;
  readonly created: boolean;
  readonly bpmnProcessId: string;
  readonly version: string;
}

export interface DeployConflict {
  readonly conflict: 'VERSION_CONFLICT' | 'REQUEST_ID_REUSED';
  readonly bpmnProcessId: string;
  readonly version: string;
  /** What differs: the XML, the tags ... */
  readonly differs: string;
}

// --- Leasing: the one change of a job that does not take the root's lock (I3, I5) -------------------------------------

export interface JobHandle extends Ref {
  readonly lockToken: string;
}

export interface LeaseStore {
  /** Locks ready jobs, highest priority and oldest first, skipping rows that others hold, in one short transaction. */
  lease(request: LeaseRequest): Promise<readonly LeasedJob[]>;
  /**
   * The same once for each request: its repetition gets the jobs of the first that are still held with those locks. A
   * request that gets no job leaves nothing, so it may come again.
   */
  leaseOnce(request: LeaseRequest, key: RequestToKeep): Promise<LeasedOnce | 'REQUEST_ID_REUSED'>;
  /** Gives held jobs another end time, from now; answers those that are still held with that token. */
  extend(handles: readonly JobHandle[], durationMs: number): Promise<readonly Ref[]>;
  /** Gives held jobs back at once; answers those that were held with that token, with their topics. */
  release(handles: readonly JobHandle[]): Promise<readonly ReleasedJob[]>;
  /** UnlockJobs of the first seed: all jobs of a worker id, or one of them. Not those of living streams of others. */
  releaseWorker(workerId: string, job: Partial<Ref>): Promise<readonly ReleasedJob[]>;
  /** A stream broke: all that this generation of the session holds gets an end time, from now. */
  endSession(owner: LockOwner, durationMs: number): Promise<number>;
  /**
   * A worker came back: held jobs of its list whose token still fits pass to the new owner; other jobs of the session's
   * earlier generations go back at once.
   */
  resumeSession(owner: LockOwner, held: readonly JobHandle[]): Promise<Resumed>;
  /** Jobs of generations of the session before this one go back at once. */
  releaseEarlier(sessionId: string, generation: number): Promise<readonly ReleasedJob[]>;
  /** Frees the locks whose end time has passed. */
  collectEnded(): Promise<readonly ReleasedJob[]>;
  /** Which (tenant, topic) pairs of these have ready jobs. */
  readyTopics(topics: readonly TopicKey[]): Promise<readonly TopicKey[]>;
}

export interface TopicKey {
  readonly tenantId: string;
  readonly topic: string;
}

export interface LeaseRequest {
  readonly tenantIds: readonly string[];
  readonly topics: readonly TopicWish[];
  readonly limit: number;
  readonly lockedBy: string;
  readonly lock: { readonly owner: LockOwner } | { readonly durationMs: number };
  readonly filter: LeaseFilter | null;
}

/** `repeated`: they were leased by an earlier request with the same id. */
export type LeasedOnce = { readonly jobs: readonly LeasedJob[]; readonly repeated: boolean };

/** `topics` empty means any topic (LockJobs by process or instance). */
export interface LeaseFilter {
  readonly job: Ref | null;
  readonly processIds: readonly number[];
  readonly processInstance: Ref | null;
}

export interface TopicWish {
  readonly topic: string;
  /** Names of the variables to send; null is all that the element sees. */
  readonly variables: readonly string[] | null;
}

export interface LeasedJob {
  readonly openJob: OpenJob;
  /** Null for an open job without its history: nobody can be given it. */
  readonly job: Job | null;
  readonly correlationKey: string | null;
  readonly traceParent: string | null;
  /** What the element sees: of equal names the innermost. */
  readonly variables: readonly { readonly name: string; readonly data: VariableData }[];
}

export interface ReleasedJob extends Ref {
  readonly tenantId: string;
  readonly topic: string;
}

export interface Resumed {
  readonly kept: readonly Ref[];
  readonly released: readonly ReleasedJob[];
}

// --- Tasks -----------------------------------------------------------------------------------------------------------

export interface TaskStore {
  /** Claims due tasks for a while, so that other servers leave them alone; their execution is guarded by their row. */
  claimDue(serverId: string, serverEpoch: number, limit: number, claimMs: number): Promise<readonly Task[]>;
  /** Milliseconds until the next unclaimed task is due; 0 or less is now; null: none. */
  nextDueIn(): Promise<number | null>;
}

// --- Servers ---------------------------------------------------------------------------------------------------------

export interface ServerStore {
  /** Writes a new server row; the answer is its epoch. */
  register(serverId: string): Promise<number>;
  /** Raises the beat counter, and reads in the same statement what a server must know even when nobody tells it. */
  beat(serverId: string, serverEpoch: number): Promise<Beat>;
  /** Death is a write: epoch + 1 under the row's lock; then its jobs and tasks are free. False: it was not that epoch. */
  declareDead(serverId: string, serverEpoch: number): Promise<boolean>;
  /** A leaving server: its owned locks get an end time, its row goes. */
  leave(serverId: string, serverEpoch: number, resumeWindowMs: number): Promise<void>;
}

export interface Beat {
  /** False: another epoch is stored, so this server was declared dead and must drop what it holds. */
  readonly alive: boolean;
  readonly others: readonly { readonly id: string; readonly epoch: number; readonly beat: number }[];
  readonly nextTaskInMs: number | null;
  /** There are locks whose end time has passed. */
  readonly endedLocks: boolean;
}

// --- Notices: hints between servers; nothing depends on their arrival (I13) ------------------------------------------

export interface Notices {
  /** Calls back for each notice of another server, from now on. */
  listen(onNotice: (notice: Notice) => void): Promise<void>;
  /** Sends outside any lane's transaction. */
  send(notice: Notice): Promise<void>;
}

export type Notice =
  /** A server begins: others need not wait for their next beat to know that somebody listens. */
  | { readonly type: 'joined'; readonly from: string }
  | { readonly type: 'jobs'; readonly from: string; readonly topics: readonly TopicKey[] }
  | { readonly type: 'ended'; readonly from: string; readonly roots: readonly Ref[] }
  /** A worker came back elsewhere: its older streams are over. */
  | { readonly type: 'resumed'; readonly from: string; readonly sessionId: string; readonly generation: number }
  | {
      readonly type: 'canceled';
      readonly from: string;
      readonly jobs: readonly (Ref & { readonly sessionId: string })[];
    };
