/**
 * npm run bench: how fast this is on this machine, as ratios to bare SQL of the same row changes in the same run.
 *
 * `--only NAME[,NAME]` runs some parts (by their name, or by a key), `--long` does what takes longer, `--seconds N` is a
 * short try; `--json FILE` and `--report FILE` write what was found; `--server NAME=VALUE` sets an environment variable of
 * the servers. `--profile FOLDER` says where the time goes, instead of how much it is.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type PostgresServer, startPostgres } from '../test/support/postgres.js';
import { Context, connect, type Surroundings } from './context.js';
import { commit, refuseUnsafe, type Surveyed, survey } from './machine.js';
import { type Model, oneTask } from './models.js';
import { readOptions } from './options.js';
import { parts } from './parts.js';
import { profile, STATEMENT_TIMES } from './profile.js';
import { json, markdown, table, texts } from './report.js';
import { runParts } from './run.js';

const began = performance.now();
const options = readOptions(process.argv.slice(2), parts);

// What was started is killed when this process ends.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

const postgres = await (options.profileFolder === undefined ? startPostgres() : profiledPostgres());
try {
  const administration = await connect(postgres.url);
  await refuseUnsafe(administration);
  const surveyed = await survey(administration, options.serverSettings);
  await administration.end();
  for (const facts of Object.values(surveyed)) progress(Object.entries(facts).flat().join(' '));
  const { scale, serverSettings } = options;
  const surroundings = { scale, postgres, serverSettings, progress };
  if (options.profileFolder === undefined) await measure(surroundings, surveyed);
  else await takeProfile(surroundings, options.profileFolder);
} finally {
  await postgres.remove();
}

async function measure(surroundings: Surroundings, surveyed: Surveyed): Promise<void> {
  const { chosen, form, jsonFile, reportFile } = options;
  const outcome = await runParts(chosen, surroundings);
  const minutes = Math.ceil((performance.now() - began) / 60_000);
  const report = { commit: commit(), form, minutes, ...surveyed, ...outcome };
  console.log(table(chosen, outcome));
  for (const [name, text] of texts(outcome.figures)) console.log(`\n${name}\n${text}`);
  if (jsonFile !== undefined) write(jsonFile, json(report));
  if (reportFile !== undefined) write(reportFile, markdown(chosen, report));
  if (Object.keys(outcome.errors).length > 0) process.exitCode = 1;
}

async function takeProfile(surroundings: Surroundings, folder: string): Promise<void> {
  const context = new Context(surroundings, {});
  try {
    console.log(await profile(context, profiledModel(), folder));
  } finally {
    await context.end();
  }
}

/** That of the first part that has one: the plain one, unless `--only` names another. */
function profiledModel(): Model {
  return options.chosen.find(({ model }) => model !== undefined)?.model ?? oneTask;
}

function write(file: string, text: string): void {
  mkdirSync(dirname(resolve(file)), { recursive: true });
  writeFileSync(file, text);
}

/** With the times of statements, where the machine's PostgreSQL can keep them. */
async function profiledPostgres(): Promise<PostgresServer> {
  try {
    return await startPostgres({ settings: STATEMENT_TIMES });
  } catch {
    return startPostgres();
  }
}

function progress(text: string): void {
  console.error(`[${((performance.now() - began) / 1000).toFixed(0).padStart(4)} s] ${text}`);
}
