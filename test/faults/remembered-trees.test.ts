import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Ref } from '../../src/core/state.js';
import { type FreshDatabase, freshDatabase } from '../support/databases.js';
import { CALLER, complete, deploy, lock, openEngine, start, type TestEngine, TestWorker } from '../support/engine.js';
import { forkWithError, tasks } from '../support/models.js';

// A lane remembers the trees that it has just written. Another server may have changed them since.

let database: FreshDatabase;
let here: TestEngine;
let there: TestEngine;
let topics: readonly [string, string];
beforeAll(async () => {
  database = await freshDatabase();
  here = await openEngine(database.settings, {}, () => undefined);
  there = await openEngine(database.settings, {}, () => undefined);
  topics = [randomUUID(), randomUUID()];
  await deploy(here, tasks('two-tasks', ...topics));
});
afterAll(async () => {
  await Promise.all([here.stop(), there.stop()]);
  await database.drop();
});

async function lockedAt(engine: TestEngine, topic: string) {
  const [job] = await lock(engine, topic);
  if (job === undefined) throw new Error(`no job of ${topic}`);
  return job;
}

async function setVariable({ engine }: TestEngine, scope: Ref, name: string): Promise<void> {
  const data = { encoding: 'json', value: '1', encrypted: false };
  const variables = [{ name, data, bpmnElementId: null }];
  const answer = await engine.submit(
    { type: 'setVariables', kind: 'processInstance', scope, variables, by: 'test' },
    CALLER,
  );
  expect(answer).toEqual({ scope });
}

test('I14: a remembered tree that another server has changed is read again', async () => {
  const instance = await start(here, 'two-tasks');
  await complete(there, await lockedAt(there, topics[0]));
  await setVariable(here, instance, 'after');
  const details = await there.engine.reader.processInstanceDetails(instance, ['']);
  expect(details?.instance.row.changeNumber).toBe(3);
  expect(details?.variables.map(({ row }) => row.name)).toEqual(['after']);
  await complete(here, await lockedAt(there, topics[1]));
  const ended = await there.engine.reader.processInstance(instance, ['']);
  expect(ended?.row).toMatchObject({ state: 'COMPLETED', changeNumber: 4 });
});

test('I5: a lock that another server wrote is no reason to refuse, and its token alone counts', async () => {
  const instance = await start(here, 'two-tasks');
  const held = await lockedAt(there, topics[0]);
  const wrong = { ...held, lock: { ...held.lock, token: randomUUID() } };
  await expect(complete(here, wrong)).rejects.toThrow('LOCK_TOKEN_MISMATCH');
  await complete(here, held);
  await complete(here, await lockedAt(there, topics[1]));
  expect((await here.engine.reader.processInstance(instance, ['']))?.row.state).toBe('COMPLETED');
});

test('I5: an outcome with a lock that this server remembers and another has ended is refused', async () => {
  const worker = new TestWorker();
  const session = await worker.connect(here, topics[0]);
  session.grant(1, 1e6);
  const instance = await start(here, 'two-tasks');
  await worker.until(() => worker.delivered.length === 1);
  const [held] = worker.delivered;
  if (held === undefined) throw new Error('nothing was delivered');
  const { partition, id } = held.job;
  await there.engine.unlockJobs([{ partition, id, lockToken: held.lock.token }]);
  await expect(complete(here, held)).rejects.toThrow('JOB_NOT_HELD');
  await complete(here, await lockedAt(there, topics[0]));
  expect((await there.engine.reader.processInstance(instance, ['']))?.row.changeNumber).toBe(2);
  await session.goodbye();
});

test('I14: a tree that was read whole is remembered with the variables of all that lives in it', async () => {
  const [throwing, mapped] = [randomUUID(), randomUUID()];
  await deploy(here, forkWithError('fork-with-error', throwing, mapped));
  const instance = await start(here, 'fork-with-error');
  const { job, lock: held } = await lockedAt(there, throwing);
  const thrown = { errorCode: 'E1', message: '', variables: [], by: 'test' };
  const outcome = { job: { partition: job.partition, id: job.id }, lockToken: held.token, ...thrown };
  expect(await there.engine.submit({ type: 'throwJobError', ...outcome }, CALLER)).toMatchObject({ state: 'DONE' });
  await complete(there, await lockedAt(there, mapped));
  const details = await there.engine.reader.processInstanceDetails(instance, ['']);
  expect(details?.instance.row.state).toBe('COMPLETED');
  expect(details?.variables.map(({ row }) => row.name)).toContain('result');
});
