/** Views of stored rows as messages of the contract. */
import type { VariableData } from '../core/state.js';
import type {
  ArrivalView,
  ElementInstanceView,
  IncidentView,
  JobView,
  ProcessInstanceView,
  ProcessView,
  SeenVariables,
  TaskView,
  UserTaskView,
  VariableView,
} from '../engine/reader.js';
import type { ElementVariable, Variable } from '../gen/baton/v1/common.js';
import type { Arrival, ElementInstance } from '../gen/baton/v1/element_instances.js';
import type { Incident } from '../gen/baton/v1/incidents.js';
import type { Job } from '../gen/baton/v1/jobs.js';
import type { ProcessInstance } from '../gen/baton/v1/process_instances.js';
import type { Process } from '../gen/baton/v1/processes.js';
import type { Task } from '../gen/baton/v1/tasks.js';
import type { UserTask } from '../gen/baton/v1/user_tasks.js';
import type { VariableInfo } from '../gen/baton/v1/variables.js';
import {
  dateIf,
  dateOf,
  durationOf,
  textOf,
  wireElementType,
  wireInstanceState,
  wireJobState,
  wireJobType,
  wireTaskType,
} from './convert.js';

export function toProcess(view: ProcessView, created?: boolean): Process {
  return {
    id: view.id,
    bpmnProcessId: view.bpmnProcessId,
    version: view.version,
    name: textOf(view.name),
    tenantId: view.tenantId,
    createdAt: dateOf(view.createdAt),
    createdBy: view.createdBy,
    parallelism: 0,
    tags: { ...view.tags },
    journalMode: 'JOURNAL_MODE_AUDIT',
    latest: view.latest,
    collaborationId: '',
    participantId: '',
    participantName: '',
    created,
    enabled: view.enabled,
  };
}

export function toProcessInstance({ row, bpmnProcessId, version }: ProcessInstanceView): ProcessInstance {
  return {
    partition: row.partition,
    id: row.id,
    parentId: row.parentId ?? undefined,
    parentElementInstanceId: row.parentElementInstanceId ?? undefined,
    rootId: row.rootId,
    processId: row.processId,
    bpmnProcessId,
    version,
    correlationKey: textOf(row.correlationKey),
    state: wireInstanceState[row.state],
    createdAt: dateOf(row.createdAt),
    createdBy: row.createdBy,
    startedAt: dateIf(row.startedAt),
    endedAt: dateIf(row.endedAt),
    tags: { ...row.tags },
    tenantId: row.tenantId,
    contextTypeId: textOf(row.contextType),
    contextId: textOf(row.contextId),
    executionMode: 'EXECUTION_MODE_UNSUPERVISED',
    journalMode: 'JOURNAL_MODE_AUDIT',
    changeNumber: row.changeNumber,
    revision: 0,
    derivationKind: 'DERIVATION_KIND_UNSPECIFIED',
    cancelReason: textOf(row.endReason),
  };
}

export function toElementInstance(view: ElementInstanceView): ElementInstance {
  const { row, processId, bpmnElementId, bpmnElementType, elementName, tenantId } = view;
  return {
    partition: row.partition,
    id: row.id,
    parentId: row.parentId ?? undefined,
    elementId: row.elementId,
    processId,
    processInstanceId: row.processInstanceId,
    bpmnElementId,
    bpmnElementType: wireElementType(bpmnElementType),
    name: textOf(elementName),
    state: wireInstanceState[row.state],
    createdAt: dateOf(row.createdAt),
    createdBy: '',
    startedAt: dateIf(row.startedAt),
    endedAt: dateIf(row.endedAt),
    attempt: row.attempt,
    replaces: row.replaces ?? undefined,
    canceledBy: row.cancelledBy ?? undefined,
    supersededBy: row.supersededBy ?? undefined,
    loopCounter: row.loop !== null && 'number' in row.loop ? row.loop.number : 0,
    calledProcessInstanceId: view.calledId ?? undefined,
    tenantId,
  };
}

export function toArrival({ row, bpmnElementId, bpmnElementType }: ArrivalView, flowIds: readonly string[]): Arrival {
  return {
    partition: row.partition,
    id: row.id,
    processInstanceId: row.processInstanceId,
    parentId: row.scopeId,
    elementId: row.elementId,
    bpmnElementId,
    bpmnElementType: wireElementType(bpmnElementType),
    bpmnSequenceFlowId: flowIds[row.flow] ?? '',
    producedBy: row.producedBy,
    createdAt: dateOf(row.createdAt),
  };
}

/** Never with its lock token: who reads a job does not hold it. */
export function toReadJob(view: JobView & Partial<SeenVariables>): Job {
  const { row, lock, traceParent } = view;
  return {
    partition: row.partition,
    id: row.id,
    lockToken: '',
    topic: row.topic,
    type: wireJobType[row.type],
    state: wireJobState[row.state === 'CREATED' && lock !== null ? 'LOCKED' : row.state],
    variables: (view.variables ?? []).map(toVariable),
    headers: {},
    elementId: row.elementId,
    elementInstanceId: row.elementInstanceId,
    processId: row.processId,
    processInstanceId: row.processInstanceId,
    bpmnProcessId: view.bpmnProcessId,
    version: view.version,
    bpmnElementId: view.bpmnElementId,
    correlationKey: textOf(view.correlationKey),
    retryCount: row.retryCount,
    retryLimit: row.retryLimit,
    attempt: row.attempt,
    attemptKey: row.attemptKey,
    effectKey: row.effectKey,
    priority: row.priority,
    dueAt: dateOf(row.dueAt),
    lockedBy: lock?.lockedBy ?? textOf(row.lockedBy),
    lockedAt: dateIf(lock?.lockedAt ?? row.lockedAt),
    lockedUntil: dateIf(lock?.until ?? null),
    lockedFor: lock?.until ? durationOf(Math.max(0, lock.until - Date.now())) : undefined,
    errorMessage: textOf(row.error),
    createdAt: dateOf(row.createdAt),
    createdBy: row.createdBy,
    completedAt: dateIf(row.completedAt),
    tenantId: row.tenantId,
    calledProcessInstanceId: view.calledId ?? undefined,
    traceContext: traceParent === null ? undefined : { traceparent: traceParent, tracestate: '' },
  };
}

export function toIncident({ row, processId, tenantId, bpmnProcessId, bpmnElementId }: IncidentView): Incident {
  return {
    partition: row.partition,
    id: row.id,
    elementId: row.elementId,
    elementInstanceId: row.elementInstanceId,
    jobId: row.jobId ?? undefined,
    taskId: row.taskId ?? undefined,
    processId,
    processInstanceId: row.processInstanceId,
    bpmnProcessId,
    bpmnElementId,
    reason: row.reason,
    message: row.message,
    createdAt: dateOf(row.createdAt),
    createdBy: row.createdBy,
    resolvedAt: dateIf(row.resolvedAt),
    resolvedBy: textOf(row.resolvedBy),
    tenantId,
  };
}

/** `headers` are the model's: no row repeats them. */
export function toUserTask(view: UserTaskView, headers: Readonly<Record<string, string>>): UserTask {
  const { row, bpmnProcessId, bpmnElementId, elementName } = view;
  return {
    partition: row.partition,
    id: row.id,
    elementId: row.elementId,
    elementInstanceId: row.elementInstanceId,
    processId: row.processId,
    processInstanceId: row.processInstanceId,
    bpmnProcessId,
    bpmnElementId,
    name: textOf(elementName),
    state: wireInstanceState[row.state],
    revision: row.revision,
    assignee: textOf(row.assignee),
    candidateUsers: [...row.candidateUsers],
    candidateGroups: [...row.candidateGroups],
    dueAt: dateIf(row.dueAt),
    followUpAt: dateIf(row.followUpAt),
    priority: row.priority,
    formKey: textOf(row.formKey),
    correlationKey: textOf(row.correlationKey),
    tags: { ...row.tags },
    headers: { ...headers },
    createdAt: dateOf(row.createdAt),
    createdBy: row.createdBy,
    completedAt: dateIf(row.endedAt),
    completedBy: textOf(row.endedBy),
    tenantId: row.tenantId,
  };
}

export function toTask({ row, claimedBy }: TaskView): Task {
  return {
    partition: row.partition,
    id: row.id,
    type: wireTaskType[row.type],
    state: claimedBy === null ? 'TASK_STATE_CREATED' : 'TASK_STATE_LOCKED',
    elementId: row.elementId ?? undefined,
    elementInstanceId: row.elementInstanceId ?? undefined,
    processId: row.processId ?? undefined,
    processInstanceId: row.processInstanceId ?? undefined,
    jobId: 'jobId' in row.payload ? row.payload.jobId : undefined,
    dueAt: dateOf(row.dueAt),
    lockedBy: textOf(claimedBy),
    retryCount: 0,
    errorMessage: '',
    serializedTask: JSON.stringify(row.payload),
    createdAt: dateOf(row.createdAt),
    createdBy: row.createdBy,
    tenantId: row.tenantId,
  };
}

export function toVariable({ name, data }: { readonly name: string; readonly data: VariableData | null }): Variable {
  return { name, data: data ?? undefined };
}

export function toElementVariable({ row, bpmnElementId }: VariableView): ElementVariable {
  return { ...toVariable(row), bpmnElementId, elementInstanceId: row.scopeId };
}

/** What is known without the value. Variables are known by scope and name, so their ids and elements are not told. */
export function toVariableInfo({ row, bpmnElementId }: VariableView): VariableInfo {
  return {
    partition: row.partition,
    id: 0,
    elementId: 0,
    elementInstanceId: row.scopeId,
    processId: 0,
    processInstanceId: row.processInstanceId,
    bpmnElementId,
    name: row.name,
    encoding: textOf(row.data?.encoding ?? null),
    encrypted: row.data?.encrypted ?? false,
    size: Buffer.byteLength(row.data?.value ?? ''),
    createdAt: dateOf(row.createdAt),
    createdBy: row.createdBy,
    updatedAt: dateOf(row.updatedAt),
    updatedBy: row.updatedBy,
  };
}
