// Calls of each service over sockets, with the engine and a database behind them.
import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  ElementInstanceServiceService,
  QueryElementInstancesRequest,
} from '../../src/gen/baton/v1/element_instances.js';
import { EngineServiceService } from '../../src/gen/baton/v1/engine.js';
import {
  IncidentServiceService,
  QueryIncidentsRequest,
  ResolveIncidentRequest,
} from '../../src/gen/baton/v1/incidents.js';
import {
  CompleteJobRequest,
  ExtendJobLocksRequest,
  FailJobRequest,
  GetJobRequest,
  JobServiceService,
  LockJobsRequest,
  QueryJobsRequest,
  ThrowJobErrorRequest,
  ThrowJobEscalationRequest,
  UnlockJobsRequest,
} from '../../src/gen/baton/v1/jobs.js';
import {
  CancelProcessInstanceRequest,
  CreateProcessInstanceRequest,
  GetProcessInstanceRequest,
  ProcessInstanceServiceService,
  QueryProcessInstancesRequest,
} from '../../src/gen/baton/v1/process_instances.js';
import {
  CreateProcessRequest,
  GetBpmnXmlRequest,
  ProcessServiceService,
  QueryElementsRequest,
  QueryProcessesRequest,
} from '../../src/gen/baton/v1/processes.js';
import { QueryTasksRequest, TaskServiceService } from '../../src/gen/baton/v1/tasks.js';
import {
  GetElementVariablesRequest,
  GetProcessVariablesRequest,
  QueryVariablesRequest,
  SetElementVariablesRequest,
  SetProcessVariablesRequest,
  VariableServiceService,
} from '../../src/gen/baton/v1/variables.js';
import { refusalOf, startApi, type TestApi } from '../support/api.js';
import { type FreshDatabase, freshDatabase } from '../support/databases.js';
import { tasks } from '../support/models.js';

let database: FreshDatabase;
let api: TestApi;

beforeAll(async () => {
  database = await freshDatabase();
  api = await startApi(database.settings);
});

afterAll(async () => {
  await api.stop();
  await database.drop();
});

const processes = ProcessServiceService;
const instances = ProcessInstanceServiceService;
const jobs = JobServiceService;

async function deploy(id: string, ...topics: readonly string[]) {
  const { processes: created } = await api.client.call(
    processes.createProcess,
    CreateProcessRequest.fromPartial({ bpmnXml: tasks(id, ...topics), workerId: 'deployer' }),
  );
  const [process] = created;
  if (process === undefined) throw new Error('nothing was created');
  return process;
}

async function start(id: string, fields: Partial<CreateProcessInstanceRequest> = {}) {
  const process = { $case: 'bpmnProcess', value: { bpmnProcessId: id } } as const;
  const request = CreateProcessInstanceRequest.fromPartial({ process, ...fields });
  const { processInstance } = await api.client.call(instances.createProcessInstance, request);
  if (processInstance === undefined) throw new Error('no instance in the answer');
  return processInstance;
}

async function lock(topic: string, fields: Partial<LockJobsRequest> = {}) {
  const request = LockJobsRequest.fromPartial({
    workerId: 'worker-1',
    topics: [{ topic }],
    limit: 10,
    maxWait: { seconds: 30 },
    ...fields,
  });
  return (await api.client.call(jobs.lockJobs, request)).jobs;
}

async function lockOne(topic: string) {
  const [job] = await lock(topic);
  if (job === undefined) throw new Error(`no job of ${topic}`);
  return job;
}

const handleOf = ({ partition, id, lockToken }: { partition: string; id: number; lockToken: string }) => ({
  partition,
  id,
  lockToken,
});

const json = (value: string) => ({ encoding: 'json', value, encrypted: false });

describe('processes', () => {
  test('are created once, found, and given back byte for byte', async () => {
    const created = await deploy('p-create', 'work');
    expect(created).toMatchObject({
      bpmnProcessId: 'p-create',
      version: '1',
      created: true,
      createdBy: 'deployer',
      latest: true,
    });
    expect(await deploy('p-create', 'work')).toMatchObject({ id: created.id, version: '1', created: false });
    const second = await deploy('p-create', 'other');
    expect(second).toMatchObject({ version: '2', created: true });
    const query = QueryProcessesRequest.fromPartial({ bpmnProcessId: 'p-create' });
    const { results } = await api.client.call(processes.queryProcesses, query);
    expect(results.map(({ version, latest }) => [version, latest])).toEqual([
      ['1', false],
      ['2', true],
    ]);
    const { bpmnXml } = await api.client.call(processes.getBpmnXml, GetBpmnXmlRequest.fromPartial({ id: second.id }));
    expect(bpmnXml).toBe(tasks('p-create', 'other'));
    const elements = QueryElementsRequest.fromPartial({ processId: second.id });
    expect((await api.client.call(processes.queryElements, elements)).results).toMatchObject([
      { bpmnElementId: 'p-create', bpmnElementType: 'BPMN_ELEMENT_TYPE_PROCESS' },
      { bpmnElementType: 'BPMN_ELEMENT_TYPE_NONE_START_EVENT' },
      { bpmnElementType: 'BPMN_ELEMENT_TYPE_SERVICE_TASK' },
      { bpmnElementType: 'BPMN_ELEMENT_TYPE_NONE_END_EVENT' },
    ]);
  });

  test('that can not be deployed are refused with each problem and its place (I9)', async () => {
    const bpmnXml = tasks('p-bad', 'a').replace('<endEvent id="end"/>', '<choreographyTask id="end"/>');
    const request = CreateProcessRequest.fromPartial({ bpmnXml });
    const refusal = await refusalOf(api.client.call(processes.createProcess, request));
    expect(refusal).toMatchObject({ code: status.INVALID_ARGUMENT, reason: 'MODEL_INVALID' });
    const dry = await api.client.call(processes.createProcess, { ...request, dryRun: true });
    expect(dry.processes).toEqual([]);
    expect(dry.problems).toMatchObject([{ bpmnElementId: 'end', line: 7, advice: expect.stringMatching(/.+/) }]);
  });

  test('of a dry run are told, and not created', async () => {
    const request = CreateProcessRequest.fromPartial({ bpmnXml: tasks('p-dry', 'a'), dryRun: true });
    expect(await api.client.call(processes.createProcess, request)).toMatchObject({
      processes: [{ id: 0, bpmnProcessId: 'p-dry', version: '1', created: true }],
    });
    const query = QueryProcessesRequest.fromPartial({ bpmnProcessId: 'p-dry' });
    expect((await api.client.call(processes.queryProcesses, query)).results).toEqual([]);
  });

  test('of another tenant are not there', async () => {
    const request = CreateProcessRequest.fromPartial({ bpmnXml: tasks('p-tenant', 'a'), tenantId: 'acme' });
    const { processes: created } = await api.client.call(processes.createProcess, request);
    const xml = GetBpmnXmlRequest.fromPartial({ id: created[0]?.id ?? 0 });
    expect(await refusalOf(api.client.call(processes.getBpmnXml, xml))).toMatchObject({
      code: status.NOT_FOUND,
      reason: 'PROCESS_NOT_FOUND',
    });
    const headers = { 'baton-tenant-ids': 'acme' };
    expect(await api.client.call(processes.getBpmnXml, xml, { headers })).toMatchObject({ bpmnXml: request.bpmnXml });
  });
});

describe('process instances', () => {
  test('start with all that is given to them, and are read with all that lives in them', async () => {
    await deploy('i-start', 'i-start');
    const started = await start('i-start', {
      correlationKey: 'order-1',
      tags: { region: 'eu' },
      contextTypeId: 'order',
      contextId: '17',
      variables: [{ name: 'a', data: { encoding: 'text', value: 'hello', encrypted: false } }],
      variablesJson: '{"id": 12345678901234567890}',
      workerId: 'starter',
    });
    expect(started).toMatchObject({
      bpmnProcessId: 'i-start',
      version: '1',
      correlationKey: 'order-1',
      tags: { region: 'eu' },
      contextTypeId: 'order',
      contextId: '17',
      state: 'INSTANCE_STATE_STARTED',
      createdBy: 'starter',
    });
    const { partition, id } = started;
    const details = await api.client.call(
      instances.getProcessInstance,
      GetProcessInstanceRequest.fromPartial({ partition, id }),
    );
    expect(details.processInstance).toEqual(started);
    expect(details.elementInstances.map((each) => each.bpmnElementId)).toEqual(['i-start', 'task-0']);
    expect(details.jobs).toMatchObject([{ topic: 'i-start', state: 'JOB_STATE_CREATED', lockToken: '' }]);
    expect(details.variables).toMatchObject([
      { name: 'a', data: { encoding: 'text', value: 'hello' }, elementInstanceId: id },
      { name: 'id', data: json('12345678901234567890') },
    ]);
  });

  test('start once for one request id, and another request under the id is refused', async () => {
    await deploy('i-repeat', 'i-repeat');
    const requestId = 'i-repeat-1';
    const first = await start('i-repeat', { requestId, tags: { a: '1', b: '2' } });
    const again = await start('i-repeat', { requestId, tags: { b: '2', a: '1' } });
    expect(again).toEqual(first);
    const process = { $case: 'bpmnProcess', value: { bpmnProcessId: 'i-repeat' } } as const;
    const other = CreateProcessInstanceRequest.fromPartial({ process, requestId, tags: { a: '3' } });
    expect(await refusalOf(api.client.call(instances.createProcessInstance, other))).toMatchObject({
      code: status.ALREADY_EXISTS,
      reason: 'REQUEST_ID_REUSED',
    });
  });

  test('of many start together, each with its own result', async () => {
    await deploy('i-bulk', 'i-bulk');
    const process = (bpmnProcessId: string) => ({ $case: 'bpmnProcess', value: { bpmnProcessId } }) as const;
    const requests = [
      { process: process('i-bulk'), requestId: 'bulk-1' },
      { process: process('nowhere') },
      { process: process('i-bulk'), variablesJson: '[]' },
      { process: process('i-bulk') },
    ].map((each) => CreateProcessInstanceRequest.fromPartial(each));
    const { results } = await api.client.call(instances.createProcessInstances, { requests });
    expect(results.map(({ result }) => (result?.$case === 'error' ? result.value.code : result?.$case))).toEqual([
      'processInstance',
      status.NOT_FOUND,
      status.INVALID_ARGUMENT,
      'processInstance',
    ]);
    const [first] = results;
    const again = await start('i-bulk', { requestId: 'bulk-1' });
    expect(first?.result).toEqual({ $case: 'processInstance', value: again });
  });

  test('of many are refused as a whole when the list itself is wrong', async () => {
    const process = { $case: 'processId', value: 1 } as const;
    const item = CreateProcessInstanceRequest.fromPartial({ process, requestId: 'same', awaitEnd: {} });
    const refusal = await refusalOf(api.client.call(instances.createProcessInstances, { requests: [item, item] }));
    expect(refusal).toMatchObject({ reason: 'REQUEST_INVALID' });
    expect(refusal.fields).toEqual(['requests[0].await_end', 'requests[1].await_end', 'requests[1].request_id']);
  });

  test('are awaited to their end, with their variables', async () => {
    await deploy('i-await', 'i-await');
    const process = { $case: 'bpmnProcess', value: { bpmnProcessId: 'i-await' } } as const;
    const request = CreateProcessInstanceRequest.fromPartial({ process, awaitEnd: {}, variablesJson: '{"a":1}' });
    const ended = api.client.call(instances.createProcessInstance, request);
    const job = await lockOne('i-await');
    await api.client.call(
      jobs.completeJob,
      CompleteJobRequest.fromPartial({ ...handleOf(job), variablesJson: '{"b":2.50}' }),
    );
    expect(await ended).toMatchObject({
      processInstance: { state: 'INSTANCE_STATE_COMPLETED' },
      variables: [
        { name: 'a', data: json('1') },
        { name: 'b', data: json('2.50') },
      ],
    });
  });

  test('are awaited no longer than asked', async () => {
    await deploy('i-wait', 'i-wait');
    const process = { $case: 'bpmnProcess', value: { bpmnProcessId: 'i-wait' } } as const;
    const request = CreateProcessInstanceRequest.fromPartial({ process, awaitEnd: { maxWait: { nanos: 1_000_000 } } });
    const answer = await api.client.call(instances.createProcessInstance, request);
    expect(answer).toMatchObject({ processInstance: { state: 'INSTANCE_STATE_STARTED' }, variables: [] });
    const withDeadline = { ...request, awaitEnd: { variableNames: [] }, requestId: 'i-wait-1' };
    const late = api.client.call(instances.createProcessInstance, withDeadline, { deadlineMs: 300 });
    expect((await refusalOf(late)).code).toBe(status.DEADLINE_EXCEEDED);
  });

  test('are canceled with a reason, once', async () => {
    await deploy('i-cancel', 'i-cancel');
    const { partition, id } = await start('i-cancel');
    const request = CancelProcessInstanceRequest.fromPartial({ partition, id, reason: 'a mistake' });
    const { processInstance } = await api.client.call(instances.cancelProcessInstance, request);
    expect(processInstance).toMatchObject({ state: 'INSTANCE_STATE_CANCELED', cancelReason: 'a mistake' });
    const nowhere = { ...request, id: 999_999_999 };
    expect(await refusalOf(api.client.call(instances.cancelProcessInstance, nowhere))).toMatchObject({
      code: status.NOT_FOUND,
      reason: 'PROCESS_INSTANCE_NOT_FOUND',
    });
  });

  test('are found by pages, newest first, and a token fits its filter only', async () => {
    await deploy('i-query', 'i-query');
    const ids: number[] = [];
    for (let count = 0; count < 5; count++) ids.unshift((await start('i-query', { correlationKey: `k${count}` })).id);
    const query = QueryProcessInstancesRequest.fromPartial({ bpmnProcessId: 'i-query', pageSize: 2 });
    const found: number[] = [];
    let pageToken = '';
    do {
      const page = await api.client.call(instances.queryProcessInstances, { ...query, pageToken });
      found.push(...page.results.map(({ id }) => id));
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    expect([...found].sort((a, b) => b - a)).toEqual([...ids].sort((a, b) => b - a));
    const first = await api.client.call(instances.queryProcessInstances, query);
    const wrong = { ...query, bpmnProcessId: 'i-wait', pageToken: first.nextPageToken };
    expect(await refusalOf(api.client.call(instances.queryProcessInstances, wrong))).toMatchObject({
      reason: 'PAGE_TOKEN_INVALID',
    });
    const mixed = { ...query, limit: 1 };
    expect(await refusalOf(api.client.call(instances.queryProcessInstances, mixed))).toMatchObject({
      reason: 'REQUEST_INVALID',
      fields: ['page_size'],
    });
    const simple = await api.client.call(instances.queryProcessInstances, {
      ...query,
      pageSize: 0,
      limit: 2,
      offset: 1,
    });
    expect(simple.results).toHaveLength(2);
    const states = { ...query, pageSize: 0, states: ['INSTANCE_STATE_COMPLETED' as const] };
    expect((await api.client.call(instances.queryProcessInstances, states)).results).toEqual([]);
  });
});

describe('jobs by single calls', () => {
  test('are locked with variables, and completed once however often the outcome comes', async () => {
    await deploy('j-complete', 'j-complete');
    const { partition, id } = await start('j-complete', {
      variablesJson: '{"a":1,"b":2}',
      traceContext: { traceparent: '00-x', tracestate: '' },
    });
    const topics = [{ topic: 'j-complete', variableNames: ['b'], withoutVariables: false }];
    const [job] = await lock('j-complete', { topics, lockDuration: { seconds: 60, nanos: 0 } });
    expect(job).toMatchObject({
      partition,
      processInstanceId: id,
      state: 'JOB_STATE_LOCKED',
      bpmnProcessId: 'j-complete',
      bpmnElementId: 'task-0',
      variables: [{ name: 'b', data: json('2') }],
      lockedBy: 'worker-1',
      traceContext: { traceparent: '00-x' },
    });
    expect(job?.lockedFor?.seconds).toBeGreaterThan(50);
    if (job === undefined) throw new Error('no job');
    const request = CompleteJobRequest.fromPartial(handleOf(job));
    const { job: done } = await api.client.call(jobs.completeJob, request);
    expect(done).toMatchObject({ id: job.id, state: 'JOB_STATE_DONE', lockToken: '' });
    expect(await api.client.call(jobs.completeJob, request)).toMatchObject({ job: { state: 'JOB_STATE_DONE' } });
    const wrong = { ...request, lockToken: 'another' };
    expect(await refusalOf(api.client.call(jobs.completeJob, wrong))).toMatchObject({
      code: status.FAILED_PRECONDITION,
      reason: 'JOB_ENDED',
    });
  });

  test('that fail are tried again; without retries there is an incident, which can be resolved', async () => {
    await deploy('j-fail', 'j-fail');
    await start('j-fail');
    const first = await lockOne('j-fail');
    const failed = await api.client.call(
      jobs.failJob,
      FailJobRequest.fromPartial({ ...handleOf(first), errorMessage: 'no luck', retryLimit: 1 }),
    );
    expect(failed).toMatchObject({ job: { state: 'JOB_STATE_CAUSED_RETRY', errorMessage: 'no luck' } });
    const second = await lockOne('j-fail');
    expect(second).toMatchObject({ id: failed.retryJobId, retryCount: 1 });
    const last = await api.client.call(
      jobs.failJob,
      FailJobRequest.fromPartial({ ...handleOf(second), errorMessage: 'no luck at all', retryLimit: 1 }),
    );
    expect(last).toMatchObject({ job: { state: 'JOB_STATE_CAUSED_INCIDENT' }, incidentId: expect.any(Number) });
    const query = QueryIncidentsRequest.fromPartial({ bpmnProcessId: 'j-fail', open: true });
    const { results } = await api.client.call(IncidentServiceService.queryIncidents, query);
    expect(results).toMatchObject([{ id: last.incidentId, reason: 'JOB_RETRIES_EXHAUSTED', jobId: second.id }]);
    const resolve = ResolveIncidentRequest.fromPartial({ partition: second.partition, id: last.incidentId ?? 0 });
    const { incident } = await api.client.call(IncidentServiceService.resolveIncident, { ...resolve, workerId: 'ann' });
    expect(incident).toMatchObject({ resolvedBy: 'ann' });
    expect(await refusalOf(api.client.call(IncidentServiceService.resolveIncident, resolve))).toMatchObject({
      reason: 'INCIDENT_RESOLVED',
    });
    expect(await lockOne('j-fail')).toMatchObject({ retryCount: 0 });
  });

  test('that wait for a retry are tasks', async () => {
    await deploy('j-later', 'j-later');
    const { partition, id } = await start('j-later');
    const job = await lockOne('j-later');
    const request = FailJobRequest.fromPartial({ ...handleOf(job), retryLimit: 1, retryTimer: 'PT1H' });
    await api.client.call(jobs.failJob, request);
    const query = QueryTasksRequest.fromPartial({ partition, processInstanceId: id });
    const { results } = await api.client.call(TaskServiceService.queryTasks, query);
    expect(results).toMatchObject([{ type: 'TASK_TYPE_ACTIVATE_JOB', state: 'TASK_STATE_CREATED' }]);
    const other = { ...query, type: 'TASK_TYPE_SEED_BATCH' as const };
    expect((await api.client.call(TaskServiceService.queryTasks, other)).results).toEqual([]);
    const wrong = { ...request, retryTimer: 'soon' };
    expect(await refusalOf(api.client.call(jobs.failJob, wrong))).toMatchObject({
      reason: 'DURATION_INVALID',
      fields: ['retry_timer'],
    });
  });

  test('that throw an error which nothing catches make an incident', async () => {
    await deploy('j-error', 'j-error');
    await start('j-error');
    const job = await lockOne('j-error');
    const request = ThrowJobErrorRequest.fromPartial({ ...handleOf(job), errorCode: 'E1' });
    const answer = await api.client.call(jobs.throwJobError, request);
    expect(answer).toMatchObject({ job: { state: 'JOB_STATE_CAUSED_INCIDENT' }, incidentId: expect.any(Number) });
  });

  test('that throw what boundary events catch are done; where it does not interrupt, another job goes on', async () => {
    const boundary = (kind: string, attributes = '') =>
      `<boundaryEvent id="on-${kind}" attachedToRef="task-0" ${attributes}><${kind}EventDefinition/></boundaryEvent>`;
    const events = `${boundary('error')}${boundary('escalation', 'cancelActivity="false"')}`;
    const bpmnXml = tasks('j-caught', 'j-caught').replace('<endEvent', `${events}<endEvent`);
    await api.client.call(processes.createProcess, CreateProcessRequest.fromPartial({ bpmnXml }));
    const instance = await start('j-caught');
    const late = { ...handleOf(await lockOne('j-caught')), escalationCode: 'LATE' };
    const escalated = await api.client.call(jobs.throwJobEscalation, ThrowJobEscalationRequest.fromPartial(late));
    expect(escalated).toMatchObject({ job: { state: 'JOB_STATE_DONE' }, incidentId: undefined });
    const next = await lockOne('j-caught');
    expect(next.id).toBe(escalated.nextJobId);
    const request = ThrowJobErrorRequest.fromPartial({ ...handleOf(next), errorCode: 'GONE' });
    const thrown = await api.client.call(jobs.throwJobError, request);
    expect(thrown).toMatchObject({ job: { state: 'JOB_STATE_DONE' }, incidentId: undefined });
    const query = QueryProcessInstancesRequest.fromPartial({ id: instance.id, partition: instance.partition });
    const { results } = await api.client.call(instances.queryProcessInstances, query);
    expect(results).toMatchObject([{ state: 'INSTANCE_STATE_COMPLETED' }]);
  });

  test('are held longer, and given back, each with its own answer', async () => {
    await deploy('j-lock', 'j-lock');
    await start('j-lock');
    await start('j-lock');
    const [job, second] = await lock('j-lock');
    if (job === undefined || second === undefined) throw new Error('not two jobs');
    const wrong = { ...handleOf(second), lockToken: 'another' };
    const nowhere = { ...handleOf(job), id: 999_999_999 };
    const extend = ExtendJobLocksRequest.fromPartial({
      jobs: [handleOf(job), wrong, nowhere],
      lockDuration: { seconds: 600 },
    });
    const { results } = await api.client.call(jobs.extendJobLocks, extend);
    expect(results.map(({ result }) => (result?.$case === 'error' ? result.value.code : result?.$case))).toEqual([
      'lockedUntil',
      status.FAILED_PRECONDITION,
      status.NOT_FOUND,
    ]);
    const twice = { ...extend, jobs: [handleOf(job), handleOf(job)] };
    expect(await refusalOf(api.client.call(jobs.extendJobLocks, twice))).toMatchObject({ fields: ['jobs[1].id'] });
    const unlock = UnlockJobsRequest.fromPartial({ jobs: [handleOf(job), wrong] });
    expect(await api.client.call(jobs.unlockJobs, unlock)).toEqual({ count: 1 });
    expect(await lockOne('j-lock')).toMatchObject({ id: job.id, retryCount: 0 });
    const ofWorker = UnlockJobsRequest.fromPartial({ lockedBy: 'worker-1', partition: job.partition, id: job.id });
    expect(await api.client.call(jobs.unlockJobs, ofWorker)).toEqual({ count: 1 });
    const neither = UnlockJobsRequest.fromPartial({ id: 1 });
    expect(await refusalOf(api.client.call(jobs.unlockJobs, neither))).toMatchObject({
      reason: 'REQUEST_INVALID',
      fields: ['jobs', 'id'],
    });
  });

  test('come as many as fit into one message; the others are not kept from anybody', async () => {
    await deploy('j-large', 'j-large');
    const large = JSON.stringify({ text: 'x'.repeat(1_500_000) });
    for (let count = 0; count < 4; count++) await start('j-large', { variablesJson: large });
    const first = await lock('j-large');
    const second = await lock('j-large');
    expect([first.length, second.length]).toEqual([2, 2]);
  });

  test('of a repeated LockJobs are those of the first that are still held, with the same locks', async () => {
    await deploy('j-again', 'j-again');
    for (let count = 0; count < 4; count++) await start('j-again');
    const fields = { limit: 3, requestId: 'j-again-1' };
    const first = await lock('j-again', fields);
    expect(first).toHaveLength(3);
    const handles = async () => (await lock('j-again', fields)).map(handleOf);
    expect(await handles()).toEqual(first.map(handleOf));
    const [done, givenBack, held] = first;
    if (done === undefined || givenBack === undefined || held === undefined) throw new Error('no jobs');
    await api.client.call(jobs.completeJob, CompleteJobRequest.fromPartial(handleOf(done)));
    await api.client.call(jobs.unlockJobs, UnlockJobsRequest.fromPartial({ jobs: [handleOf(givenBack)] }));
    expect(await handles()).toEqual([handleOf(held)]);
    const others = await lock('j-again', { limit: 3, requestId: 'j-again-2' });
    expect(others.map(({ id }) => id)).toContain(givenBack.id);
    expect(await handles()).toEqual([handleOf(held)]);
    const refusal = await refusalOf(lock('j-again', { ...fields, limit: 1 }));
    expect(refusal).toMatchObject({ code: status.ALREADY_EXISTS, reason: 'REQUEST_ID_REUSED', fields: ['request_id'] });
  });

  test('of a LockJobs that found none come when it is repeated', async () => {
    await deploy('j-later', 'j-later');
    const fields = { requestId: 'j-later-1', maxWait: undefined };
    expect(await lock('j-later', fields)).toEqual([]);
    await start('j-later');
    const [job] = await lock('j-later', { ...fields, maxWait: undefined });
    expect(job).toMatchObject({ topic: 'j-later' });
  });

  test('are asked for with an id only together with its partition', async () => {
    const request = LockJobsRequest.fromPartial({ workerId: 'w', id: 1, processInstanceId: 2 });
    expect(await refusalOf(api.client.call(jobs.lockJobs, request))).toMatchObject({
      reason: 'REQUEST_INVALID',
      fields: ['id', 'process_instance_id'],
    });
  });

  test('of a process that can not be there are none, however great its id', async () => {
    const processId = Number.MAX_SAFE_INTEGER;
    for (const topics of [[], [{ topic: 'j-none' }]]) {
      const request = LockJobsRequest.fromPartial({ workerId: 'w', topics, processIds: [processId] });
      expect((await api.client.call(jobs.lockJobs, request)).jobs).toEqual([]);
    }
    const process = { $case: 'processId', value: processId } as const;
    const request = CreateProcessInstanceRequest.fromPartial({ process });
    const refusal = await refusalOf(api.client.call(instances.createProcessInstance, request));
    expect(refusal).toMatchObject({ code: status.NOT_FOUND, reason: 'PROCESS_NOT_FOUND' });
  });

  test('are read without their tokens', async () => {
    await deploy('j-read', 'j-read');
    const { partition, id } = await start('j-read', { variablesJson: '{"a":1}' });
    const job = await lockOne('j-read');
    const query = QueryJobsRequest.fromPartial({ partition, processInstanceId: id, states: ['JOB_STATE_LOCKED'] });
    const { results } = await api.client.call(jobs.queryJobs, query);
    expect(results).toMatchObject([
      { id: job.id, state: 'JOB_STATE_LOCKED', lockToken: '', lockedBy: 'worker-1', variables: [] },
    ]);
    const get = GetJobRequest.fromPartial({ partition, id: job.id, variableNames: ['a'] });
    expect((await api.client.call(jobs.getJob, get)).job).toMatchObject({ variables: [{ name: 'a' }], lockToken: '' });
    expect((await api.client.call(jobs.getJob, { ...get, variableNames: [] })).job).toMatchObject({ variables: [] });
  });
});

describe('variables', () => {
  test('are set, deleted and read in their scopes', async () => {
    await deploy('v-set', 'v-set');
    const { partition, id } = await start('v-set', { variablesJson: '{"a":1,"b":2}' });
    const set = SetProcessVariablesRequest.fromPartial({
      ...{ partition, id },
      variables: [{ name: 'a' }],
      variablesJson: '{"c": 3.0}',
      workerId: 'ann',
    });
    await api.client.call(VariableServiceService.setProcessVariables, set);
    const get = GetProcessVariablesRequest.fromPartial({ partition, id });
    expect(await api.client.call(VariableServiceService.getProcessVariables, get)).toEqual({
      variables: [
        { name: 'b', data: json('2') },
        { name: 'c', data: json('3.0') },
      ],
    });
    const query = QueryElementInstancesRequest.fromPartial({
      partition,
      processInstanceId: id,
      bpmnElementId: 'task-0',
    });
    const { results } = await api.client.call(ElementInstanceServiceService.queryElementInstances, query);
    const task = { partition, id: results[0]?.id ?? 0 };
    const setElement = SetElementVariablesRequest.fromPartial({
      ...task,
      variables: [{ name: 'outer', data: json('1'), bpmnElementId: 'v-set' }],
      variablesJson: '{"own":2}',
    });
    await api.client.call(VariableServiceService.setElementVariables, setElement);
    const getElement = GetElementVariablesRequest.fromPartial(task);
    const seen = await api.client.call(VariableServiceService.getElementVariables, getElement);
    expect(seen.variables.map(({ name, bpmnElementId }) => `${bpmnElementId} ${name}`)).toEqual([
      'task-0 own',
      'v-set b',
      'v-set c',
      'v-set outer',
    ]);
    const infos = QueryVariablesRequest.fromPartial({ partition, processInstanceId: id, names: ['c'] });
    expect((await api.client.call(VariableServiceService.queryVariables, infos)).results).toMatchObject([
      { name: 'c', encoding: 'json', size: 3, updatedBy: 'ann' },
    ]);
    const nowhere = {
      ...setElement,
      variables: [{ name: 'x', data: json('1'), bpmnElementId: 'no', elementInstanceId: 0 }],
    };
    expect(await refusalOf(api.client.call(VariableServiceService.setElementVariables, nowhere))).toMatchObject({
      code: status.INVALID_ARGUMENT,
      reason: 'VARIABLE_SCOPE_NOT_FOUND',
    });
  });
});

describe('the engine', () => {
  test('says what it is', async () => {
    expect(await api.client.call(EngineServiceService.getEngineInfo, {})).toMatchObject({
      version: 'test',
      serverId: api.engine.info.serverId,
      storage: api.engine.info.storage,
    });
  });
});
