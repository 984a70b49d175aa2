/**
 * What a process is: the immutable graph that `read-model` builds from BPMN XML and that the core walks.
 *
 * One graph is one executable process of a file. Elements are known by their index: index 0 is the process itself, the
 * others follow in document order, so that an element's database id is the process's first element id plus its index.
 */
import type { EventDefinition, EventTypeAt } from './events.js';
import type { Expression } from './expression.js';

export interface Graph {
  readonly bpmnProcessId: string;
  readonly name: string | undefined;
  /** `zeebe:versionTag`, `camunda:versionTag`: how call activities may choose this version. */
  readonly versionTag: string | undefined;
  /** Index 0 is the process itself. */
  readonly elements: readonly Element[];
  readonly flows: readonly SequenceFlow[];
  /** What its conditional events read: when one of these variables changes, they are asked. */
  readonly conditionReads: ReadonlySet<string>;
  /** Undefined when nothing in it can be compensated: most processes. */
  readonly compensation: Compensation | undefined;
  /** An expression is in it, so that deciding about it may take long. */
  readonly evaluates: boolean;
}

/** What undoes what has completed (BPMN 2.0.2, 10.7). */
export interface Compensation {
  /**
   * By the index of each activity whose completed instances can be compensated: its compensation boundary event, or
   * itself where what is inside it does it. A repeated activity is asked for each of its instances.
   */
  readonly by: ReadonlyMap<number, number>;
  /** Indexes of the scopes in which a completion is remembered. */
  readonly scopes: ReadonlySet<number>;
  /** By the index of a compensation boundary event: the activity that it begins. */
  readonly handlers: ReadonlyMap<number, number>;
}

export interface SequenceFlow {
  readonly index: number;
  /** The BPMN id; a flow without one is refused at deployment. */
  readonly id: string;
  /** Element indexes. */
  readonly source: number;
  readonly target: number;
  readonly condition: Expression | undefined;
}

/** The element types of this product, in the words of the API. */
export type ElementType = Element['type'];

export type Element =
  | ProcessElement
  | SubProcess
  | EventSubProcess
  | AdHocSubProcess
  | CallActivity
  | NoneStartEvent
  | StartEvent
  | CatchEvent
  | NoneThrowEvent
  | ThrowEvent
  | BoundaryEvent
  | NoneEndEvent
  | EndEvent
  | PassThroughTask
  | JobTask
  | SendTask
  | ReceiveTask
  | ScriptTask
  | UserTask
  | ExclusiveGateway
  | ParallelGateway
  | EventBasedGateway
  | InclusiveGateway
  | ComplexGateway
  | MultiInstanceBody;

export type Activity = Extract<Element, { readonly boundaryEvents: unknown }>;

interface ElementBase {
  readonly index: number;
  /** The BPMN id. */
  readonly id: string;
  readonly name: string | undefined;
  /** Index of the process or sub-process that holds this element; the process itself has -1. */
  readonly scope: number;
  /** Flow indexes in document order. */
  readonly incoming: readonly number[];
  readonly outgoing: readonly number[];
  readonly line: number;
  readonly column: number;
  /** Absent where there are none. */
  readonly listeners?: Listeners;
}

interface ActivityBase extends ElementBase {
  /** `zeebe:ioMapping`: evaluated on entry into the element's own scope, in order. */
  readonly inputs: readonly Mapping[];
  /** Evaluated on completion, outwards from the surrounding scope, in order. */
  readonly outputs: readonly Mapping[];
  /** Flow index of the default flow. */
  readonly defaultFlow: number | undefined;
  /** Indexes of the events attached to it, in document order. */
  readonly boundaryEvents: readonly number[];
}

/** A scope holds elements; it starts at its one start event. */
interface ScopeBase extends ActivityBase {
  /** Index of its none start event; of an event sub-process the event that starts it. */
  readonly start: number;
  /** Indexes of the event sub-processes in it, in document order. */
  readonly eventSubProcesses: readonly number[];
}

export interface ProcessElement extends ScopeBase {
  readonly type: 'PROCESS';
}

export interface SubProcess extends ScopeBase {
  /** A transaction can be cancelled: what completed in it is compensated then. */
  readonly type: 'SUB_PROCESS' | 'TRANSACTION';
}

/** Begins when its start event happens in the scope around it; no flow leads in or out. */
export interface EventSubProcess extends ScopeBase {
  readonly type: 'EVENT_SUB_PROCESS';
}

/** Its elements begin in no order of the model: a list of their ids says which, or a worker (BPMN 2.0.2, 10.3.5.3). */
export interface AdHocSubProcess extends ActivityBase {
  readonly type: 'AD_HOC_SUB_PROCESS';
  readonly eventSubProcesses: readonly number[];
  /** Indexes of the elements that may be chosen: no flow leads to them. */
  readonly first: readonly number[];
  /** One activity after the other; else any number at a time. */
  readonly sequential: boolean;
  /** The ids of what begins with it; without it a worker names them. */
  readonly activeElements: Expression | undefined;
  /** Asked after each activity in it. */
  readonly completionCondition: Expression | undefined;
  /** When that is true, what still runs is ended; else it comes to its end. */
  readonly cancelsRemaining: boolean;
  /** What each path in it adds at its end; `element` is evaluated inside the activity that ends it. */
  readonly output: LoopOutput | undefined;
  /** Absent where no worker is ever asked. */
  readonly job: JobDefinition | undefined;
}

/** Runs another process as an instance of its own, in the same tree. */
export interface CallActivity extends ActivityBase {
  readonly type: 'CALL_ACTIVITY';
  /** Absent: a worker names the process (job CALL_PROCESS) and takes over its variables (job PASS_VARIABLES). */
  readonly called: CalledElement | undefined;
  readonly job: JobDefinition | undefined;
}

export interface CalledElement {
  readonly bpmnProcessId: string | Expression;
  readonly binding: CallBinding;
  /** All that the call activity sees goes in; else only its own variables, which are what its inputs made. */
  readonly allVariablesIn: boolean;
  /** All variables of the called process are merged outwards when it has ended. */
  readonly allVariablesOut: boolean;
  /** The called instance has the correlation key of its caller. */
  readonly sameCorrelationKey: boolean;
}

/** Which version is called. DEPLOYMENT: that of the file in which the caller was deployed. */
export type CallBinding =
  | { readonly type: 'LATEST' | 'DEPLOYMENT' }
  | { readonly type: 'VERSION' | 'VERSION_TAG'; readonly value: string | Expression };

export interface NoneStartEvent extends ElementBase {
  readonly type: 'NONE_START_EVENT';
}

/** An event that waits. Output mappings say where its variables go; without any they go outwards. */
interface CatchingBase extends ElementBase {
  readonly event: EventDefinition;
  readonly outputs: readonly Mapping[];
  /** Of one that the model leaves open: a worker is asked for the definition. */
  readonly job?: JobDefinition;
}

/** Of a process or of an event sub-process. */
export interface StartEvent extends CatchingBase {
  readonly type: Exclude<EventTypeAt<'START'>, 'NONE_START_EVENT'>;
  /** Whether all else in the scope ends when an event sub-process begins; always true elsewhere. */
  readonly interrupting: boolean;
}

export interface CatchEvent extends CatchingBase {
  readonly type: EventTypeAt<'CATCH'>;
}

export interface BoundaryEvent extends CatchingBase {
  readonly type: EventTypeAt<'BOUNDARY'>;
  /** Index of the activity. */
  readonly attachedTo: number;
  readonly interrupting: boolean;
}

export interface NoneThrowEvent extends ElementBase {
  readonly type: 'NONE_THROW_EVENT';
}

/** An event that throws. Input mappings make what it throws. */
interface ThrowingBase extends ElementBase {
  readonly event: EventDefinition;
  readonly inputs: readonly Mapping[];
  /** Of a message that a worker sends: where the model names no correlation key, or a topic. Of others: see CatchingBase. */
  readonly job?: JobDefinition;
}

export interface ThrowEvent extends ThrowingBase {
  readonly type: Exclude<EventTypeAt<'THROW'>, 'NONE_THROW_EVENT'>;
}

export interface NoneEndEvent extends ElementBase {
  readonly type: 'NONE_END_EVENT';
}

export interface EndEvent extends ThrowingBase {
  readonly type: Exclude<EventTypeAt<'END'>, 'NONE_END_EVENT'>;
}

/** Tasks that do nothing by themselves: they pass through (BPMN 10.3.3, abstract and manual task). */
export interface PassThroughTask extends ActivityBase {
  readonly type: 'TASK' | 'MANUAL_TASK';
}

/** Tasks whose work is done by a worker: each visit makes a job of type EXECUTE. */
export interface JobTask extends ActivityBase {
  readonly type: 'SERVICE_TASK' | 'BUSINESS_RULE_TASK';
  readonly job: JobDefinition;
}

/** Waits for a message. */
export interface ReceiveTask extends ActivityBase {
  readonly type: 'RECEIVE_TASK';
  readonly event: EventDefinition;
  /** Where the model leaves the message open. */
  readonly job?: JobDefinition;
  /** Its message starts an instance, like that of a start event. */
  readonly instantiate: boolean;
}

/** Sends its message itself where the model names it with its key; without one it is a job. */
export interface SendTask extends ActivityBase {
  readonly type: 'SEND_TASK';
  readonly event: EventDefinition | undefined;
  readonly job: JobDefinition;
}

/** With a FEEL script the engine runs it; without one it is a job. */
export interface ScriptTask extends ActivityBase {
  readonly type: 'SCRIPT_TASK';
  readonly script: Script | undefined;
  readonly job: JobDefinition;
}

/** Work for a person: each visit makes a user task. */
export interface UserTask extends ActivityBase {
  readonly type: 'USER_TASK';
  readonly userTask: UserTaskDefinition;
}

export interface ExclusiveGateway extends ElementBase {
  readonly type: 'EXCLUSIVE_GATEWAY';
  readonly defaultFlow: number | undefined;
  /** Present when it forks and no flow has a condition: a worker decides (job EVALUATE_EXCLUSIVE_GATEWAY). */
  readonly job: JobDefinition | undefined;
}

/** Waits for the first of the events behind it. */
export interface EventBasedGateway extends ElementBase {
  readonly type: 'EVENT_BASED_GATEWAY';
  /** The message of each event behind it starts an instance, at that event. */
  readonly instantiate: boolean;
  /** The instance that one of them has started waits for all others, too. */
  readonly parallel: boolean;
}

export interface ParallelGateway extends ElementBase {
  readonly type: 'PARALLEL_GATEWAY';
}

export interface InclusiveGateway extends ElementBase {
  readonly type: 'INCLUSIVE_GATEWAY';
  readonly defaultFlow: number | undefined;
  /** Present when it forks and no flow has a condition: a worker decides (job EVALUATE_INCLUSIVE_GATEWAY). */
  readonly job: JobDefinition | undefined;
}

/** Splits like an inclusive gateway; when it goes on from what has arrived is said by its own condition (BPMN 2.0.2, 10.6.5). */
export interface ComplexGateway extends ElementBase {
  readonly type: 'COMPLEX_GATEWAY';
  readonly defaultFlow: number | undefined;
  /** Absent where only one flow leads in: each token goes on. */
  readonly activation: Expression | undefined;
}

/** In the place of an activity with a loop marker: the scope of that activity's instances (BPMN 2.0.2, 13.3.6, 13.3.7). */
export interface MultiInstanceBody extends ActivityBase {
  readonly type: 'MULTI_INSTANCE_BODY';
  /** Index of the activity that it repeats. */
  readonly inner: number;
  readonly loop: Loop;
}

export type Loop = MultiInstance | StandardLoop;

/** One instance for each item of a list, or as many as a number says. */
export interface MultiInstance {
  readonly type: 'PARALLEL' | 'SEQUENTIAL';
  /** Either this one or `cardinality`. */
  readonly collection: Expression | undefined;
  readonly cardinality: Expression | undefined;
  /** The variable that gets an instance's item. */
  readonly inputElement: string | undefined;
  readonly output: LoopOutput | undefined;
  /** Asked inside each instance that completes; when it is true, the others are ended. */
  readonly completionCondition: Expression | undefined;
}

export interface LoopOutput {
  /** The variable that gets the list. */
  readonly collection: string;
  /** Evaluated inside each instance that completes. */
  readonly element: Expression;
  /** Where the element is a plain name: instances have it each for themselves, so that they do not overwrite each other's. */
  readonly variable: string | undefined;
}

/** One instance after the other, while the condition is true. */
export interface StandardLoop {
  readonly type: 'LOOP';
  readonly condition: Expression | undefined;
  /** The condition is asked before the first instance, too. */
  readonly testBefore: boolean;
  readonly maximum: number | undefined;
}

export interface JobDefinition {
  /** From the model, else the element id. */
  readonly topic: string | Expression;
  /** Retries after the first try. */
  readonly retryLimit: number | Expression;
  /** How long a retry waits when the worker does not say: an ISO 8601 duration. */
  readonly retryDelay?: string;
  /** Static values for the worker (`zeebe:taskHeaders`). */
  readonly headers: Readonly<Record<string, string>>;
  /** Higher is handed out first; the default is 0. */
  readonly priority: number | Expression;
}

/** Execution listeners: jobs that are done one after the other before the element begins, and before it leaves. */
export interface Listeners {
  readonly start: readonly JobDefinition[];
  readonly end: readonly JobDefinition[];
}

/** Text as it stands in the model, or what computes it on entry. */
export interface UserTaskDefinition {
  /** Undefined: nobody's, until somebody claims it. */
  readonly assignee: string | Expression | undefined;
  readonly candidateUsers: readonly string[] | Expression;
  readonly candidateGroups: readonly string[] | Expression;
  /** A date and time with its zone, or a duration from the entry on. */
  readonly dueDate: string | Expression | undefined;
  readonly followUpDate: string | Expression | undefined;
  /** Higher is more urgent; the default is 0. */
  readonly priority: number | Expression;
  readonly formKey: string | Expression | undefined;
  /** Static values for whoever shows it (`zeebe:taskHeaders`). */
  readonly headers: Readonly<Record<string, string>>;
}

export interface Script {
  readonly expression: Expression;
  readonly resultVariable: string;
}

export interface Mapping {
  readonly source: Expression;
  /** A variable name, or a path of names joined by dots: `order.total` sets one entry of the context `order`. */
  readonly target: readonly string[];
}
