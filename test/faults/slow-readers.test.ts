import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import {
  CompleteJobRequest,
  type Job,
  JobServiceService,
  QueryJobsRequest,
  WorkRequest,
} from '../../src/gen/baton/v1/jobs.js';
import {
  CreateProcessInstanceRequest,
  CreateProcessInstancesRequest,
  ProcessInstanceServiceService,
} from '../../src/gen/baton/v1/process_instances.js';
import { CreateProcessRequest, GetBpmnXmlRequest, ProcessServiceService } from '../../src/gen/baton/v1/processes.js';
import { CALLS, STREAM_BACKLOG_BYTES } from '../../src/grpc/limits.js';
import { refusalOf, startApi, type TestApi, type WorkClient } from '../support/api.js';
import { type FreshDatabase, freshDatabase } from '../support/databases.js';
import { tasks } from '../support/models.js';
import { RawHttp2 } from '../support/raw-http2.js';
import { credit, type HelloFields, heartbeat, hello, outcomes, type WorkerFrame } from '../support/work-stream.js';

// Peers that read slowly, never answer or answer wrongly cost themselves something, and nobody else.

let database: FreshDatabase;
let api: TestApi;
beforeAll(async () => {
  database = await freshDatabase();
  api = await startApi(
    database.settings,
    { heartbeatIntervalMs: 1_000, resumeWindowMs: 500 },
    { calls: { ...CALLS, reading: 2 } },
  );
});
afterAll(async () => {
  await api.stop();
  await database.drop();
});

async function deployed(): Promise<string> {
  const topic = randomUUID();
  const request = CreateProcessRequest.fromPartial({ bpmnXml: tasks(`p-${topic}`, topic) });
  await api.client.call(ProcessServiceService.createProcess, request);
  return topic;
}

async function start(topic: string, count: number, value = 'x'): Promise<void> {
  const request = CreateProcessInstanceRequest.fromPartial({
    process: { $case: 'bpmnProcess', value: { bpmnProcessId: `p-${topic}` } },
    variables: [{ name: 'v', data: { encoding: 'text', value, encrypted: false } }],
  });
  const bulk = CreateProcessInstancesRequest.create({ requests: Array<typeof request>(count).fill(request) });
  const { results } = await api.client.call(ProcessInstanceServiceService.createProcessInstances, bulk);
  expect(results.filter(({ result }) => result?.$case !== 'processInstance')).toEqual([]);
}

function connect(topic: string, fields: HelloFields = {}): WorkClient {
  const worker = api.client.work();
  const topics = [{ topic, variableNames: [], withoutVariables: false }];
  worker.send(hello({ workerId: 'w', sessionId: randomUUID(), topics, ...fields }));
  const beats = setInterval(() => worker.send(heartbeat), 500);
  onTestFinished(() => clearInterval(beats));
  return worker;
}

function completion(sequence: number, { partition, id, lockToken }: Job) {
  const value = CompleteJobRequest.fromPartial({ partition, id, lockToken });
  return { sequence, outcome: { $case: 'complete' as const, value } };
}

/** Jobs that a worker holds. */
async function heldBy(workerId: string): Promise<number> {
  const request = QueryJobsRequest.fromPartial({ lockedBy: workerId, states: ['JOB_STATE_LOCKED'], pageSize: 1_000 });
  return (await api.client.call(JobServiceService.queryJobs, request)).results.length;
}

test('I8: a worker that reads nothing holds what a backlog may have, and the others get the rest', async () => {
  const topic = await deployed();
  const bytes = 250_000;
  for (let i = 0; i < 10; i++) await start(topic, 20, 'x'.repeat(bytes));
  // Its window is that of one small frame, and stays so.
  const slow = await RawHttp2.open(api.serving.address);
  const say = (frame: WorkerFrame) => slow.message(WorkRequest.encode({ frame }).finish());
  slow.call(JobServiceService.work.path);
  const topics = [{ topic, variableNames: [], withoutVariables: false }];
  say(hello({ workerId: 'slow', sessionId: randomUUID(), topics }));
  say(credit(10_000));
  const beats = setInterval(() => say(heartbeat), 500);
  onTestFinished(() => clearInterval(beats));
  const most = STREAM_BACKLOG_BYTES / bytes + 20;
  await expect.poll(() => heldBy('slow'), { timeout: 20_000 }).toBeGreaterThan(most / 2);

  const quick = connect(topic, { workerId: 'quick' });
  quick.send(credit(10_000));
  await quick.jobs(200 - Math.ceil(most));
  const held = await heldBy('slow');
  expect(held).toBeLessThanOrEqual(most);
  await quick.jobs(200 - held);
  slow.close();
  expect(new Set((await quick.jobs(200)).map(({ id }) => id)).size).toBe(200);
});

test('a worker that never answers loses its job when it has held it for too long, and another gets it', async () => {
  const topic = await deployed();
  const topics = [{ topic, variableNames: [], withoutVariables: false, maxHold: { seconds: 1, nanos: 0 } }];
  const hung = connect(topic, { topics });
  hung.send(credit(1));
  await start(topic, 1);
  const [job] = await hung.jobs(1);
  const other = connect(topic);
  other.send(credit(1));
  const [again] = await other.jobs(1);
  expect(again?.id).toBe(job?.id);
  expect(await hung.first('jobsCanceled')).toMatchObject({
    jobs: [{ reason: 'JOB_CANCEL_REASON_HOLD_TIME_EXCEEDED' }],
  });
});

test('I5: outcomes with a wrong token are refused at any rate, change nothing, and keep nobody else waiting', async () => {
  const topic = await deployed();
  const honest = connect(topic, { workerId: 'honest' });
  honest.send(credit(50));
  await start(topic, 50);
  const jobs = await honest.jobs(50);
  const liar = connect(randomUUID(), { workerId: 'liar' });
  const lies = jobs.flatMap((job) => Array.from({ length: 60 }, () => ({ ...job, lockToken: randomUUID() })));
  for (let at = 0; at < lies.length; at += 500) {
    liar.send(outcomes(...lies.slice(at, at + 500).map((job, i) => completion(at + i + 1, job))));
  }
  honest.send(outcomes(...jobs.map((job, i) => completion(i + 1, job))));
  const good = await honest.acks(50);
  expect(good.filter(({ result }) => result?.$case !== 'accepted')).toEqual([]);
  const bad = await liar.acks(lies.length);
  expect(bad.filter(({ result }) => result?.$case !== 'refused')).toEqual([]);
});

test('I8: a client that does not read its answers takes its own room, and gives it back when it goes', async () => {
  const name = `large-${randomUUID()}`;
  const bpmnXml = tasks(name, 't').replace('</definitions>', `<!-- ${'x'.repeat(500_000)} --></definitions>`);
  const { processes } = await api.client.call(
    ProcessServiceService.createProcess,
    CreateProcessRequest.fromPartial({ bpmnXml }),
  );
  const request = GetBpmnXmlRequest.fromPartial({ id: processes[0]?.id ?? 0 });
  const { getBpmnXml } = ProcessServiceService;
  const slow = await RawHttp2.open(api.serving.address);
  onTestFinished(() => slow.close());
  for (const stream of [1, 3]) {
    slow.call(getBpmnXml.path, stream);
    slow.message(getBpmnXml.requestSerialize(request), stream, true);
    await slow.first((frame) => frame.stream === stream);
  }
  expect(await refusalOf(api.client.call(getBpmnXml, request))).toMatchObject({ code: 8, reason: 'ENGINE_BUSY' });
  expect(
    (await api.client.call(ProcessServiceService.createProcess, CreateProcessRequest.fromPartial({ bpmnXml })))
      .processes,
  ).toHaveLength(1);

  slow.close();
  const length = () =>
    api.client.call(getBpmnXml, request).then(
      (answer) => answer.bpmnXml.length,
      () => 0,
    );
  await expect.poll(length).toBe(bpmnXml.length);
});
