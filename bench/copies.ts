/**
 * Rows that a server left, copied in bulk with other ids: databases that are full of what waits, and the yardsticks of
 * events. What changed between two snapshots of a database with one instance is what one more instance changes.
 */
import type pg from 'pg';
import { connect, type Database } from './context.js';
import * as yardstick from './reference.js';

const TABLES = [
  'process_instance',
  'element_instance',
  'arrival',
  'variable',
  'job',
  'open_job',
  'task',
  'message',
  'message_delivery',
  'message_subscription',
  'held_key',
  'signal_subscription',
  'request',
];

/** In texts of what is recorded: each copy has its number in place of the 0. */
export const RECORDED_KEY = 'key-0';

export const keyOf = (copy: number): string => `key-${copy}`;

/** Ids of one block of a server. */
const BLOCK = 100_000;

const PER_FILL = 5_000;
const FILL_CONNECTIONS = 2;
const PER_TRANSACTION = 200;
const CONNECTIONS = 4;

/** Statements that do the same for the copies from `$1` to `$2`. */
export type Statements = readonly string[];

interface Column {
  readonly name: string;
  readonly type: string;
}

/** As all of these tables are now. */
export async function snapshot(client: pg.Client, name: string): Promise<void> {
  await client.query(`create schema ${name}`);
  for (const table of TABLES) await client.query(`create table ${name}.${table} as table public.${table}`);
}

/** Ids of so many copies of the last snapshot are not handed out any more. While no server runs. */
export async function reserve(client: pg.Client, last: string, copies: number): Promise<void> {
  const { least, span } = await idsOf(client, last);
  await client.query("select setval('id_block', greatest(nextval('id_block'), $1))", [
    Math.ceil((least + span * (copies + 1)) / BLOCK) + 1,
  ]);
}

/** What happened between two snapshots, for as many copies as wanted; `last` is the one with all ids. */
export async function changes(client: pg.Client, from: string, to: string, last: string): Promise<Statements> {
  const { span } = await idsOf(client, last);
  const texts: string[] = [];
  for (const table of TABLES) {
    const columns = await columnsOf(client, table);
    const key = await keyColumns(client, table);
    const copied = columns.map((column) => copiedValue(column, span));
    const keys = columns.filter(({ name }) => key.includes(name));
    const same = (one: string, other: string) =>
      keys.map(({ name }) => `${one}.${name} = ${other}.${name}`).join(' and ');
    const copies = (rows: string) =>
      `(select ${columns.map(({ name }, at) => `${copied[at]} as ${name}`).join(', ')} ` +
      `from ${rows} t, generate_series($1::bigint, $2::bigint) k)`;
    const made = `${to}.${table}_made_since_${from}`;
    const gone = `${to}.${table}_gone_since_${from}`;
    const kept = `${to}.${table}_kept_since_${from}`;
    const absent = (other: string) => `not exists (select from ${other} o where ${same('o', 't')})`;
    await client.query(`create table ${made} as select * from ${to}.${table} t where ${absent(`${from}.${table}`)}`);
    await client.query(`create table ${gone} as select * from ${from}.${table} t where ${absent(`${to}.${table}`)}`);
    const before = `${from}.${table} o where ${same('o', 't')}`;
    await client.query(
      `create table ${kept} as select * from ${to}.${table} t where exists (select from ${before} and o is distinct from t)`,
    );
    const changed: string[] = [];
    for (const { name } of columns) {
      const differs = `select 1 from ${kept} t where exists (select from ${before} and o.${name} is distinct from t.${name})`;
      if (await any(client, differs)) changed.push(name);
    }
    const names = columns.map(({ name }) => name).join(', ');
    if (await any(client, `select from ${made}`))
      texts.push(`insert into ${table} (${names}) select * from ${copies(made)} c`);
    if (changed.length > 0) {
      const set = changed.map((name) => `${name} = c.${name}`).join(', ');
      texts.push(`update ${table} x set ${set} from ${copies(kept)} c where ${same('x', 'c')}`);
    }
    if (await any(client, `select from ${gone}`)) {
      texts.push(`delete from ${table} x using ${copies(gone)} c where ${same('x', 'c')}`);
    }
  }
  return texts;
}

/** While no server runs. */
export async function fillCopies(
  { url, client }: Database,
  texts: Statements,
  first: number,
  last: number,
): Promise<void> {
  const chunks: [number, number][] = [];
  for (let from = first; from <= last; from += PER_FILL) chunks.push([from, Math.min(last, from + PER_FILL - 1)]);
  const write = async () => {
    const connection = await connect(url);
    for (let chunk = chunks.shift(); chunk !== undefined; chunk = chunks.shift()) {
      await connection.query('begin');
      for (const text of texts) await connection.query(text, chunk);
      await connection.query('commit');
    }
    await connection.end();
  };
  await Promise.all(Array.from({ length: FILL_CONNECTIONS }, write));
  // What autovacuum and a checkpoint would do at some time during what is measured.
  await client.query('vacuum (analyze)');
  await client.query('checkpoint');
}

interface Copied {
  readonly perSecond: number;
  readonly copies: number;
}

interface CopyRange {
  readonly first: number;
  readonly last: number;
  /** It ends then, or with the last copy. */
  readonly seconds: number;
  readonly perTransaction?: number;
  readonly connections?: number;
}

/** The yardstick: the transactions of copies, one after the other, 200 copies each on 4 connections or as said. */
export async function copyRate(
  { url }: Database,
  transactions: readonly Statements[],
  range: CopyRange,
): Promise<Copied> {
  const { first, last, seconds, perTransaction = PER_TRANSACTION, connections = CONNECTIONS } = range;
  const mark = 'insert into commit_mark (mark) values (gen_random_uuid()::text)';
  const clients = await Promise.all(Array.from({ length: connections }, () => yardstick.connect(url)));
  // Rows that change are found by their keys, as a server does it.
  for (const client of clients)
    await client.query('set enable_hashjoin = off; set enable_mergejoin = off; set jit = off');
  let next = first;
  let copies = 0;
  const began = performance.now();
  await Promise.all(
    clients.map(async (client) => {
      while (next <= last && performance.now() - began < seconds * 1000) {
        const from = next;
        const to = Math.min(last, from + perTransaction - 1);
        next = to + 1;
        for (const texts of transactions) await yardstick.run(client, ['begin', ...texts, mark, 'commit'], [from, to]);
        copies += to - from + 1;
      }
    }),
  );
  const perSecond = copies / ((performance.now() - began) / 1000);
  await Promise.all(clients.map((client) => client.end()));
  return { perSecond, copies };
}

/** An id is a counter times 256 and a shard: both go on with each copy, so that all of a tree stay in one shard. */
function shifted(id: string, span: number): string {
  return `((((${id} >> 8) + k * ${span}) << 8) | ((${id} + k) & 255))`;
}

const NO_ID = ['change_number', 'server_epoch'];

function copiedValue({ name, type }: Column, span: number): string {
  const value = `t.${name}`;
  if (name === 'shard') return `((${value} + k) & 255)::int2`;
  if (name === 'request_id') return 'gen_random_uuid()::text';
  if (name === 'path') {
    const ids = `unnest(string_to_array(${value}, ',')) with ordinality u(id, nth)`;
    return `(select string_agg(${shifted('id::int8', span)}::text, ',' order by nth) from ${ids})`;
  }
  if (name === 'attempt_key' || name === 'effect_key') {
    return `t.partition || '/' || ${shifted(`split_part(${value}, '/', 2)::int8`, span)}`;
  }
  if (['correlation_key', 'start_variables', 'value'].includes(name)) {
    return `replace(${value}, '${RECORDED_KEY}', 'key-' || k)`;
  }
  return type === 'int8' && !NO_ID.includes(name) ? shifted(value, span) : value;
}

async function columnsOf(client: pg.Client, table: string): Promise<readonly Column[]> {
  const { rows } = await client.query<Column>(
    'select column_name as name, udt_name as type from information_schema.columns ' +
      "where table_schema = 'public' and table_name = $1 order by ordinal_position",
    [table],
  );
  return rows;
}

async function keyColumns(client: pg.Client, table: string): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string }>(
    'select a.attname as name from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any(i.indkey) ' +
      'where i.indisprimary and i.indrelid = $1::regclass',
    [`public.${table}`],
  );
  return rows.map(({ name }) => name);
}

/** The least counter of a snapshot, and how many lie between it and the greatest. */
async function idsOf(client: pg.Client, name: string): Promise<{ readonly least: number; readonly span: number }> {
  const counters = TABLES.filter((table) => !['variable', 'message_delivery', 'held_key', 'request'].includes(table))
    .map((table) => `select id >> 8 as counter from ${name}.${table}`)
    .join(' union all ');
  const { rows } = await client.query<{ least: string; span: string }>(
    `select min(counter) as least, max(counter) - min(counter) + 1 as span from (${counters}) ids`,
  );
  return { least: Number(rows[0]?.least), span: Number(rows[0]?.span) };
}

async function any(client: pg.Client, query: string): Promise<boolean> {
  const { rowCount } = await client.query(`${query} limit 1`);
  return rowCount === 1;
}
