// Worker streams over sockets, with the engine and a database behind them.
import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import type { EngineSettings } from '../../src/engine/engine.js';
import { IncidentServiceService, QueryIncidentsRequest } from '../../src/gen/baton/v1/incidents.js';
import { JobServiceService, LockJobsRequest, QueryJobsRequest } from '../../src/gen/baton/v1/jobs.js';
import {
  CancelProcessInstanceRequest,
  CreateProcessInstanceRequest,
  ProcessInstanceServiceService,
} from '../../src/gen/baton/v1/process_instances.js';
import { CreateProcessRequest, ProcessServiceService } from '../../src/gen/baton/v1/processes.js';
import { openApi, startApi, type TestApi, TestClient, type WorkClient } from '../support/api.js';
import { type FreshDatabase, freshDatabase } from '../support/databases.js';
import { FaultyWire } from '../support/faulty-wire.js';
import { tasks } from '../support/models.js';
import { credit, goodbye, type HelloFields, hello, type Outcome } from '../support/work-stream.js';

let database: FreshDatabase;
let api: TestApi;
let sessions = 0;

/** Workers of these tests send no heartbeats, and nobody shall miss them. */
const PATIENT = { heartbeatIntervalMs: 300_000 };

beforeAll(async () => {
  database = await freshDatabase();
  api = await startApi(database.settings, PATIENT);
});

afterAll(async () => {
  await api.stop();
  await database.drop();
});

/** Another session for each test. */
function newSession(): string {
  sessions += 1;
  return `0f8fad5b-d9cb-469f-a165-${String(sessions).padStart(12, '0')}`;
}

interface Handle {
  readonly partition: string;
  readonly id: number;
  readonly lockToken: string;
}

const handleOf = ({ partition, id, lockToken }: Handle): Handle => ({ partition, id, lockToken });

const topicOf = (topic: string) => ({ topic, variableNames: [], withoutVariables: false });

/** A connected worker with credit for ten jobs. */
async function connect(topic: string, fields: HelloFields = {}, on: TestApi = api): Promise<WorkClient> {
  const worker = on.client.work();
  worker.send(hello({ topics: [topicOf(topic)], sessionId: newSession(), ...fields }), credit(10));
  await worker.first('hello');
  return worker;
}

const complete = (sequence: number, handle: Handle, variablesJson = ''): Outcome => ({
  sequence,
  outcome: {
    $case: 'complete',
    value: {
      ...handleOf(handle),
      variablesJson,
      ...{ variables: [], processVariables: [], elementVariables: [], workerId: '', requestId: '' },
    },
  },
});

const outcomes = (...list: Outcome[]) => ({ $case: 'outcomes', value: { outcomes: list, credit: undefined } }) as const;

async function deploy(id: string, ...topics: readonly string[]): Promise<void> {
  const request = CreateProcessRequest.fromPartial({ bpmnXml: tasks(id, ...topics) });
  await api.client.call(ProcessServiceService.createProcess, request);
}

/** `awaited`: resolves at the end of the instance. */
function start(id: string, fields: Partial<CreateProcessInstanceRequest> = {}, on: TestApi = api) {
  const process = { $case: 'bpmnProcess', value: { bpmnProcessId: id, version: undefined } } as const;
  const request = { ...CreateProcessInstanceRequest.fromPartial({}), process, ...fields };
  return on.client.call(ProcessInstanceServiceService.createProcessInstance, request);
}

const awaited = { awaitEnd: { variableNames: [] } };

async function lockedJobs(topic: string, on: TestApi = api) {
  const request = QueryJobsRequest.fromPartial({ topic, states: ['JOB_STATE_LOCKED'] });
  return (await on.client.call(JobServiceService.queryJobs, request)).results;
}

describe('a job', () => {
  test('is pushed when it is born, and its outcome moves the process on', async () => {
    await deploy('w-run', 'w-run-a', 'w-run-b');
    const worker = await connect('w-run-a', { topics: [topicOf('w-run-a'), topicOf('w-run-b')] });
    const ended = start('w-run', { ...awaited, variablesJson: '{"order":12345678901234567890}' });
    const [first] = await worker.jobs(1);
    if (first === undefined) throw new Error('no job');
    expect(first).toMatchObject({
      topic: 'w-run-a',
      state: 'JOB_STATE_LOCKED',
      variables: [{ name: 'order', data: { encoding: 'json', value: '12345678901234567890' } }],
      lockedUntil: undefined,
    });
    worker.send(outcomes(complete(1, first, '{"a":1}')));
    const [, second] = await worker.jobs(2);
    if (second === undefined) throw new Error('no second job');
    worker.send(outcomes(complete(2, second)));
    const acks = await worker.acks(2);
    expect(acks.map(({ sequence, result }) => [sequence, result?.$case])).toEqual([
      [1, 'accepted'],
      [2, 'accepted'],
    ]);
    expect((await ended).processInstance).toMatchObject({ state: 'INSTANCE_STATE_COMPLETED' });
  });

  test('that waited is pushed when a worker comes', async () => {
    await deploy('w-wait', 'w-wait');
    await start('w-wait');
    const worker = await connect('w-wait');
    expect(await worker.jobs(1)).toHaveLength(1);
  });

  test('that is given back is handed out again, with its retries', async () => {
    await deploy('w-return', 'w-return');
    const worker = await connect('w-return');
    await start('w-return');
    const [job] = await worker.jobs(1);
    if (job === undefined) throw new Error('no job');
    worker.send({ $case: 'giveBack', value: { jobs: [handleOf(job)], reason: 'busy' } });
    const [, again] = await worker.jobs(2);
    expect(again).toMatchObject({ id: job.id, retryCount: 0 });
    expect(again?.lockToken).not.toBe(job.lockToken);
  });

  test('whose instance is canceled is named to its worker, and its outcome is refused', async () => {
    await deploy('w-cancel', 'w-cancel');
    const worker = await connect('w-cancel');
    const { processInstance } = await start('w-cancel');
    const [job] = await worker.jobs(1);
    if (job === undefined || processInstance === undefined) throw new Error('no job');
    const { partition, id } = processInstance;
    const request = CancelProcessInstanceRequest.fromPartial({ partition, id });
    await api.client.call(ProcessInstanceServiceService.cancelProcessInstance, request);
    const { jobs } = await worker.first('jobsCanceled');
    expect(jobs).toEqual([{ ...handleOf(job), reason: 'JOB_CANCEL_REASON_ELEMENT_ENDED' }]);
    worker.send(outcomes(complete(1, job)));
    const [ack] = await worker.acks(1);
    expect(ack).toMatchObject({ stillHeld: false, result: { $case: 'refused' } });
  });

  test('larger than its worker accepts is never sent: it becomes an incident', async () => {
    await deploy('w-large', 'w-large');
    const worker = await connect('w-large', { maxMessageBytes: 65_536 });
    await start('w-large', { variablesJson: JSON.stringify({ text: 'x'.repeat(70_000) }) });
    await start('w-large');
    const jobs = await worker.jobs(1);
    expect(jobs).toMatchObject([{ variables: [] }]);
    const query = QueryIncidentsRequest.fromPartial({ bpmnProcessId: 'w-large' });
    const incidents = async () => (await api.client.call(IncidentServiceService.queryIncidents, query)).results;
    // The engine rejects it by itself, whatever else is handed out meanwhile.
    await expect.poll(incidents).toMatchObject([{ reason: 'JOB_TOO_LARGE' }]);
  });
});

describe('a worker that comes back', () => {
  test('gets the ack that was lost; the outcome is not applied again', async () => {
    await deploy('w-lost', 'w-lost');
    const sessionId = newSession();
    const wire = await faultyWire();
    const connection = new TestClient(wire.address);
    onTestFinished(() => connection.close());
    const worker = connection.work();
    worker.send(hello({ topics: [topicOf('w-lost')], sessionId }), credit(10));
    const ended = start('w-lost', awaited);
    const [job] = await worker.jobs(1);
    if (job === undefined) throw new Error('no job');
    wire.stall('toClient');
    worker.send(outcomes(complete(1, job, '{"done":1}')));
    await ended;
    wire.cut();
    await worker.ended();
    expect(worker.of('outcomeAcks')).toEqual([]);
    const again = await connect('w-lost', { sessionId, generation: 2, held: [handleOf(job)] });
    again.send(outcomes(complete(1, job, '{"done":1}')));
    expect(await again.acks(1)).toMatchObject([
      { sequence: 1, result: { $case: 'accepted', value: { state: 'JOB_STATE_DONE' } } },
    ]);
  });

  test('holds what it held; the rest goes back at once', async () => {
    await deploy('w-resume', 'w-resume');
    const sessionId = newSession();
    const worker = await connect('w-resume', { sessionId });
    await start('w-resume');
    await start('w-resume');
    const [kept, dropped] = await worker.jobs(2);
    if (kept === undefined || dropped === undefined) throw new Error('no jobs');
    worker.cut();
    const again = await connect('w-resume', { sessionId, generation: 2, held: [handleOf(kept)] });
    expect((await again.first('hello')).held).toEqual([handleOf(kept)]);
    const [other] = await again.jobs(1);
    expect(other).toMatchObject({ id: dropped.id, retryCount: 0 });
    again.send(outcomes(complete(1, kept)));
    expect(await again.acks(1)).toMatchObject([{ result: { $case: 'accepted' } }]);
  });

  test('ends its older stream, and an older generation is turned away', async () => {
    const sessionId = newSession();
    const first = await connect('w-newer', { sessionId, generation: 2 });
    await connect('w-newer', { sessionId, generation: 3 });
    expect(await first.ended()).toMatchObject({ code: status.ABORTED, reason: 'SESSION_REPLACED' });
    const late = api.client.work();
    late.send(hello({ sessionId, generation: 2 }));
    expect(await late.ended()).toMatchObject({ code: status.ABORTED, reason: 'SESSION_REPLACED' });
  });

  test('is told what it holds no longer', async () => {
    const held = [{ partition: '2026-11-23', id: 999_999, lockToken: 'never' }];
    const worker = await connect('w-nothing', { generation: 2, held });
    expect((await worker.first('hello')).lost).toMatchObject([{ id: 999_999, lockToken: 'never' }]);
  });

  test.runIf(inject('database').kind === 'postgres')(
    "goes on at another server while the first is only slow: its job is nobody else's, and counts once",
    async () => {
      const other = await openApi(database.settings, PATIENT);
      await deploy('w-other', 'w-other');
      const sessionId = newSession();
      const slow = await connect('w-other', { sessionId });
      const ended = start('w-other', awaited);
      const [job] = await slow.jobs(1);
      if (job === undefined) throw new Error('no job');
      slow.pause();
      const again = await connect('w-other', { sessionId, generation: 2, held: [handleOf(job)] }, other);
      expect((await again.first('hello')).held).toEqual([handleOf(job)]);
      // The first server notices at last, and keeps nothing of what is no longer its own.
      slow.cut();
      const third = await connect('w-other', {}, other);
      again.send(outcomes(complete(1, job)));
      expect(await again.acks(1)).toMatchObject([{ result: { $case: 'accepted' } }]);
      expect((await ended).processInstance?.state).toBe('INSTANCE_STATE_COMPLETED');
      expect(third.of('jobs')).toEqual([]);
    },
  );
});

describe('the end of a stream', () => {
  test('with a goodbye gives all jobs back at once', async () => {
    await deploy('w-bye', 'w-bye');
    const worker = await connect('w-bye');
    await start('w-bye');
    const [job] = await worker.jobs(1);
    worker.send(goodbye);
    expect(await worker.ended()).toMatchObject({ code: status.OK });
    const next = await connect('w-bye');
    expect(await next.jobs(1)).toMatchObject([{ id: job?.id, retryCount: 0 }]);
  });

  test('without a word keeps its jobs for the resume window, then hands them out', async () => {
    const brief = await openBrief({ ...PATIENT, resumeWindowMs: 300 });
    await deploy('w-break', 'w-break');
    const worker = await connect('w-break', {}, brief);
    await start('w-break', {}, brief);
    const [job] = await worker.jobs(1);
    const other = await connect('w-break', {}, brief);
    worker.cut();
    expect(await other.jobs(1)).toMatchObject([{ id: job?.id, retryCount: 0 }]);
  });

  test('of a silent worker comes after three heartbeats that did not come', async () => {
    const brief = await openBrief({ heartbeatIntervalMs: 150 });
    const worker = await connect('w-silent', {}, brief);
    expect(await worker.ended()).toMatchObject({ code: status.UNAVAILABLE, reason: 'STREAM_SILENT' });
    expect(worker.of('heartbeat').length).toBeGreaterThan(0);
  });
});

/** A server that is quick to notice. On PGlite there is only one, so it is the one of all tests, started again. */
async function openBrief(settings: Partial<EngineSettings>): Promise<TestApi> {
  if (database.settings.kind === 'postgres') return await openApi(database.settings, settings);
  await api.stop();
  api = await startApi(database.settings, settings);
  const brief = api;
  onTestFinished(async () => {
    await brief.stop();
    api = await startApi(database.settings, PATIENT);
  });
  return brief;
}

async function faultyWire(): Promise<FaultyWire> {
  const wire = await FaultyWire.before(api.serving.address);
  onTestFinished(() => wire.close());
  return wire;
}

describe('a slow reader', () => {
  test('holds no more than its credit, and the others get the rest', async () => {
    await deploy('w-slow', 'w-slow');
    const wire = await faultyWire();
    const connection = new TestClient(wire.address);
    onTestFinished(() => connection.close());
    const slow = connection.work();
    slow.send(hello({ topics: [topicOf('w-slow')], sessionId: newSession() }), credit(3));
    await slow.first('hello');
    wire.stall('toClient');
    const large = JSON.stringify({ text: 'x'.repeat(500_000) });
    for (let count = 0; count < 8; count++) await start('w-slow', { variablesJson: large });
    // Its new credit counts only when it has read.
    slow.send(credit(2));
    const quick = await connect('w-slow', { workerId: 'quick' });
    expect(await quick.jobs(5)).toHaveLength(5);
    expect((await lockedJobs('w-slow')).map(({ lockedBy }) => lockedBy).sort()).toEqual([
      ...Array(5).fill('quick'),
      ...Array(3).fill('worker-1'),
    ]);
    wire.release();
    expect(await slow.jobs(3)).toHaveLength(3);
  });

  test('hears that its stream has ended, however much was on its way', async () => {
    await deploy('w-late', 'w-late');
    const wire = await faultyWire();
    const connection = new TestClient(wire.address);
    onTestFinished(() => connection.close());
    const session = { topics: [topicOf('w-late')], sessionId: newSession() };
    const slow = connection.work();
    slow.send(hello(session), credit(100));
    await slow.first('hello');
    wire.stall('toClient');
    const large = JSON.stringify({ text: 'x'.repeat(500_000) });
    for (let count = 0; count < 40; count++) await start('w-late', { variablesJson: large });
    await connect('w-late', { ...session, generation: 2 });
    wire.release();
    expect(await slow.ended()).toMatchObject({ code: status.ABORTED, reason: 'SESSION_REPLACED' });
  });
});

describe('drain', () => {
  test('asks workers to go on elsewhere, takes their last outcomes, and ends with them', async () => {
    const leaving = await openLeaving();
    await deploy('w-drain', 'w-drain');
    const worker = await connect('w-drain', {}, leaving);
    await start('w-drain', {}, leaving);
    const [job] = await worker.jobs(1);
    if (job === undefined) throw new Error('no job');
    const drained = leaving.serving.drain(30_000);
    expect(await worker.first('drain')).toMatchObject({ reason: 'DRAIN_REASON_SHUTDOWN' });
    worker.send(outcomes(complete(1, job)), goodbye);
    expect(await worker.acks(1)).toMatchObject([{ result: { $case: 'accepted' } }]);
    expect(await worker.ended()).toMatchObject({ code: status.OK });
    await drained;
  });

  test('ends the streams of workers that stay, and waiting calls, when its time is over', async () => {
    const leaving = await openLeaving();
    const worker = await connect('w-stay', {}, leaving);
    const request = LockJobsRequest.fromPartial({
      workerId: 'w',
      topics: [{ topic: 'w-stay-2' }],
      maxWait: { seconds: 60 },
    });
    const waiting = leaving.client.call(JobServiceService.lockJobs, request);
    // A call that was answered shows that the one before it has arrived.
    await lockedJobs('w-stay', leaving);
    await leaving.serving.drain(200);
    expect(await worker.ended()).toMatchObject({ code: status.UNAVAILABLE, reason: 'SHUTTING_DOWN' });
    expect(await waiting).toEqual({ jobs: [] });
  });
});

/** A server that may be drained. */
async function openLeaving(): Promise<TestApi> {
  if (database.settings.kind === 'postgres') return await openApi(database.settings, PATIENT);
  const leaving = api;
  onTestFinished(async () => {
    await leaving.stop();
    api = await startApi(database.settings, PATIENT);
  });
  return leaving;
}
