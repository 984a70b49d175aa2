// docs/fuzzing.md: what was run, and what came out.
import { execFileSync } from 'node:child_process';
import type { Finding, Tally } from './campaign.js';

interface Result {
  readonly seed: number;
  readonly tallies: readonly Tally[];
  readonly findings: readonly Finding[];
  readonly seconds: number;
}

const SUBJECTS: Readonly<Record<string, string>> = {
  xml: 'the reader of models: files of modelers with damage, files without sense, models of odd parts, tricks',
  feel: 'expressions along the grammar and off it, each evaluated twice on variables of every kind',
  rpc: 'calls of every RPC over a real socket to a server with a real database',
  stream: 'conversations on the streams of workers and starts, over real sockets',
};

export function report({ seed, tallies, findings, seconds }: Result): string {
  const inputs = tallies.reduce((sum, tally) => sum + tally.inputs, 0);
  const lines = [
    '# Fuzzing',
    '',
    'Made by `npm run fuzz`: random inputs for everything that reads what others write. None may end the process, hang,',
    'or be answered with INTERNAL or without a reason; every finding becomes a repair with a test of its own.',
    '',
    `Commit ${commit()}, seed ${seed}, Node.js ${process.version}: ${number(inputs)} inputs in ${Math.round(seconds)} s,`,
    `${findings.length === 0 ? 'no findings' : `**${findings.length} findings**`}.`,
  ];
  for (const tally of tallies) lines.push(...section(tally));
  return `${lines.join('\n')}\n`;
}

function section({ kind, inputs, outcomes, slowest }: Tally): string[] {
  const rows = Object.entries(outcomes).sort(([, a], [, b]) => b - a);
  const width = Math.max('outcome'.length, ...rows.map(([name]) => name.length));
  const counts = rows.map(([name, count]) => `| ${name.padEnd(width)} | ${number(count).padStart(9)} |`);
  return [
    '',
    `## ${kind}: ${number(inputs)} inputs`,
    '',
    `${SUBJECTS[kind]}.`.replace(/^./, (first) => first.toUpperCase()),
    `The slowest took ${number(slowest.ms)} ms (input ${slowest.input}).`,
    '',
    `| ${'outcome'.padEnd(width)} |    inputs |`,
    `| ${'-'.repeat(width)} | --------: |`,
    ...counts,
  ];
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}

function commit(): string {
  const git = (...args: readonly string[]) => execFileSync('git', args, { encoding: 'utf8' }).trim();
  const changed = git('status', '--porcelain', '--', 'src', 'test', 'package.json') !== '';
  return `${git('rev-parse', '--short', 'HEAD')}${changed ? ' with changes' : ''}`;
}
