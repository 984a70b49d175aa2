// Over sockets: halting instances and letting them go on, workers that name the process of a call, and tasks that wait.
import { randomUUID } from 'node:crypto';
import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CompleteJobRequest, JobServiceService, LockJobsRequest } from '../../src/gen/baton/v1/jobs.js';
import {
  CreateProcessInstanceRequest,
  GetProcessInstanceRequest,
  ProcessInstanceServiceService,
  QueryProcessInstancesRequest,
  ResumeProcessInstanceRequest,
  SuspendProcessInstanceRequest,
} from '../../src/gen/baton/v1/process_instances.js';
import { CreateProcessRequest, ProcessServiceService } from '../../src/gen/baton/v1/processes.js';
import { QueryTasksRequest, TaskServiceService } from '../../src/gen/baton/v1/tasks.js';
import { GetProcessVariablesRequest, VariableServiceService } from '../../src/gen/baton/v1/variables.js';
import { refusalOf, startApi, type TestApi } from '../support/api.js';
import { type FreshDatabase, freshDatabase } from '../support/databases.js';
import {
  boundary,
  callByWorker,
  callOf,
  condition,
  type Elements,
  file,
  service,
  timer,
} from '../support/scenario-model.js';

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

const instances = ProcessInstanceServiceService;
const jobs = JobServiceService;

async function deploy(arrows: string, elements: Elements = {}): Promise<string> {
  const id = `p-${randomUUID()}`;
  const request = CreateProcessRequest.fromPartial({ bpmnXml: file({ id, arrows, elements }) });
  await api.client.call(ProcessServiceService.createProcess, request);
  return id;
}

async function start(bpmnProcessId: string, variablesJson = '{}') {
  const process = { $case: 'bpmnProcess', value: { bpmnProcessId } } as const;
  const request = CreateProcessInstanceRequest.fromPartial({ process, variablesJson });
  const { processInstance } = await api.client.call(instances.createProcessInstance, request);
  const { partition = '', id = 0 } = processInstance ?? {};
  return { partition, id };
}

/** What is there now, held by one worker. */
async function lock(topic: string) {
  const request = LockJobsRequest.fromPartial({ workerId: 'worker-1', topics: [{ topic }], limit: 10 });
  return (await api.client.call(jobs.lockJobs, request)).jobs;
}

async function lockOne(topic: string) {
  const [job] = await lock(topic);
  if (job === undefined) throw new Error(`no job of ${topic}`);
  return job;
}

async function complete(topic: string, fields: Partial<CompleteJobRequest> = {}) {
  const { partition, id, lockToken } = await lockOne(topic);
  await api.client.call(jobs.completeJob, CompleteJobRequest.fromPartial({ partition, id, lockToken, ...fields }));
}

const suspend = (fields: Partial<SuspendProcessInstanceRequest>) =>
  api.client.call(instances.suspendProcessInstance, SuspendProcessInstanceRequest.fromPartial(fields));

const resume = (fields: Partial<ResumeProcessInstanceRequest>) =>
  api.client.call(instances.resumeProcessInstance, ResumeProcessInstanceRequest.fromPartial(fields));

async function calledBy({ partition, id }: { readonly partition: string; readonly id: number }) {
  const request = QueryProcessInstancesRequest.fromPartial({ partition, rootId: id });
  const { results } = await api.client.call(instances.queryProcessInstances, request);
  return results.filter((each) => each.id !== id);
}

test('a suspended instance gives out no jobs until it is resumed; both are said twice without harm', async () => {
  const topic = randomUUID();
  const instance = await start(await deploy('start -> work -> end', { work: service({ topic }) }));
  for (let time = 0; time < 2; time += 1) {
    expect(await suspend(instance)).toMatchObject({ processInstance: { state: 'INSTANCE_STATE_SUSPENDED' } });
  }
  expect(await lock(topic)).toEqual([]);
  for (let time = 0; time < 2; time += 1) {
    expect(await resume(instance)).toMatchObject({ processInstance: { state: 'INSTANCE_STATE_STARTED' } });
  }
  await complete(topic);
  const { processInstance } = await api.client.call(
    instances.getProcessInstance,
    GetProcessInstanceRequest.fromPartial(instance),
  );
  expect(processInstance?.state).toBe('INSTANCE_STATE_COMPLETED');
  for (const call of [suspend, resume]) {
    expect(await refusalOf(call(instance))).toMatchObject({
      code: status.FAILED_PRECONDITION,
      reason: 'PROCESS_INSTANCE_ENDED',
    });
    expect(await refusalOf(call({ ...instance, id: 12_345 }))).toMatchObject({
      code: status.NOT_FOUND,
      reason: 'PROCESS_INSTANCE_NOT_FOUND',
    });
  }
});

test('what a suspended instance called goes on, unless it is suspended with it', async () => {
  const topic = randomUUID();
  const called = await deploy('start -> work -> end', { work: service({ topic }) });
  const instance = await start(await deploy('start -> call -> end', { call: callOf(called) }));
  await suspend(instance);
  expect(await calledBy(instance)).toMatchObject([{ state: 'INSTANCE_STATE_STARTED' }]);
  await resume(instance);
  await suspend({ ...instance, includeCalled: true });
  expect(await calledBy(instance)).toMatchObject([{ state: 'INSTANCE_STATE_SUSPENDED' }]);
  expect(await lock(topic)).toEqual([]);
  await resume({ ...instance, includeCalled: true });
  await complete(topic);
  expect(await calledBy(instance)).toMatchObject([{ state: 'INSTANCE_STATE_COMPLETED' }]);
});

test('a worker names the process of a call, and takes over its variables when it has ended', async () => {
  const [call, topic] = [`call-${randomUUID()}`, randomUUID()];
  const called = await deploy('start -> work -> end', { work: service({ topic }) });
  const instance = await start(await deploy(`start -> ${call} -> end`, { [call]: callByWorker() }));
  const asking = await lockOne(call);
  expect(asking.type).toBe('JOB_TYPE_CALL_PROCESS');
  const { partition, id, lockToken } = asking;
  const variables = [{ name: 'order', data: { encoding: 'json', value: '7', encrypted: false } }];
  const named = { bpmnProcessId: called, correlationKey: 'order-7', tags: { kind: 'rush' }, variables };
  const completion = { kind: { $case: 'calledProcess' as const, value: named } };
  const naming = CompleteJobRequest.fromPartial({ partition, id, lockToken, completion });
  expect(await refusalOf(api.client.call(jobs.completeJob, { ...naming, completion: undefined }))).toMatchObject({
    code: status.INVALID_ARGUMENT,
  });
  await api.client.call(jobs.completeJob, naming);
  const [child] = await calledBy(instance);
  expect(child).toMatchObject({ bpmnProcessId: called, correlationKey: 'order-7', tags: { kind: 'rush' } });
  await complete(topic, {
    variables: [{ name: 'picked', data: { encoding: 'json', value: 'true', encrypted: false } }],
  });
  const passing = await lockOne(call);
  expect(passing).toMatchObject({ type: 'JOB_TYPE_PASS_VARIABLES', calledProcessInstanceId: child?.id });
  const read = GetProcessVariablesRequest.fromPartial({ partition, id: child?.id ?? 0 });
  const found = await api.client.call(VariableServiceService.getProcessVariables, read);
  expect(found.variables.map(({ name, data }) => [name, data?.value])).toEqual([
    ['order', '7'],
    ['picked', 'true'],
  ]);
  const handed = { partition, id: passing.id, lockToken: passing.lockToken, variables: found.variables };
  await api.client.call(jobs.completeJob, CompleteJobRequest.fromPartial(handed));
  const ended = await api.client.call(instances.getProcessInstance, GetProcessInstanceRequest.fromPartial(instance));
  expect(ended.processInstance?.state).toBe('INSTANCE_STATE_COMPLETED');
});

test('a timer and a condition that wait are tasks of two types, each found by its own', async () => {
  const topic = randomUUID();
  const process = await deploy('start -> work -> end; late -> end-late; cheap -> end-cheap', {
    work: service({ topic }),
    late: boundary('work', timer('Duration', 'PT1H')),
    cheap: boundary('work', condition('price < 10')),
  });
  const { partition, id } = await start(process, '{"price": 20}');
  const find = async (type: QueryTasksRequest['type']) => {
    const request = QueryTasksRequest.fromPartial({ partition, processInstanceId: id, type });
    return (await api.client.call(TaskServiceService.queryTasks, request)).results.map((task) => task.type);
  };
  expect((await find('TASK_TYPE_UNSPECIFIED')).toSorted()).toEqual([
    'TASK_TYPE_AWAIT_CONDITION',
    'TASK_TYPE_TRIGGER_EVENT',
  ]);
  expect(await find('TASK_TYPE_TRIGGER_EVENT')).toEqual(['TASK_TYPE_TRIGGER_EVENT']);
  expect(await find('TASK_TYPE_AWAIT_CONDITION')).toEqual(['TASK_TYPE_AWAIT_CONDITION']);
});
