import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FIRST_LEASE_JOBS } from '../../src/engine/limits.js';
import { CompleteJobRequest, JobServiceService, QueryJobsRequest } from '../../src/gen/baton/v1/jobs.js';
import {
  CreateProcessInstanceRequest,
  CreateProcessInstancesRequest,
  ProcessInstanceServiceService,
} from '../../src/gen/baton/v1/process_instances.js';
import { CreateProcessRequest, ProcessServiceService } from '../../src/gen/baton/v1/processes.js';
import { VARIABLE_BYTES, WORKER_MESSAGE_BYTES } from '../../src/grpc/limits.js';
import { refusalOf, startApi, type TestApi, type WorkClient } from '../support/api.js';
import { type FreshDatabase, freshDatabase } from '../support/databases.js';
import { tasks } from '../support/models.js';
import { credit, hello, outcomes } from '../support/work-stream.js';

// Variables of a megabyte and more: exact bounds, and no frame, lease or group that is larger than its limit.

let database: FreshDatabase;
let api: TestApi;
beforeAll(async () => {
  database = await freshDatabase();
  // Its workers say nothing while they read, and are to stay.
  api = await startApi(database.settings, { heartbeatIntervalMs: 300_000 });
});
afterAll(async () => {
  await api.stop();
  await database.drop();
});

const { createProcessInstance, createProcessInstances } = ProcessInstanceServiceService;

async function deployed(): Promise<string> {
  const topic = randomUUID();
  const request = CreateProcessRequest.fromPartial({ bpmnXml: tasks(`p-${topic}`, topic) });
  await api.client.call(ProcessServiceService.createProcess, request);
  return topic;
}

function startOf(topic: string, value: string): CreateProcessInstanceRequest {
  return CreateProcessInstanceRequest.fromPartial({
    process: { $case: 'bpmnProcess', value: { bpmnProcessId: `p-${topic}` } },
    variables: [{ name: 'large', data: { encoding: 'text', value, encrypted: false } }],
  });
}

function completion({ partition = '', id = 0, lockToken = '', variablesJson = '' }: Partial<CompleteJobRequest>) {
  const value = CompleteJobRequest.fromPartial({ partition, id, lockToken, variablesJson });
  return { sequence: 1, outcome: { $case: 'complete' as const, value } };
}

function connect(topic: string): WorkClient {
  const worker = api.client.work();
  const topics = [{ topic, variableNames: [], withoutVariables: false }];
  worker.send(hello({ sessionId: randomUUID(), topics }));
  return worker;
}

test('a value of exactly the limit is accepted, travels with its job, and comes back with the outcome', async () => {
  const topic = await deployed();
  const value = 'é'.repeat(VARIABLE_BYTES / 2);
  await api.client.call(createProcessInstance, startOf(topic, value));
  const worker = connect(topic);
  worker.send(credit(1));
  const [job] = await worker.jobs(1);
  expect(job?.variables[0]?.data?.value === value).toBe(true);
  const variablesJson = JSON.stringify({ back: 'x'.repeat(VARIABLE_BYTES - 2) });
  worker.send(outcomes(completion({ ...job, variablesJson })));
  expect(await worker.acks(1)).toMatchObject([{ result: { $case: 'accepted' } }]);
});

test('a value of one byte more is refused by the name of its field, in a list and in a JSON object', async () => {
  const topic = await deployed();
  const value = `${'é'.repeat(VARIABLE_BYTES / 2)}x`;
  const listed = await refusalOf(api.client.call(createProcessInstance, startOf(topic, value)));
  expect(listed).toMatchObject({ reason: 'REQUEST_INVALID', fields: ['variables[0].data.value'] });
  const object = { ...startOf(topic, ''), variables: [], variablesJson: JSON.stringify({ small: 1, large: value }) };
  const inObject = await refusalOf(api.client.call(createProcessInstance, object));
  expect(inObject).toMatchObject({ code: 3, fields: ['variables_json'] });
  expect(inObject.message).toContain(`"large" of more than ${VARIABLE_BYTES} bytes`);
});

test('jobs with large variables come in frames that the worker takes, all of them', async () => {
  const topic = await deployed();
  const value = 'x'.repeat(1_000_000);
  for (let i = 0; i < 4; i++) {
    const requests = Array.from({ length: 10 }, () => startOf(topic, value));
    const { results } = await api.client.call(
      createProcessInstances,
      CreateProcessInstancesRequest.create({ requests }),
    );
    expect(results.map(({ result }) => result?.$case)).toEqual(Array(10).fill('processInstance'));
  }
  const worker = connect(topic);
  worker.send(credit(100));
  const jobs = await worker.jobs(40);
  expect(new Set(jobs.map(({ id }) => id)).size).toBe(40);
  for (const frame of worker.of('jobs')) {
    const bytes = frame.jobs.reduce((sum, { variables }) => sum + (variables[0]?.data?.value.length ?? 0), 0);
    expect(bytes).toBeLessThan(WORKER_MESSAGE_BYTES);
  }
});

test('a byte budget is overdrawn by no more than the first lease takes', async () => {
  const topic = await deployed();
  const value = 'x'.repeat(200_000);
  for (let i = 0; i < 3; i++) {
    const requests = Array.from({ length: 20 }, () => startOf(topic, value));
    await api.client.call(createProcessInstances, CreateProcessInstancesRequest.create({ requests }));
  }
  const worker = connect(topic);
  worker.send(credit(60, 1_000_000));
  await worker.jobs(FIRST_LEASE_JOBS);
  expect(await held(topic)).toBe(FIRST_LEASE_JOBS);
  worker.send(credit(0, 4_000_000));
  await worker.jobs(FIRST_LEASE_JOBS + 1);
  expect(await held(topic)).toBeLessThanOrEqual(FIRST_LEASE_JOBS + 5);
  worker.send(credit(0, 100_000_000));
  expect(await worker.jobs(60)).toHaveLength(60);
});

/** Jobs that are locked. */
async function held(topic: string): Promise<number> {
  const request = QueryJobsRequest.fromPartial({ topic, states: ['JOB_STATE_LOCKED'], pageSize: 1_000 });
  return (await api.client.call(JobServiceService.queryJobs, request)).results.length;
}
