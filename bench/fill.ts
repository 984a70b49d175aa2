/** Fills a database with instances in bulk, as a server would have left them. */
import { readFileSync } from 'node:fs';
import type pg from 'pg';
import { type Context, connect, type Database } from './context.js';
import { deploy } from './counting.js';
import { oneTask } from './models.js';

/** Inserts of one transaction. */
const PER_TRANSACTION = 5_000;

/** As many as the smallest machine has cores. */
const CONNECTIONS = 2;

/** Counters of ids that one instance takes; and those of one block of a server. */
const COUNTERS = 7;
const BLOCK = 100_000;

const statements = readFileSync(new URL('fill.sql', import.meta.url), 'utf8')
  .split(/^-- fill$/m)[1]
  ?.split(';\n')
  .flatMap((text) => text.trim() || [])
  .map(typed);

/** The schema and the process, as the first server makes them. It is stopped: ids go on behind what is filled in. */
export async function prepare(context: Context, database: Database): Promise<void> {
  const server = await context.server(database);
  await deploy(server.address, oneTask);
  await server.stop();
}

export interface Filling {
  readonly instances: number;
  /** Oldest first; each gets its share. */
  readonly days: readonly string[];
  readonly ended: boolean;
}

/** While no server runs. */
export async function fill({ url, client }: Database, { instances, days, ended }: Filling): Promise<void> {
  const first = await reserve(client, instances);
  const chunks = days.flatMap((day, index) => {
    const [from, to] = [index, index + 1].map((part) => Math.floor((instances * part) / days.length));
    return inChunks(from ?? 0, to ?? 0).map(({ start, count }) => [count, first + COUNTERS * start, day, ended]);
  });
  const write = async () => {
    const connection = await connect(url);
    for (let chunk = chunks.shift(); chunk !== undefined; chunk = chunks.shift()) {
      await connection.query('begin');
      for (const [index, text] of (statements ?? []).entries()) {
        await connection.query({ name: `fill_${index}`, text, values: chunk.slice(0, parameters(text)) });
      }
      await connection.query('commit');
    }
    await connection.end();
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, write));
  // What autovacuum and a checkpoint would do at some time during what is measured.
  await client.query('vacuum (analyze)');
  await client.query('checkpoint');
}

/** Days before today, oldest first, with tables like those of today. */
export async function makeDays(client: pg.Client, count: number): Promise<readonly string[]> {
  const tables = await tablesOf(client, await dayOf(client, 0));
  const days: string[] = [];
  for (let ago = count; ago > 0; ago--) {
    const day = await dayOf(client, ago);
    await client.query('begin');
    await client.query('insert into partition (day) values ($1) on conflict do nothing', [day]);
    for (const { parent, options } of tables) {
      const table = `${parent}_${day.replaceAll('-', '')}`;
      await client.query(`create table ${table} (like ${parent} including all) with (${options})`);
      await client.query(`alter table ${parent} attach partition ${table} for values in ('${day}')`);
    }
    await client.query('commit');
    days.push(day);
  }
  return days;
}

export async function dayOf(client: pg.Client, daysAgo: number): Promise<string> {
  const text = "select ((now() at time zone 'utc')::date - $1::int)::text as day";
  const { rows } = await client.query<{ day: string }>(text, [daysAgo]);
  const day = rows[0]?.day;
  if (day === undefined) throw new Error('the database does not know what day it is');
  return day;
}

async function tablesOf(client: pg.Client, day: string): Promise<readonly { parent: string; options: string }[]> {
  const { rows } = await client.query<{ parent: string; options: string }>(
    "select p.relname as parent, array_to_string(c.reloptions, ', ') as options from pg_inherits i " +
      'join pg_class p on p.oid = i.inhparent join pg_class c on c.oid = i.inhrelid ' +
      "where p.relkind = 'p' and c.relname = p.relname || $1 order by 1",
    [`_${day.replaceAll('-', '')}`],
  );
  return rows;
}

/** The first of the counters that servers will not hand out any more. */
async function reserve(client: pg.Client, instances: number): Promise<number> {
  const blocks = Math.ceil((instances * COUNTERS) / BLOCK) + 1;
  const { rows } = await client.query<{ last: string }>("select nextval('id_block') as last");
  const last = Number(rows[0]?.last);
  await client.query("select setval('id_block', $1)", [last + blocks]);
  return last * BLOCK + 1;
}

function inChunks(from: number, to: number): readonly { readonly start: number; readonly count: number }[] {
  const chunks = [];
  for (let start = from; start < to; start += PER_TRANSACTION) {
    chunks.push({ start, count: Math.min(PER_TRANSACTION, to - start) });
  }
  return chunks;
}

function parameters(text: string): number {
  return text.includes('$4') ? 4 : 3;
}

/** Parameters stand in expressions where PostgreSQL would guess their types. */
function typed(text: string): string {
  return text
    .replaceAll('$1', '$1::int')
    .replaceAll('$2', '$2::bigint')
    .replaceAll('$3::date', '$3::text::date')
    .replaceAll('$3 ||', '$3::text ||')
    .replaceAll('$4', '$4::boolean');
}
