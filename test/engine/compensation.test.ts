// Compensation on a database: what has completed is a row with its variables, which another server finds.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../support/databases.js';
import { complete, deploy, lock, openEngine, start, type TestEngine } from '../support/engine.js';
import {
  boundary,
  CANCEL,
  compensation,
  endWith,
  model,
  service,
  throwing,
  transaction,
  undoneBy,
} from '../support/scenario-model.js';

let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(() => database.drop());

/** Locks the one job of the topic, completes it with the number, and answers the number that its worker saw. */
async function work(engine: TestEngine, topic: string, number?: number): Promise<unknown> {
  const [job] = await lock(engine, topic);
  if (job === undefined) throw new Error(`no job of ${topic}`);
  const data = { encoding: 'json', value: String(number), encrypted: false };
  await complete(engine, job, number === undefined ? {} : { variables: [{ name: 'number', data }] });
  const seen = job.variables.find(({ name }) => name === 'number');
  return JSON.parse(seen?.data?.value ?? 'null');
}

const topics = (name: string, ...ids: readonly string[]) =>
  Object.fromEntries(ids.map((id) => [id, service({ topic: `${id}-${name}` })]));

test('what completed on one server is compensated on the next, with the variables of then', async () => {
  const name = randomUUID();
  const xml = model('start -> flight -> hotel -> wait -> undo -> end', {
    ...topics(name, 'flight', 'hotel', 'wait'),
    ...undoneBy('flight', 'no-flight', service({ topic: `no-flight-${name}` })),
    ...undoneBy('hotel', 'no-hotel', service({ topic: `no-hotel-${name}` })),
    undo: throwing(compensation()),
  });
  const first = await openEngine(database.settings);
  await deploy(first, xml.replace('id="p"', `id="p-${name}"`));
  const instance = await start(first, `p-${name}`);
  await work(first, `flight-${name}`, 1);
  await work(first, `hotel-${name}`, 2);
  await first.stop();
  const second = await openEngine(database.settings);
  await work(second, `wait-${name}`, 3);
  expect(await work(second, `no-hotel-${name}`)).toBe(2);
  await second.stop();
  const third = await openEngine(database.settings);
  expect(await work(third, `no-flight-${name}`)).toBe(1);
  expect((await third.engine.reader.processInstance(instance, ['']))?.row.state).toBe('COMPLETED');
});

test('a transaction that is cancelled is compensated, and goes on at its cancel boundary event', async () => {
  const name = randomUUID();
  const xml = model('start -> trip -> end; cancelled -> sorry -> end', {
    trip: transaction('startT -> flight -> check -> cancel', {
      ...topics(name, 'flight', 'check'),
      ...undoneBy('flight', 'no-flight', service({ topic: `no-flight-${name}` })),
      cancel: endWith(CANCEL),
    }),
    cancelled: boundary('trip', CANCEL),
    ...topics(name, 'sorry'),
  });
  const engine = await openEngine(database.settings);
  await deploy(engine, xml.replace('id="p"', `id="p-${name}"`));
  const instance = await start(engine, `p-${name}`);
  for (const id of ['flight', 'check', 'no-flight', 'sorry']) await work(engine, `${id}-${name}`);
  expect((await engine.engine.reader.processInstance(instance, ['']))?.row.state).toBe('COMPLETED');
});
