import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../support/databases.js';
import { CALLER, complete, deploy, lock, openEngine, start, TestWorker } from '../support/engine.js';
import { tasks } from '../support/models.js';
import { PostgresProxy } from '../support/postgres-proxy.js';

let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(() => database.drop());

async function throughProxy(): Promise<PostgresProxy> {
  if (database.settings.kind !== 'postgres') throw new Error('this test needs PostgreSQL');
  const proxy = await PostgresProxy.start(database.settings.url);
  onTestFinished(() => proxy.stop());
  return proxy;
}

async function count(text: string, values: readonly unknown[]): Promise<number> {
  if (database.settings.kind !== 'postgres') throw new Error('this test needs PostgreSQL');
  const client = new pg.Client({ connectionString: database.settings.url });
  await client.connect();
  const { rows } = await client.query<{ count: string }>(text, [...values]);
  await client.end();
  return Number(rows[0]?.count);
}

const CUTS = 100;

test('I1, I7: a connection cut right after each of a hundred COMMITs loses nothing and repeats nothing', async () => {
  const proxy = await throughProxy();
  const engine = await openEngine({ kind: 'postgres', url: proxy.url }, { lanes: 1 });
  const name = randomUUID();
  const processId = await deploy(engine, tasks(`p-${name}`, name));
  const instances = [];
  for (let i = 0; i < CUTS / 2; i++) {
    const cut = proxy.cutAfterNextCommit();
    instances.push(await start(engine, `p-${name}`));
    await cut;
  }
  for (let i = 0; i < CUTS / 2; i++) {
    const [job] = await lock(engine, name);
    if (job === undefined) throw new Error('no job');
    const cut = proxy.cutAfterNextCommit();
    expect(await complete(engine, job)).toMatchObject({ repeated: false });
    await cut;
  }
  expect(new Set(instances.map(({ id }) => id)).size).toBe(CUTS / 2);
  expect(await count('select count(*) from process_instance where process_id = $1', [processId])).toBe(CUTS / 2);
  const ended = "select count(*) from process_instance where process_id = $1 and state = 'COMPLETED'";
  expect(await count(ended, [processId])).toBe(CUTS / 2);
  expect(await count("select count(*) from job where process_id = $1 and state = 'DONE'", [processId])).toBe(CUTS / 2);
}, 120_000);

test('I7: a COMMIT that was lost on its way is found out, and its group is done again, once', async () => {
  const proxy = await throughProxy();
  const engine = await openEngine({ kind: 'postgres', url: proxy.url }, { lanes: 1 });
  const name = randomUUID();
  const processId = await deploy(engine, tasks(`p-${name}`, name));
  for (let i = 1; i <= 10; i++) {
    const lost = proxy.loseNextCommit();
    const [instance] = await Promise.all([start(engine, `p-${name}`), lost]);
    expect(await count('select count(*) from process_instance where id = $1', [instance.id])).toBe(1);
    expect(await count('select count(*) from process_instance where process_id = $1', [processId])).toBe(i);
  }
});

test('I1: a worker gets each job once, and only after its COMMIT is known to have happened', async () => {
  const proxy = await throughProxy();
  const engine = await openEngine({ kind: 'postgres', url: proxy.url }, { lanes: 1 });
  const topic = randomUUID();
  await deploy(engine, tasks(`p-${topic}`, topic));
  const worker = new TestWorker();
  const session = await worker.connect(engine, topic);
  session.grant(100, 1e6);
  for (let i = 1; i <= 10; i++) {
    const cut = proxy.cutAfterNextCommit();
    const started = start(engine, `p-${topic}`);
    await cut;
    expect(worker.delivered).toHaveLength(i - 1);
    await started;
    await worker.until(() => worker.delivered.length >= i);
  }
  expect(new Set(worker.delivered.map(({ job }) => job.id)).size).toBe(10);
  expect(worker.delivered).toHaveLength(10);
  await session.goodbye();
});

test('I1: a COMMIT in doubt that nobody can settle any more ends its group: the caller is told, and the server stops', async () => {
  const proxy = await throughProxy();
  const engine = await openEngine({ kind: 'postgres', url: proxy.url }, { lanes: 1 });
  const name = randomUUID();
  await deploy(engine, tasks(`p-${name}`, name));
  const cut = proxy.cutAfterNextCommit();
  const started = start(engine, `p-${name}`);
  const told = expect(started).rejects.toMatchObject({ name: 'StoreError', kind: 'in doubt' });
  await cut;
  proxy.goAway();
  await engine.stop();
  await told;
});

test('two servers get the same request at once, a hundred times: one instance each', async () => {
  const engines = [await openEngine(database.settings), await openEngine(database.settings)];
  const name = randomUUID();
  const [first] = engines;
  if (first === undefined) throw new Error('no engine');
  const processId = await deploy(first, tasks(`p-${name}`, name));
  for (let i = 0; i < 100; i++) {
    const caller = { ...CALLER, request: { rpc: 'Create', requestId: `${name}-${i}`, hash: 'h' } };
    const [one, other] = await Promise.all(engines.map((engine) => start(engine, `p-${name}`, {}, caller)));
    expect(one).toEqual(other);
  }
  expect(await count('select count(*) from process_instance where process_id = $1', [processId])).toBe(100);
});

test('a commit group waits for the database twice where its trees are remembered, and four times at most', async () => {
  const [proxy, other] = [await throughProxy(), await throughProxy()];
  const engine = await openEngine({ kind: 'postgres', url: proxy.url }, { lanes: 1 });
  const name = randomUUID();
  await deploy(engine, tasks(`p-${name}`, name));
  await start(engine, `p-${name}`);
  const waitsOf = async (wire: PostgresProxy, work: () => Promise<unknown>) => {
    const before = new Map(wire.connections.map((one) => [one, { ...one }]));
    await work();
    const changed = wire.connections.filter((one) => one.commits !== (before.get(one)?.commits ?? 0));
    expect(changed).toHaveLength(1);
    const more = (of: 'waits' | 'ends') =>
      changed.reduce((sum, one) => sum + one[of] - (before.get(one)?.[of] ?? 0), 0);
    // However many statements there are, each wait is one answer.
    expect(more('ends')).toBe(more('waits'));
    return more('waits');
  };
  expect(await waitsOf(proxy, () => start(engine, `p-${name}`))).toBe(2);
  const [remembered, read] = await lock(engine, name, 2);
  if (remembered === undefined || read === undefined) throw new Error('no jobs');
  expect(await waitsOf(proxy, () => complete(engine, remembered))).toBe(2);
  const stranger = await openEngine({ kind: 'postgres', url: other.url }, { lanes: 1 });
  // Its first group opens the lane's connection and reads the process.
  await start(stranger, `p-${name}`);
  expect(await waitsOf(other, () => complete(stranger, read))).toBeLessThanOrEqual(4);
});
