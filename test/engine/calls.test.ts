// Call activities on a database: what is called is found by name in each group, remembered trees hold what they called.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isRefusal } from '../../src/core/refusal.js';
import type { Ref } from '../../src/core/state.js';
import { type FreshDatabase, freshDatabase } from '../support/databases.js';
import { CALLER, complete, deploy, lock, openEngine, start, type TestEngine } from '../support/engine.js';
import { type CallSpec, callByWorker, callOf, file, service } from '../support/scenario-model.js';

let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(() => database.drop());

interface Names {
  readonly caller: string;
  readonly called: string;
  readonly topic: string;
}

function named(): Names {
  const name = randomUUID();
  return { caller: `caller-${name}`, called: `called-${name}`, topic: name };
}

const callerOf = ({ caller, called }: Names, spec: CallSpec = {}) =>
  file({ id: caller, arrows: 'start -> call -> end', elements: { call: callOf(called, spec) } });

const calledOf = ({ called, topic }: Names) =>
  file({ id: called, arrows: 'start -> pick -> end', elements: { pick: service({ topic }) } });

async function instances({ engine }: TestEngine, rootId: number) {
  const page = await engine.reader.processInstances({ rootId, tenantIds: [''] }, { size: 1_000, token: '', offset: 0 });
  if (isRefusal(page)) throw new Error(page.message);
  return page.results.map(({ row, bpmnProcessId }) => ({ ...row, bpmnProcessId }));
}

async function one(engine: TestEngine, topic: string) {
  const [job] = await lock(engine, topic);
  if (job === undefined) throw new Error('no job');
  return job;
}

test('a called process runs in the tree of its caller, and the end of both is seen', async () => {
  const engine = await openEngine(database.settings);
  const names = named();
  await deploy(engine, callerOf(names));
  await deploy(engine, calledOf(names));
  const root = await start(engine, names.caller, { order: 1 });
  const [child] = (await instances(engine, root.id)).filter(({ parentId }) => parentId !== null);
  expect(child).toMatchObject({ rootId: root.id, parentId: root.id, bpmnProcessId: names.called, state: 'STARTED' });
  const job = await one(engine, names.topic);
  expect(job.variables).toEqual([{ name: 'order', data: { encoding: 'json', value: '1', encrypted: false } }]);
  const ended = engine.engine.ended(root, new AbortController().signal);
  const variables = [{ name: 'picked', data: { encoding: 'json', value: 'true', encrypted: false } }];
  await complete(engine, job, { variables });
  await ended;
  expect((await instances(engine, root.id)).map(({ state }) => state)).toEqual(['COMPLETED', 'COMPLETED']);
  const result = await engine.engine.reader.processVariables(root, [], ['']);
  expect(result?.map(({ row }) => row.name)).toEqual(['order', 'picked']);
});

test('I14: a server that remembers nothing completes what another one called', async () => {
  const one_ = await openEngine(database.settings);
  const names = named();
  await deploy(one_, callerOf(names));
  await deploy(one_, calledOf(names));
  const root = await start(one_, names.caller);
  const job = await one(one_, names.topic);
  await one_.stop();
  const other = await openEngine(database.settings);
  await complete(other, job);
  expect((await instances(other, root.id)).map(({ state }) => state)).toEqual(['COMPLETED', 'COMPLETED']);
});

test('each call finds the version that is the latest then, also where the name is known already', async () => {
  const engine = await openEngine(database.settings);
  const names = named();
  await deploy(engine, callerOf(names));
  const first = await deploy(engine, calledOf(names));
  const roots = [await start(engine, names.caller), await start(engine, names.caller)];
  const second = await deploy(engine, calledOf({ ...names, topic: `${names.topic}-2` }));
  roots.push(await start(engine, names.caller));
  const processes = await Promise.all(roots.map(async ({ id }) => calledIn(await instances(engine, id))));
  expect(processes).toEqual([first, first, second]);
});

const calledIn = (all: readonly { readonly parentId: number | null; readonly processId: number }[]) =>
  all.find(({ parentId }) => parentId !== null)?.processId;

test('a process is called by version tag and by the deployment of its caller', async () => {
  const engine = await openEngine(database.settings);
  const names = named();
  const extensions = '<zeebe:versionTag value="spring"/>';
  const elements = {
    tagged: callOf(names.called, { binding: 'bindingType="versionTag" versionTag="spring"' }),
    own: callOf(names.called, { binding: 'bindingType="deployment"' }),
  };
  const pick = { pick: service({ topic: names.topic }) };
  await deploy(
    engine,
    file(
      { id: names.caller, arrows: 'start -> fork -> tagged; fork -> own', elements },
      { id: names.called, arrows: 'startA -> pick -> endA', elements: pick, extensions },
    ),
  );
  await deploy(engine, calledOf(names));
  const root = await start(engine, names.caller);
  const versions = (await instances(engine, root.id)).filter(({ parentId }) => parentId !== null);
  expect(new Set(versions.map(({ processId }) => processId)).size).toBe(1);
  const [{ processId } = { processId: 0 }] = versions;
  const page = await engine.engine.reader.processes(
    { id: processId, tenantIds: [''] },
    { size: 1, token: '', offset: 0 },
  );
  expect(page).toMatchObject({ results: [{ version: '1', bpmnProcessId: names.called }] });
});

test('what is called deep inside is found in the next groups, and canceled with its root', async () => {
  const engine = await openEngine(database.settings);
  const names = named();
  const chain = [names.caller, `b-${names.topic}`, `c-${names.topic}`, names.called];
  for (const [index, id] of chain.slice(0, 3).entries()) {
    await deploy(
      engine,
      file({ id, arrows: 'start -> call -> end', elements: { call: callOf(chain[index + 1] ?? '') } }),
    );
  }
  await deploy(engine, calledOf(names));
  const root = await start(engine, names.caller);
  expect(await instances(engine, root.id)).toHaveLength(4);
  const job = await one(engine, names.topic);
  await cancel(engine, root);
  expect((await instances(engine, root.id)).map(({ state }) => state)).toEqual(Array(4).fill('CANCELED'));
  await expect(complete(engine, job)).rejects.toThrow('JOB_CANCELED');
  const again = await start(engine, names.caller);
  expect(await instances(engine, again.id)).toHaveLength(4);
});

async function cancel({ engine }: TestEngine, instance: Ref) {
  const answer = await engine.submit({ type: 'cancelProcessInstance', instance, reason: null, by: 'test' }, CALLER);
  if (isRefusal(answer)) throw new Error(answer.message);
}

test('a process that is not deployed is an incident, which can be resolved when it is', async () => {
  const engine = await openEngine(database.settings);
  const names = named();
  await deploy(engine, callerOf(names));
  const root = await start(engine, names.caller);
  const open = { processInstanceId: root.id, partition: root.partition, open: true, tenantIds: [''] };
  const page = await engine.engine.reader.incidents(open, { size: 2, token: '', offset: 0 });
  if (isRefusal(page)) throw new Error(page.message);
  const [incident] = page.results;
  expect(incident?.row).toMatchObject({ reason: 'CALLED_PROCESS_NOT_FOUND', phase: 'ENTER' });
  await deploy(engine, calledOf(names));
  const { partition, id } = incident?.row ?? { partition: '', id: 0 };
  const nothing = { retryTimer: null, retryLimit: null, variables: [], by: 'test' };
  await engine.engine.submit({ type: 'resolveIncident', incident: { partition, id }, ...nothing }, CALLER);
  await complete(engine, await one(engine, names.topic));
  expect((await instances(engine, root.id)).map(({ state }) => state)).toEqual(['COMPLETED', 'COMPLETED']);
});

test('many starts at once call in one group, and all end', async () => {
  const engine = await openEngine(database.settings);
  const names = named();
  await deploy(engine, callerOf(names));
  await deploy(engine, calledOf(names));
  const roots = await Promise.all(Array.from({ length: 50 }, () => start(engine, names.caller)));
  for (let left = roots.length; left > 0; ) {
    const jobs = await lock(engine, names.topic, 50);
    await Promise.all(jobs.map((job) => complete(engine, job)));
    left -= jobs.length;
  }
  for (const { id } of roots) {
    expect((await instances(engine, id)).map(({ state }) => state)).toEqual(['COMPLETED', 'COMPLETED']);
  }
});

test('who takes over variables is told what was called, and suspended jobs are not handed out', async () => {
  const engine = await openEngine(database.settings);
  const names = named();
  const asking = { [names.topic]: callByWorker() };
  await deploy(engine, file({ id: names.caller, arrows: `start -> ${names.topic} -> end`, elements: asking }));
  await deploy(engine, file({ id: names.called, arrows: 'start -> end' }));
  const root = await start(engine, names.caller);
  const suspension = { instance: root, includeCalled: false, by: 'test' };
  await engine.engine.submit({ type: 'suspendProcessInstance', ...suspension }, CALLER);
  const filter = { job: null, processIds: [], processInstance: root };
  const all = { tenantIds: [''], topics: [], limit: 1, workerId: 'test', durationMs: 60_000, filter, waitMs: 0 };
  expect(await engine.engine.lockJobs({ ...all, signal: new AbortController().signal })).toEqual([]);
  await engine.engine.submit({ type: 'resumeProcessInstance', ...suspension }, CALLER);
  const none = { version: null, correlationKey: null, tags: {}, variables: [] };
  const completion = { type: 'calledProcess', bpmnProcessId: names.called, ...none } as const;
  await complete(engine, await one(engine, names.topic), { completion });
  const passing = await one(engine, names.topic);
  const [child] = (await instances(engine, root.id)).filter(({ parentId }) => parentId !== null);
  expect(passing).toMatchObject({ job: { type: 'PASS_VARIABLES' }, calledId: child?.id });
  const page = { size: 10, token: '', offset: 0 };
  const roots = { rootId: root.id, rootsOnly: true, tenantIds: [''] };
  expect(await engine.engine.reader.processInstances(roots, page)).toMatchObject({
    results: [{ row: { id: root.id } }],
  });
  const calls = { processInstanceId: root.id, bpmnElementId: names.topic, tenantIds: [''] };
  expect(await engine.engine.reader.elementInstances(calls, page)).toMatchObject({
    results: [{ calledId: child?.id }],
  });
  const jobs = await engine.engine.reader.jobs({ processInstanceId: root.id, tenantIds: [''] }, page);
  expect(jobs).toMatchObject({ results: [{ calledId: null }, { calledId: child?.id }] });
});
