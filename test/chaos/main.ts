/**
 * npm run chaos: servers are killed, stopped and cut off from their database under load, and the history of all clients
 * is checked against what the database holds. A quarter of an hour; the report goes to docs/chaos.md.
 *
 * `-- --kills N` counted kills (200), `--seed S` the same dice again, `--report FILE` another place for the report.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { type PostgresServer, startPostgres } from '../support/postgres.js';
import { measure } from './measure.js';
import { killRounds, plan, type Round } from './plan.js';
import { Dice } from './random.js';
import { countedKills, type Finished, report } from './report.js';
import { World } from './world.js';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '200' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    report: { type: 'string', default: 'docs/chaos.md' },
  },
});
const kills = Number(values.kills);
const seed = Number(values.seed);
if (!Number.isInteger(kills) || kills < 1 || !Number.isInteger(seed)) throw new Error('--kills and --seed are numbers');

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));
console.log(`seed ${seed}, ${kills} kills`);
const postgres = await startPostgres();
const dice = new Dice(seed);
const began = performance.now();
const finished: Finished[] = [];
try {
  for (const round of plan(kills)) finished.push(await run(round));
  for (;;) {
    const missing = kills - countedKills(finished).length;
    if (missing <= 0) break;
    for (const round of killRounds(missing, 3)) finished.push(await run(round));
  }
  const text = await report({ finished, seed, minutes: (performance.now() - began) / 60_000, postgres });
  writeFileSync(values.report, text);
  console.log(`\n${text}\nwritten to ${values.report}`);
} finally {
  await postgres.remove();
}
const violations = finished.reduce((sum, one) => sum + one.violations.length, 0);
process.exit(violations === 0 ? 0 : 1);

async function run(round: Round): Promise<Finished> {
  const { servers, faults, imports = [], nobodyDies = false } = round;
  const name = `chaos_${finished.length}`;
  const databaseUrl = await administer(postgres, `create database ${name}`, name);
  const world = await World.start({ databaseUrl, postgres, servers, dice, imports, nobodyDies });
  try {
    for (const [place, fault] of faults.entries()) {
      await fault(world);
      say(`${round.name}: ${place + 1} of ${faults.length}, ${world.load.ended} instances ended`);
    }
    const { history, facts, logs, folder, violations } = await world.end();
    for (const { rule, message } of violations.slice(0, 20)) say(`VIOLATION: ${rule}: ${message}`);
    if (violations.length > 0) say(`${violations.length} violations; histories and logs are in ${folder}`);
    await administer(postgres, `drop database ${name} with (force)`, name);
    const measures = measure(history);
    return { round, measures, instances: facts.instances.length, declaredDead: logs.declaredDead.length, violations };
  } finally {
    await world.kill();
  }
}

/** Answers the URL of the database. */
async function administer({ url }: PostgresServer, statement: string, name: string): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(statement);
  await client.end();
  const database = new URL(url);
  database.pathname = `/${name}`;
  return database.href;
}

function say(what: string): void {
  console.log(`${((performance.now() - began) / 1000).toFixed(0).padStart(5)} s  ${what}`);
}
