/** The engine as the gRPC ring sees it: what can be asked, and what it promises. */
import type { Command, MatchedMessage, Replies, SendMessage, SendSignal } from '../core/command.js';
import type { Refusal } from '../core/refusal.js';
import type { Job, JobLock, Ref, VariableData } from '../core/state.js';
import type { GivenDefinitions } from '../model/given-definitions.js';
import type { ModelProblem } from '../model/problems.js';
import type { ClockReading, MovedTime } from './ports/clock.js';
import type { JobHandle, LeaseFilter, TopicWish } from './ports/leases.js';
import type { CreatedProcess, ProcessUpdate } from './ports/processes.js';
import type { RequestToKeep } from './ports/requests.js';
import type { Reader, UserTaskView } from './reader.js';

export interface Engine {
  readonly info: EngineInfo;
  /** Never stale: reads see every commit that was acknowledged on any server (I7). */
  readonly reader: Reader;
  readonly clock: Clock;
  /** Tells at once whether the database can be used, and then each time that it changes. */
  watchAvailability(watcher: (available: boolean) => void): void;
  /** Resolves after the commit (I1), or with a refusal, which changed nothing (I6). */
  submit<C extends Command>(command: C, caller: Caller): Promise<Replies[C['type']] | Refusal>;
  /** Resolves after the first match of the message, which is durable by then. */
  sendMessage(command: SendMessage, caller: Caller): Promise<SentMessage | Refusal>;
  /** Resolves when those who receive the signal are settled, durably; they are reached soon after. */
  sendSignal(signal: SendSignal, caller: Caller): Promise<{ readonly id: number } | Refusal>;
  /** Reads the model, refuses it with all its problems (I9), or stores its processes. */
  deploy(deployment: Deployment, caller: Caller): Promise<readonly CreatedProcess[] | Refusal | Problems>;
  /** Answers the latest version. Every start that begins after it sees it, on any server. */
  updateProcess(settings: ProcessSettings, caller: Caller): Promise<{ readonly id: number } | Refusal>;
  /** The BPMN ids of a process's sequence flows, by the index that arrivals have; none when it can not be read. */
  sequenceFlowIds(processId: number): Promise<readonly string[]>;
  /** Resolves when the root instance has ended, on whichever server; rejects with the signal's reason. */
  ended(instance: Ref, signal: AbortSignal): Promise<void>;
  /** The headers of a process's user tasks, by the BPMN id of their element; none when it can not be read. */
  userTaskHeaders(processId: number): Promise<ReadonlyMap<string, Readonly<Record<string, string>>>>;
  /** What the model says of a process's elements, by their ids; nothing when it can not be read. */
  elementDetails(processId: number): Promise<ReadonlyMap<number, ElementDetails>>;
  /** From a cursor on; the empty one is now. The watcher is to be closed. */
  watchUserTasks(filter: WatchFilter, cursor: string): Promise<UserTaskWatcher | Refusal>;
  /** One worker stream. Jobs come to the sink, each after its lease was committed. */
  connectWorker(hello: WorkerHello, sink: WorkerSink): Promise<WorkerSession | Refusal>;
  lockJobs(request: LockRequest): Promise<readonly JobDelivery[] | Refusal>;
  /** Answers those that are held with that token. */
  extendJobLocks(handles: readonly JobHandle[], durationMs: number): Promise<readonly Ref[]>;
  /** Gives jobs back; answers how many were held so. */
  unlockJobs(handles: readonly JobHandle[]): Promise<readonly Ref[]>;
  /** Gives back what a worker id holds (without an id, all); answers how many. */
  unlockWorker(workerId: string, job: Partial<Ref>): Promise<number>;
}

/** Engine time. */
export interface Clock {
  read(): Promise<ClockReading>;
  /** Moves it forward, on every server; what is due then happens in the order of its times. */
  set(target: TimeTarget, caller: Caller): Promise<MovedTime | Refusal>;
}

/** A point in time, the next time of a cycle, or a duration from now. */
export type TimeTarget = { readonly at: number } | { readonly cycle: string } | { readonly duration: string };

/** `message` null: what became of it is to be read. */
export interface SentMessage {
  readonly id: number;
  /** An earlier message with the same unique key. */
  readonly found: boolean;
  readonly message: MatchedMessage | null;
}

/** Absent conditions do not restrict. */
export interface WatchFilter {
  readonly tenantIds: readonly string[];
  readonly processId?: number;
  /** Null: nobody's. */
  readonly assignee?: string | null;
  /** One of the two, where both are given. */
  readonly candidateUser?: string;
  readonly candidateGroups?: readonly string[];
}

export interface WatchedUserTasks {
  readonly cursor: string;
  /** Each as it is now; none: nothing changed. */
  readonly userTasks: readonly UserTaskView[];
}

export interface UserTaskWatcher {
  /** Up to where it was told. */
  readonly cursor: string;
  /** What changed since, at once; or, when the time is over or the signal comes, nothing. One call at a time. */
  next(timeoutMs: number, signal: AbortSignal): Promise<WatchedUserTasks | Refusal>;
  close(): void;
}

export interface ElementDetails {
  /** Ids of elements: what encloses it, and what a boundary event is attached to. */
  readonly parentId: number | null;
  readonly attachedToId: number | null;
  /** Null where it is not known beforehand. */
  readonly event: SettledEvent | null;
  /** A start event of the process itself. */
  readonly startsProcess: boolean;
}

/** An empty code catches all. */
export type SettledEvent =
  | { readonly kind: 'ERROR' | 'ESCALATION' | 'MESSAGE' | 'SIGNAL'; readonly text: string }
  | SettledTimer;

export type SettledTimer =
  | { readonly kind: 'DATE'; readonly time: number }
  | { readonly kind: 'DURATION' | 'CYCLE'; readonly text: string };

export interface EngineInfo {
  readonly serverId: string;
  readonly version: string;
  readonly storage: 'postgres' | 'pglite';
  readonly heartbeatIntervalMs: number;
  readonly resumeWindowMs: number;
  readonly setTimeAllowed: boolean;
  readonly isDurable: boolean;
}

/** Who asks. Tenants are those that the caller may see; a row of another tenant is NOT_FOUND. */
export interface Caller {
  readonly principal: string;
  readonly tenantIds: readonly string[];
  /** With the canonical hash of the request: the same id and request get the stored answer (design section 9). */
  readonly request?: { readonly rpc: string; readonly requestId: string; readonly hash: string };
  /** Epoch milliseconds. Work that has not begun by then is refused with DEADLINE_PASSED. */
  readonly deadline?: number;
  /** Finished work is never refused for load (I8): outcomes wait for room, starts are refused with ENGINE_BUSY. */
  readonly signal?: AbortSignal;
}

export interface Deployment {
  readonly bpmnXml: string;
  /** Absent: all executable processes of the file. */
  readonly bpmnProcessId: string | null;
  readonly version: string | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly tenantId: string;
  /** They win over those of the file. */
  readonly definitions?: GivenDefinitions | null;
  readonly by: string;
  readonly dryRun: boolean;
}

/** Of a name, for all its versions. */
export type ProcessSettings = Omit<ProcessUpdate, 'request'>;

export interface Problems {
  readonly problems: readonly ModelProblem[];
}

export interface WorkerHello {
  readonly workerId: string;
  /** A UUID of the worker's; the generation rises by one with each connection. */
  readonly sessionId: string;
  readonly generation: number;
  readonly tenantIds: readonly string[];
  readonly topics: readonly (TopicWish & { readonly maxHoldMs: number | null })[];
  readonly held: readonly JobHandle[];
}

/** Called by the engine; must not throw and must not wait. */
export interface WorkerSink {
  deliver(delivery: JobDelivery): void;
  /** The element of a held job was interrupted, or its lock was taken away; its outcome will be refused. */
  canceled(job: Ref, reason: string): void;
  /** Finish what is held and connect elsewhere. */
  drain(reason: string, deadlineMs: number): void;
  /** A newer generation of this session has connected, here or elsewhere. */
  superseded(): void;
}

export interface WorkerSession {
  /** Jobs of the hello's list that are this worker's again. */
  readonly kept: readonly Ref[];
  /** Credits add up. */
  grant(jobs: number, bytes: number): void;
  /** What a delivered job weighed on the wire: taken from the byte budget. */
  weighed(bytes: number): void;
  giveBack(handles: readonly JobHandle[]): Promise<void>;
  /** The worker said goodbye: all that it holds goes back at once. */
  goodbye(): Promise<void>;
  /** The stream broke or fell silent: all that it holds is kept for the resume window. */
  broken(): Promise<void>;
}

export interface JobDelivery {
  readonly job: Job;
  readonly lock: JobLock;
  readonly bpmnProcessId: string;
  readonly version: string;
  readonly bpmnElementId: string;
  readonly elementName: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly correlationKey: string | null;
  readonly traceParent: string | null;
  /** Of PASS_VARIABLES: the called instance that has ended. */
  readonly calledId: number | null;
  readonly variables: readonly { readonly name: string; readonly data: VariableData }[];
}

export interface LockRequest {
  readonly tenantIds: readonly string[];
  /** Empty: any topic. */
  readonly topics: readonly TopicWish[];
  readonly limit: number;
  readonly workerId: string;
  readonly durationMs: number;
  readonly filter: LeaseFilter | null;
  /** Waits for a job up to this many milliseconds; 0 answers at once. */
  readonly waitMs: number;
  readonly signal: AbortSignal;
  /** Its repetition gets the same jobs, those that are still held with the same locks. */
  readonly request?: RequestToKeep;
}
