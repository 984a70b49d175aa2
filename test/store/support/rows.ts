// Rows to store: a small tree, and random rows of every table.
import fc from 'fast-check';
import type {
  Arrival,
  ElementInstance,
  Incident,
  InstanceState,
  Job,
  JobLock,
  OpenJob,
  Partition,
  ProcessInstance,
  Task,
  UserTask,
  Variable,
  VariableData,
} from '../../../src/core/state.js';
import type { Store } from '../../../src/engine/ports/store.js';

export async function idSource(store: Store): Promise<() => number> {
  const block = await store.reserveIds();
  let next = block.first;
  return () => next++ * 256 + 7;
}

export const TODAY: Partition = new Date().toISOString().slice(0, 10);

export interface Tree {
  readonly root: ProcessInstance;
  /** The process scope, a sub-process in it, a task in that. */
  readonly scope: ElementInstance;
  readonly inner: ElementInstance;
  readonly task: ElementInstance;
  readonly job: Job;
  readonly openJob: OpenJob;
  readonly arrival: Arrival;
  readonly incident: Incident;
  readonly later: Task;
  readonly userTask: UserTask;
  readonly variables: readonly Variable[];
}

export interface TreeOptions {
  readonly topic?: string;
  readonly tenantId?: string;
  readonly priority?: number;
  readonly dueAt?: number;
  readonly processId?: number;
  readonly elementId?: number;
  readonly lock?: JobLock;
}

export function tree(newId: () => number, options: TreeOptions = {}): Tree {
  const now = Date.now();
  const { topic = 'work', tenantId = '', priority = 0, dueAt = now - 1000, processId = 1, elementId = 1 } = options;
  const [rootId, innerId, taskId, jobId, arrivalId, incidentId, laterId, userTaskId] = Array.from(
    { length: 8 },
    newId,
  ) as [number, number, number, number, number, number, number, number];
  const partition = TODAY;
  const inTree = { partition, rootId, processInstanceId: rootId, createdAt: now, changeNumber: 1 };
  const element = (id: number, parentId: number | null): ElementInstance => ({
    ...inTree,
    id,
    parentId,
    elementId,
    state: 'STARTED',
    liveChildren: 1,
    attempt: 1,
    replaces: null,
    cancelledBy: null,
    supersededBy: null,
    endedByElement: null,
    inputs: null,
    loop: null,
    startedAt: now,
    endedAt: null,
  });
  const variable = (scopeId: number, name: string, value: string): Variable => ({
    partition,
    scopeId,
    name,
    rootId,
    processInstanceId: rootId,
    data: { encoding: 'json', value, encrypted: false },
    createdAt: now,
    createdBy: 'test',
    updatedAt: now,
    updatedBy: 'test',
    changeNumber: 1,
  });
  const common = { tenantId, topic, type: 'EXECUTE' as const, priority, dueAt, processId };
  return {
    root: {
      ...{ partition, id: rootId, rootId, parentId: null, parentElementInstanceId: null, processId, tenantId },
      ...{ state: 'STARTED', correlationKey: 'key', tags: {}, contextType: null, contextId: null },
      ...{ traceParent: 'trace', startVariables: null, createdAt: now, createdBy: 'test', startedAt: now },
      ...{ endedAt: null, endedBy: null, endReason: null, messageId: null, holdsKeys: null, changeNumber: 1 },
    },
    scope: element(rootId, null),
    inner: element(innerId, rootId),
    task: element(taskId, innerId),
    job: {
      ...{ ...inTree, ...common, id: jobId, elementInstanceId: taskId, elementId, state: 'CREATED', retryCount: 0 },
      ...{ retryLimit: 2, attempt: 1, attemptKey: `a${jobId}`, effectKey: `e${jobId}`, createdBy: 'test' },
      listener: null,
      ...{ lockToken: null, lockedAt: null, lockedBy: null, completedAt: null, completedBy: null, error: null },
    },
    openJob: {
      ...{ ...common, partition, id: jobId, rootId, processInstanceId: rootId, elementInstanceId: taskId },
      ...{ suspended: false, lock: options.lock ?? null },
    },
    arrival: {
      ...{ ...inTree, id: arrivalId, scopeId: innerId, flow: 1, elementId, producedBy: taskId },
      ...{ consumedBy: null, withdrawnBy: null },
    },
    incident: {
      ...{ ...inTree, id: incidentId, elementInstanceId: taskId, elementId, jobId, taskId: null },
      ...{ reason: 'JOB_RETRIES_EXHAUSTED', message: 'no', phase: 'JOB', createdBy: 'test' },
      ...{ resolvedAt: null, resolvedBy: null },
    },
    later: {
      ...{ partition, id: laterId, rootId, processInstanceId: rootId, elementInstanceId: taskId, elementId, processId },
      ...{ tenantId, type: 'ACTIVATE_JOB', dueAt: now - 500, payload: { type: 'ACTIVATE_JOB', jobId } },
      ...{ createdAt: now, createdBy: 'test' },
    },
    userTask: {
      ...{ ...inTree, id: userTaskId, elementInstanceId: taskId, elementId, processId, tenantId, state: 'STARTED' },
      ...{ correlationKey: 'key', revision: 1, assignee: null, candidateUsers: ['ada'], candidateGroups: ['sales'] },
      ...{ dueAt: now, followUpAt: null, priority: 0, formKey: null, tags: {}, createdBy: 'test' },
      ...{ endedAt: null, endedBy: null },
    },
    variables: [
      variable(rootId, 'outer', '"of the process"'),
      variable(rootId, 'both', '1'),
      variable(innerId, 'both', '2'),
      { ...variable(taskId, 'outer', '0'), data: null },
    ],
  };
}

/** What makes this tree. */
export function born(trees: readonly Tree[]) {
  return {
    processInstance: { born: trees.map((one) => one.root) },
    elementInstance: { born: trees.flatMap((one) => [one.scope, one.inner, one.task]) },
    arrival: { born: trees.map((one) => one.arrival) },
    variable: { born: trees.flatMap((one) => one.variables) },
    job: { born: trees.map((one) => one.job) },
    openJob: { born: trees.map((one) => one.openJob) },
    incident: { born: trees.map((one) => one.incident) },
    task: { born: trees.map((one) => one.later) },
    userTask: { born: trees.map((one) => one.userTask) },
  };
}

// --- Random rows: each value that a column can have ---------------------------------------------------------------------

/** PostgreSQL has no NUL; what a client sends was checked for lone surrogates. */
const text = fc
  .oneof(fc.string({ unit: 'binary' }), fc.constantFrom('', 'NULL', '{}', '"', '\\', 'a,b', "it's", 'é😀'))
  .map((value) => value.replaceAll('\u0000', ''));
const name = text.filter((value) => value !== '');
const optionalText = fc.option(text);
const number = fc.integer({ min: 0, max: 2 ** 53 - 1 });
const small = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const optionalNumber = fc.option(number);
const time = fc.integer({ min: 0, max: Date.UTC(12_000, 0) });
const optionalTime = fc.option(time);
const state = fc.constantFrom<InstanceState>(
  ...(['CREATED', 'QUEUED', 'STARTED', 'SUSPENDED', 'COMPLETED', 'TERMINATED', 'CANCELED'] as const),
);
const tags = fc.dictionary(name, text).map((made) => ({ ...made }));
const data: fc.Arbitrary<VariableData> = fc.record({ encoding: text, value: text, encrypted: fc.boolean() });

export const lock: fc.Arbitrary<JobLock> = fc.record({ token: name, lockedBy: text, lockedAt: time }).chain((held) =>
  fc.oneof(
    fc
      .record({ serverId: text, serverEpoch: number, sessionId: text, sessionGeneration: small })
      .map((owner) => ({ ...held, owner, until: null })),
    time.map((until) => ({ ...held, owner: null, until })),
  ),
);

const loop: fc.Arbitrary<ElementInstance['loop']> = fc.oneof(
  fc.constant(null),
  fc.record({ opened: small, size: fc.option(small) }).map((made) => ({ ...made })),
  fc.record({ number: small, output: optionalText }).map((made) => ({ ...made })),
);

/** Random values for everything but what places a row in a tree. */
export const randomRows = {
  processInstance: fc.record({
    ...{ parentId: optionalNumber, parentElementInstanceId: optionalNumber, processId: small, tenantId: text, state },
    ...{ correlationKey: optionalText, tags, contextType: optionalText, contextId: optionalText },
    ...{ traceParent: optionalText, startVariables: optionalText, createdAt: time, createdBy: text },
    ...{ startedAt: optionalTime, endedAt: optionalTime, endedBy: optionalText, endReason: optionalText },
    ...{ messageId: optionalNumber, holdsKeys: fc.constantFrom(true as const, null), changeNumber: number },
  }),
  elementInstance: fc.record({
    ...{ processInstanceId: number, parentId: optionalNumber, elementId: small, state, liveChildren: small },
    ...{ attempt: small, replaces: optionalNumber, cancelledBy: optionalNumber, supersededBy: optionalNumber },
    ...{ endedByElement: optionalNumber, inputs: optionalText, loop, createdAt: time, startedAt: optionalTime },
    ...{ endedAt: optionalTime, changeNumber: number },
  }),
  arrival: fc.record({
    ...{ processInstanceId: number, flow: small, elementId: small, producedBy: number, createdAt: time },
    changeNumber: number,
  }),
  variable: fc.record({
    ...{ name, processInstanceId: number, data: fc.option(data), createdAt: time, createdBy: text },
    ...{ updatedAt: time, updatedBy: text, changeNumber: number },
  }),
  job: fc.record({
    ...{ processInstanceId: number, elementInstanceId: number, elementId: small, processId: small, tenantId: text },
    type: fc.constantFrom<Job['type']>('EXECUTE', 'EVALUATE_EXCLUSIVE_GATEWAY', 'SET_TIMER', 'SUBSCRIBE_SIGNAL'),
    state: fc.constantFrom<Job['state']>('CREATED', 'DONE', 'CAUSED_RETRY', 'CAUSED_INCIDENT', 'CANCELED'),
    ...{ topic: text, priority: small, retryCount: small, retryLimit: small, attempt: small, attemptKey: text },
    ...{ effectKey: text, dueAt: time, createdAt: time, createdBy: text, lockToken: optionalText },
    listener: fc.option(small),
    ...{ lockedAt: optionalTime, lockedBy: optionalText, completedAt: optionalTime, completedBy: optionalText },
    ...{ error: optionalText, changeNumber: number },
  }),
  openJob: fc.record({
    ...{ processId: small, processInstanceId: number, elementInstanceId: number, tenantId: text, topic: text },
    type: fc.constantFrom<Job['type']>('EXECUTE', 'CALL_PROCESS'),
    ...{ priority: small, dueAt: time, suspended: fc.boolean(), lock: fc.option(lock) },
  }),
  incident: fc.record({
    ...{ processInstanceId: number, elementInstanceId: number, elementId: small, jobId: optionalNumber },
    ...{ taskId: optionalNumber, message: text, createdAt: time, createdBy: text, resolvedAt: optionalTime },
    reason: fc.constantFrom<Incident['reason']>('JOB_RETRIES_EXHAUSTED', 'EXPRESSION_LIMIT', 'STEP_LIMIT'),
    phase: fc.constantFrom<Incident['phase']>('ENTER', 'LEAVE', 'JOB', 'CONTINUE'),
    ...{ resolvedBy: optionalText, changeNumber: number },
  }),
  userTask: fc.record({
    ...{ processInstanceId: number, elementInstanceId: number, elementId: small, processId: small, tenantId: text },
    ...{ correlationKey: optionalText, state, revision: small, assignee: optionalText, formKey: optionalText },
    ...{ candidateUsers: fc.array(text), candidateGroups: fc.array(text), dueAt: optionalTime },
    ...{ followUpAt: optionalTime, priority: small, tags, createdAt: time, createdBy: text, endedAt: optionalTime },
    ...{ endedBy: optionalText, changeNumber: number },
  }),
  message: fc.record({
    ...{ tenantId: text, name, correlationKey: text, uniqueKey: text, onePerProcess: fc.boolean() },
    ...{ uniqueStart: fc.boolean(), variables: optionalText, traceParent: optionalText, thrownBy: optionalNumber },
    ...{ createdAt: time, createdBy: text, expiresAt: optionalTime, endedAt: optionalTime },
  }),
  messageSubscription: fc.record({
    ...{ processInstanceId: number, elementInstanceId: number, elementId: small, processId: small },
    ...{ bpmnProcessId: text, tenantId: text, name, correlationKey: text, createdAt: time, createdBy: text },
    ...{ path: fc.array(number, { minLength: 1 }), suspended: fc.boolean() },
  }),
  signalSubscription: fc.record({
    ...{ processInstanceId: number, elementInstanceId: number, elementId: small, processId: small },
    ...{ tenantId: text, name, createdAt: time, createdBy: text, path: fc.array(number, { minLength: 1 }) },
  }),
  task: fc.record({
    ...{ processInstanceId: number, elementInstanceId: optionalNumber, elementId: fc.option(small), processId: small },
    ...{ tenantId: text, dueAt: time, createdAt: time, createdBy: text },
    payload: fc.oneof(
      number.map((jobId) => ({ type: 'ACTIVATE_JOB' as const, jobId })),
      fc.record({ arrivals: fc.array(number), steps: small }).map((rest) => ({ type: 'CONTINUE' as const, ...rest })),
    ),
  }),
};
