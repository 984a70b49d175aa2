// A process is enabled in the moment in which a time of its start event is put aside: the time is not lost for either.
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { isRefusal } from '../../src/core/refusal.js';
import { freshDatabase } from '../support/databases.js';
import { CALLER, deploy, openEngine } from '../support/engine.js';
import { until } from '../support/outage.js';
import { startedByTimers } from '../support/timer-models.js';

/** The COMMIT of what puts a task aside waits for lock 1. */
const HELD = `
  create function hold() returns trigger language plpgsql as
    'begin perform pg_advisory_xact_lock(1); return new; end';
  create constraint trigger hold after update on task deferrable initially deferred for each row
    when (new.payload like '%wasDueAt%') execute function hold();
  select pg_advisory_lock(1)`;

test('a timer start that comes due while its process is being enabled starts at once', async () => {
  const database = await freshDatabase();
  onTestFinished(() => database.drop());
  if (database.settings.kind !== 'postgres') throw new Error('this test needs PostgreSQL');
  const { engine, ...server } = await openEngine(database.settings, { allowSetTime: true });
  const holder = new pg.Client({ connectionString: database.settings.url });
  await holder.connect();
  onTestFinished(() => holder.end());
  const waits = (what: string) =>
    until(async () => ((await holder.query(`select 1 from pg_locks where not granted and ${what}`)).rowCount ?? 0) > 0);
  const bpmnProcessId = `p-${randomUUID()}`;
  await deploy({ engine, ...server }, startedByTimers(bpmnProcessId, { type: 'Cycle', text: 'R/PT1H' }));
  const setEnabled = (enabled: boolean) =>
    engine.updateProcess({ tenantId: '', bpmnProcessId, enabled, by: 'test' }, CALLER);
  await setEnabled(false);
  await holder.query(HELD);
  await engine.clock.set({ duration: 'PT1H' }, CALLER);
  await waits("locktype = 'advisory'");
  const enabling = setEnabled(true);
  await Promise.race([enabling, waits("locktype = 'transactionid'")]);
  await holder.query('select pg_advisory_unlock(1)');
  expect(await enabling).toMatchObject({ id: expect.any(Number) });
  await until(async () => {
    const found = await engine.reader.processInstances(
      { bpmnProcessId, tenantIds: [''] },
      { size: 10, token: '', offset: 0 },
    );
    return !isRefusal(found) && found.results.length === 1;
  });
});
