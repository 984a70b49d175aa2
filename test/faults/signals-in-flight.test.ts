// Signals while servers race and die: who waited when one was sent is reached once, and nobody else.

import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { Ids } from '../../src/engine/ids.js';
import { Signals } from '../../src/engine/signals.js';
import { SendSignalRequest, SignalServiceService } from '../../src/gen/baton/v1/signals.js';
import { openStore } from '../../src/store/store.js';
import { TestClient } from '../support/api.js';
import { freshDatabase } from '../support/databases.js';
import { CALLER, deploy, openEngine, start } from '../support/engine.js';
import { sql, until } from '../support/outage.js';
import { startServer } from '../support/programs.js';
import { catching, file, signal } from '../support/scenario-model.js';

const COUNT = 450;

/** Who has reached the receivers of one chain waits, so that no server is through with all of them. */
const HELD = `
  create function hold() returns trigger language plpgsql as
    'begin perform pg_advisory_xact_lock(1); return old; end';
  create trigger hold before delete on signal_target for each row when (old.shard % 4 = 3) execute function hold();
  select pg_advisory_lock(1)`;

test('a signal is sent while another server starts those who wait for it, and its server is killed between its tasks: each of its receivers is reached once', async () => {
  const { settings, drop } = await freshDatabase();
  if (settings.kind !== 'postgres') throw new Error('this test needs PostgreSQL');
  onTestFinished(drop);
  const { url } = settings;
  const numberOf = async (query: string) => Number((await sql(url, `select count(*) from ${query}`))[0]?.[0]);
  const holder = new pg.Client({ connectionString: url });
  await holder.connect();
  onTestFinished(() => holder.end());
  const one = await openEngine(settings, {});
  await deploy(one, file({ id: 'w', arrows: 'start -> wait -> end', elements: { wait: catching(signal('go')) } }));
  await Promise.all(Array.from({ length: COUNT }, () => start(one, 'w', {})));
  await one.stop();
  await holder.query(HELD);
  const server = await startServer({ BATON_DATABASE_URL: url, BATON_LOG_LEVEL: 'error' });
  onTestFinished(() => server.kill());
  const other = await openEngine(settings, {});
  const late = Promise.all(Array.from({ length: 50 }, () => start(other, 'w', {})));
  const client = new TestClient(server.address);
  onTestFinished(() => client.close());
  await client.call(SignalServiceService.sendSignal, SendSignalRequest.fromPartial({ name: 'go' }));
  await server.kill();
  expect(await numberOf('signal_target')).toBeGreaterThan(0);
  await holder.query('select pg_advisory_unlock(1)');
  await late;
  const receivers = Number((await sql(url, 'select subscriber_count from signal'))[0]?.[0]);
  expect(receivers).toBeGreaterThanOrEqual(COUNT);
  await until(async () => (await numberOf('signal_target')) === 0);
  expect(await numberOf("process_instance where state = 'COMPLETED'")).toBe(receivers);
  expect(await numberOf('signal_subscription')).toBe(COUNT + 50 - receivers);
  // Process, start, wait and end of each that was reached; the others have not come to their end.
  expect(await numberOf('element_instance')).toBe(4 * receivers + 3 * (COUNT + 50 - receivers));
}, 180_000);

test('a signal whose deliveries are split over two servers reaches each of its receivers once', async () => {
  const { settings, drop } = await freshDatabase();
  if (settings.kind !== 'postgres') throw new Error('this test needs PostgreSQL');
  onTestFinished(drop);
  const { url } = settings;
  const numberOf = async (query: string) => Number((await sql(url, `select count(*) from ${query}`))[0]?.[0]);
  const before = await openEngine(settings, {});
  // Who brought it is told by what waits next.
  const elements = { wait: catching(signal('go')), next: catching(signal('never')) };
  await deploy(before, file({ id: 'w', arrows: 'start -> wait -> next -> end', elements }));
  await Promise.all(Array.from({ length: COUNT }, () => start(before, 'w', {})));
  await before.stop();
  // Sent where no server runs, so that nobody has claimed its tasks yet.
  const store = await openStore({ database: settings, lanes: 1, migrations: 'run', warn: console.error });
  onTestFinished(() => store.close());
  const sent = { tenantId: '', name: 'go', variables: [], traceParent: null, by: 'test' };
  await new Signals(store.signals, new Ids(store), () => undefined).send(sent, CALLER);
  const chains = "task where type = 'DELIVER_SIGNAL' and shard % 4";
  await sql(url, `update ${chains.replace(' where', " set due_at = due_at + interval '1 day' where")} >= 2`);
  const one = await openEngine(settings, {});
  const left = (of: string) => numberOf(`signal_target where shard % 4 in (${of})`);
  await until(async () => (await left('0, 1')) === 0);
  const two = await openEngine(settings, {});
  // Right after a beat of the first one, so that the second one is the first to look for tasks.
  const beat = async () => (await sql(url, `select beat from server where id = '${one.engine.info.serverId}'`))[0]?.[0];
  const last = await beat();
  await until(async () => (await beat()) !== last);
  await sql(url, `update ${chains.replace(' where', " set due_at = due_at - interval '1 day' where")} >= 2`);
  await deploy(two, file({ id: 'x', arrows: 'start -> end' }));
  await until(async () => (await left('2, 3')) === 0);
  const reachedBy = ({ engine }: typeof one) =>
    numberOf(`signal_subscription where name = 'never' and created_by = '${engine.info.serverId}'`);
  const [byOne, byTwo] = [await reachedBy(one), await reachedBy(two)];
  expect(Math.min(byOne, byTwo)).toBeGreaterThan(0);
  expect([byOne + byTwo, await numberOf('signal_subscription')]).toEqual([COUNT, COUNT]);
  // Process and start, wait and next of each.
  expect(await numberOf('element_instance')).toBe(4 * COUNT);
}, 180_000);
