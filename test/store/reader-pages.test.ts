// Pages: every row once, in the order of the list, over all days; tokens that fit nothing else.
import { describe, expect, test } from 'vitest';
import { isRefusal } from '../../src/core/refusal.js';
import type { PageRequest } from '../../src/engine/reader.js';
import { firstPage, ok, PAY, pages, results, T0, worlds } from './reader-world.js';

/** With the days ahead there are more of them than are asked in one wait. */
const DAYS = 12;
const nextWorld = worlds(DAYS);

/** Three instances in each third day, in the order of the days. */
async function manyDays() {
  const world = nextWorld();
  const { processId, first } = await world.deploy();
  const instances = [11, 8, 5, 2].flatMap((ahead) =>
    [0, 1, 2].map(() => world.instance(processId, { partition: world.day(ahead) })),
  );
  instances.sort((one, other) =>
    one.partition < other.partition ? -1 : one.partition > other.partition ? 1 : one.id - other.id,
  );
  const scopes = instances.map((instance) => world.scope(instance, first));
  await world.commit({ processInstance: instances, elementInstance: scopes });
  return { world, first, instances, scopes, newestFirst: instances.map(({ id }) => id).reverse() };
}

const SIZES = [1, 2, 3, 4, 11, 12, 13, 1_000];

describe('a list over all days', () => {
  test('is read page by page, newest first, whatever the size of the pages', async () => {
    const { world, newestFirst } = await manyDays();
    for (const size of SIZES) {
      const read = (page: PageRequest) => world.reader.processInstances(world.all, page);
      const found = await pages(size, read);
      expect(found.flat().map(({ row }) => row.id)).toEqual(newestFirst);
      expect(found.slice(0, -1).every((page) => page.length === size)).toBe(true);
      expect(found.at(-1)?.length).toBeGreaterThan(0);
    }
  });

  test('is in the order of days, then ids', async () => {
    const { world, instances } = await manyDays();
    for (const size of SIZES) {
      const found = await pages(size, (page) => world.reader.elementInstances(world.all, page));
      expect(found.flat().map(({ row }) => row.id)).toEqual(instances.map(({ id }) => id));
    }
  });

  test('may begin anywhere', async () => {
    const { world, newestFirst } = await manyDays();
    for (let offset = 0; offset <= newestFirst.length + 1; offset++) {
      const page = ok(await world.reader.processInstances(world.all, firstPage(4, offset)));
      expect(page.results.map(({ row }) => row.id)).toEqual(newestFirst.slice(offset, offset + 4));
      expect(page.nextToken === '').toBe(offset + 4 >= newestFirst.length);
      if (page.nextToken === '') continue;
      // The offset was the first page's: it counts no more.
      const next = ok(await world.reader.processInstances(world.all, { size: 4, token: page.nextToken, offset }));
      expect(next.results.map(({ row }) => row.id)).toEqual(newestFirst.slice(offset + 4, offset + 8));
    }
  });

  test('ends with the day that a time leaves as the last', async () => {
    const { world, instances } = await manyDays();
    const createdBefore = Date.parse(world.day(9));
    const found = await results(world.reader.processInstances({ ...world.all, createdBefore }, firstPage()));
    expect(found.map(({ row }) => row.partition)).toEqual(
      instances
        .map(({ partition }) => partition)
        .filter((day) => day < world.day(9))
        .reverse(),
    );
  });

  test('neither loses nor repeats a row when others come between two pages', async () => {
    const { world, newestFirst, instances } = await manyDays();
    const one = ok(await world.reader.processInstances(world.all, firstPage(5)));
    const late = world.instance(instances[0]?.processId ?? 0, { partition: world.day(11) });
    await world.commit({ processInstance: [late] });
    const rest = await pages(5, (page) =>
      world.reader.processInstances(world.all, page.token === '' ? { ...page, token: one.nextToken } : page),
    );
    expect([...one.results, ...rest.flat()].map(({ row }) => row.id)).toEqual(newestFirst);
  });
});

describe('a list of one tree', () => {
  test('is found on whatever day it lies, page by page', async () => {
    const { world, instances, scopes, first } = await manyDays();
    for (const [index, instance] of instances.entries()) {
      const scope = scopes[index];
      if (scope === undefined) throw new Error('Each instance has a scope.');
      const [one, two] = [
        world.element(instance, scope.id, first + PAY),
        world.element(instance, scope.id, first + PAY),
      ];
      await world.commit({ elementInstance: [one, two] });
      const filter = { ...world.all, processInstanceId: instance.id };
      for (const size of [1, 2, 3]) {
        const found = await pages(size, (page) => world.reader.elementInstances(filter, page));
        expect(found.flat().map(({ row }) => row.id)).toEqual([scope.id, one.id, two.id]);
      }
    }
  });
});

describe('a list of one day', () => {
  test('is read page by page', async () => {
    const { world, instances } = await manyDays();
    const partition = world.day(5);
    const ofDay = instances.filter((instance) => instance.partition === partition).map(({ id }) => id);
    const filter = { ...world.all, partition };
    for (const size of [1, 2, 3, 4]) {
      const found = await pages(size, (page) => world.reader.processInstances(filter, page));
      expect(found.flat().map(({ row }) => row.id)).toEqual([...ofDay].reverse());
    }
    const [, second] = await results(world.reader.processInstances(filter, firstPage(2, 1)));
    expect(second?.row.id).toBe(ofDay[0]);
  });
});

describe('each list', () => {
  test('is read page by page by its own key', async () => {
    const world = nextWorld();
    const { processId, first } = await world.deploy();
    await world.deploy();
    const instance = world.instance(processId);
    const scope = world.scope(instance, first);
    const pay = world.element(instance, scope.id, first + PAY);
    const some = [1, 2, 3];
    const jobs = some.map(() => world.job(instance, pay));
    const names = ['b', 'a', 'ä', 'B', 'ab'];
    await world.commit({
      processInstance: [instance],
      elementInstance: [scope, pay],
      job: jobs,
      openJob: jobs.map((job) => world.openJob(job)),
      incident: some.map(() => world.incident(instance, pay)),
      task: some.map(() => world.task(instance)),
      variable: [scope, pay].flatMap((of) => names.map((name) => world.variable(of, name, 1))),
    });
    const { reader, all } = world;
    const narrow = { ...all, processInstanceId: instance.id };
    for (const size of [1, 2, 100]) {
      const read = {
        processes: await pages(size, (page) => reader.processes(all, page)),
        elements: await pages(size, (page) => reader.elements({ ...all, processId }, page)),
        elementInstances: await pages(size, (page) => reader.elementInstances(narrow, page)),
        jobs: await pages(size, (page) => reader.jobs(narrow, page)),
        openJobs: await pages(size, (page) => reader.jobs({ ...all, states: ['CREATED'] }, page)),
        incidents: await pages(size, (page) => reader.incidents(narrow, page)),
        tasks: await pages(size, (page) => reader.tasks(all, page)),
        variables: await pages(size, (page) => reader.variables(narrow, page)),
      };
      const counts = Object.fromEntries(Object.entries(read).map(([name, found]) => [name, found.flat().length]));
      expect(counts).toEqual({
        processes: 2,
        elements: 4,
        elementInstances: 2,
        jobs: 3,
        openJobs: 3,
        incidents: 3,
        tasks: 3,
        variables: 10,
      });
      const keys = read.variables.flat().map(({ row }) => `${row.scopeId} ${row.name}`);
      expect(new Set(keys).size).toBe(10);
      expect(read.jobs.flat().map(({ row }) => row.id)).toEqual(jobs.map(({ id }) => id));
    }
  });
});

describe('a page token', () => {
  const refusal = { refused: 'PAGE_TOKEN_INVALID', field: 'page_token' };
  const encode = (content: unknown) => Buffer.from(JSON.stringify(content)).toString('base64url');

  test('of another filter or another list is refused', async () => {
    const { world } = await manyDays();
    const { nextToken: token } = ok(await world.reader.processInstances(world.all, firstPage(2)));
    const page = { size: 2, token, offset: 0 };
    const { reader, all } = world;
    expect(await reader.processInstances({ ...all, states: ['STARTED'] }, page)).toMatchObject(refusal);
    expect(await reader.processInstances({ ...all, partition: world.day(2) }, page)).toMatchObject(refusal);
    expect(await reader.processInstances(world.others, page)).toMatchObject(refusal);
    expect(await reader.elementInstances(all, page)).toMatchObject(refusal);
    expect(await reader.processes(all, page)).toMatchObject(refusal);
    expect(isRefusal(await reader.processInstances(all, { ...page, size: 7 }))).toBe(false);
  });

  test('fits the same filter, however it is written', async () => {
    const { world, instances } = await manyDays();
    const processId = instances[0]?.processId ?? 0;
    const one = { tenantIds: [world.tenantId], processId, createdFrom: T0 };
    const { nextToken: token } = ok(await world.reader.processInstances(one, firstPage(2)));
    const other = { createdFrom: T0, processId, tenantIds: [world.tenantId] };
    expect(ok(await world.reader.processInstances(other, { size: 2, token, offset: 0 })).results).toHaveLength(2);
  });

  test('that is broken is refused, and never reaches the database', async () => {
    const { world } = await manyDays();
    const { nextToken } = ok(await world.reader.processInstances(world.all, firstPage(2)));
    const [key, hash] = JSON.parse(Buffer.from(nextToken, 'base64url').toString()) as [unknown[], string];
    const broken = [
      'x',
      '%%%',
      nextToken.slice(0, -4),
      encode(null),
      encode([]),
      encode({ key, hash }),
      encode([key, 'hash']),
      encode([[key[0]], hash]),
      encode([['2026-99-99', key[1]], hash]),
      encode([[key[0], '1; drop table job'], hash]),
      encode([[key[0], 1.5], hash]),
      encode([[key[0], null], hash]),
    ];
    for (const token of broken) {
      const answer = await world.reader.processInstances(world.all, { size: 2, token, offset: 0 });
      expect(answer, token).toMatchObject(refusal);
    }
  });
});
