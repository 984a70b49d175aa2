import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../support/databases.js';
import { deploy, lock, openEngine, start, type TestEngine } from '../support/engine.js';
import { ENDLESS_SCRIPT, tasks } from '../support/models.js';

let database: FreshDatabase;
let engine: TestEngine;
beforeAll(async () => {
  database = await freshDatabase();
  engine = await openEngine(database.settings, { lanes: 1 }, () => undefined);
});
afterAll(async () => {
  await engine.stop();
  await database.drop();
});

test('I4: an expression that never ends becomes an incident of its instance, and its neighbours in the group go on', async () => {
  const topic = randomUUID();
  await deploy(engine, tasks(`p-${topic}`, topic));
  await deploy(engine, ENDLESS_SCRIPT);
  const [before, endless, after] = await Promise.all([
    start(engine, `p-${topic}`),
    start(engine, 'endless-script'),
    start(engine, `p-${topic}`),
  ]);
  const jobs = await lock(engine, topic, 2);
  expect(jobs.map(({ job }) => job.processInstanceId).sort()).toEqual([before?.id, after?.id].sort());
  if (endless === undefined) throw new Error('not started');
  const details = await engine.engine.reader.processInstanceDetails(endless, ['']);
  expect(details?.incidents.map(({ row }) => row.reason)).toEqual(['EXPRESSION_LIMIT']);
}, 60_000);
