import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { freshDatabase } from '../support/databases.js';
import { deploy, openEngine, start, TestWorker } from '../support/engine.js';
import { tasks } from '../support/models.js';
import { PostgresProxy } from '../support/postgres-proxy.js';

const WORKERS = 100;
const BEATS = 2;

test('I12: an idle server asks its database for a beat and nothing more, whatever the number of connected workers', async () => {
  const database = await freshDatabase();
  onTestFinished(() => database.drop());
  if (database.settings.kind !== 'postgres') throw new Error('this test needs PostgreSQL');
  const proxy = await PostgresProxy.start(database.settings.url);
  onTestFinished(() => proxy.stop());
  const engine = await openEngine({ kind: 'postgres', url: proxy.url });
  const topic = randomUUID();
  await deploy(engine, tasks(`p-${topic}`, topic));
  const workers = Array.from({ length: WORKERS }, () => new TestWorker());
  for (const worker of workers) (await worker.connect(engine, topic)).grant(1, 1e6);
  await start(engine, `p-${topic}`);
  const client = new pg.Client({ connectionString: database.settings.url });
  await client.connect();
  const beats = async () => Number((await client.query<{ beat: string }>('select beat from server')).rows[0]?.beat);
  const beaten = async (count: number) => {
    while ((await beats()) < count) await new Promise((resolve) => setTimeout(resolve, 20));
  };
  const first = (await beats()) + 1;
  await beaten(first);
  const before = { waits: proxy.waits, statements: proxy.statements };
  await beaten(first + BEATS);
  expect(proxy.waits - before.waits).toBe(BEATS);
  expect(proxy.statements - before.statements).toBe(2 * BEATS);
  await client.end();
}, 60_000);
