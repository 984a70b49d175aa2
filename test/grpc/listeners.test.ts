// Execution listeners as jobs over the API, kept in a database between them.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { IncidentServiceService, ResolveIncidentRequest } from '../../src/gen/baton/v1/incidents.js';
import {
  CompleteJobRequest,
  FailJobRequest,
  type Job,
  JobServiceService as jobs,
  LockJobsRequest,
} from '../../src/gen/baton/v1/jobs.js';
import {
  CreateProcessInstanceRequest,
  GetProcessInstanceRequest,
  ProcessInstanceServiceService as instances,
} from '../../src/gen/baton/v1/process_instances.js';
import { CreateProcessRequest, ProcessServiceService } from '../../src/gen/baton/v1/processes.js';
import { startApi, type TestApi } from '../support/api.js';
import { type FreshDatabase, freshDatabase } from '../support/databases.js';
import { file, listeners, task } from '../support/scenario-model.js';

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

async function lock(topic: string): Promise<Job> {
  const wish = { topics: [{ topic }], workerId: 'w', limit: 1, maxWait: { seconds: 30 } };
  const [job] = (await api.client.call(jobs.lockJobs, LockJobsRequest.fromPartial(wish))).jobs;
  if (job === undefined) throw new Error(`there is no job of topic ${topic}`);
  return job;
}

function complete({ partition, id, lockToken }: Job, variablesJson = '') {
  const done = CompleteJobRequest.fromPartial({ partition, id, lockToken, variablesJson });
  return api.client.call(jobs.completeJob, done);
}

test('are done over the API, with their headers, and a failed one again', async () => {
  const headers = '<zeebe:taskHeaders><zeebe:header key="where" value="book"/></zeebe:taskHeaders>';
  const last = `<zeebe:executionListener eventType="end" type="log" retries="2">${headers}</zeebe:executionListener>`;
  const extensions = `<zeebe:executionListeners><zeebe:executionListener eventType="start" type="one"/>
    <zeebe:executionListener eventType="start" type="=place"/>${last}</zeebe:executionListeners>`;
  const a = { ...task(), extensions };
  const bpmnXml = file({ id: 'p', arrows: 'start -> a -> end', elements: { a }, extensions: listeners('start begin') });
  await api.client.call(ProcessServiceService.createProcess, CreateProcessRequest.fromPartial({ bpmnXml }));
  const process = { $case: 'bpmnProcess', value: { bpmnProcessId: 'p' } } as const;
  const { processInstance } = await api.client.call(
    instances.createProcessInstance,
    CreateProcessInstanceRequest.fromPartial({ process }),
  );
  const begin = await lock('begin');
  expect(begin).toMatchObject({ type: 'JOB_TYPE_START_LISTENER', bpmnElementId: 'p' });
  await complete(begin);
  await complete(await lock('one'));
  const { partition: day = '', id: root = 0 } = processInstance ?? {};
  const request = GetProcessInstanceRequest.fromPartial({ partition: day, id: root });
  const { incidents } = await api.client.call(instances.getProcessInstance, request);
  expect(incidents).toMatchObject([{ bpmnElementId: 'a', reason: 'VARIABLE_MISSING' }]);
  const resolve = { partition: day, id: incidents[0]?.id ?? 0, variablesJson: '{"place": "two"}' };
  await api.client.call(IncidentServiceService.resolveIncident, ResolveIncidentRequest.fromPartial(resolve));
  await complete(await lock('two'));
  const log = await lock('log');
  expect(log).toMatchObject({ type: 'JOB_TYPE_END_LISTENER', bpmnElementId: 'a', headers: { where: 'book' } });
  const { partition, id, lockToken } = log;
  await api.client.call(jobs.failJob, FailJobRequest.fromPartial({ partition, id, lockToken, errorMessage: 'full' }));
  const again = await lock('log');
  expect(again).toMatchObject({ type: 'JOB_TYPE_END_LISTENER', retryCount: 1, headers: { where: 'book' } });
  await complete(again, '{"logged": true}');
  const seen = await api.client.call(instances.getProcessInstance, request);
  expect(seen).toMatchObject({ processInstance: { state: 'INSTANCE_STATE_COMPLETED' } });
});
