import { afterAll, beforeAll, expect, test } from 'vitest';
import { findCandidates, findMatches, MATCH_CHUNK, SEARCH_CHUNK } from '../../src/store/locate-messages.js';
import { findAudience } from '../../src/store/locate-signals.js';
import type { Call } from '../../src/store/statement.js';
import { NOWHERE, type Opened, openFresh } from './support/opened.js';
import { type Scan, scansOf } from './support/plans.js';
import { TODAY } from './support/rows.js';

let opened: Opened;
beforeAll(async () => {
  opened = await openFresh();
}, 60_000);
afterAll(() => opened.close());

const WAITING = 100_000;
const MOST = 100;

async function scans(calls: readonly Call[], tables: RegExp): Promise<readonly Scan[]> {
  const connection = await opened.database.connect('keys');
  const found: Scan[] = [];
  for (const call of calls) found.push(...(await scansOf(connection, call, true)));
  connection.release();
  return found.filter(({ table }) => tables.test(table));
}

/** Rows of these tables that statements meet. */
async function met(calls: readonly Call[], tables: RegExp): Promise<number> {
  return (await scans(calls, tables)).reduce((sum, { rows }) => sum + (rows ?? 0), 0);
}

test('the next receivers of a signal to a hundred thousand meet no others, without statistics and with them', async () => {
  await opened.sql(
    'insert into signal_subscription (partition, id, shard, root_id, process_instance_id, element_instance_id, element_id, ' +
      `process_id, tenant_id, name, path, created_at, created_by) select '${TODAY}', g * 256::int8 + g % 2, g % 2, g, g, g, ` +
      `1, 1, '', 'all', '1', now(), 'test' from generate_series(1, ${WAITING}) g`,
  );
  await opened.sql(
    'insert into signal_target (signal_id, id, shard, partition) select 1, s.id, s.shard, s.partition from signal_subscription s',
  );
  const next = findAudience({ signalId: 1, chain: 0, after: (WAITING / 2) * 256, most: MOST });
  // Of every two targets one is another chain's.
  expect(await met(next, /^signal_/)).toBeGreaterThanOrEqual(2 * MOST);
  expect(await met(next, /^signal_/)).toBeLessThanOrEqual(4 * MOST);
  await opened.sql('analyze signal_target, signal_subscription');
  expect(await met(next, /^signal_/)).toBeLessThanOrEqual(4 * MOST);
}, 60_000);

test('the message of a match is found by its id, beside a hundred thousand that wait', async () => {
  await opened.sql(messages("'beside'", 'g::text'));
  const addressed = findCandidates([{ tenantId: '', name: 'other', correlationKey: '', messageId: WAITING * 256 }]);
  const indexes = async () => (await scans(addressed, /^message$/)).map(({ index }) => index);
  expect(await indexes()).toContain('message_pkey');
  await opened.sql('analyze message');
  expect(await indexes()).toContain('message_pkey');
}, 60_000);

test('a match meets no more than it takes of a hundred thousand that wait for the same', async () => {
  await opened.sql(
    'insert into message_subscription (partition, id, shard, root_id, process_instance_id, element_instance_id, element_id, ' +
      'process_id, bpmn_process_id, tenant_id, name, correlation_key, path, suspended, created_at, created_by) ' +
      `select '${TODAY}', g * 256::int8, 0, g, g, g, 1, 1, 'p', '', 'tick', '', '1', false, now() + g * interval '1 ms', 'test' ` +
      `from generate_series(1, ${WAITING}) g`,
  );
  await opened.sql(messages("'paid'", "''"));
  const subscriptions = findCandidates([{ tenantId: '', name: 'tick', correlationKey: '', messageId: null }]);
  const sent = findCandidates([{ tenantId: '', name: 'paid', correlationKey: '', messageId: null }]);
  const meet = async () => [await met(subscriptions, /^message_subscription/), await met(sent, /^message$/)];
  for (const rows of await meet()) expect(rows).toBeLessThanOrEqual(2 * MATCH_CHUNK);
  await opened.sql('analyze message, message_subscription');
  for (const rows of await meet()) expect(rows).toBeLessThanOrEqual(2 * MATCH_CHUNK);
}, 60_000);

test('a search for buffered messages meets no more than it takes of a hundred thousand of the name', async () => {
  await opened.sql(messages("'many'", 'g::text'));
  const search = findMatches({ tenantId: '', of: { name: 'many' }, after: '5' });
  expect(await met([search], /^message$/)).toBeLessThanOrEqual(2 * SEARCH_CHUNK);
  await opened.sql('analyze message');
  expect(await met([search], /^message$/)).toBeLessThanOrEqual(2 * SEARCH_CHUNK);
}, 60_000);

test('a search takes each key of a name once, some at a time, and the empty one first', async () => {
  for (const time of [1, 2])
    await opened.sql(messages("'each'", `case g when ${time} then '' else (g / 150)::text end`));
  const lane = await opened.store.openLane();
  const found: string[] = [];
  for (let after: string | null | undefined = null, parts = 1; after !== undefined; parts++) {
    const { searches } = await lane.begin({ ...NOWHERE, searches: [{ tenantId: '', of: { name: 'each' }, after }] });
    await lane.rollback();
    found.push(...(searches?.[0]?.pairs ?? []).map(({ correlationKey }) => correlationKey));
    after = searches?.[0]?.last ?? undefined;
    expect(parts).toBeLessThan(5);
  }
  await lane.close();
  expect(found[0]).toBe('');
  const keys = Array.from({ length: Math.floor(WAITING / 150) + 1 }, (_, key) => String(key));
  expect([...found].sort()).toEqual(['', ...keys].sort());
}, 60_000);

let written = 0;

function messages(name: string, correlationKey: string): string {
  const first = written * WAITING;
  written += 1;
  return (
    'insert into message (id, shard, tenant_id, name, correlation_key, unique_key, one_per_process, unique_start, ' +
    `created_at, created_by, expires_at) select (${first} + g) * 256::int8, 0, '', ${name}, ${correlationKey}, '', false, ` +
    `false, now() + g * interval '1 ms', 'test', now() + interval '1 day' from generate_series(1, ${WAITING}) g`
  );
}
