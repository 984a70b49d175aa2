import { randomUUID } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import { isRefusal } from '../../src/core/refusal.js';
import type { JobDelivery } from '../../src/engine/face.js';
import {
  CreateProcessInstanceRequest,
  ProcessInstanceServiceService,
} from '../../src/gen/baton/v1/process_instances.js';
import { CALLS } from '../../src/grpc/limits.js';
import { openStore } from '../../src/store/store.js';
import { refusalOf, startApi } from '../support/api.js';
import { freshDatabase } from '../support/databases.js';
import { complete, deploy, lock, openEngine, start } from '../support/engine.js';
import { tasks } from '../support/models.js';
import { PostgresProxy } from '../support/postgres-proxy.js';

const WAITING = 200;

test('I8: a job costs a few statements, however many calls wait for it, and each job finds one of them', async () => {
  const database = await freshDatabase();
  onTestFinished(() => database.drop());
  if (database.settings.kind !== 'postgres') throw new Error('this test needs PostgreSQL');
  const proxy = await PostgresProxy.start(database.settings.url);
  onTestFinished(() => proxy.stop());
  const engine = await openEngine({ kind: 'postgres', url: proxy.url });
  const topic = randomUUID();
  await deploy(engine, tasks(`p-${topic}`, topic));
  const gone = new AbortController();
  const found: JobDelivery[] = [];
  const ask = async (waitMs: number) => {
    const topics = [{ topic, variables: null }];
    const lockFor = { limit: 1, workerId: 'test', durationMs: 60_000, filter: null };
    const jobs = await engine.engine.lockJobs({ tenantIds: [''], topics, ...lockFor, waitMs, signal: gone.signal });
    if (isRefusal(jobs)) throw new Error(jobs.message);
    found.push(...jobs);
  };
  const calls = Array.from({ length: WAITING }, () => ask(60_000));
  // It has asked after all of them, so all of them wait now.
  await ask(0);

  const before = proxy.waits;
  for (let jobs = 1; jobs <= 3; jobs++) {
    await start(engine, `p-${topic}`);
    await expect.poll(() => found.length).toBe(jobs);
  }
  expect(proxy.waits - before).toBeLessThan(WAITING / 2);
  gone.abort();
  await Promise.all(calls);
  expect(new Set(found.map(({ job }) => job.id)).size).toBe(3);
}, 60_000);

test('LockJobs takes two waits for the database, with a request id too', async () => {
  const database = await freshDatabase();
  onTestFinished(() => database.drop());
  if (database.settings.kind !== 'postgres') throw new Error('this test needs PostgreSQL');
  const engine = await openEngine(database.settings);
  const topic = randomUUID();
  await deploy(engine, tasks(`p-${topic}`, topic));
  for (let jobs = 0; jobs < 6; jobs++) await start(engine, `p-${topic}`);

  const proxy = await PostgresProxy.start(database.settings.url);
  onTestFinished(() => proxy.stop());
  const behind = { kind: 'postgres', url: proxy.url } as const;
  const store = await openStore({ database: behind, lanes: 1, migrations: 'check', warn: () => undefined });
  onTestFinished(() => store.close());
  const wanted = { tenantIds: [''], topics: [{ topic, variables: null }], limit: 1, lockedBy: 'worker' };
  const request = { ...wanted, lock: { durationMs: 60_000 }, filter: null };
  const key = (requestId: string) => ({ tenantId: '', principal: 'p', rpc: 'LockJobs', requestId, hash: 'h' });
  const waits = async (work: () => Promise<unknown>) => {
    const before = proxy.waits;
    await work();
    return proxy.waits - before;
  };
  await store.leases.leaseOnce(request, key('first'));
  expect(await waits(() => store.leases.lease(request))).toBe(2);
  expect(await waits(() => store.leases.leaseOnce(request, key('second')))).toBe(2);
});

test('I8: callers that wait for an end have a room of their own, and a call beyond it starts nothing', async () => {
  const database = await freshDatabase();
  onTestFinished(() => database.drop());
  const api = await startApi(database.settings, {}, { calls: { ...CALLS, waiting: 3 } });
  onTestFinished(() => api.stop());
  const topic = randomUUID();
  await deploy(api, tasks(`p-${topic}`, topic));
  const { createProcessInstance } = ProcessInstanceServiceService;
  const request = CreateProcessInstanceRequest.fromPartial({
    process: { $case: 'bpmnProcess', value: { bpmnProcessId: `p-${topic}` } },
    awaitEnd: { variableNames: [] },
  });
  const waiting = Array.from({ length: 3 }, () => api.client.call(createProcessInstance, request));
  await expect.poll(() => countOf()).toBe(3);
  expect(await refusalOf(api.client.call(createProcessInstance, request))).toMatchObject({
    code: 8,
    reason: 'ENGINE_BUSY',
  });
  expect(await countOf()).toBe(3);
  const { awaitEnd: _, ...plain } = request;
  await api.client.call(createProcessInstance, { ...plain, awaitEnd: undefined });

  for (const job of await lock(api, topic, 4)) await complete(api, job);
  const ended = await Promise.all(waiting);
  expect(ended.map(({ processInstance }) => processInstance?.state)).toEqual(Array(3).fill('INSTANCE_STATE_COMPLETED'));
  expect(await refusalOf(api.client.call(createProcessInstance, request, { deadlineMs: 300 }))).toMatchObject({
    code: 4,
  });

  async function countOf(): Promise<number> {
    const page = await api.engine.reader.processInstances({ tenantIds: [''] }, { size: 100, token: '', offset: 0 });
    return 'results' in page ? page.results.length : -1;
  }
}, 60_000);
