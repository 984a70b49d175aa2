// What a model leaves open about its events, asked of workers over the API.
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  CompleteJobRequest,
  type Job,
  type JobCompletion,
  JobServiceService as jobs,
  LockJobsRequest,
} from '../../src/gen/baton/v1/jobs.js';
import { MessageServiceService, SendMessageRequest } from '../../src/gen/baton/v1/messages.js';
import {
  CreateProcessInstanceRequest,
  ProcessInstanceServiceService as instances,
} from '../../src/gen/baton/v1/process_instances.js';
import { CreateProcessRequest, ProcessServiceService } from '../../src/gen/baton/v1/processes.js';
import { refusalOf, startApi, type TestApi } from '../support/api.js';
import { type FreshDatabase, freshDatabase } from '../support/databases.js';
import { adHoc, boundary, catching, endWith, error, model, subProcess } from '../support/scenario-model.js';

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
  const request = LockJobsRequest.fromPartial({
    topics: [{ topic }],
    workerId: 'w',
    limit: 1,
    maxWait: { seconds: 30 },
  });
  const [job] = (await api.client.call(jobs.lockJobs, request)).jobs;
  if (job === undefined) throw new Error(`there is no job of topic ${topic}`);
  return job;
}

function complete({ partition, id, lockToken }: Job, kind?: NonNullable<JobCompletion['kind']>) {
  const request = CompleteJobRequest.fromPartial({ partition, id, lockToken, ...(kind && { completion: { kind } }) });
  return api.client.call(jobs.completeJob, request);
}

test('a worker gives a timer, a message and a code over the API', async () => {
  const bpmnXml = model('start -> inner -> end; caught -> after', {
    inner: subProcess('startI -> work -> wait -> fail', {
      wait: catching('<bpmn:messageEventDefinition/>'),
      fail: endWith(error()),
    }),
    caught: { ...boundary('inner', error()), extensions: '<zeebe:taskDefinition type="code"/>' },
    late: boundary('inner', '<bpmn:timerEventDefinition/>'),
  });
  await api.client.call(ProcessServiceService.createProcess, CreateProcessRequest.fromPartial({ bpmnXml }));
  await api.client.call(
    instances.createProcessInstance,
    CreateProcessInstanceRequest.fromPartial({ process: { $case: 'bpmnProcess', value: { bpmnProcessId: 'p' } } }),
  );
  const late = await lock('late');
  expect(late).toMatchObject({ type: 'JOB_TYPE_SET_TIMER', bpmnElementId: 'late' });
  const often = { $case: 'timer', value: { kind: { $case: 'timeCycle', value: 'often' } } } as const;
  expect(await refusalOf(complete(late, often))).toMatchObject({ reason: 'DECISION_INVALID' });
  await complete(late, { $case: 'timer', value: { kind: { $case: 'time', value: new Date('2100-01-01T00:00:00Z') } } });
  await complete(await lock('code'), { $case: 'errorCode', value: 'E1' });
  await complete(await lock('work'));
  const subscription = { messageName: 'paid', messageCorrelationKey: '17' };
  await complete(await lock('wait'), { $case: 'messageSubscription', value: subscription });
  const sent = await api.client.call(
    MessageServiceService.sendMessage,
    SendMessageRequest.fromPartial({ name: 'paid', correlationKey: '17' }),
  );
  expect(sent.message).toMatchObject({ correlated: true });
  await complete(await lock('fail'), { $case: 'errorCode', value: 'E1' });
  expect(await lock('after')).toMatchObject({ bpmnElementId: 'after' });
});

test('a worker says over the API what begins in an ad-hoc sub-process', async () => {
  const bpmnXml = model('start -> chosen -> last', { chosen: adHoc('one -> two; three') }).replace('id="p"', 'id="q"');
  await api.client.call(ProcessServiceService.createProcess, CreateProcessRequest.fromPartial({ bpmnXml }));
  await api.client.call(
    instances.createProcessInstance,
    CreateProcessInstanceRequest.fromPartial({ process: { $case: 'bpmnProcess', value: { bpmnProcessId: 'q' } } }),
  );
  const asked = await lock('chosen');
  expect(asked).toMatchObject({ type: 'JOB_TYPE_SELECT_AD_HOC_ACTIVITIES', bpmnElementId: 'chosen' });
  const naming = (...bpmnElementIds: string[]) => ({ $case: 'adHocDecision', value: { bpmnElementIds } }) as const;
  expect(await refusalOf(complete(asked, naming('two')))).toMatchObject({ reason: 'DECISION_INVALID' });
  await complete(asked, naming('one', 'one'));
  for (const topic of ['one', 'one', 'two', 'two']) await complete(await lock(topic));
  await complete(await lock('chosen'), naming());
  expect(await lock('last')).toMatchObject({ bpmnElementId: 'last' });
});
