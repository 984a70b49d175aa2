// A server may claim a match at the moment in which it carries it out: neither may leave the other's work undone.
import { expect, onTestFinished, test } from 'vitest';
import type { Caller } from '../../src/engine/face.js';
import { freshDatabase } from '../support/databases.js';
import { CALLER, deploy, openEngine, sendCommand } from '../support/engine.js';
import { startedBy } from '../support/message-models.js';
import { tasks } from '../support/models.js';
import { until } from '../support/outage.js';
import { connected } from '../support/postgres-client.js';

/** Claims of tasks wait for lock 1, and the COMMIT of a message with the name "slow" for lock 2. */
const HELD = `
  create function hold() returns trigger language plpgsql as
    'begin perform pg_advisory_xact_lock(tg_argv[0]::int8); return new; end';
  create trigger hold before update on task for each row
    when (new.claimed_until is not null) execute function hold(1);
  create constraint trigger hold after insert on message deferrable initially deferred for each row
    when (new.name = 'slow') execute function hold(2);
  select pg_advisory_lock(1), pg_advisory_lock(2)`;

test('I10: a match that finds its task locked by a claim of its own server is done by the claim', async () => {
  const database = await freshDatabase();
  onTestFinished(() => database.drop());
  if (database.settings.kind !== 'postgres') throw new Error('this test needs PostgreSQL');
  const { url } = database.settings;
  const rows = async (query: string) => (await watcher.query(query)).rowCount ?? 0;
  const { engine, ...server } = await openEngine(database.settings, { lanes: 1 });
  await deploy({ engine, ...server }, startedBy('started', 'asked', 'work'));
  const [holder, requests, watcher] = [await connected(url), await connected(url), await connected(url)];
  const waits = (what: string) =>
    until(async () => (await rows(`select 1 from pg_locks where not granted and ${what}`)) === 1);

  await until(async () => (await rows('select 1 from task')) === 0);
  await holder.query(HELD);
  await requests.query('begin; lock table request in exclusive mode');
  const sent = engine.sendMessage(sendCommand('asked', 'A'), CALLER); // The slow message comes into the group of the first one's match, which its request row stops before it reads.
  await new Promise(setImmediate);
  const caller: Caller = { ...CALLER, request: { rpc: 'Send', requestId: 'slow', hash: 'h' } };
  const slow = engine.submit(sendCommand('slow', 'A'), caller);
  await waits("relation = 'request'::regclass");
  await deploy({ engine, ...server }, tasks('another', 'other')); // It wakes those who claim.
  await waits("locktype = 'advisory' and objid = 1");
  await requests.query('commit');
  await waits("locktype = 'advisory' and objid = 2");
  await holder.query('select pg_advisory_unlock(1)');
  await until(async () => (await rows('select 1 from task where claimed_until is not null')) === 1);
  await holder.query('select pg_advisory_unlock(2)');

  await Promise.all([slow, sent]);
  const filter = { bpmnProcessId: 'started', tenantIds: [''] };
  const page = await engine.reader.processInstances(filter, { size: 10, token: '', offset: 0 });
  expect(page).toMatchObject({ results: [{ row: { correlationKey: 'A' } }] });
}, 20_000);
