import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isRefusal } from '../../src/core/refusal.js';
import { type FreshDatabase, freshDatabase } from '../support/databases.js';
import {
  CALLER,
  complete,
  deploy,
  lock,
  openEngine,
  start,
  startCommand,
  type TestEngine,
  TestWorker,
} from '../support/engine.js';
import { forkToJoin, tasks } from '../support/models.js';

let database: FreshDatabase;
let engine: TestEngine;
beforeAll(async () => {
  database = await freshDatabase();
  engine = await openEngine(database.settings, {}, () => undefined);
});
afterAll(async () => {
  await engine.stop();
  await database.drop();
});

/** A process and a topic of this test's own. */
function names(): { readonly processId: string; readonly topic: string } {
  const name = randomUUID();
  return { processId: `p-${name}`, topic: name };
}

describe('the life of a job', () => {
  test('a started instance makes a job, and completing it ends the instance', async () => {
    const { processId, topic } = names();
    await deploy(engine, tasks(processId, topic));
    const instance = await start(engine, processId, { order: { id: 7 } });
    const [job] = await lock(engine, topic);
    expect(job?.variables).toEqual([
      { name: 'order', data: { encoding: 'json', value: '{"id":7}', encrypted: false } },
    ]);
    if (job === undefined) throw new Error('no job');
    await complete(engine, job);
    await engine.engine.ended(instance, AbortSignal.timeout(20_000));
  });

  test('I5: an outcome that comes twice is acknowledged again and not applied again', async () => {
    const { processId, topic } = names();
    await deploy(engine, tasks(processId, topic, `${topic}-second`));
    await start(engine, processId);
    const [job] = await lock(engine, topic);
    if (job === undefined) throw new Error('no job');
    expect(await complete(engine, job)).toMatchObject({ repeated: false });
    expect(await complete(engine, job)).toMatchObject({ repeated: true });
    expect(await lock(engine, `${topic}-second`, 10)).toHaveLength(1);
  });

  test('a stream with credit gets a job at its birth, and the next one without another lease', async () => {
    const { processId, topic } = names();
    await deploy(engine, tasks(processId, topic, `${topic}-second`));
    const worker = new TestWorker();
    const second = new TestWorker();
    (await second.connect(engine, `${topic}-second`)).grant(10, 1e6);
    (await worker.connect(engine, topic)).grant(10, 1e6);
    await start(engine, processId);
    await worker.until(() => worker.delivered.length === 1);
    const [job] = worker.delivered;
    if (job === undefined) throw new Error('no job');
    await complete(engine, job);
    await second.until(() => second.delivered.length === 1);
    expect(second.delivered[0]?.lock.owner?.serverId).toBe(engine.engine.info.serverId);
  });

  test('credits add up, and no job comes without one', async () => {
    const { processId, topic } = names();
    await deploy(engine, tasks(processId, topic));
    const worker = new TestWorker();
    const session = await worker.connect(engine, topic);
    session.grant(1, 1e6);
    session.grant(1, 1e6);
    await Promise.all([start(engine, processId), start(engine, processId), start(engine, processId)]);
    await worker.until(() => worker.delivered.length === 2);
    session.grant(1, 1e6);
    await worker.until(() => worker.delivered.length === 3);
    expect(new Set(worker.delivered.map(({ job }) => job.id)).size).toBe(3);
    await session.goodbye();
  });

  test('a goodbye gives jobs back at once, to another worker, without using up a retry', async () => {
    const { processId, topic } = names();
    await deploy(engine, tasks(processId, topic));
    const leaving = new TestWorker();
    const session = await leaving.connect(engine, topic);
    session.grant(1, 1e6);
    await start(engine, processId);
    await leaving.until(() => leaving.delivered.length === 1);
    const staying = new TestWorker();
    const other = await staying.connect(engine, topic);
    other.grant(1, 1e6);
    await session.goodbye();
    await staying.until(() => staying.delivered.length === 1);
    expect(staying.delivered[0]?.job).toMatchObject({ id: leaving.delivered[0]?.job.id, retryCount: 0 });
    expect(staying.delivered[0]?.lock.token).not.toBe(leaving.delivered[0]?.lock.token);
    await other.goodbye();
  });

  test('a worker that comes back with its tokens keeps its jobs; those not in its list go back at once', async () => {
    const { processId, topic } = names();
    await deploy(engine, tasks(processId, topic));
    const worker = new TestWorker();
    const sessionId = randomUUID();
    const session = await worker.connect(engine, topic, { sessionId });
    session.grant(2, 1e6);
    await Promise.all([start(engine, processId), start(engine, processId)]);
    await worker.until(() => worker.delivered.length === 2);
    const [kept, lost] = worker.delivered;
    if (kept === undefined || lost === undefined) throw new Error('no jobs');
    await session.broken();
    const other = new TestWorker();
    const otherSession = await other.connect(engine, topic);
    otherSession.grant(2, 1e6);
    const again = new TestWorker();
    const held = [{ partition: kept.job.partition, id: kept.job.id, lockToken: kept.lock.token }];
    const resumed = await again.connect(engine, topic, { sessionId, generation: 2, held });
    expect(resumed.kept.map(({ id }) => id)).toEqual([kept.job.id]);
    await other.until(() => other.delivered.length === 1);
    expect(other.delivered[0]?.job.id).toBe(lost.job.id);
    expect(await complete(engine, kept)).toMatchObject({ repeated: false });
    await resumed.goodbye();
    await otherSession.goodbye();
  });

  /** More than one lease takes. */
  const OLDER = 500;

  test('older jobs come before those that are born while they wait', async () => {
    const { processId, topic } = names();
    await deploy(engine, tasks(processId, topic));
    const older = await Promise.all(Array.from({ length: OLDER }, () => start(engine, processId)));
    const worker = new TestWorker();
    const session = await worker.connect(engine, topic);
    session.grant(OLDER + 1, 1e9);
    const newer = await start(engine, processId);
    await worker.until(() => worker.delivered.length === OLDER + 1);
    expect(worker.delivered.at(-1)?.job.processInstanceId).toBe(newer.id);
    expect(new Set(worker.delivered.map(({ job }) => job.processInstanceId)).size).toBe(older.length + 1);
    await session.goodbye();
  });

  test('canceling an instance tells the worker that holds its job, and its outcome is refused', async () => {
    const { processId, topic } = names();
    await deploy(engine, tasks(processId, topic));
    const worker = new TestWorker();
    const session = await worker.connect(engine, topic);
    session.grant(1, 1e6);
    const instance = await start(engine, processId);
    await worker.until(() => worker.delivered.length === 1);
    const answer = await engine.engine.submit(
      { type: 'cancelProcessInstance', instance, reason: 'test', by: 'test' },
      CALLER,
    );
    expect(isRefusal(answer)).toBe(false);
    await worker.until(() => worker.canceledJobs.length === 1);
    const [job] = worker.delivered;
    if (job === undefined) throw new Error('no job');
    await expect(complete(engine, job)).rejects.toThrow('JOB_CANCELED');
  });
});

test('a token that waits at a join can be read, with the id of the flow that it came over', async () => {
  const { processId, topic } = names();
  const deployed = await deploy(engine, forkToJoin(processId, topic));
  const instance = await start(engine, processId);
  const details = await engine.engine.reader.processInstanceDetails(instance, ['']);
  expect(details?.arrivals.map(({ bpmnElementId }) => bpmnElementId)).toEqual(['join']);
  const flowIds = await engine.engine.sequenceFlowIds(deployed);
  expect(flowIds[details?.arrivals[0]?.row.flow ?? -1]).toBe('straight');
  const [job] = await lock(engine, topic);
  if (job === undefined) throw new Error('no job');
  await complete(engine, job);
  await engine.engine.ended(instance, AbortSignal.timeout(20_000));
});

describe('requests', () => {
  test('the same request id and request is answered with the same instance, also when both come at once', async () => {
    const { processId, topic } = names();
    await deploy(engine, tasks(processId, topic));
    const caller = { ...CALLER, request: { rpc: 'Create', requestId: randomUUID(), hash: 'h' } };
    const answers = await Promise.all([1, 2, 3].map(() => start(engine, processId, {}, caller)));
    expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
  });

  test('the same request id with another request is refused', async () => {
    const { processId, topic } = names();
    await deploy(engine, tasks(processId, topic));
    const requestId = randomUUID();
    await start(engine, processId, {}, { ...CALLER, request: { rpc: 'Create', requestId, hash: 'one' } });
    const answer = await engine.engine.submit(startCommand(processId), {
      ...CALLER,
      request: { rpc: 'Create', requestId, hash: 'two' },
    });
    expect(answer).toMatchObject({ refused: 'REQUEST_ID_REUSED' });
  });

  test('a refused request leaves no row: the same id may be used again', async () => {
    const { processId, topic } = names();
    const caller = { ...CALLER, request: { rpc: 'Create', requestId: randomUUID(), hash: 'h' } };
    const neighbour = names();
    await deploy(engine, tasks(neighbour.processId, neighbour.topic));
    // Neighbours on every lane: the refused command's group commits.
    const neighbours = Array.from({ length: 20 }, () => start(engine, neighbour.processId));
    const answer = await engine.engine.submit(startCommand(processId), caller);
    await Promise.all(neighbours);
    expect(answer).toMatchObject({ refused: 'PROCESS_NOT_FOUND' });
    await deploy(engine, tasks(processId, topic));
    const instance = await start(engine, processId, {}, caller);
    expect(await engine.engine.reader.processInstance(instance, [''])).not.toBeNull();
  });
});
