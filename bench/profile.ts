/**
 * Where the time goes: a process under load, with the server's CPU and allocations by source file and package, and
 * the database's time by statement. Profiles slow down what they look at: figures are those of the parts.
 */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Context, Database } from './context.js';
import { sleep } from './context.js';
import { deploy, endedIn, verify } from './counting.js';
import { Load, type Window } from './load.js';
import type { Model } from './models.js';
import { Probes } from './probes.js';
import { summaryOf, tableOf } from './profile-summary.js';

/** What PostgreSQL is started with, so that it keeps the statements' times. */
export const STATEMENT_TIMES = { shared_preload_libraries: 'pg_stat_statements' } as const;

const FILES = 40;
const FUNCTIONS = 40;
const STATEMENTS = 30;

/** Writes the profiles, for other tools, and `profile.md`. */
export async function profile(context: Context, model: Model, into: string): Promise<string> {
  const folder = resolve(into);
  mkdirSync(folder, { recursive: true });
  const database = await context.database();
  const probes = new Probes(context.folder());
  const server = await context.server(database, probes);
  await deploy(server.address, model);
  const began = new Date();
  const load = await Load.start(context, [server], model);
  await sleep(context.scale.warmUpSeconds);
  const windows: Record<string, Window> = {};
  for (const kind of ['cpu', 'heap'] as const) {
    context.progress(kind === 'cpu' ? 'CPU' : 'allocations');
    await probes.begin(kind);
    windows[kind] = await load.window(context.scale.seconds);
    await probes.end(kind, folder);
  }
  context.progress('statements');
  const statements = await statementTimes(context, database, load);
  await verify(database.client, began, await load.finish());
  const sections = [
    ...(await section(database, folder, 'cpu', windows.cpu)),
    ...(await section(database, folder, 'heap', windows.heap)),
    '## The database, by statement',
    statements,
  ];
  const text = `# Where the time goes\n\n${sections.join('\n\n')}\n`;
  writeFileSync(join(folder, 'profile.md'), text);
  return text;
}

async function section(database: Database, folder: string, kind: 'cpu' | 'heap', window: Window | undefined) {
  if (window === undefined) throw new Error(`there is no profile of ${kind}`);
  const instances = await endedIn(database.client, window);
  const files = readdirSync(folder).filter((name) => name.endsWith(`.${kind}profile`));
  const { total, areas, places, functions } = summaryOf(files.map((name) => join(folder, name)));
  const [name, unit] = kind === 'cpu' ? ['CPU', 'us'] : ['Allocations', 'bytes'];
  const per = (cost: number) => `${(cost / instances).toFixed(kind === 'cpu' ? 1 : 0)} ${unit}`;
  return [
    `## ${name} of the server`,
    `${per(total)} for each of ${instances} instances, ${Math.round(instances / window.seconds)} a second.`,
    tableOf(areas, total, per, FILES),
    `### ${name}, by file`,
    tableOf(places, total, per, FILES),
    `### ${name}, by function`,
    tableOf(functions, total, per, FUNCTIONS),
  ];
}

/** By pg_stat_statements, where the machine's PostgreSQL has it. */
async function statementTimes(context: Context, { client }: Database, load: Load): Promise<string> {
  const { rows: preloaded } = await client.query<{ shared_preload_libraries: string }>('show shared_preload_libraries');
  if (preloaded[0]?.shared_preload_libraries === '') return 'This PostgreSQL has no pg_stat_statements.';
  await client.query('create extension if not exists pg_stat_statements');
  await client.query('select pg_stat_statements_reset()');
  const window = await load.window(context.scale.seconds);
  const { rows } = await client.query<{ query: string; calls: string; ms: number; rows: string; wal: string }>(
    'select query, calls, total_exec_time as ms, rows, wal_bytes as wal from pg_stat_statements s ' +
      'join pg_database d on d.oid = s.dbid where d.datname = current_database() order by total_exec_time desc limit $1',
    [STATEMENTS],
  );
  const instances = await endedIn(client, window);
  const line = ({ query, calls, ms, rows: touched, wal }: (typeof rows)[number]) => {
    const text = query.replace(/\s+/g, ' ').replaceAll('|', '\\|').slice(0, 100);
    const each = (value: number, unit: string) => `${(value / instances).toFixed(1)} ${unit}`;
    return `| ${text} | ${each(ms * 1000, 'us')} | ${calls} | ${each(Number(touched), '')}| ${each(Number(wal), 'bytes')} |`;
  };
  const head = [
    '| statement | per instance | calls | rows per instance | log per instance |',
    '| --- | ---: | ---: | ---: | ---: |',
  ];
  return [...head, ...rows.map(line)].join('\n');
}
