import { afterAll, beforeAll, expect, test } from 'vitest';
import { NOTHING, NOWHERE, type Opened, openFresh, openLane, write } from './support/opened.js';
import { born, idSource, TODAY, tree } from './support/rows.js';

let opened: Opened;
beforeAll(async () => {
  opened = await openFresh();
});
afterAll(() => opened.close());

test('request rows and marks are forgotten after a day, not before', async () => {
  const insert =
    'insert into request (tenant_id, principal, rpc, request_id, hash, reference, created_at) ' +
    "select '', 'p', 'r', g::text, 'h', 1, now() - g * interval '1 hour' from generate_series(20, 30) g";
  await opened.sql(insert);
  await opened.sql(
    "insert into commit_mark (mark, created_at) values ('old', now() - interval '2 days'), ('new', now())",
  );
  await opened.store.preparePartitions(0);
  const left = await opened.sql("select request_id from request where principal = 'p' order by 1");
  expect(left.flat()).toEqual(['20', '21', '22', '23']);
  expect(await opened.sql("select mark from commit_mark where mark in ('old', 'new')")).toEqual([['new']]);
});

test('a signal is forgotten a day after it was sent, with those whom it has passed by, once it has reached the others', async () => {
  const insert =
    'insert into signal (id, shard, tenant_id, name, created_at, created_by, subscriber_count) ' +
    "select g, 0, '', 's', now() - g * interval '1 hour', 'test', 2 from generate_series(22, 26) g";
  await opened.sql(insert);
  await opened.sql(
    'insert into signal_target (signal_id, id, shard, failure) ' +
      "values (22, 1, 0, 'passed by'), (24, 1, 0, 'passed by'), (25, 1, 0, 'passed by'), (25, 2, 0, null)",
  );
  await opened.store.preparePartitions(0);
  const idsIn = async (query: string) => (await opened.sql(`${query} order by 1`)).flat();
  expect(await idsIn('select id from signal')).toEqual(['22', '23', '25']);
  expect(await idsIn('select distinct signal_id from signal_target')).toEqual(['22', '25']);
});

test('days are made ahead, of engine time, and only once', async () => {
  await opened.sql('update engine set time_offset_ms = 10 * 86400000::int8');
  await opened.store.preparePartitions(1);
  await opened.store.preparePartitions(1);
  const days = (await opened.sql('select day from partition order by day')).flat();
  const ahead = (count: number) => new Date(Date.now() + count * 86_400_000).toISOString().slice(0, 10);
  expect(days).toEqual([TODAY, ahead(1), ahead(10), ahead(11)]);
  const lane = await openLane(opened.store);
  const located = await lane.begin(NOWHERE);
  expect(located.partition).toBe(ahead(10));
  expect(Math.round((located.now - located.realNow) / 86_400_000)).toBe(10);
  await lane.rollback();
  await opened.sql('update engine set time_offset_ms = 0');
});

test('a lane that has met many days goes on', async () => {
  const day = (index: number) => new Date(Date.UTC(2024, 0, 1 + index)).toISOString().slice(0, 10);
  await opened.sql("insert into partition (day) select date '2024-01-01' + g from generate_series(0, 39) g");
  const tables = ['process_instance', 'element_instance', 'arrival', 'variable', 'job', 'incident'];
  for (const table of tables) {
    await opened.sql(
      `do $$ begin for g in 0..39 loop execute format('create table ${table}_%s partition of ${table} for values in (%L)', ` +
        `to_char(date '2024-01-01' + g, 'YYYYMMDD'), date '2024-01-01' + g); end loop; end $$`,
    );
  }
  const newId = await idSource(opened.store);
  const lane = await openLane(opened.store);
  for (let index = 0; index < 40; index++) {
    const { root } = tree(newId);
    const one = { ...root, partition: day(index) };
    await write(lane, { processInstance: { born: [one] } });
    const located = await lane.begin({ ...NOWHERE, processInstances: [one] });
    expect(located.processInstances.size).toBe(1);
    expect((await lane.lockAndLoad([one], 'skip', NOTHING)).processInstances).toEqual([one]);
    await lane.rollback();
  }
  // Only PGlite's one session can be asked from here what it keeps.
  if (opened.database.kind === 'pglite') {
    const [row] = await opened.sql(
      "select count(distinct right(name, 10)) from pg_prepared_statements where name ~ '-'",
    );
    expect(Number(row?.[0])).toBeLessThanOrEqual(17);
  }
});

test('days that another server has made are found when they are asked for', async () => {
  const one = tree(await idSource(opened.store));
  const other = await opened.store.openLane();
  await opened.store.preparePartitions(2);
  await write(other, born([one]));
  const located = await other.begin({ ...NOWHERE, jobs: [one.job] });
  expect(located.jobs.size).toBe(1);
  await other.close();
});
