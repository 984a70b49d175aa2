// A server begins with the days that it needs at once; the others are made beside its work.
import { expect, onTestFinished, test } from 'vitest';
import { freshDatabase } from '../support/databases.js';
import { openEngine } from '../support/engine.js';
import { sql } from '../support/outage.js';

test('today and tomorrow are there at the start, and three days ahead from the first beat on', async () => {
  const database = await freshDatabase();
  onTestFinished(() => database.drop());
  if (database.settings.kind !== 'postgres') throw new Error('this test needs PostgreSQL');
  const { url } = database.settings;
  const ahead = async () => {
    const [row] = await sql(url, "select max(day) - (now() at time zone 'UTC')::date, count(*) from partition");
    return row?.join();
  };
  // Its first beat is far away.
  const patient = await openEngine(database.settings, { deadTimeMs: 3_600_000 });
  expect(await ahead()).toBe('1,2');
  await patient.stop();
  await openEngine(database.settings);
  await expect.poll(ahead).toBe('3,4');
});
