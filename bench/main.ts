/**
 * npm run bench: how fast this is on this machine, as ratios to bare SQL of the same row changes in the same run.
 *
 * `--only NAME[,NAME]` runs some parts (by their name, or by a key), `--long` what needs longer, `--seconds N` is a short
 * try; `--json FILE` and `--report FILE` write what was found; `--server NAME=VALUE` sets a variable for the servers.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { startPostgres } from '../test/support/postgres.js';
import { connect } from './context.js';
import { commit, refuseUnsafe, survey } from './machine.js';
import type { Part } from './part.js';
import { parts } from './parts.js';
import { json, markdown, table } from './report.js';
import { runParts } from './run.js';
import { scaleOf } from './scale.js';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    long: { type: 'boolean', default: false },
    seconds: { type: 'string' },
    json: { type: 'string' },
    report: { type: 'string' },
    server: { type: 'string', multiple: true, default: [] },
  },
});

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

const began = performance.now();
const chosen = choose(values.only);
const seconds = values.seconds === undefined ? undefined : Number(values.seconds);
if (seconds !== undefined && !(seconds > 0)) throw new Error(`--seconds ${values.seconds} is no time`);
const serverSettings = Object.fromEntries(values.server.map((one) => one.split(/=(.*)/s).slice(0, 2)));

const postgres = await startPostgres();
try {
  const administration = await connect(postgres.url);
  await refuseUnsafe(administration);
  const surveyed = await survey(administration, serverSettings);
  await administration.end();
  for (const facts of Object.values(surveyed)) progress(Object.entries(facts).flat().join(' '));
  const scale = scaleOf({ long: values.long, seconds });
  const outcome = await runParts(chosen, { scale, postgres, serverSettings, progress });
  const at = commit();
  const report = {
    commit: at === undefined ? 'unknown' : `${at.id} of ${at.date}${at.changed ? ', with changes' : ''}`,
    form: form(),
    minutes: Math.ceil((performance.now() - began) / 60_000),
    ...surveyed,
    ...outcome,
  };
  console.log(table(chosen, outcome));
  if (values.json !== undefined) writeFileSync(values.json, json(report));
  if (values.report !== undefined) writeFileSync(values.report, markdown(chosen, report));
  if (Object.keys(outcome.errors).length > 0) process.exitCode = 1;
} finally {
  await postgres.remove();
}

function choose(names: string | undefined): readonly Part[] {
  if (names === undefined) return parts;
  const wanted = names.split(',');
  const named = (part: Part, name: string) => part.name === name || part.keys.includes(name);
  const unknown = wanted.filter((name) => !parts.some((part) => named(part, name)));
  if (unknown.length > 0) {
    throw new Error(`there is no part ${unknown.join(', ')}; there are: ${parts.map(({ name }) => name).join(', ')}`);
  }
  return parts.filter((part) => wanted.some((name) => named(part, name)));
}

function form(): string {
  const words = [
    values.long ? 'the long form' : 'all parts',
    ...(values.only === undefined ? [] : [`only ${values.only}`]),
  ];
  if (seconds !== undefined) words.push(`a short try of ${seconds} s: its figures say little`);
  return words.join(', ');
}

function progress(text: string): void {
  console.error(`[${((performance.now() - began) / 1000).toFixed(0).padStart(4)} s] ${text}`);
}
