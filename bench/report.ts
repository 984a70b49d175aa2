/** How figures are shown: a table for people, Markdown for the repository, JSON for programs. */
import type { Facts, Surveyed } from './machine.js';
import type { Figure, Figures, Part } from './part.js';
import type { Outcome } from './run.js';

export interface Report extends Surveyed, Outcome {
  readonly commit: string;
  readonly form: string;
  readonly minutes: number;
}

/** One line of the table. */
interface Row {
  readonly name: string;
  readonly figure: string;
  readonly target: string;
  readonly met: string;
}

const HEAD: Row = { name: 'figure', figure: 'measured', target: 'target', met: 'met' };

export function table(parts: readonly Part[], { figures, errors }: Outcome): string {
  const rows = [HEAD, ...rowsOf(parts, figures, errors)];
  const width = (column: keyof Row) => Math.max(...rows.map((row) => row[column].length));
  const [name, figure, target] = [width('name'), width('figure'), width('target')];
  return rows
    .map((row) =>
      `${row.name.padEnd(name)}  ${row.figure.padStart(figure)}  ${row.target.padEnd(target)}  ${row.met}`.trimEnd(),
    )
    .join('\n');
}

export function json(report: Report): string {
  const { figures, ...rest } = report;
  return `${JSON.stringify({ ...figures, ...rest }, null, 2)}\n`;
}

export function markdown(parts: readonly Part[], report: Report): string {
  const { commit, form, minutes, versions, settings, machine, figures, errors } = report;
  return `${[
    '# Benchmark',
    `Made by \`npm run bench\` (${form}) at commit ${commit}, in ${minutes} minutes. How to read and to repeat it: [performance.md](performance.md).`,
    '## Figures',
    markdownTable(HEAD, rowsOf(parts, figures, errors)),
    ...texts(figures).flatMap(([name, text]) => [`### ${name}`, `\`\`\`text\n${text}\n\`\`\``]),
    '## Parts',
    parts.map(({ name, about }) => `- \`${name}\`: ${about}.`).join('\n'),
    '## Versions',
    list(versions),
    '## Settings',
    list(settings),
    '## Machine',
    list(machine),
  ].join('\n\n')}\n`;
}

function rowsOf(parts: readonly Part[], figures: Figures, errors: Outcome['errors']): readonly Row[] {
  const targets = Object.assign({}, ...parts.map((part) => part.targets ?? {})) as NonNullable<Part['targets']>;
  const rows = flat('', figures).map(([name, value]): Row => {
    const target = targets[name];
    const met = target === undefined || value === null ? '' : target.met(value, figures) ? 'yes' : 'NO';
    return { name, figure: shown(value), target: target?.text ?? '', met };
  });
  const failed = Object.entries(errors).map(([name, error]) => ({ name, figure: 'FAILED', target: error, met: 'NO' }));
  return [...rows, ...failed];
}

/** Numbers by their path, such as `open_loop.to_worker_p99_ms`. */
function flat(prefix: string, figures: Figures): readonly (readonly [string, number | null])[] {
  return Object.entries(figures).flatMap(([name, figure]) => {
    const path = `${prefix}${name}`;
    if (figure === null || typeof figure === 'number') return [[path, figure] as const];
    return typeof figure === 'string' ? [] : flat(`${path}.`, figure);
  });
}

/** Texts, such as plans, with their path: they have no place in a table. */
export function texts(figures: Figures, prefix = ''): readonly (readonly [string, string])[] {
  return Object.entries(figures).flatMap(([name, figure]: [string, Figure]) => {
    if (typeof figure === 'string') return [[`${prefix}${name}`, figure] as const];
    return figure === null || typeof figure === 'number' ? [] : texts(figure, `${prefix}${name}.`);
  });
}

function shown(value: number | null): string {
  return value === null ? 'unknown' : value.toLocaleString('en-US', { maximumFractionDigits: 4 });
}

function markdownTable(head: Row, rows: readonly Row[]): string {
  const line = ({ name, figure, target, met }: Row) => `| ${name} | ${figure} | ${target} | ${met} |`;
  return [line(head), '| --- | ---: | --- | --- |', ...rows.map(line)].join('\n');
}

function list(facts: Facts): string {
  return Object.entries(facts)
    .map(([name, fact]) => `- ${name}: ${fact}`)
    .join('\n');
}
