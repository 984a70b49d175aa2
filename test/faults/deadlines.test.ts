import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { isRefusal } from '../../src/core/refusal.js';
import { freshDatabase } from '../support/databases.js';
import { CALLER, deploy, openEngine, startCommand } from '../support/engine.js';
import { tasks } from '../support/models.js';

test('a command whose deadline passes, or whose caller goes, while it waits is never decided; one that has begun is done', async () => {
  const database = await freshDatabase();
  onTestFinished(() => database.drop());
  if (database.settings.kind !== 'postgres') throw new Error('this test needs PostgreSQL');
  const engine = await openEngine(database.settings, { lanes: 1 });
  const id = `p-${randomUUID()}`;
  await deploy(engine, tasks(id, 'topic'));
  const other = new pg.Client({ connectionString: database.settings.url });
  await other.connect();
  onTestFinished(() => other.end());
  const startWith = (more: object) => engine.engine.submit(startCommand(id), { ...CALLER, ...more });

  // The lane's first group waits for this table; all others wait for the lane.
  await other.query('begin; lock table job in access exclusive mode');
  const gone = new AbortController();
  const first = startWith({ deadline: Date.now() + 200 });
  const begun = async () => {
    const sql = "select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()";
    return (await other.query(sql)).rowCount;
  };
  await expect.poll(begun, { timeout: 20_000 }).toBe(1);
  const late = startWith({ deadline: Date.now() + 100 });
  const left = startWith({ signal: gone.signal });
  const patient = startWith({ deadline: Date.now() + 600_000 });
  gone.abort();
  // Time goes by where the deadline is: on the clock of this process.
  const later = Date.now() + 300;
  await expect.poll(() => Date.now(), { timeout: 20_000 }).toBeGreaterThan(later);
  await other.query('commit');

  const answers = await Promise.all([first, late, left, patient]);
  expect(answers.map((answer) => (isRefusal(answer) ? answer.refused : 'done'))).toEqual([
    'done',
    'DEADLINE_PASSED',
    'DEADLINE_PASSED',
    'done',
  ]);
  expect((await other.query('select 1 from process_instance')).rowCount).toBe(2);
}, 60_000);
