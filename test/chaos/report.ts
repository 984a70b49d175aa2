/** The report of a run, in counts. Made by the command, never by hand. */
import { spawnSync } from 'node:child_process';
import { cpus, release, totalmem, type } from 'node:os';
import pg from 'pg';
import type { PostgresServer } from '../support/postgres.js';
import type { MeasuredFault, Measures } from './measure.js';
import type { Round } from './plan.js';
import { IN_FLIGHT } from './world.js';

export interface Finished {
  readonly round: Round;
  readonly measures: Measures;
  /** In the database, at the end; all of them have ended when there is no violation. */
  readonly instances: number;
  readonly declaredDead: number;
  readonly violations: readonly { readonly rule: string; readonly message: string }[];
}

export interface Run {
  readonly finished: readonly Finished[];
  readonly seed: number;
  readonly minutes: number;
  readonly postgres: PostgresServer;
}

const REPORTED_VIOLATIONS = 50;

export async function report(run: Run): Promise<string> {
  const { finished, seed, minutes } = run;
  const violations = finished.flatMap((one) => one.violations);
  const total = (count: (measures: Measures) => number) =>
    finished.reduce((sum, { measures }) => sum + count(measures), 0);
  return `# Chaos

Made by \`npm run chaos -- --kills ${countedKills(finished).length} --seed ${seed}\` in ${minutes.toFixed(0)} minutes, at commit ${commit()}.

${await machine(run.postgres)}

Servers are killed, stopped and cut off from their database while starters, senders and workers keep them busy: with tasks
that fail and are retried, and with instances that wait for timers, messages, signals and what they call. Each client writes
down what it called, was answered and saw; when all has ended, the histories are compared with the database.

**Violations: ${violations.length}**
${violations
  .slice(0, REPORTED_VIOLATIONS)
  .map(({ rule, message }) => `\n- ${rule}: ${message}`)
  .join('')}

## Faults

${table(
  ['round', 'servers', 'faults', 'instances', 'declared dead', 'violations'],
  finished.map(({ round, measures, instances, declaredDead, violations: found }) => [
    round.name,
    round.servers,
    measures.faults.filter(({ fault }) => fault !== 'declared dead').length,
    instances,
    declaredDead,
    found.length,
  ]),
)}

${kills(finished)}

## What the clients were told

${table(
  ['', 'count'],
  [
    ['starts acknowledged', total((one) => one.startsAcknowledged)],
    ['starts lost or made twice', ofRules(finished, ['no acknowledged start', 'one request id'])],
    ['tries of starts that had to be repeated', total((one) => one.startsTriedAgain)],
    ['jobs handed out', total((one) => one.handOuts)],
    ['completions acknowledged, each applied once', total((one) => one.completionsAcknowledged)],
    ['failures acknowledged, each retried once', total((one) => one.failuresAcknowledged)],
    ['outcomes refused (the job had gone to another worker)', total((one) => one.outcomesRefused)],
    ['outcomes lost or applied twice', ofRules(finished, ['outcome', 'completed once', 'retried', 'lock token'])],
    ['messages acknowledged, each received once', total((one) => one.messagesAcknowledged)],
    ['messages lost or received twice', ofRules(finished, ['message'])],
    ['signals sent to all who wait', total((one) => one.signalsAcknowledged)],
    ['timers, signals and calls lost or done twice', ofRules(finished, ['happens', 'called'])],
    ['instances ended', finished.reduce((sum, { instances }) => sum + instances, 0)],
    ['reads on another server right after an answer', total((one) => one.reads)],
  ],
)}
`;
}

function kills(finished: readonly Finished[]): string {
  const killed = countedKills(finished);
  const inFlight = killed.map((one) => one.inFlight);
  const again = killed.flatMap(({ handedOutAgainMs }) => handedOutAgainMs ?? []).sort((one, other) => one - other);
  const seconds = (ms: number | undefined) => (ms === undefined ? '-' : `${(ms / 1000).toFixed(1)} s`);
  return table(
    ['kills', ''],
    [
      [`counted: at least ${IN_FLIGHT} commands in flight at the killed server`, killed.length],
      ['commands in flight: least, mean', `${Math.min(...inFlight)}, ${Math.round(mean(inFlight))}`],
      ['between flush and the answer to COMMIT', killed.filter(({ between }) => between).length],
      ['kill to the first of its jobs at a worker again: median', seconds(again[Math.floor(again.length / 2)])],
      ['the same: longest', seconds(again.at(-1))],
    ],
  );
}

export function countedKills(finished: readonly Finished[]): readonly MeasuredFault[] {
  const faults = finished.flatMap(({ measures }) => measures.faults);
  return faults.filter(({ fault, inFlight }) => fault === 'kill' && inFlight >= IN_FLIGHT);
}

function ofRules(finished: readonly Finished[], words: readonly string[]): number {
  const broken = finished.flatMap(({ violations }) => violations);
  return broken.filter(({ rule }) => words.some((word) => rule.includes(word))).length;
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
}

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

async function machine({ url }: PostgresServer): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ server_version: string }>('show server_version');
  await client.end();
  const [first] = cpus();
  const cores = `${cpus().length} x ${first?.model.trim() ?? 'unknown'}`;
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  return `Node ${process.version}, PostgreSQL ${rows[0]?.server_version}, ${type()} ${release()}, ${cores}, ${memory}.`;
}

/** With its date; whether the tree had changes that are in no commit. */
function commit(): string {
  const git = (...args: readonly string[]) => spawnSync('git', args, { encoding: 'utf8' }).stdout.trim();
  const changed = git('status', '--porcelain') === '' ? '' : ', with changes';
  return `${git('log', '-1', '--format=%h of %cs')}${changed}`;
}
