import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { freshDatabase } from '../support/databases.js';
import { complete, deploy, lock, openEngine, start } from '../support/engine.js';
import { tasks } from '../support/models.js';

const READS = 50;

test('reads that take for ever keep no connection from leases, beats and commits, and come through in the end', async () => {
  const database = await freshDatabase();
  onTestFinished(() => database.drop());
  if (database.settings.kind !== 'postgres') throw new Error('this test needs PostgreSQL');
  const engine = await openEngine(database.settings);
  const topic = randomUUID();
  await deploy(engine, tasks(`p-${topic}`, topic));
  await start(engine, `p-${topic}`);

  const other = new pg.Client({ connectionString: database.settings.url });
  await other.connect();
  onTestFinished(() => other.end());
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
