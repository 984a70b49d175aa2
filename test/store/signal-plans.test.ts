import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Store } from '../../src/engine/ports/store.js';
import { type Database, run } from '../../src/store/database.js';
import { findAudience } from '../../src/store/locate-signals.js';
import { unprepared } from '../../src/store/statement.js';
import { openDatabase, storeOn } from '../../src/store/store.js';
import { type FreshDatabase, freshDatabase } from '../support/databases.js';
import { scansOf } from './support/plans.js';
import { TODAY } from './support/rows.js';

let fresh: FreshDatabase;
let database: Database;
let store: Store;

beforeAll(async () => {
  fresh = await freshDatabase();
  database = await openDatabase({ database: fresh.settings, lanes: 2, migrations: 'run', warn: console.error });
  store = await storeOn(database);
}, 60_000);
afterAll(async () => {
  await store.close();
  await fresh.drop();
});

const WAITING = 100_000;
const MOST = 100;

async function sql(text: string): Promise<void> {
  await run(database, 'lists', [{ statement: unprepared(text), values: [] }]);
}

/** Rows that a part of a signal's delivery meets, in the middle of it. */
async function met(): Promise<number> {
  const connection = await database.connect('keys');
  const wanted = { signalId: 1, chain: 0, after: (WAITING / 2) * 256, most: MOST };
  let rows = 0;
  for (const call of findAudience(wanted)) {
    const scans = (await scansOf(connection, call, true)).filter(({ table }) => table.startsWith('signal_'));
    for (const scan of scans) rows += scan.rows ?? 0;
  }
  connection.release();
  return rows;
}

test('the next receivers of a signal to a hundred thousand meet no others, without statistics and with them', async () => {
  await sql(
    'insert into signal_subscription (partition, id, shard, root_id, process_instance_id, element_instance_id, element_id, ' +
      `process_id, tenant_id, name, path, created_at, created_by) select '${TODAY}', g * 256::int8 + g % 2, g % 2, g, g, g, ` +
      `1, 1, '', 'all', '1', now(), 'test' from generate_series(1, ${WAITING}) g`,
  );
  await sql(
    'insert into signal_target (signal_id, id, shard, partition) select 1, s.id, s.shard, s.partition from signal_subscription s',
  );
  // Of every two targets one is another chain's.
  expect(await met()).toBeGreaterThanOrEqual(2 * MOST);
  expect(await met()).toBeLessThanOrEqual(4 * MOST);
  await sql('analyze signal_target, signal_subscription');
  expect(await met()).toBeLessThanOrEqual(4 * MOST);
}, 60_000);
