// What can be read of one database: every list and every read by key, with its tenants.
import { describe, expect, test } from 'vitest';
import type { Refusal } from '../../src/core/refusal.js';
import type { Ref } from '../../src/core/state.js';
import type { Page } from '../../src/engine/reader.js';
import { BOX, firstPage, JOIN, LOCK, ORDER, ok, PAY, results, T0, type World, worlds } from './reader-world.js';

const nextWorld = worlds();

async function ids<View extends { readonly row: { readonly id: number } }>(
  answer: Promise<Page<View> | Refusal>,
): Promise<readonly number[]> {
  return (await results(answer)).map(({ row }) => row.id);
}

/** An instance that waits in a sub-process at a job and before a join, with an incident and variables in two scopes. */
async function waiting(world: World) {
  const { processId, first } = await world.deploy();
  const instance = world.instance(processId, { correlationKey: 'c-1', traceParent: 'trace', tags: { kind: 'big' } });
  const scope = world.scope(instance, first);
  const box = world.element(instance, scope.id, first + BOX);
  const pay = world.element(instance, box.id, first + PAY);
  const done = world.element(instance, box.id, first + PAY, { endedAt: T0, state: 'COMPLETED' });
  const token = world.arrival(box, first + JOIN);
  const consumed = world.arrival(box, first + JOIN, { consumedBy: pay.id });
  const job = world.job(instance, pay);
  const ended = world.job(instance, done, { state: 'DONE', completedAt: T0, completedBy: 'worker' });
  const incident = world.incident(instance, box);
  const resolved = world.incident(instance, box, { resolvedAt: T0, resolvedBy: 'test' });
  const variables = [
    world.variable(scope, 'amount', 1),
    world.variable(scope, 'gone', undefined),
    world.variable(scope, 'name', 'outer'),
    world.variable(box, 'name', 'inner'),
    world.variable(done, 'past', true),
  ];
  await world.commit({
    processInstance: [instance],
    elementInstance: [scope, box, pay, done],
    arrival: [token, consumed],
    variable: variables,
    job: [job, ended],
    openJob: [world.openJob(job, LOCK)],
    incident: [incident, resolved],
  });
  return { processId, first, instance, scope, box, pay, done, token, job, ended, incident, resolved };
}

const refOf = ({ partition, id }: Ref): Ref => ({ partition, id });

describe('processes', () => {
  test('are found by what they are, and the latest of a name is marked', async () => {
    const world = nextWorld();
    const one = await world.deploy(ORDER, { tags: { team: 'a' }, xml: '<one/>' });
    const two = await world.deploy(ORDER, { tags: { team: 'b', hot: '' } });
    const other = await world.deploy({ ...ORDER, bpmnProcessId: 'else' });
    await world.deploy(ORDER, { tenantId: world.others.tenantIds[0] as string });
    const find = async (filter: object) =>
      (await results(world.reader.processes({ ...world.all, ...filter }, firstPage()))).map(({ id }) => id);
    expect(await find({})).toEqual([one.processId, two.processId, other.processId]);
    expect(await find({ id: two.processId })).toEqual([two.processId]);
    expect(await find({ bpmnProcessId: 'order' })).toEqual([one.processId, two.processId]);
    expect(await find({ bpmnProcessId: 'order', version: '1' })).toEqual([one.processId]);
    expect(await find({ latestOnly: true })).toEqual([two.processId, other.processId]);
    expect(await find({ tags: [{ name: 'team', value: 'a' }] })).toEqual([one.processId]);
    expect(await find({ tags: [{ name: 'hot', value: null }] })).toEqual([two.processId]);
    expect(await find({ tenantIds: [] })).toEqual([]);
    expect(await find({ id: Number.MAX_SAFE_INTEGER })).toEqual([]);
    expect(await results(world.reader.processes({ ...world.all, id: one.processId }, firstPage()))).toEqual([
      {
        id: one.processId,
        enabled: true,
        tenantId: world.tenantId,
        bpmnProcessId: 'order',
        version: '1',
        name: 'Order',
        tags: { team: 'a' },
        createdAt: expect.any(Number),
        createdBy: 'test',
        latest: false,
      },
    ]);
    expect(await world.reader.bpmnXml(one.processId, world.all.tenantIds)).toBe('<one/>');
    expect(await world.reader.bpmnXml(one.processId, world.others.tenantIds)).toBeNull();
  });

  test('have elements in the order of the model', async () => {
    const world = nextWorld();
    await world.deploy();
    const { processId, first } = await world.deploy();
    const found = await results(world.reader.elements({ ...world.all, processId }, firstPage()));
    expect(found.map((element) => element.bpmnElementId)).toEqual(['order', 'box', 'pay', 'join']);
    expect(found[2]).toEqual({
      id: first + PAY,
      processId,
      bpmnElementId: 'pay',
      bpmnElementType: 'SERVICE_TASK',
      elementName: 'Pay',
    });
    const joins = await results(world.reader.elements({ ...world.all, bpmnElementId: 'join' }, firstPage()));
    expect(joins).toHaveLength(2);
    expect(await results(world.reader.elements({ ...world.others, processId }, firstPage()))).toEqual([]);
  });
});

describe('process instances', () => {
  test('are found by what they are, newest first', async () => {
    const world = nextWorld();
    const { processId, first } = await world.deploy();
    const second = await world.deploy();
    const plain = world.instance(processId, { createdAt: T0 - 1 });
    const keyed = world.instance(second.processId, {
      correlationKey: 'c-1',
      tags: { kind: 'big', hot: '' },
      contextType: 'order',
      contextId: '17',
    });
    const child = world.instance(processId, { rootId: keyed.id, parentId: keyed.id, createdAt: T0 + 1 });
    const grandchild = world.instance(processId, {
      rootId: keyed.id,
      parentId: child.id,
      state: 'COMPLETED',
      endedAt: T0,
    });
    const hidden = world.instance(processId, { tenantId: world.others.tenantIds[0] as string });
    const scope = world.scope(child, first);
    await world.commit({
      processInstance: [plain, keyed, child, grandchild, hidden],
      elementInstance: [scope],
      incident: [world.incident(child, scope), world.incident(plain, scope, { resolvedAt: T0 })],
    });
    for (const partition of [{}, { partition: world.today }]) {
      const find = (filter: object) =>
        ids(world.reader.processInstances({ ...world.all, ...partition, ...filter }, firstPage()));
      expect(await find({})).toEqual([grandchild.id, child.id, keyed.id, plain.id]);
      expect(await find({ id: child.id })).toEqual([child.id]);
      expect(await find({ parentId: keyed.id })).toEqual([child.id]);
      expect(await find({ parentId: child.id })).toEqual([grandchild.id]);
      expect(await find({ rootId: keyed.id })).toEqual([grandchild.id, child.id, keyed.id]);
      expect(await find({ rootId: child.id })).toEqual([]);
      expect(await find({ processId: second.processId })).toEqual([keyed.id]);
      expect(await find({ bpmnProcessId: 'order' })).toHaveLength(4);
      expect(await find({ bpmnProcessId: 'else' })).toEqual([]);
      expect(await find({ correlationKey: 'c-1' })).toEqual([keyed.id]);
      expect(await find({ states: ['COMPLETED', 'CANCELED'] })).toEqual([grandchild.id]);
      expect(
        await find({
          tags: [
            { name: 'kind', value: 'big' },
            { name: 'hot', value: null },
          ],
        }),
      ).toEqual([keyed.id]);
      expect(await find({ tags: [{ name: 'kind', value: 'small' }] })).toEqual([]);
      expect(await find({ contextType: 'order', contextId: '17' })).toEqual([keyed.id]);
      expect(await find({ contextType: 'order', contextId: '18' })).toEqual([]);
      expect(await find({ createdFrom: T0 + 1 })).toEqual([child.id]);
      expect(await find({ createdBefore: Date.parse(world.day(1)), createdFrom: T0 })).toHaveLength(3);
      expect(await find({ withIncident: true })).toEqual([child.id]);
      expect(await find(world.others)).toEqual([hidden.id]);
    }
    expect(await results(world.reader.processInstances({ ...world.all, id: keyed.id }, firstPage()))).toEqual([
      { row: keyed, bpmnProcessId: 'order', version: '2' },
    ]);
  });

  test('are read by key, by their tenants only', async () => {
    const world = nextWorld();
    const { instance } = await waiting(world);
    const view = { row: instance, bpmnProcessId: 'order', version: '1' };
    expect(await world.reader.processInstance(refOf(instance), world.all.tenantIds)).toEqual(view);
    expect(await world.reader.processInstance(refOf(instance), world.others.tenantIds)).toBeNull();
    expect(
      await world.reader.processInstance({ ...refOf(instance), partition: '1999-01-01' }, world.all.tenantIds),
    ).toBeNull();
    expect(
      await world.reader.processInstance({ ...refOf(instance), partition: '2026-99-99' }, world.all.tenantIds),
    ).toBeNull();
  });

  test('that have ended or are gone are told apart from those that live', async () => {
    const world = nextWorld();
    const { processId } = await world.deploy();
    const lives = world.instance(processId);
    const ended = world.instance(processId, { state: 'CANCELED', endedAt: T0 });
    await world.commit({ processInstance: [lives, ended] });
    const gone = { partition: '1999-01-01', id: lives.id };
    const impossible = { partition: '2026-99-99', id: lives.id };
    const asked = [refOf(lives), refOf(ended), gone, impossible];
    expect(await world.reader.ended(asked)).toEqual([refOf(ended), gone, impossible]);
    expect(await world.reader.ended([])).toEqual([]);
  });
});

describe('an instance with all that lives in it', () => {
  test('has what is open, and not what has ended', async () => {
    const world = nextWorld();
    const { instance, scope, box, pay, token, job, incident } = await waiting(world);
    const details = await world.reader.processInstanceDetails(refOf(instance), world.all.tenantIds);
    expect(details?.instance.row).toEqual(instance);
    expect(details?.elementInstances.map(({ row }) => row)).toEqual([scope, box, pay]);
    expect(details?.elementInstances[2]).toMatchObject({ bpmnElementId: 'pay', bpmnElementType: 'SERVICE_TASK' });
    expect(details?.arrivals).toMatchObject([{ row: token, bpmnElementId: 'join' }]);
    expect(details?.jobs.map(({ row }) => row)).toEqual([job]);
    expect(details?.incidents.map(({ row }) => row)).toEqual([incident]);
    expect(details?.variables.map(({ row, bpmnElementId }) => [bpmnElementId, row.name, row.data?.value])).toEqual([
      ['order', 'amount', '1'],
      ['order', 'name', '"outer"'],
      ['box', 'name', '"inner"'],
    ]);
    expect(details?.truncated).toBe(false);
    expect(await world.reader.processInstanceDetails(refOf(instance), world.others.tenantIds)).toBeNull();
    expect(
      await world.reader.processInstanceDetails({ ...refOf(instance), partition: '2026-02-31' }, world.all.tenantIds),
    ).toBeNull();
  });

  test('that has ended has its process scope and its variables', async () => {
    const world = nextWorld();
    const { processId, first } = await world.deploy();
    const instance = world.instance(processId, { state: 'COMPLETED', endedAt: T0 });
    const scope = world.scope(instance, first);
    const pay = world.element(instance, scope.id, first + PAY, { state: 'COMPLETED', endedAt: T0 });
    await world.commit({
      processInstance: [instance],
      elementInstance: [scope, pay],
      variable: [world.variable(scope, 'amount', 1), world.variable(pay, 'local', 2)],
    });
    const details = await world.reader.processInstanceDetails(refOf(instance), world.all.tenantIds);
    expect(details?.elementInstances.map(({ row }) => row)).toEqual([scope]);
    expect(details?.variables.map(({ row }) => row.name)).toEqual(['amount']);
  });

  test('has scopes before what they enclose, also when another server gave lower ids', async () => {
    const world = nextWorld();
    const { processId, first } = await world.deploy();
    const [lowest, low] = [world.id(), world.id()];
    const instance = world.instance(processId);
    const scope = world.scope(instance, first);
    const box = world.element(instance, scope.id, first + BOX, { id: low });
    const pay = world.element(instance, box.id, first + PAY, { id: lowest });
    await world.commit({ processInstance: [instance], elementInstance: [scope, box, pay] });
    const details = await world.reader.processInstanceDetails(refOf(instance), world.all.tenantIds);
    expect(details?.elementInstances.map(({ row }) => row.id)).toEqual([scope.id, box.id, pay.id]);
  });

  test('leaves out what a called instance has', async () => {
    const world = nextWorld();
    const { processId, first } = await world.deploy();
    const root = world.instance(processId);
    const child = world.instance(processId, { rootId: root.id, parentId: root.id });
    const [outer, inner] = [world.scope(root, first), world.scope(child, first)];
    const [one, two] = [world.job(root, outer), world.job(child, inner)];
    await world.commit({ processInstance: [root, child], elementInstance: [outer, inner], job: [one, two] });
    const ofRoot = await world.reader.processInstanceDetails(refOf(root), world.all.tenantIds);
    const ofChild = await world.reader.processInstanceDetails(refOf(child), world.all.tenantIds);
    expect(ofRoot?.jobs.map(({ row }) => row.id)).toEqual([one.id]);
    expect(ofChild?.jobs.map(({ row }) => row.id)).toEqual([two.id]);
    expect(ofChild?.elementInstances.map(({ row }) => row.id)).toEqual([inner.id]);
  });

  test('is cut at 1,000 rows of a kind, and says so', async () => {
    const world = nextWorld();
    const { processId, first } = await world.deploy();
    const instance = world.instance(processId);
    const scope = world.scope(instance, first);
    const many = Array.from({ length: 1_000 }, () => world.element(instance, scope.id, first + PAY));
    await world.commit({
      processInstance: [instance],
      elementInstance: [...many.slice(0, 500), scope, ...many.slice(500)],
    });
    const details = await world.reader.processInstanceDetails(refOf(instance), world.all.tenantIds);
    expect(details?.elementInstances).toHaveLength(1_000);
    expect(details?.elementInstances[0]?.row.id).toBe(scope.id);
    expect(details?.truncated).toBe(true);
  });
});

describe('element instances', () => {
  test('are found by what they are, superseded ones only when asked for', async () => {
    const world = nextWorld();
    const { processId, first, instance, scope, box, pay, done } = await waiting(world);
    const old = world.element(instance, box.id, first + PAY, { supersededBy: pay.id, state: 'CANCELED', endedAt: T0 });
    await world.commit({ elementInstance: [old] });
    const find = (filter: object) => ids(world.reader.elementInstances({ ...world.all, ...filter }, firstPage()));
    expect(await find({})).toEqual([scope.id, box.id, pay.id, done.id]);
    expect(await find({ includeSuperseded: true })).toEqual([scope.id, box.id, pay.id, done.id, old.id]);
    expect(await find({ id: pay.id })).toEqual([pay.id]);
    expect(await find({ parentId: box.id })).toEqual([pay.id, done.id]);
    expect(await find({ processId })).toHaveLength(4);
    expect(await find({ processInstanceId: instance.id, bpmnElementId: 'pay' })).toEqual([pay.id, done.id]);
    expect(await find({ processInstanceId: instance.id, states: ['COMPLETED'] })).toEqual([done.id]);
    expect(await find({ partition: world.today, processInstanceId: instance.id })).toHaveLength(4);
    expect(await find({ partition: '2026-99-99' })).toEqual([]);
    expect(await find(world.others)).toEqual([]);
    expect(await results(world.reader.elementInstances({ ...world.all, id: pay.id }, firstPage()))).toEqual([
      {
        row: pay,
        processId,
        tenantId: world.tenantId,
        bpmnElementId: 'pay',
        bpmnElementType: 'SERVICE_TASK',
        elementName: 'Pay',
        calledId: null,
      },
    ]);
  });
});

describe('jobs', () => {
  test('are found by what they are; one that a worker holds is LOCKED', async () => {
    const world = nextWorld();
    const { processId, first, instance, pay, done, job, ended } = await waiting(world);
    const free = world.job(instance, pay, { topic: 'ship', type: 'CALL_PROCESS' });
    const retry = world.job(instance, pay, { topic: 'ship' });
    const payload = { type: 'ACTIVATE_JOB', jobId: retry.id } as const;
    const task = world.task(instance, { type: 'ACTIVATE_JOB', payload });
    await world.commit({ job: [free, retry], openJob: [world.openJob(free)], task: [task] });
    for (const partition of [{}, { partition: world.today }]) {
      const find = (filter: object) => ids(world.reader.jobs({ ...world.all, ...partition, ...filter }, firstPage()));
      expect(await find({})).toEqual([job.id, ended.id, free.id, retry.id]);
      expect(await find({ id: free.id })).toEqual([free.id]);
      expect(await find({ elementId: first + PAY })).toHaveLength(4);
      expect(await find({ elementInstanceId: done.id })).toEqual([ended.id]);
      expect(await find({ processId })).toHaveLength(4);
      expect(await find({ processInstanceId: instance.id })).toHaveLength(4);
      expect(await find({ topic: 'ship' })).toEqual([free.id, retry.id]);
      expect(await find({ types: ['CALL_PROCESS'] })).toEqual([free.id]);
      expect(await find({ states: ['LOCKED'] })).toEqual([job.id]);
      expect(await find({ states: ['CREATED'] })).toEqual([free.id, retry.id]);
      expect(await find({ states: ['CREATED', 'LOCKED'] })).toEqual([job.id, free.id, retry.id]);
      expect(await find({ states: ['DONE', 'LOCKED'] })).toEqual([job.id, ended.id]);
      expect(await find({ states: [], types: [] })).toHaveLength(4);
      expect(await find({ lockedBy: 'worker' })).toEqual([job.id]);
      expect(await find({ lockedBy: 'nobody' })).toEqual([]);
      expect(await find({ bpmnElementId: 'pay', states: ['DONE'] })).toEqual([ended.id]);
      expect(await find(world.others)).toEqual([]);
    }
  });

  test('are read by key, with the variables that their element sees', async () => {
    const world = nextWorld();
    const { job, ended } = await waiting(world);
    const inner = { encoding: 'json', value: '"inner"', encrypted: false };
    const amount = { encoding: 'json', value: '1', encrypted: false };
    expect(await world.reader.job(refOf(job), [], world.all.tenantIds)).toEqual({
      row: job,
      lock: LOCK,
      bpmnProcessId: 'order',
      version: '1',
      bpmnElementId: 'pay',
      correlationKey: 'c-1',
      traceParent: 'trace',
      calledId: null,
      variables: [
        { name: 'amount', data: amount },
        { name: 'name', data: inner },
      ],
    });
    const some = await world.reader.job(refOf(job), ['name', 'gone', 'missing'], world.all.tenantIds);
    expect(some?.variables).toEqual([{ name: 'name', data: inner }]);
    const past = await world.reader.job(refOf(ended), [], world.all.tenantIds);
    expect(past?.lock).toBeNull();
    expect(past?.variables.map(({ name }) => name)).toEqual(['amount', 'name', 'past']);
    expect(await world.reader.job(refOf(job), [], world.others.tenantIds)).toBeNull();
    expect(await world.reader.job({ ...refOf(job), partition: 'never' }, [], world.all.tenantIds)).toBeNull();
  });
});

describe('incidents and tasks', () => {
  test('incidents are found by what they are', async () => {
    const world = nextWorld();
    const { processId, instance, pay, job, incident, resolved } = await waiting(world);
    const ofJob = world.incident(instance, pay, { jobId: job.id, taskId: 17, reason: 'JOB_RETRIES_EXHAUSTED' });
    await world.commit({ incident: [ofJob] });
    const find = (filter: object) => ids(world.reader.incidents({ ...world.all, ...filter }, firstPage()));
    expect(await find({})).toEqual([incident.id, resolved.id, ofJob.id]);
    expect(await find({ id: resolved.id })).toEqual([resolved.id]);
    expect(await find({ jobId: job.id })).toEqual([ofJob.id]);
    expect(await find({ taskId: 17 })).toEqual([ofJob.id]);
    expect(await find({ processInstanceId: instance.id, open: true })).toEqual([incident.id, ofJob.id]);
    expect(await find({ processId, open: false })).toEqual([resolved.id]);
    expect(await find({ bpmnProcessId: 'order', bpmnElementId: 'pay' })).toEqual([ofJob.id]);
    expect(await find({ reason: 'NO_FLOW_TAKEN' })).toEqual([incident.id, resolved.id]);
    expect(await find({ reason: 'NO_SUCH_REASON' })).toEqual([]);
    expect(await find({ partition: world.today })).toHaveLength(3);
    expect(await find(world.others)).toEqual([]);
    expect(await results(world.reader.incidents({ ...world.all, id: ofJob.id }, firstPage()))).toEqual([
      { row: ofJob, bpmnProcessId: 'order', version: '1', processId, tenantId: world.tenantId, bpmnElementId: 'pay' },
    ]);
  });

  test('tasks are found by what they are, and say who has claimed them', async () => {
    const world = nextWorld();
    const { processId, first } = await world.deploy();
    const instance = world.instance(processId);
    const plain = world.task(instance, { dueAt: T0 + 10 ** 12 });
    const payload = { type: 'ACTIVATE_JOB', jobId: 5 } as const;
    const ofJob = world.task(instance, { type: 'ACTIVATE_JOB', payload, elementInstanceId: 5, elementId: first + PAY });
    await world.commit({ processInstance: [instance], task: [plain, ofJob] });
    await world.store.tasks.claimDue('server', 1, 10, 60_000);
    const find = (filter: object) => ids(world.reader.tasks({ ...world.all, ...filter }, firstPage()));
    expect(await find({})).toEqual([plain.id, ofJob.id]);
    expect(await find({ id: plain.id, processId, processInstanceId: instance.id })).toEqual([plain.id]);
    expect(await find({ elementInstanceId: 5, elementId: first + PAY })).toEqual([ofJob.id]);
    expect(await find({ type: 'ACTIVATE_JOB', partition: world.today })).toEqual([ofJob.id]);
    expect(await find({ partition: '2026-99-99' })).toEqual([]);
    expect(await find(world.others)).toEqual([]);
    expect(await results(world.reader.tasks(world.all, firstPage()))).toEqual([
      { row: plain, claimedBy: null },
      { row: ofJob, claimedBy: 'server' },
    ]);
  });
});

describe('variables', () => {
  test('are listed without deleted ones', async () => {
    const world = nextWorld();
    const { instance, scope, box, done } = await waiting(world);
    const find = async (filter: object) =>
      (await results(world.reader.variables({ ...world.all, ...filter }, firstPage()))).map(({ row }) => [
        row.scopeId,
        row.name,
      ]);
    const all = [
      [scope.id, 'amount'],
      [scope.id, 'name'],
      [box.id, 'name'],
      [done.id, 'past'],
    ];
    expect(await find({})).toEqual(all);
    expect(await find({ processInstanceId: instance.id, partition: world.today })).toEqual(all);
    expect(await find({ elementInstanceId: box.id })).toEqual([[box.id, 'name']]);
    expect(await find({ names: ['name', 'gone'] })).toEqual([all[1], all[2]]);
    expect(await find(world.others)).toEqual([]);
    const [first] = await results(world.reader.variables({ ...world.all, elementInstanceId: box.id }, firstPage()));
    expect(first?.bpmnElementId).toBe('box');
  });

  test('of a process instance are those of its own scope', async () => {
    const world = nextWorld();
    const { instance } = await waiting(world);
    const names = async (wanted: readonly string[], tenantIds = world.all.tenantIds) =>
      (await world.reader.processVariables(refOf(instance), wanted, tenantIds))?.map(({ row }) => row.name);
    expect(await names([])).toEqual(['amount', 'name']);
    expect(await names(['name'])).toEqual(['name']);
    expect(await names([], world.others.tenantIds)).toBeUndefined();
    expect(
      await world.reader.processVariables({ ...refOf(instance), partition: 'never' }, [], world.all.tenantIds),
    ).toBeNull();
  });

  test('of an element instance come from the inside out', async () => {
    const world = nextWorld();
    const { instance, pay, box } = await waiting(world);
    const seen = async (id: number, excludeParents: boolean, wanted: readonly string[] = []) =>
      (
        await world.reader.elementVariables({ ...refOf(instance), id }, wanted, excludeParents, world.all.tenantIds)
      )?.map(({ row, bpmnElementId }) => [bpmnElementId, row.name, row.data?.value]);
    const outside = [
      ['box', 'name', '"inner"'],
      ['order', 'amount', '1'],
      ['order', 'name', '"outer"'],
    ];
    expect(await seen(pay.id, false)).toEqual(outside);
    expect(await seen(pay.id, true)).toEqual([]);
    expect(await seen(box.id, true)).toEqual([outside[0]]);
    expect(await seen(box.id, false, ['amount'])).toEqual([outside[1]]);
    expect(await seen(world.id(), false)).toBeUndefined();
    expect(
      await world.reader.elementVariables({ ...refOf(instance), id: pay.id }, [], false, world.others.tenantIds),
    ).toBeNull();
    expect(
      await world.reader.elementVariables({ partition: 'never', id: pay.id }, [], false, world.all.tenantIds),
    ).toBeNull();
  });
});

test('I7: what was acknowledged is seen by the next read', async () => {
  const world = nextWorld();
  const { processId } = await world.deploy();
  for (let count = 1; count <= 5; count++) {
    await world.commit({ processInstance: [world.instance(processId)] });
    expect(ok(await world.reader.processInstances(world.all, firstPage())).results).toHaveLength(count);
  }
});
