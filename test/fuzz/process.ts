// One process of the long form: runs its portions one after the other, and tells its parent how it goes. Which input it
// is at stands in a file, so that the parent can name it when this process ends without a word.
import { randomUUID } from 'node:crypto';
import { openSync, writeSync } from 'node:fs';
import pg from 'pg';
import { startPostgres } from '../support/postgres.js';
import type { DatabaseSettings } from '../support/template.js';
import type { Kind, Tally } from './campaign.js';
import type { Portion } from './plan.js';
import { runPortion } from './run-portion.js';

export interface Task {
  readonly seed: number;
  readonly portions: readonly Portion[];
  readonly placeFile: string;
}

export interface Told {
  readonly tally: Tally;
  readonly done: boolean;
}

/** What stands in the place file. */
export interface Place {
  readonly kind: Kind;
  readonly input: number;
}

const { seed, portions, placeFile }: Task = JSON.parse(process.argv[2] ?? '{}');
const file = openSync(placeFile, 'w');

const postgres = portions.some(({ kind }) => kind === 'rpc' || kind === 'stream') ? await startPostgres() : undefined;
try {
  for (const portion of portions) await run(portion);
} finally {
  await postgres?.remove();
}
process.disconnect();

async function run(portion: Portion): Promise<void> {
  const starting = (input: number) => {
    const place: Place = { kind: portion.kind, input };
    writeSync(file, JSON.stringify(place).padEnd(80), 0);
  };
  const progress = (tally: Tally) => tell({ tally, done: false });
  tell({ tally: await runPortion(portion, { seed, database, hooks: { starting, progress } }), done: true });
}

/** One database of the server for each portion. */
async function database(): Promise<DatabaseSettings> {
  if (postgres === undefined) throw new Error('there is no PostgreSQL for this kind of input');
  return { kind: 'postgres', url: await createDatabase(postgres.url, `fuzz_${randomUUID().replaceAll('-', '')}`) };
}

function tell(told: Told): void {
  process.send?.(told);
}

async function createDatabase(serverUrl: string, name: string): Promise<string> {
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  await client.query(`create database ${name}`);
  await client.end();
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}
