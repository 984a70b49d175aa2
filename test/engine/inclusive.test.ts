// Inclusive gateways on a real database: what a join waits for is read there when nothing is remembered.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JobDelivery } from '../../src/engine/face.js';
import { type FreshDatabase, freshDatabase } from '../support/databases.js';
import { complete, deploy, lock, openEngine, start, type TestEngine } from '../support/engine.js';
import { inclusive, model, service } from '../support/scenario-model.js';

let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(() => database.drop());

/** What it remembers goes with a server, so the next one reads what lives in the scope of the join. */
test('a worker says which flows are taken, and the join waits for these alone, also at the next server', async () => {
  const name = randomUUID();
  const xml = model('start -> split -> a -> gather -> end; split -> b -> gather; split -> c -> gather', {
    split: inclusive({ topic: `split-${name}` }),
    a: service({ topic: `a-${name}` }),
    b: service({ topic: `b-${name}` }),
  });
  const first = await openEngine(database.settings);
  await deploy(first, xml.replace('id="p"', `id="p-${name}"`));
  const instance = await start(first, `p-${name}`);
  const decision = await lockOne(first, `split-${name}`);
  expect(decision.job.type).toBe('EVALUATE_INCLUSIVE_GATEWAY');
  await complete(first, decision, { completion: { type: 'inclusiveGatewayDecision', targets: ['a', 'b'] } });
  const [a, b] = [await lockOne(first, `a-${name}`), await lockOne(first, `b-${name}`)];
  await first.stop();
  const second = await openEngine(database.settings);
  await complete(second, a);
  await complete(second, b);
  await second.engine.ended(instance, AbortSignal.timeout(20_000));
});

async function lockOne(engine: TestEngine, topic: string): Promise<JobDelivery> {
  const [job] = await lock(engine, topic);
  if (job === undefined) throw new Error(`no job of ${topic}`);
  return job;
}
