/**
 * npm run fuzz: a million random inputs for everything that reads what others write. None may end the process, hang, or
 * be answered with INTERNAL or without a reason.
 *
 * `-- --inputs N` other than a million, `--seed S` to repeat a run, `--only xml|feel|rpc|stream`, `--input K` with both
 * for one input alone, `--report FILE` for the report. Without arguments the report is docs/fuzzing.md.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { removeFolder, temporaryFolder } from '../support/temporary-folder.js';
import { described, type Finding, KINDS, type Kind, type Tally } from './campaign.js';
import { ALL_INPUTS, type Portion, PROCESSES, portions } from './plan.js';
import type { Place, Task, Told } from './process.js';
import { report } from './report.js';

const text = { type: 'string' } as const;
const { values } = parseArgs({ options: { inputs: text, seed: text, only: text, input: text, report: text } });
const seed = whole('seed', values.seed) ?? Math.floor(Math.random() * 2 ** 31);
const only = kindOf(values.only);
const input = whole('input', values.input);
if (input !== undefined && (only === undefined || values.seed === undefined)) {
  throw new Error('--input needs --only and --seed');
}
const plan =
  input !== undefined && only !== undefined
    ? [{ kind: only, first: input, count: 1 }]
    : portions(whole('inputs', values.inputs) ?? ALL_INPUTS, only);
const reportFile = values.report ?? (process.argv.length === 2 ? 'docs/fuzzing.md' : undefined);

console.log(`seed ${seed}`);
const folder = temporaryFolder('baton-fuzz-');
const latest = new Map<Kind, Tally>();
const begun = performance.now();
const clock = setInterval(showProgress, 15_000);
const crashes = await Promise.all(
  PROCESSES.map((kinds) => plan.filter(({ kind }) => kinds.includes(kind)))
    .filter((some) => some.length > 0)
    .map(runProcess),
).finally(() => clearInterval(clock));
removeFolder(folder);
const tallies = [...latest.values()];
const findings = [...tallies.flatMap((tally) => tally.findings), ...crashes.flat()];
const page = report({ seed, tallies, findings, seconds: (performance.now() - begun) / 1_000 });
console.log(page);
for (const finding of findings) console.error(`${described(finding)}\n`);
if (reportFile !== undefined) writeFileSync(reportFile, page);
process.exitCode = findings.length > 0 ? 1 : 0;

/** Resolves with the input that ended the process, if one did. */
function runProcess(some: readonly Portion[], index: number): Promise<readonly Finding[]> {
  const task: Task = { seed, portions: some, placeFile: join(folder, `place-${index}`) };
  const program = fileURLToPath(new URL('process.ts', import.meta.url));
  const child: ChildProcess = fork(program, [JSON.stringify(task)], { execArgv: ['--import', 'tsx'] });
  let open = some.length;
  child.on('message', ({ tally, done }: Told) => {
    latest.set(tally.kind, tally);
    if (done) open -= 1;
  });
  return new Promise((resolve) => {
    child.on('exit', (code, signal) => {
      if (open === 0) return resolve([]);
      const place = readFileSync(task.placeFile, 'utf8');
      if (place === '') throw new Error('a process ended before its first input');
      const { kind, input } = JSON.parse(place) as Place;
      const what = `the process ended with ${signal ?? `code ${code}`}, here or in one of the inputs before`;
      resolve([{ kind, seed, input, what, shown: 'not known' }]);
    });
  });
}

function showProgress(): void {
  const counts = [...latest.values()].map(({ kind, inputs }) => `${kind} ${inputs}`);
  console.log(`${Math.round((performance.now() - begun) / 1_000)} s: ${counts.join(', ')}`);
}

function whole(name: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (!/^\d{1,12}$/.test(value)) throw new Error(`--${name} is a whole number, not ${value}`);
  return Number(value);
}

function kindOf(value: string | undefined): Kind | undefined {
  if (value === undefined) return undefined;
  const kind = KINDS.find((each) => each === value);
  if (kind === undefined) throw new Error(`--only is one of ${KINDS.join(', ')}, not ${value}`);
  return kind;
}
