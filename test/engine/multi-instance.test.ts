// Multi-instance on a real database: more instances than one command opens, and what each leaves behind for the end.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { STEPS_PER_COMMAND } from '../../src/core/limits.js';
import { type FreshDatabase, freshDatabase } from '../support/databases.js';
import { complete, deploy, lock, openEngine, start, type TestEngine } from '../support/engine.js';
import { each, model, script, service } from '../support/scenario-model.js';

let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(() => database.drop());

function perItem(name: string, element: Parameters<typeof each>[0], result: string): string {
  const spec = { collection: 'items', item: 'item', output: ['results', result] as const };
  const xml = model('start -> work -> after -> end', {
    work: each(element, spec),
    after: service({ topic: `after-${name}` }),
  });
  return xml.replace('id="p"', `id="p-${name}"`);
}

async function resultsAfter(engine: TestEngine, name: string): Promise<unknown> {
  const [job] = await lock(engine, `after-${name}`);
  const results = job?.variables.find((each) => each.name === 'results');
  return JSON.parse(results?.data?.value ?? 'null');
}

test('what each instance adds is kept until all are done, also when another server ends them', async () => {
  const name = randomUUID();
  const first = await openEngine(database.settings);
  await deploy(first, perItem(name, service({ topic: name }), 'result'));
  await start(first, `p-${name}`, { items: ['a', 'b', 'c', 'd'] });
  const jobs = await lock(first, name, 4);
  const finish = (engine: TestEngine, job: (typeof jobs)[number]) => {
    const item = job.variables.find((each) => each.name === 'item')?.data;
    if (item === undefined) throw new Error('no item');
    return complete(engine, job, { variables: [{ name: 'result', data: item }] });
  };
  const [one, two, three, four] = jobs;
  if (one === undefined || two === undefined || three === undefined || four === undefined) throw new Error('no jobs');
  await finish(first, three);
  await finish(first, one);
  await first.stop();
  const second = await openEngine(database.settings);
  await finish(second, four);
  await finish(second, two);
  expect(await resultsAfter(second, name)).toEqual(['a', 'b', 'c', 'd']);
});

test('outputs of a tree that a lane remembers are remembered with it', async () => {
  const name = randomUUID();
  const engine = await openEngine(database.settings);
  await deploy(engine, perItem(name, service({ topic: name }), 'item'));
  await start(engine, `p-${name}`, { items: [1, 2, 3] });
  for (const job of await lock(engine, name, 3)) await complete(engine, job);
  expect(await resultsAfter(engine, name)).toEqual([1, 2, 3]);
});

test('more instances than one command opens are opened by tasks', async () => {
  const name = randomUUID();
  const engine = await openEngine(database.settings);
  await deploy(engine, perItem(name, script('double', 'item * 2'), 'double'));
  const items = Array.from({ length: 2 * STEPS_PER_COMMAND }, (_, index) => index);
  await start(engine, `p-${name}`, { items });
  expect(await resultsAfter(engine, name)).toEqual(items.map((item) => item * 2));
});
