/** Tables for people: columns as wide as what is in them. */
import { stripVTControlCharacters } from 'node:util';
import type { Colors } from './context.js';

export function table(headers: readonly string[], rows: readonly (readonly string[])[], colors: Colors): string {
  const all = [headers.map((header) => colors.dim(header)), ...rows];
  const widths = headers.map((_, column) => Math.max(...all.map((row) => widthOf(row[column] ?? ''))));
  return all
    .map((row) =>
      row
        .map((cell, column) => padded(cell, widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

const widthOf = (cell: string) => stripVTControlCharacters(cell).length;
const padded = (cell: string, width: number) => cell + ' '.repeat(Math.max(0, width - widthOf(cell)));

/** To the second, in UTC. */
export function time(at: Date | undefined): string {
  return at === undefined ? '' : at.toISOString().replace('T', ' ').replace(/\..*/, '');
}

/** One line, cut where it gets too long. */
export function short(text: string, most = 100): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= most ? line : `${line.slice(0, most - 3)}...`;
}

const stateColors: Readonly<Record<string, 'green' | 'yellow' | 'red' | 'cyan' | 'dim'>> = {
  STARTED: 'cyan',
  LOCKED: 'cyan',
  COMPLETED: 'green',
  DONE: 'green',
  SUSPENDED: 'yellow',
  CAUSED_RETRY: 'yellow',
  CAUSED_INCIDENT: 'red',
  TERMINATED: 'dim',
  CANCELED: 'dim',
};

export function state(name: string, colors: Colors): string {
  const color = stateColors[name];
  return color === undefined ? name : colors[color](name);
}
