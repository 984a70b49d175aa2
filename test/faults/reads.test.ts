import { randomUUID } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import { openStore } from '../../src/store/store.js';
import { freshDatabase } from '../support/databases.js';
import { complete, deploy, lock, openEngine, start } from '../support/engine.js';
import { tasks } from '../support/models.js';
import { connected } from '../support/postgres-client.js';

const READS = 50;
const CLAIMS = 20;

test('reads that take for ever keep no connection from leases, beats and commits, and come through in the end', async () => {
  const database = await freshDatabase();
  onTestFinished(() => database.drop());
  if (database.settings.kind !== 'postgres') throw new Error('this test needs PostgreSQL');
  const engine = await openEngine(database.settings);
  const topic = randomUUID();
  await deploy(engine, tasks(`p-${topic}`, topic));
  await start(engine, `p-${topic}`);

  const other = await connected(database.settings.url);
  // Only reads of incidents need this table here.
  await other.query('begin; lock table incident in access exclusive mode');
  const page = { size: 1, token: '', offset: 0 };
  const reads = Array.from({ length: READS }, () => engine.engine.reader.incidents({ tenantIds: [''] }, page));

  const [job] = await lock(engine, topic);
  if (job === undefined) throw new Error('the job was not leased');
  expect(await complete(engine, job)).toMatchObject({ repeated: false });

  await other.query('commit');
  expect(await Promise.all(reads)).toHaveLength(READS);
});

test('I13: leases that wait for a lock keep no connection from beats', async () => {
  const database = await freshDatabase();
  onTestFinished(() => database.drop());
  if (database.settings.kind !== 'postgres') throw new Error('this test needs PostgreSQL');
  const store = await openStore({ database: database.settings, lanes: 1, migrations: 'run', warn: () => undefined });
  onTestFinished(() => store.close());
  const epoch = await store.servers.register('a');

  const [other, watcher] = [await connected(database.settings.url), await connected(database.settings.url)];
  await other.query('begin; lock table task in exclusive mode');
  let ended = 0;
  const claims = Array.from({ length: CLAIMS }, async () => {
    await store.tasks.claimDue('a', epoch, 1, 1).catch(() => undefined);
    ended += 1;
  });
  const waiting = "select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()";
  await expect.poll(async () => (await watcher.query(waiting)).rowCount, { timeout: 20_000 }).toBeGreaterThanOrEqual(3);

  // Each claim ends when it has waited long enough for the lock: the beat waits for none of them.
  expect(await store.servers.beat('a', epoch)).toMatchObject({ alive: true });
  expect(ended).toBe(0);
  await other.query('commit');
  await Promise.all(claims);
});
