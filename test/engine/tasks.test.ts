import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isRefusal } from '../../src/core/refusal.js';
import type { JobDelivery } from '../../src/engine/face.js';
import { type FreshDatabase, freshDatabase } from '../support/databases.js';
import { CALLER, complete, deploy, lock, openEngine, start, type TestEngine, TestWorker } from '../support/engine.js';
import { tasks } from '../support/models.js';

let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(() => database.drop());

async function fail({ engine }: TestEngine, { job, lock }: JobDelivery, retryTimer: string | null): Promise<void> {
  const { partition, id } = job;
  const answer = await engine.submit(
    {
      type: 'failJob',
      job: { partition, id },
      lockToken: lock.token,
      message: 'out of paper',
      retryLimit: 1,
      retryTimer,
      variables: [],
      by: 'test',
    },
    CALLER,
  );
  if (isRefusal(answer)) throw new Error(answer.message);
}

test('a retry with a timer comes to the worker when it is due, and is a new job', async () => {
  const engine = await openEngine(database.settings);
  const topic = randomUUID();
  await deploy(engine, tasks(`p-${topic}`, topic));
  const worker = new TestWorker();
  const session = await worker.connect(engine, topic);
  session.grant(2, 1e6);
  await start(engine, `p-${topic}`);
  await worker.until(() => worker.delivered.length === 1);
  const [first] = worker.delivered;
  if (first === undefined) throw new Error('no job');
  await fail(engine, first, 'PT1S');
  await worker.until(() => worker.delivered.length === 2);
  const second = worker.delivered[1];
  expect(second?.job.id).not.toBe(first.job.id);
  expect(second?.job).toMatchObject({
    retryCount: 1,
    attemptKey: first.job.attemptKey,
    effectKey: first.job.effectKey,
  });
  await session.goodbye();
});

test('I14: a retry that waits is made available by another server when the first one is gone', async () => {
  const leaving = await openEngine(database.settings);
  const topic = randomUUID();
  await deploy(leaving, tasks(`p-${topic}`, topic));
  await start(leaving, `p-${topic}`);
  const [job] = await lock(leaving, topic);
  if (job === undefined) throw new Error('no job');
  await fail(leaving, job, 'PT1S');
  await leaving.stop();
  const staying = await openEngine(database.settings);
  const [retry] = await lock(staying, topic);
  expect(retry?.job.retryCount).toBe(1);
});

test('an exhausted job raises an incident, and resolving it makes a new job', async () => {
  const engine = await openEngine(database.settings);
  const topic = randomUUID();
  await deploy(engine, tasks(`p-${topic}`, topic));
  const instance = await start(engine, `p-${topic}`);
  const [first] = await lock(engine, topic);
  if (first === undefined) throw new Error('no job');
  await fail(engine, first, null);
  const [second] = await lock(engine, topic);
  if (second === undefined) throw new Error('no retry');
  await fail(engine, second, null);
  const details = await engine.engine.reader.processInstanceDetails(instance, ['']);
  const [incident] = details?.incidents ?? [];
  expect(incident?.row).toMatchObject({
    reason: 'JOB_RETRIES_EXHAUSTED',
    message: 'out of paper',
    jobId: second.job.id,
  });
  if (incident === undefined) throw new Error('no incident');
  const { partition, id } = incident.row;
  const command = { type: 'resolveIncident', retryTimer: null, retryLimit: null, variables: [], by: 'test' } as const;
  await engine.engine.submit({ ...command, incident: { partition, id } }, CALLER);
  const [third] = await lock(engine, topic);
  expect(third?.job.retryCount).toBe(0);
  if (third === undefined) throw new Error('no new job');
  await complete(engine, third);
  await engine.engine.ended(instance, AbortSignal.timeout(20_000));
});
