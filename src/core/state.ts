/**
 * What is kept of running processes: one readonly row type for each table that the core writes.
 *
 * A change is a row before and a row after (`core/working-set.ts`); rows are replaced, never modified. Times are epoch
 * milliseconds. (partition, id) is the identity of a row; one counter serves all partitions, so maps use the id alone.
 */
import type { CyclePlace } from '../model/timers.js';
import type { Activated } from './activated.js';
import type { Incident } from './incident-rows.js';
import type {
  HeldKey,
  Message,
  MessageDelivery,
  MessageMatch,
  MessageSearch,
  MessageSubscription,
} from './message-rows.js';
import type { Partition, Ref } from './refs.js';
import type { Signal, SignalDelivery, SignalSending, SignalSubscription, SignalTarget } from './signal-rows.js';

export type * from './incident-rows.js';
export type * from './message-rows.js';
export type { Owner, Partition, Ref } from './refs.js';
export type * from './signal-rows.js';

export type InstanceState =
  | 'CREATED'
  | 'QUEUED'
  | 'STARTED'
  | 'SUSPENDED'
  | 'COMPLETED'
  /** Ended by the model or by the parent. */
  | 'TERMINATED'
  /** Ended by a command, or superseded. */
  | 'CANCELED';

export function hasEnded(state: InstanceState): boolean {
  return state === 'COMPLETED' || state === 'TERMINATED' || state === 'CANCELED';
}

/** Data of a variable. `json` is read by expressions as data, `text` as a string; others only travel. */
export interface VariableData {
  readonly encoding: string;
  readonly value: string;
  readonly encrypted: boolean;
}

export interface ProcessInstance extends Ref {
  /** The root of its tree; its own id for a root. */
  readonly rootId: number;
  /** The process instance and the call activity's element instance that started it. */
  readonly parentId: number | null;
  readonly parentElementInstanceId: number | null;
  readonly processId: number;
  readonly tenantId: string;
  readonly state: InstanceState;
  readonly correlationKey: string | null;
  readonly tags: Readonly<Record<string, string>>;
  /** The business entity that it belongs to. */
  readonly contextType: string | null;
  readonly contextId: string | null;
  /** W3C traceparent of the caller, sent on with each job. */
  readonly traceParent: string | null;
  /** JSON list of the variables that it was started with (I11). */
  readonly startVariables: string | null;
  readonly createdAt: number;
  readonly createdBy: string;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly endedBy: string | null;
  /** Why it was canceled, in the operator's words. */
  readonly endReason: string | null;
  /** The message that started it (I11). */
  readonly messageId: number | null;
  /** It holds keys that are free again when it ends; null: none. */
  readonly holdsKeys: true | null;
  /** Of a root: raised by each transaction that changes the tree; every changed row carries the value (design: watches). */
  readonly changeNumber: number;
}

export interface ElementInstance extends Ref {
  readonly rootId: number;
  readonly processInstanceId: number;
  /** The element instance of the surrounding scope; null for the process scope, whose id is its process instance's. */
  readonly parentId: number | null;
  readonly elementId: number;
  readonly state: InstanceState;
  /** Of a scope: living element instances plus arrivals that wait at joins. A scope ends when it falls to 0. */
  readonly liveChildren: number;
  /** 1 for the first visit; a rerun's is one more than what it replaces. */
  readonly attempt: number;
  readonly replaces: number | null;
  /** The element instance that interrupted this one. */
  readonly cancelledBy: number | null;
  readonly supersededBy: number | null;
  /** Of a scope: the element instance whose end ended it (I11). */
  readonly endedByElement: number | null;
  /** JSON list of the resolved inputs of this attempt (I11). */
  readonly inputs: string | null;
  /** Of the body of a loop, and of each instance in it. */
  readonly loop: LoopProgress | LoopPlace | null;
  readonly createdAt: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly changeNumber: number;
}

/** Of a loop's body: how many instances it has opened, and of how many; null where that is not known before. */
export interface LoopProgress {
  readonly opened: number;
  readonly size: number | null;
}

/** Of an instance in a loop: its number, from 1, and what it adds to the output collection, as JSON. */
export interface LoopPlace {
  readonly number: number;
  readonly output: string | null;
}

/** A token on a sequence flow: who produced it, who consumed it (I11). Waiting at a join or for a task: not consumed. */
export interface Arrival extends Ref {
  readonly rootId: number;
  readonly processInstanceId: number;
  /** The scope's element instance. */
  readonly scopeId: number;
  /** Index of the flow in the graph. */
  readonly flow: number;
  /** Element that it arrives at. */
  readonly elementId: number;
  readonly producedBy: number;
  readonly consumedBy: number | null;
  /** Taken away unconsumed, because its scope was cancelled. */
  readonly withdrawnBy: number | null;
  readonly createdAt: number;
  readonly changeNumber: number;
}

/** Key: (scopeId, name). `data` null is a deleted variable: it is as if absent, but watchers see that it went. */
export interface Variable {
  readonly partition: Partition;
  readonly scopeId: number;
  readonly name: string;
  readonly rootId: number;
  readonly processInstanceId: number;
  readonly data: VariableData | null;
  readonly createdAt: number;
  readonly createdBy: string;
  readonly updatedAt: number;
  readonly updatedBy: string;
  readonly changeNumber: number;
}

export type JobType =
  | 'EXECUTE'
  | 'EVALUATE_EXCLUSIVE_GATEWAY'
  | 'EVALUATE_INCLUSIVE_GATEWAY'
  | 'CALL_PROCESS'
  | 'PASS_VARIABLES'
  | 'SET_ERROR_CODE'
  | 'SET_ESCALATION_CODE'
  | 'SET_SIGNAL_NAME'
  | 'SET_TIMER'
  | 'SUBSCRIBE_MESSAGE'
  | 'SET_MESSAGE_CORRELATION_KEY'
  | 'SUBSCRIBE_SIGNAL'
  | 'START_LISTENER'
  | 'END_LISTENER'
  | 'SELECT_AD_HOC_ACTIVITIES';

export type JobState = 'CREATED' | 'DONE' | 'CAUSED_RETRY' | 'CAUSED_INCIDENT' | 'CANCELED';

/** The history of one job. A retry is a new job; a job is never brought back to life. */
export interface Job extends Ref {
  readonly rootId: number;
  readonly processInstanceId: number;
  readonly elementInstanceId: number;
  readonly elementId: number;
  readonly processId: number;
  readonly tenantId: string;
  readonly type: JobType;
  readonly topic: string;
  readonly state: JobState;
  readonly priority: number;
  readonly retryCount: number;
  readonly retryLimit: number;
  /** The element instance's attempt; `attemptKey` is new for each attempt, `effectKey` the same for all of an occurrence. */
  readonly attempt: number;
  readonly attemptKey: string;
  readonly effectKey: string;
  /** Of a listener: its place among those of its event. */
  readonly listener: number | null;
  readonly dueAt: number;
  readonly createdAt: number;
  readonly createdBy: string;
  /** Written when a worker's outcome ends it; the token proves a repeated outcome (I5). */
  readonly lockToken: string | null;
  readonly lockedAt: number | null;
  readonly lockedBy: string | null;
  readonly completedAt: number | null;
  readonly completedBy: string | null;
  readonly error: string | null;
  readonly changeNumber: number;
}

/** The owner of a lock that needs no end time: a living stream of a living server (I5). */
export interface LockOwner {
  readonly serverId: string;
  readonly serverEpoch: number;
  readonly sessionId: string;
  readonly sessionGeneration: number;
}

export interface JobLock {
  readonly token: string;
  readonly lockedBy: string;
  /** Real time (not engine time), like all that concerns locks. */
  readonly lockedAt: number;
  /** Either an owner or an end time, never both (I5). */
  readonly owner: LockOwner | null;
  readonly until: number | null;
}

/** A job that can be handed out or is held: a narrow row, deleted when the job ends. Leasing writes its lock only (I5). */
export interface OpenJob extends Ref {
  readonly rootId: number;
  readonly processId: number;
  readonly processInstanceId: number;
  readonly elementInstanceId: number;
  readonly tenantId: string;
  readonly topic: string;
  readonly type: JobType;
  readonly priority: number;
  readonly dueAt: number;
  readonly suspended: boolean;
  readonly lock: JobLock | null;
}

/** Work for a person. Open while its state is STARTED; each change raises its revision. */
export interface UserTask extends Ref {
  readonly rootId: number;
  readonly processInstanceId: number;
  readonly elementInstanceId: number;
  readonly elementId: number;
  readonly processId: number;
  readonly tenantId: string;
  /** Of its process instance. */
  readonly correlationKey: string | null;
  readonly state: InstanceState;
  readonly revision: number;
  /** Null: nobody's yet. */
  readonly assignee: string | null;
  readonly candidateUsers: readonly string[];
  readonly candidateGroups: readonly string[];
  readonly dueAt: number | null;
  readonly followUpAt: number | null;
  readonly priority: number;
  readonly formKey: string | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly createdAt: number;
  readonly createdBy: string;
  readonly endedAt: number | null;
  readonly endedBy: string | null;
  readonly changeNumber: number;
}

/** The engine's own unit of later work, in a narrow unpartitioned table, deleted by the transaction that executes it. */
export interface Task extends Ref {
  /** Null for work that belongs to no tree; it is executed by a command of its own. */
  readonly rootId: number | null;
  readonly processInstanceId: number | null;
  readonly elementInstanceId: number | null;
  readonly elementId: number | null;
  readonly processId: number | null;
  readonly tenantId: string;
  readonly type: TaskType;
  readonly dueAt: number;
  /** `wasDueAt`: it is put aside while its instance is suspended. */
  readonly payload: TaskPayload & { readonly wasDueAt?: number };
  readonly createdAt: number;
  readonly createdBy: string;
}

export type TaskType = TaskPayload['type'];

/** What is remembered of an activity that has completed and can be compensated. */
export interface Completion {
  readonly type: 'COMPENSATION';
  /** The element instance that has completed. */
  readonly completed: number;
  /** The change number of its end, and its place among those of the same command: the last is compensated first. */
  readonly order: readonly [changeNumber: number, place: number];
  /** Its own variables then, and what it saw around it. */
  readonly own: readonly RememberedVariable[];
  readonly seen: readonly RememberedVariable[];
  /** What completed inside it and compensates it; `elementId` as of its task. */
  readonly inside: readonly { readonly elementId: number; readonly completion: Completion }[];
  /** The element instance that has it compensated, and the one in which that happens. */
  readonly takenBy: number | null;
  readonly runsIn: number | null;
}

export interface RememberedVariable {
  readonly name: string;
  readonly data: VariableData | null;
}

export type TaskPayload =
  /** Waits in its scope to be compensated; never due. */
  | Completion
  /** Makes a waiting retry available. */
  | { readonly type: 'ACTIVATE_JOB'; readonly jobId: number }
  /** Waits for what is thrown with this code, '' for all; never due. */
  | { readonly type: 'CODE'; readonly code: string }
  /** Waits for a conditional event; never due. `holds`: its condition was true when it was last asked. */
  | { readonly type: 'CONDITION'; readonly holds: boolean; readonly definition?: number }
  /** Goes on after the step cap: waiting arrivals that are to be taken, and the steps taken so far without a wait. */
  | {
      readonly type: 'CONTINUE';
      readonly arrivals: readonly number[];
      readonly steps: number;
      /** Of a loop's body: the items of the instances that it still has to open. */
      readonly items?: readonly (string | null)[];
    }
  /** Of an event that needs several: one of them has happened, with these variables; never due. */
  | { readonly type: 'HAPPENED'; readonly variables: string | null }
  | Activated
  /** Brings messages of a name and key to their receivers; of a send with its message, which is tried whatever its expiry. */
  | MessageMatch
  /** Finds the messages that a new start event, or the end of an instance, makes deliverable. */
  | MessageSearch
  /** Settles who receives a signal that a process has thrown; brings a signal to its next receivers. */
  | (SignalSending | SignalDelivery)
  /** Triggers the event that the task names, with variables as a message has them: it came to a suspended instance. */
  | { readonly type: 'TRIGGER_EVENT'; readonly variables: string | null }
  /** Triggers the event that the task names; `cycle` says how a repetition goes on, `definition` which of several. */
  | { readonly type: 'TRIGGER_TIMER'; readonly cycle: CyclePlace | null; readonly definition?: number }
  /** Starts an instance at the timer start event that the task names; it belongs to no tree, and a cycle moves it on. */
  | { readonly type: 'START_PROCESS_INSTANCE'; readonly cycle: CyclePlace | null };

/** Every table that the core writes, by the name that all rings use for it. */
export interface Rows {
  readonly processInstance: ProcessInstance;
  readonly elementInstance: ElementInstance;
  readonly arrival: Arrival;
  readonly variable: Variable;
  readonly job: Job;
  readonly openJob: OpenJob;
  readonly incident: Incident;
  readonly task: Task;
  readonly userTask: UserTask;
  readonly message: Message;
  readonly messageDelivery: MessageDelivery;
  readonly messageSubscription: MessageSubscription;
  readonly heldKey: HeldKey;
  readonly signal: Signal;
  readonly signalSubscription: SignalSubscription;
  readonly signalTarget: SignalTarget;
}

export type Table = keyof Rows;

/** What a commit group writes: rows born, rows changed (before and after), rows gone. */
export type Changes = { readonly [T in Table]: TableChanges<Rows[T]> };

export interface TableChanges<Row> {
  readonly born: readonly Row[];
  readonly changed: readonly { readonly before: Row; readonly after: Row }[];
  readonly gone: readonly Row[];
}
