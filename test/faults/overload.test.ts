import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BatonClient } from '../../clients/typescript/src/index.js';
import { LANE_QUEUE_STARTS } from '../../src/engine/limits.js';
import { CompleteJobRequest, type Job } from '../../src/gen/baton/v1/jobs.js';
import {
  CreateProcessInstanceRequest,
  CreateProcessInstancesRequest,
  type CreateProcessInstancesResponse,
  ProcessInstanceServiceService,
} from '../../src/gen/baton/v1/process_instances.js';
import { CreateProcessRequest, ProcessServiceService } from '../../src/gen/baton/v1/processes.js';
import { ErrorInfo, RetryInfo } from '../../src/gen/google/rpc/error_details.js';
import type { Status } from '../../src/gen/google/rpc/status.js';
import { STREAM_REQUESTS } from '../../src/grpc/limits.js';
import { TestClient, type WorkClient } from '../support/api.js';
import { type FreshDatabase, freshDatabase } from '../support/databases.js';
import { mostResidentMiB, residentMiB } from '../support/memory.js';
import { tasks } from '../support/models.js';
import { type Program, startServer } from '../support/programs.js';
import { StartClient } from '../support/start-client.js';
import { credit, hello, outcomes } from '../support/work-stream.js';

// The built server, as its own process, is asked for far more than it can do.

const { createProcessInstances } = ProcessInstanceServiceService;
const BULK = 1_000;
/** Starts at once: as many again as both lanes have room for. */
const STARTS = 4 * LANE_QUEUE_STARTS;

let database: FreshDatabase;
let server: Program & { readonly address: string };
let client: TestClient;
let sql: pg.Client;
beforeAll(async () => {
  database = await freshDatabase();
  if (database.settings.kind !== 'postgres') throw new Error('this test needs PostgreSQL');
  const { url } = database.settings;
  // Its worker says nothing while it waits for jobs, and is to stay.
  const settings = { BATON_DATABASE_URL: url, BATON_HEARTBEAT_INTERVAL: '5m' };
  server = await startServer({ ...settings, BATON_LOG_LEVEL: 'error' });
  client = new TestClient(server.address);
  sql = new pg.Client({ connectionString: url });
  await sql.connect();
});
afterAll(async () => {
  client.close();
  await sql.end();
  await server.stop();
  await database.drop();
});

async function deployed(): Promise<string> {
  const topic = randomUUID();
  const request = CreateProcessRequest.fromPartial({ bpmnXml: tasks(`p-${topic}`, topic) });
  await client.call(ProcessServiceService.createProcess, request);
  return topic;
}

function startOf(topic: string, value: string): CreateProcessInstanceRequest {
  return CreateProcessInstanceRequest.fromPartial({
    process: { $case: 'bpmnProcess', value: { bpmnProcessId: `p-${topic}` } },
    variables: [{ name: 'v', data: { encoding: 'text', value, encrypted: false } }],
  });
}

interface Counts {
  started: number;
  busy: number;
}

/** All at once; whatever is not started is refused as it should be. */
async function overload(topic: string): Promise<Counts> {
  const requests = Array.from({ length: BULK }, () => startOf(topic, 'x'.repeat(100)));
  const bulk = CreateProcessInstancesRequest.create({ requests });
  const answers = await Promise.all(
    Array.from({ length: STARTS / BULK }, () => client.call(createProcessInstances, bulk)),
  );
  return count(answers);
}

function count(answers: readonly CreateProcessInstancesResponse[]): Counts {
  const counts = { started: 0, busy: 0 };
  for (const { result } of answers.flatMap(({ results }) => results)) {
    if (result?.$case === 'processInstance') counts.started += 1;
    else if (result?.$case === 'error') {
      expect(reasonAndWait(result.value)).toEqual({ code: 8, reason: 'ENGINE_BUSY', waits: true });
      counts.busy += 1;
    }
  }
  return counts;
}

function reasonAndWait({ code, details }: Status): { code: number; reason: string; waits: boolean } {
  let reason = '';
  let waits = false;
  for (const { typeUrl, value } of details) {
    if (typeUrl.endsWith('ErrorInfo')) reason = ErrorInfo.decode(value).reason;
    if (typeUrl.endsWith('RetryInfo')) waits = (RetryInfo.decode(value).retryDelay?.nanos ?? 0) > 0;
  }
  return { code, reason, waits };
}

async function instances(topic: string): Promise<Record<string, number>> {
  const { rows } = await sql.query<{ state: string; count: string }>(
    'select i.state, count(*) from process_instance i join process p on p.id = i.process_id ' +
      'where p.bpmn_process_id = $1 group by i.state',
    [`p-${topic}`],
  );
  return Object.fromEntries(rows.map(({ state, count: found }) => [state, Number(found)]));
}

/** A worker that completes what it gets, at once, and counts what became of that. */
function workOn(topic: string): { readonly worker: WorkClient; completed(count: number): Promise<void> } {
  const worker = client.work();
  worker.send(hello({ sessionId: randomUUID(), topics: [{ topic, variableNames: [], withoutVariables: false }] }));
  worker.send(credit(1_000));
  let sequence = 0;
  let seen = 0;
  const completeAll = (jobs: readonly Job[]) => {
    const fresh = jobs.slice(seen);
    seen = jobs.length;
    if (fresh.length > 0)
      worker.send(outcomes(...fresh.map((job) => completion(++sequence, job))), credit(fresh.length));
  };
  const completed = async (wanted: number) => {
    while (worker.of('outcomeAcks').reduce((sum, { acks }) => sum + acks.length, 0) < wanted) {
      const frames = worker.frames.length;
      completeAll(worker.of('jobs').flatMap(({ jobs }) => jobs));
      await worker.until(() => (worker.frames.length > frames ? true : undefined));
    }
  };
  return { worker, completed };
}

function completion(sequence: number, { partition, id, lockToken }: Job) {
  return {
    sequence,
    outcome: { $case: 'complete' as const, value: CompleteJobRequest.fromPartial({ partition, id, lockToken }) },
  };
}

test('I8: starts beyond the room are refused, outcomes never, and when the load ends everything goes on', async () => {
  const topic = await deployed();
  const first = await overload(topic);
  expect(first.started + first.busy).toBe(STARTS);
  expect(first.started).toBeGreaterThanOrEqual(2 * LANE_QUEUE_STARTS);
  expect(first.busy).toBeGreaterThan(0);

  // Outcomes of the first load come while the second one keeps every lane full of starts.
  const { worker, completed } = workOn(topic);
  const second = overload(topic);
  const half = Math.floor(first.started / 2);
  await completed(half);
  const { started, busy } = await second;
  expect(busy).toBeGreaterThan(0);
  await completed(first.started + started);
  const acks = worker.of('outcomeAcks').flatMap((frame) => frame.acks);
  expect(acks.filter(({ result }) => result?.$case !== 'accepted')).toEqual([]);

  // What was answered is what there is; nothing is left over, and the next one is as any other.
  expect(await instances(topic)).toEqual({ COMPLETED: first.started + started });
  await client.call(createProcessInstances, CreateProcessInstancesRequest.create({ requests: [startOf(topic, 'x')] }));
  await completed(first.started + started + 1);
}, 240_000);

test('I8: streams of starts get the same answer, one for each start', async () => {
  const topic = await deployed();
  const streams = Array.from({ length: STARTS / STREAM_REQUESTS }, () => new StartClient(client));
  await Promise.all(streams.map((stream) => stream.until(() => stream.credit > 0)));
  for (const stream of streams) {
    const requests = Array.from({ length: STREAM_REQUESTS }, () => ({
      ...startOf(topic, 'x'),
      requestId: randomUUID(),
    }));
    for (let at = 0; at < STREAM_REQUESTS; at += BULK) stream.send(...requests.slice(at, at + BULK));
  }
  await Promise.all(streams.map((stream) => stream.until(() => stream.results.size === STREAM_REQUESTS)));
  const { started, busy } = count(streams.map(({ results }) => ({ results: [...results.values()] })));
  expect(started + busy).toBe(STARTS);
  expect(busy).toBeGreaterThan(0);
  expect(await instances(topic)).toEqual({ STARTED: started });
}, 240_000);

test('memory does not grow from one load to the next', async () => {
  const topic = await deployed();
  const { pid } = server.child;
  const first = await mostResidentMiB(pid, () => overload(topic));
  await overload(topic);
  const later = await mostResidentMiB(pid, () => overload(topic));
  expect(later).toBeLessThan(1.3 * first + 100);
}, 240_000);

test('a hundred starts of a megabyte at once: memory is bounded, and clients that wait as told come through', async () => {
  const topic = await deployed();
  const { pid } = server.child;
  const before = residentMiB(pid);
  const sdk = new BatonClient({ address: server.address });
  const value = 'x'.repeat(1_000_000);
  const most = await mostResidentMiB(pid, async () => {
    const starts = Array.from({ length: 100 }, () =>
      sdk.instances.create({ bpmnProcessId: `p-${topic}`, variables: { value } }, { timeoutMs: 120_000 }),
    );
    expect(await Promise.all(starts)).toHaveLength(100);
  });
  sdk.close();
  expect(await instances(topic)).toEqual({ STARTED: 100 });
  expect(most - before).toBeLessThan(1_000);
}, 240_000);
