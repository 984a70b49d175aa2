/**
 * npm run bench: what a server does on this machine, as ratios to bare SQL of the same row changes in the same run.
 *
 * `-- --json FILE` writes the figures, `-- --seconds N` sets how long each part runs.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { BatonClient } from '@baton/client';
import pg from 'pg';
import { startPostgres } from '../test/support/postgres.js';
import { startServer } from '../test/support/programs.js';
import { reference } from './reference.js';
import { stream } from './stream.js';

const { values } = parseArgs({ options: { json: { type: 'string' }, seconds: { type: 'string', default: '10' } } });
const seconds = Number(values.seconds);

const postgres = await startPostgres();
try {
  const database = new pg.Client({ connectionString: postgres.url });
  await database.connect();
  await refuseUnsafe(database);
  const server = await startServer({ BATON_DATABASE_URL: postgres.url, BATON_LOG_LEVEL: 'warn' });
  try {
    const client = new BatonClient({ address: server.address });
    const bpmnXml = readFileSync(new URL('one-task.bpmn', import.meta.url), 'utf8');
    await client.processes.create({ bpmnXml });
    const before = await reference(postgres.url, seconds / 2);
    const measured = await stream(server.address, database, seconds);
    const after = await reference(postgres.url, seconds / 2);
    client.close();
    report({
      postgres: await setting(database, 'server_version'),
      node: process.version,
      reference_per_s: Math.round((before + after) / 2),
      stream_per_s: Math.round(measured.perSecond),
      stream_ratio: round(measured.perSecond / ((before + after) / 2)),
    });
  } finally {
    await server.stop();
    await database.end();
  }
} finally {
  await postgres.stop('fast');
  await postgres.remove();
}

/** Figures of a database that may lose what it acknowledged say nothing. */
async function refuseUnsafe(database: pg.Client): Promise<void> {
  for (const name of ['fsync', 'synchronous_commit']) {
    if ((await setting(database, name)) !== 'on') throw new Error(`${name} is off: the benchmark does not run so`);
  }
}

async function setting(database: pg.Client, name: string): Promise<string> {
  const { rows } = await database.query<{ current_setting: string }>('select current_setting($1)', [name]);
  return rows[0]?.current_setting ?? '';
}

function report(figures: Readonly<Record<string, string | number>>): void {
  for (const [name, value] of Object.entries(figures)) console.log(`${name.padEnd(20)} ${value}`);
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(figures, null, 2)}\n`);
}

function round(ratio: number): number {
  return Math.round(ratio * 1000) / 1000;
}
