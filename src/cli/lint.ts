/** `baton lint`: whether models would run, without a server: a report for a folder of models that are to be moved here. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ModelProblem } from '../model/read-model.js';
import { CliError } from './cli-error.js';
import { localCommand } from './command.js';
import type { Context } from './context.js';
import { table } from './table.js';
import { readText } from './variables-in.js';

/** As modelers name their files. */
const MODEL = /\.(bpmn|bpmn2|bpmn20\.xml)$/i;

interface FileReport {
  readonly file: string;
  readonly runs: boolean;
  /** BPMN ids of its executable processes; none when it does not run. */
  readonly processes: readonly string[];
  readonly problems: readonly ModelProblem[];
}

/** One kind of problem, over all files: what to look at first. */
interface RuleReport {
  readonly rule: string;
  readonly files: number;
  readonly problems: number;
}

export const lint = localCommand({
  name: 'lint',
  about: 'Check BPMN files, and all those in folders, without a server: which would run, and what keeps the others.',
  arguments: [{ name: 'files', about: 'BPMN files and folders', many: true }],
  options: {},
  examples: ['baton lint models', 'baton lint order.bpmn --json'],
  async run(context, paths) {
    const { readModel } = await import('../model/read-model.js');
    const files = paths.flatMap(modelsIn).map((file): FileReport => {
      const reading = readModel(readText(file));
      return 'graphs' in reading
        ? { file, runs: true, processes: reading.graphs.map(({ bpmnProcessId }) => bpmnProcessId), problems: [] }
        : { file, runs: false, processes: [], problems: reading.problems };
    });
    const rules = rulesOf(files);
    context.print({ files, rules }, forPeople(files, rules, context));
    return files.every(({ runs }) => runs) ? 0 : 1;
  },
});

/** The file itself, or every model below the folder, by name. */
function modelsIn(path: string): readonly string[] {
  const about = statSync(path, { throwIfNoEntry: false });
  if (about === undefined) throw new CliError('FILE_NOT_FOUND', `${path} does not exist`);
  if (!about.isDirectory()) return [path];
  const names = readdirSync(path, { recursive: true, encoding: 'utf8' }).filter((name) => MODEL.test(name));
  if (names.length === 0)
    throw new CliError('FILE_NOT_FOUND', `${path} has no BPMN files (.bpmn, .bpmn2, .bpmn20.xml)`);
  return names.sort().map((name) => join(path, name));
}

/** The most frequent first. */
function rulesOf(files: readonly FileReport[]): readonly RuleReport[] {
  const rules = new Map<string, { files: Set<string>; problems: number }>();
  for (const { file, problems } of files) {
    for (const { rule } of problems) {
      const known = rules.get(rule) ?? { files: new Set(), problems: 0 };
      known.files.add(file);
      known.problems += 1;
      rules.set(rule, known);
    }
  }
  return [...rules]
    .map(([rule, known]) => ({ rule, files: known.files.size, problems: known.problems }))
    .sort((one, other) => other.files - one.files || other.problems - one.problems);
}

function forPeople(files: readonly FileReport[], rules: readonly RuleReport[], { colors }: Context): string {
  const lines = files.flatMap(({ file, runs, processes, problems }) =>
    runs
      ? [`${colors.green('runs')}     ${file}: ${processes.join(', ')}`]
      : refusal(file, problems, colors.red('refused')),
  );
  const running = files.filter(({ runs }) => runs).length;
  lines.push('', `${running} of ${files.length} files would run.`);
  if (rules.length > 0) {
    const rows = rules.map(({ rule, files: count, problems }) => [rule, String(count), String(problems)]);
    lines.push('', table(['WHAT KEEPS THEM', 'FILES', 'PLACES'], rows, colors));
  }
  return lines.join('\n');
}

function refusal(file: string, problems: readonly ModelProblem[], word: string): readonly string[] {
  const places = problems.map(({ line, column, elementId, message, help }) => {
    const element = elementId === undefined ? '' : ` ${elementId}:`;
    return `           ${file}:${line}:${column}:${element} ${message}; ${help}`;
  });
  return [`${word}  ${file}`, ...places];
}
