// Complex gateways on a real database: what one has taken is read there when nothing is remembered.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, test } from 'vitest';
import type { JobDelivery } from '../../src/engine/face.js';
import { type FreshDatabase, freshDatabase } from '../support/databases.js';
import { complete, deploy, lock, openEngine, start, type TestEngine } from '../support/engine.js';
import { complex, model, service } from '../support/scenario-model.js';

let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(() => database.drop());

/** What it remembers goes with a server, so the next one reads from which flows the gateway has taken a token. */
test('one of two goes on, and the late token resets the gateway, also at the next server', async () => {
  const name = randomUUID();
  const xml = model('start -> fork -> a -> gate -> after -> end; fork -> b -> gate', {
    gate: complex('activationCount >= 1'),
    a: service({ topic: `a-${name}` }),
    b: service({ topic: `b-${name}` }),
    after: service({ topic: `after-${name}` }),
  });
  const first = await openEngine(database.settings);
  await deploy(first, xml.replace('id="p"', `id="p-${name}"`));
  const instance = await start(first, `p-${name}`);
  const [a, b] = [await lockOne(first, `a-${name}`), await lockOne(first, `b-${name}`)];
  await complete(first, a);
  const after = await lockOne(first, `after-${name}`);
  await first.stop();
  const second = await openEngine(database.settings);
  await complete(second, after);
  await complete(second, b);
  await second.engine.ended(instance, AbortSignal.timeout(20_000));
});

async function lockOne(engine: TestEngine, topic: string): Promise<JobDelivery> {
  const [job] = await lock(engine, topic);
  if (job === undefined) throw new Error(`no job of ${topic}`);
  return job;
}
