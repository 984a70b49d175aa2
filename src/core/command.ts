/** All that can be asked of process instances. Each command changes one tree (I3), except the one that starts a tree. */
import type {
  JobState,
  Message,
  MessageDelivery,
  MessageMatch,
  MessageSearch,
  ProcessInstance,
  Ref,
  SignalDelivery,
  VariableData,
} from './state.js';

export type Command =
  | CreateProcessInstance
  | CancelProcessInstance
  | SuspendProcessInstance
  | ResumeProcessInstance
  | CompleteJob
  | FailJob
  | ThrowJobError
  | ThrowJobEscalation
  | RejectJob
  | ResolveIncident
  | SetVariables
  | UpdateUserTask
  | ClaimUserTask
  | ExecuteTask
  | SendMessage
  | ExpireMessage
  | MatchMessages
  | FindMessages
  | StartByTimer
  | DeliverSignal;

export type CommandType = Command['type'];

/** A variable to set, or with `data` null to delete. */
export interface VariableChange {
  readonly name: string;
  readonly data: VariableData | null;
}

export interface CreateProcessInstance {
  readonly type: 'createProcessInstance';
  readonly process: ProcessSelector;
  readonly tenantId: string;
  readonly correlationKey: string | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly contextType: string | null;
  readonly contextId: string | null;
  readonly traceParent: string | null;
  readonly variables: readonly VariableChange[];
  readonly by: string;
}

/** By id, or by name: without a version the latest. */
export type ProcessSelector =
  | { readonly processId: number }
  | { readonly bpmnProcessId: string; readonly version: string | null };

export interface CancelProcessInstance {
  readonly type: 'cancelProcessInstance';
  readonly instance: Ref;
  readonly reason: string | null;
  readonly by: string;
}

interface Suspension {
  readonly instance: Ref;
  /** Also all that it called. */
  readonly includeCalled: boolean;
  readonly by: string;
}

export interface SuspendProcessInstance extends Suspension {
  readonly type: 'suspendProcessInstance';
}

export interface ResumeProcessInstance extends Suspension {
  readonly type: 'resumeProcessInstance';
}

/** The part that all outcomes of a held job share (I5: without the current token nothing changes). */
interface JobOutcome {
  readonly job: Ref;
  readonly lockToken: string;
  readonly by: string;
}

export interface CompleteJob extends JobOutcome {
  readonly type: 'completeJob';
  /** Merge outwards, or stay local where the element has output mappings. */
  readonly variables: readonly VariableChange[];
  /** Go to the process scope. */
  readonly processVariables: readonly VariableChange[];
  /** Go to the named scope: the element or one around it, by BPMN element id; null is the element itself. */
  readonly elementVariables: readonly (VariableChange & { readonly bpmnElementId: string | null })[];
  /** What a job asks for whose type is not EXECUTE; null where it asks for nothing. */
  readonly completion: JobCompletion | null;
}

/** The results that jobs ask for, in the words of the contract. Flows go by their own BPMN id or by their target's. */
export type JobCompletion =
  | { readonly type: 'exclusiveGatewayDecision'; readonly target: string }
  | { readonly type: 'inclusiveGatewayDecision'; readonly targets: readonly string[] }
  | CalledProcessDecision
  /** SELECT_AD_HOC_ACTIVITIES: the ids of what begins, each as often as it is named. */
  | { readonly type: 'adHocDecision'; readonly elements: readonly string[] }
  /** SET_ERROR_CODE, SET_ESCALATION_CODE: '' catches all. */
  | { readonly type: 'errorCode' | 'escalationCode'; readonly code: string }
  /** SET_TIMER: a date, a duration or a cycle, as in models. */
  | { readonly type: 'timer'; readonly timer: { readonly type: 'DATE' | 'DURATION' | 'CYCLE'; readonly text: string } }
  /** SUBSCRIBE_MESSAGE. */
  | { readonly type: 'messageSubscription'; readonly name: string; readonly correlationKey: string }
  /** SET_MESSAGE_CORRELATION_KEY. */
  | { readonly type: 'messageCorrelationKey'; readonly correlationKey: string }
  /** SET_SIGNAL_NAME, SUBSCRIBE_SIGNAL. */
  | { readonly type: 'signalName'; readonly name: string };

/** CALL_PROCESS: the process to call, and what its instance begins with. */
export interface CalledProcessDecision {
  readonly type: 'calledProcess';
  readonly bpmnProcessId: string;
  /** Null is the latest. */
  readonly version: string | null;
  readonly correlationKey: string | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly variables: readonly VariableChange[];
}

export interface FailJob extends JobOutcome {
  readonly type: 'failJob';
  readonly message: string;
  /** Wins over the model's. */
  readonly retryLimit: number | null;
  /** ISO 8601 duration until the retry becomes due, checked at the door; null is at once. */
  readonly retryTimer: string | null;
  readonly variables: readonly VariableChange[];
}

export interface ThrowJobError extends JobOutcome {
  readonly type: 'throwJobError';
  readonly errorCode: string;
  readonly message: string;
  readonly variables: readonly VariableChange[];
}

export interface ThrowJobEscalation extends JobOutcome {
  readonly type: 'throwJobEscalation';
  readonly escalationCode: string;
  /** ISO 8601 duration until the next job becomes due, when the escalation does not interrupt; null is at once. */
  readonly retryTimer: string | null;
  readonly variables: readonly VariableChange[];
}

/** The server's own: a held job that can not be delivered becomes an incident. */
export interface RejectJob extends JobOutcome {
  readonly type: 'rejectJob';
  readonly reason: 'JOB_TOO_LARGE';
  readonly message: string;
}

export interface ResolveIncident {
  readonly type: 'resolveIncident';
  readonly incident: Ref;
  /** ISO 8601 duration until the retry job becomes due. */
  readonly retryTimer: string | null;
  readonly retryLimit: number | null;
  /** Merged outwards from the element before the retry. */
  readonly variables: readonly VariableChange[];
  readonly by: string;
}

export interface SetVariables {
  readonly type: 'setVariables';
  /** A process instance (its process scope) or an element instance; `kind` says which error names it. */
  readonly kind: 'processInstance' | 'elementInstance';
  readonly scope: Ref;
  /** With a BPMN element id: the scope around `scope` that it names. */
  readonly variables: readonly (VariableChange & { readonly bpmnElementId: string | null })[];
  readonly by: string;
}

/** Absent properties stay as they are. */
export interface UserTaskChange {
  /** Null: nobody. */
  readonly assignee?: string | null;
  readonly candidateUsers?: readonly string[];
  readonly candidateGroups?: readonly string[];
  readonly dueAt?: number | null;
  readonly followUpAt?: number | null;
  readonly priority?: number;
  /** A value of null deletes the tag. */
  readonly tags?: Readonly<Record<string, string | null>>;
}

export type UserTaskOutcome =
  | { readonly type: 'COMPLETION' }
  | { readonly type: 'ERROR'; readonly code: string }
  | { readonly type: 'ESCALATION'; readonly code: string };

export interface UpdateUserTask {
  readonly type: 'updateUserTask';
  readonly userTask: Ref;
  /** The revision that the change is based on. */
  readonly revision: number;
  readonly change: UserTaskChange;
  /** Null: it stays open. */
  readonly outcome: UserTaskOutcome | null;
  /** Go where those of a completed job go. */
  readonly variables: readonly VariableChange[];
  readonly processVariables: readonly VariableChange[];
  readonly elementVariables: readonly (VariableChange & { readonly bpmnElementId: string | null })[];
  readonly by: string;
}

export interface ClaimUserTask {
  readonly type: 'claimUserTask';
  readonly userTask: Ref;
  readonly assignee: string;
  readonly by: string;
}

/** The engine's own: executes a task under the root's lock; no row, nothing to do. */
export interface ExecuteTask {
  readonly type: 'executeTask';
  readonly task: Ref;
  readonly by: string;
}

/** Writes the message; it is matched by a task of its own (design section 6). */
export interface SendMessage {
  readonly type: 'sendMessage';
  readonly tenantId: string;
  readonly name: string;
  readonly correlationKey: string;
  /** Empty: not compared. */
  readonly uniqueKey: string;
  readonly onePerProcess: boolean;
  readonly uniqueStart: boolean;
  readonly expiration: Expiration | null;
  readonly variables: readonly VariableChange[];
  readonly traceParent: string | null;
  readonly by: string;
}

/** When a message expires, checked at the door; a span counts from engine time. */
export type Expiration = { readonly at: number } | { readonly duration: string } | { readonly cycle: string };

export interface ExpireMessage {
  readonly type: 'expireMessage';
  readonly id: number;
  readonly by: string;
}

/** The engine's own: brings messages of one name and key to their receivers, over the borders of trees. */
export interface MatchMessages extends Omit<MessageMatch, 'type'> {
  readonly type: 'matchMessages';
  readonly task: Ref;
  readonly tenantId: string;
  readonly by: string;
}

/** The engine's own: writes the matches that a new start event, or the end of an instance, makes possible. */
export interface FindMessages extends Omit<MessageSearch, 'type'> {
  readonly type: 'findMessages';
  readonly task: Ref;
  readonly tenantId: string;
  readonly by: string;
}

/** The engine's own: the time of a timer start event has come. */
export interface StartByTimer {
  readonly type: 'startByTimer';
  readonly task: Ref;
  readonly processId: number;
  readonly tenantId: string;
  readonly by: string;
}

/** To all who wait for it at this moment. It is no command of a lane: its receivers may be any number (design section 6). */
export interface SendSignal {
  readonly tenantId: string;
  readonly name: string;
  readonly variables: readonly VariableChange[];
  readonly traceParent: string | null;
  readonly by: string;
}

/** The engine's own: brings a signal to its next receivers, over the borders of trees. */
export interface DeliverSignal extends Omit<SignalDelivery, 'type'> {
  readonly type: 'deliverSignal';
  readonly task: Ref;
  /** Why the one receiver that it takes can not be reached: it is passed by. Null: it takes those that can. */
  readonly failure: string | null;
  readonly tenantId: string;
  readonly by: string;
}

/** What the caller is told of a command that was carried out. */
export interface Replies {
  readonly createProcessInstance: StartReply;
  readonly cancelProcessInstance: { readonly instance: Ref };
  readonly suspendProcessInstance: { readonly instance: Ref };
  readonly resumeProcessInstance: { readonly instance: Ref };
  readonly completeJob: JobOutcomeReply;
  readonly failJob: JobOutcomeReply;
  readonly throwJobError: JobOutcomeReply;
  readonly throwJobEscalation: JobOutcomeReply;
  readonly rejectJob: JobOutcomeReply;
  readonly resolveIncident: { readonly incident: Ref; readonly job: Ref | null };
  readonly setVariables: { readonly scope: Ref };
  readonly updateUserTask: { readonly userTask: Ref };
  readonly claimUserTask: { readonly userTask: Ref };
  readonly executeTask: { readonly executed: boolean };
  readonly sendMessage: SendReply;
  readonly expireMessage: { readonly id: number };
  readonly matchMessages: MatchReply;
  readonly findMessages: { readonly found: number };
  readonly startByTimer: { readonly instance: Ref | null };
  readonly deliverSignal: { readonly receivers: readonly number[] };
}

/** `found`: an earlier message with its unique key. `task`: its match; null when a stored request answers, or for a found one. */
export interface SendReply {
  readonly id: number;
  readonly found: boolean;
  readonly task: Ref | null;
}

/** `again`: the match that goes on where this one met what had gone. */
export interface MatchReply {
  readonly messages: readonly MatchedMessage[];
  readonly again: Ref | null;
}

/** A message as a match left it. */
export interface MatchedMessage {
  readonly row: Message;
  readonly deliveries: readonly MessageDelivery[];
}

/** `made` spares the caller a read: the instance as the command left it; null when a stored request answers. */
export interface StartReply {
  readonly instance: Ref;
  readonly made: MadeInstance | null;
}

export interface MadeInstance {
  readonly row: ProcessInstance;
  readonly bpmnProcessId: string;
  readonly version: string;
}

/** `repeated`: this very outcome had been applied before; it is acknowledged again, not applied again. */
export interface JobOutcomeReply {
  readonly job: Ref;
  readonly repeated: boolean;
  /** What the outcome made of the job; null when a stored request answers. */
  readonly state: JobState | null;
}

export type Reply = Replies[CommandType];
