/**
 * What can be read of the database, as the gRPC ring asks for it. `store` implements it. Reads see every commit that
 * was acknowledged (I7); each answer is one consistent snapshot.
 *
 * Filters: an absent property does not restrict. `tenantIds` always does: rows of other tenants are not there.
 */
import type { Refusal } from '../core/refusal.js';
import type {
  Arrival,
  ElementInstance,
  Incident,
  InstanceState,
  Job,
  JobLock,
  JobState,
  JobType,
  Message,
  MessageDelivery,
  Partition,
  ProcessInstance,
  Ref,
  Signal,
  Task,
  TaskType,
  UserTask,
  Variable,
  VariableData,
} from '../core/state.js';
import type { ElementType } from '../model/process.js';

export interface Reader {
  processes(filter: ProcessFilter, page: PageRequest): Promise<Page<ProcessView> | Refusal>;
  bpmnXml(processId: number, tenantIds: readonly string[]): Promise<string | null>;
  elements(filter: ElementFilter, page: PageRequest): Promise<Page<ElementView> | Refusal>;
  processInstances(filter: ProcessInstanceFilter, page: PageRequest): Promise<Page<ProcessInstanceView> | Refusal>;
  processInstance(ref: Ref, tenantIds: readonly string[]): Promise<ProcessInstanceView | null>;
  /** An instance with all that lives in it, in one snapshot. */
  processInstanceDetails(ref: Ref, tenantIds: readonly string[]): Promise<ProcessInstanceDetails | null>;
  elementInstances(filter: ElementInstanceFilter, page: PageRequest): Promise<Page<ElementInstanceView> | Refusal>;
  jobs(filter: JobFilter, page: PageRequest): Promise<Page<JobView> | Refusal>;
  /** With the variables that its element sees; `names` empty: all. */
  job(ref: Ref, names: readonly string[], tenantIds: readonly string[]): Promise<(JobView & SeenVariables) | null>;
  incidents(filter: IncidentFilter, page: PageRequest): Promise<Page<IncidentView> | Refusal>;
  userTasks(filter: UserTaskFilter, page: PageRequest): Promise<Page<UserTaskView> | Refusal>;
  tasks(filter: TaskFilter, page: PageRequest): Promise<Page<TaskView> | Refusal>;
  messages(filter: MessageFilter, page: PageRequest): Promise<Page<MessageView> | Refusal>;
  signals(filter: SignalFilter, page: PageRequest): Promise<Page<SignalView> | Refusal>;
  signalSubscriptions(
    filter: SignalSubscriptionFilter,
    page: PageRequest,
  ): Promise<Page<SignalSubscriptionView> | Refusal>;
  messageSubscriptions(
    filter: MessageSubscriptionFilter,
    page: PageRequest,
  ): Promise<Page<MessageSubscriptionView> | Refusal>;
  variables(filter: VariableFilter, page: PageRequest): Promise<Page<VariableView> | Refusal>;
  /** Null: no such process instance. `names` empty: all. */
  processVariables(
    ref: Ref,
    names: readonly string[],
    tenantIds: readonly string[],
  ): Promise<readonly VariableView[] | null>;
  /** Those of the element instance and, unless excluded, of all scopes around it, the innermost first. */
  elementVariables(
    ref: Ref,
    names: readonly string[],
    excludeParents: boolean,
    tenantIds: readonly string[],
  ): Promise<readonly VariableView[] | null>;
  /** Which of these roots have ended, or are gone. */
  ended(instances: readonly Ref[]): Promise<readonly Ref[]>;
}

/** Keyset pages in a stable order; `limit` and `offset` only where a caller of the first seed's API asks for them. */
export interface PageRequest {
  /** 1 to 1,000. */
  readonly size: number;
  /** Empty for the first page. Another filter with an old token is refused: PAGE_TOKEN_INVALID. */
  readonly token: string;
  readonly offset: number;
}

export interface Page<View> {
  readonly results: readonly View[];
  /** Empty: this was the last page. */
  readonly nextToken: string;
}

interface TenantFilter {
  readonly tenantIds: readonly string[];
}

/** A value of null: the tag must be there, whatever its value. */
export interface TagFilter {
  readonly name: string;
  readonly value: string | null;
}

export interface ProcessFilter extends TenantFilter {
  readonly id?: number;
  readonly bpmnProcessId?: string;
  readonly version?: string;
  readonly latestOnly?: boolean;
  readonly tags?: readonly TagFilter[];
}

export interface ElementFilter extends TenantFilter {
  readonly processId?: number;
  readonly bpmnElementId?: string;
}

export interface ProcessInstanceFilter extends TenantFilter {
  readonly partition?: Partition;
  readonly id?: number;
  readonly parentId?: number;
  readonly rootId?: number;
  /** Only instances that no other one called. */
  readonly rootsOnly?: boolean;
  readonly processId?: number;
  readonly bpmnProcessId?: string;
  readonly correlationKey?: string;
  readonly states?: readonly InstanceState[];
  readonly tags?: readonly TagFilter[];
  readonly contextType?: string;
  readonly contextId?: string;
  /** Epoch milliseconds: at or after, and before. */
  readonly createdFrom?: number;
  readonly createdBefore?: number;
  /** Only instances with an open incident. */
  readonly withIncident?: boolean;
}

export interface ElementInstanceFilter extends TenantFilter {
  readonly partition?: Partition;
  readonly id?: number;
  readonly parentId?: number;
  readonly processId?: number;
  readonly processInstanceId?: number;
  readonly bpmnElementId?: string;
  readonly states?: readonly InstanceState[];
  readonly includeSuperseded?: boolean;
}

export interface JobFilter extends TenantFilter {
  readonly partition?: Partition;
  readonly id?: number;
  readonly elementId?: number;
  readonly elementInstanceId?: number;
  readonly processId?: number;
  readonly processInstanceId?: number;
  readonly topic?: string;
  readonly types?: readonly JobType[];
  /** LOCKED is a CREATED job that a worker holds. */
  readonly states?: readonly (JobState | 'LOCKED')[];
  readonly lockedBy?: string;
  readonly bpmnElementId?: string;
}

export interface IncidentFilter extends TenantFilter {
  readonly partition?: Partition;
  readonly id?: number;
  readonly jobId?: number;
  readonly taskId?: number;
  readonly processInstanceId?: number;
  readonly processId?: number;
  readonly bpmnProcessId?: string;
  readonly bpmnElementId?: string;
  readonly reason?: string;
  readonly open?: boolean;
}

export interface TaskFilter extends TenantFilter {
  readonly partition?: Partition;
  readonly id?: number;
  readonly elementId?: number;
  readonly elementInstanceId?: number;
  readonly processId?: number;
  readonly processInstanceId?: number;
  readonly type?: TaskType;
}

export interface UserTaskFilter extends TenantFilter {
  readonly partition?: Partition;
  readonly id?: number;
  readonly elementInstanceId?: number;
  readonly processId?: number;
  readonly processInstanceId?: number;
  readonly bpmnProcessId?: string;
  readonly bpmnElementId?: string;
  readonly correlationKey?: string;
  readonly states?: readonly InstanceState[];
  /** Null: nobody's. */
  readonly assignee?: string | null;
  /** One of the two, where both are given. */
  readonly candidateUser?: string;
  readonly candidateGroups?: readonly string[];
  /** Epoch milliseconds. */
  readonly dueBefore?: number;
  readonly followUpBefore?: number;
  readonly minPriority?: number;
  readonly tags?: readonly TagFilter[];
}

export interface MessageFilter extends TenantFilter {
  readonly id?: number;
  readonly excludeExpired?: boolean;
  readonly name?: string;
  readonly correlationKey?: string;
  readonly correlated?: boolean;
}

export interface MessageSubscriptionFilter extends TenantFilter {
  readonly partition?: Partition;
  readonly processInstanceId?: number;
  readonly correlationKey?: string;
  readonly name?: string;
  readonly startEvents?: boolean;
}

export interface SignalFilter extends TenantFilter {
  readonly id?: number;
  readonly name?: string;
}

export type SignalSubscriptionFilter = Omit<MessageSubscriptionFilter, 'correlationKey'>;

export interface VariableFilter extends TenantFilter {
  readonly partition?: Partition;
  readonly elementInstanceId?: number;
  readonly processInstanceId?: number;
  readonly names?: readonly string[];
}

export interface ProcessView {
  readonly id: number;
  readonly tenantId: string;
  readonly bpmnProcessId: string;
  readonly version: string;
  readonly name: string | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly createdAt: number;
  readonly createdBy: string;
  readonly latest: boolean;
  /** New instances may start. */
  readonly enabled: boolean;
}

/** The element that a run-time row belongs to, in words. */
interface ElementName {
  readonly bpmnElementId: string;
  readonly bpmnElementType: ElementType;
  readonly elementName: string | null;
}

interface ProcessName {
  readonly bpmnProcessId: string;
  readonly version: string;
}

export interface ElementView extends ElementName {
  readonly id: number;
  readonly processId: number;
}

export interface ProcessInstanceView extends ProcessName {
  readonly row: ProcessInstance;
}

export interface ElementInstanceView extends ElementName {
  readonly row: ElementInstance;
  /** Of a call activity: the latest instance that it called. */
  readonly calledId: number | null;
  readonly processId: number;
  readonly tenantId: string;
}

export interface ArrivalView extends ElementName {
  readonly row: Arrival;
}

export interface JobView extends ProcessName {
  readonly row: Job;
  /** Of PASS_VARIABLES: the called instance that has ended. */
  readonly calledId: number | null;
  /** The lock, while a worker holds it. */
  readonly lock: JobLock | null;
  readonly bpmnElementId: string;
  readonly correlationKey: string | null;
  readonly traceParent: string | null;
}

export interface SeenVariables {
  readonly variables: readonly { readonly name: string; readonly data: VariableData }[];
}

export interface IncidentView extends ProcessName {
  readonly row: Incident;
  readonly processId: number;
  readonly tenantId: string;
  readonly bpmnElementId: string;
}

export interface UserTaskView {
  readonly row: UserTask;
  readonly bpmnProcessId: string;
  readonly bpmnElementId: string;
  readonly elementName: string | null;
}

export interface TaskView {
  readonly row: Task;
  readonly claimedBy: string | null;
}

export interface MessageView {
  readonly row: Message;
  readonly deliveries: readonly MessageDelivery[];
}

/** A subscription of an instance, or a start event, which has only the process. */
export interface MessageSubscriptionView {
  readonly partition: Partition | null;
  readonly id: number;
  readonly name: string;
  readonly correlationKey: string;
  readonly elementId: number;
  readonly elementInstanceId: number | null;
  readonly processId: number;
  readonly processInstanceId: number | null;
  readonly bpmnElementId: string;
  readonly createdAt: number;
  readonly createdBy: string;
  readonly tenantId: string;
}

export interface SignalView {
  readonly row: Signal;
  /** Receivers that it has not reached yet. */
  readonly pendingCount: number;
  /** Receivers that it can not reach, and has passed by. */
  readonly failedCount: number;
}

export type SignalSubscriptionView = Omit<MessageSubscriptionView, 'correlationKey'>;

/** Never a deleted one: `row.data` is there. */
export interface VariableView {
  readonly row: Variable;
  /** Of the scope's element. */
  readonly bpmnElementId: string;
}

export interface ProcessInstanceDetails {
  readonly instance: ProcessInstanceView;
  /** Living ones. */
  readonly elementInstances: readonly ElementInstanceView[];
  /** Waiting ones. */
  readonly arrivals: readonly ArrivalView[];
  /** Not ended. */
  readonly jobs: readonly JobView[];
  /** Open ones. */
  readonly incidents: readonly IncidentView[];
  /** Of living scopes; of an ended instance those of its process scope. */
  readonly variables: readonly VariableView[];
  /** More than 1,000 of one kind: the queries have all of them. */
  readonly truncated: boolean;
}
