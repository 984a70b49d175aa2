/** Leasing: the one change of a job that does not take the root's lock (I3, I5). */
import type { Job, LockOwner, OpenJob, Ref, VariableData } from '../../core/state.js';
import type { RequestToKeep } from './requests.js';

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
  /** Of PASS_VARIABLES: the called instance that has ended. */
  readonly calledId: number | null;
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
