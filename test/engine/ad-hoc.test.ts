// Ad-hoc sub-processes on a real database: what waits for its turn is read there when nothing is remembered.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JobDelivery } from '../../src/engine/face.js';
import { type FreshDatabase, freshDatabase } from '../support/databases.js';
import { complete, deploy, lock, openEngine, start, type TestEngine } from '../support/engine.js';
import { adHoc, model, service } from '../support/scenario-model.js';

let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(() => database.drop());

/** The second of a sequence is a token that waits in the database, and so is the answer that all has begun. */
test('a sequence that a worker chose goes on, one after the other, also at the next server', async () => {
  const name = randomUUID();
  const elements = { a: service({ topic: `a-${name}` }), b: service({ topic: `b-${name}` }) };
  const work = adHoc('', { topic: `choose-${name}`, sequential: true }, elements);
  const xml = model('start -> work -> end', { work }).replace('id="p"', `id="p-${name}"`);
  const first = await openEngine(database.settings);
  await deploy(first, xml);
  const instance = await start(first, `p-${name}`);
  const asked = await lockOne(first, `choose-${name}`);
  expect(asked.job.type).toBe('SELECT_AD_HOC_ACTIVITIES');
  await complete(first, asked, { completion: { type: 'adHocDecision', elements: ['a', 'b'] } });
  const a = await lockOne(first, `a-${name}`);
  await first.stop();
  const second = await openEngine(database.settings);
  await complete(second, a);
  await complete(second, await lockOne(second, `choose-${name}`), NOTHING_MORE);
  await complete(second, await lockOne(second, `b-${name}`));
  await complete(second, await lockOne(second, `choose-${name}`), NOTHING_MORE);
  await second.engine.ended(instance, AbortSignal.timeout(20_000));
});

test('what a complete one lets come to its end is its end, also at the next server', async () => {
  const name = randomUUID();
  const elements = { a: service({ topic: `a-${name}` }), b: service({ topic: `b-${name}` }) };
  const work = adHoc('b -> c', { active: '["a", "b"]', until: 'true', cancelsRemaining: false }, elements);
  const first = await openEngine(database.settings);
  await deploy(first, model('start -> work -> end', { work }).replace('id="p"', `id="p-${name}"`));
  const instance = await start(first, `p-${name}`);
  const [a, b] = [await lockOne(first, `a-${name}`), await lockOne(first, `b-${name}`)];
  await complete(first, a);
  await first.stop();
  const second = await openEngine(database.settings);
  await complete(second, b);
  await second.engine.ended(instance, AbortSignal.timeout(20_000));
});

test('what is collected is read with the activity that adds to it, also at the next server', async () => {
  const name = randomUUID();
  const elements = { a: service({ topic: `a-${name}` }), b: service({ topic: `b-${name}` }) };
  const work = adHoc('', { active: '["a", "b"]', output: ['results', 'result'] }, elements);
  const xml = model('start -> work -> last -> end', { work, last: service({ topic: `last-${name}` }) });
  const first = await openEngine(database.settings);
  await deploy(first, xml.replace('id="p"', `id="p-${name}"`));
  await start(first, `p-${name}`);
  const [a, b] = [await lockOne(first, `a-${name}`), await lockOne(first, `b-${name}`)];
  await complete(first, b, { variables: [{ name: 'result', data: number('2') }] });
  await first.stop();
  const second = await openEngine(database.settings);
  await complete(second, a, { variables: [{ name: 'result', data: number('1') }] });
  const { variables } = await lockOne(second, `last-${name}`);
  expect(variables).toMatchObject([{ name: 'results', data: { value: '[2,1]' } }]);
});

const number = (value: string) => ({ encoding: 'json', value, encrypted: false });

const NOTHING_MORE = { completion: { type: 'adHocDecision', elements: [] } } as const;

async function lockOne(engine: TestEngine, topic: string): Promise<JobDelivery> {
  const [job] = await lock(engine, topic);
  if (job === undefined) throw new Error(`no job of ${topic}`);
  return job;
}
