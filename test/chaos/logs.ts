/** What the servers of a round logged: errors, and whom they declared dead. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Entry, now } from './history.js';

interface Line {
  readonly level: number | string;
  readonly time: number;
  readonly msg: string;
  /** The name of a server that was declared dead by the one that says so. */
  readonly dead?: string;
}

export interface Logs {
  /** What a server logs as an error is a bug, or trouble that nobody was told of. */
  readonly errors: readonly string[];
  /** Names. */
  readonly declaredDead: readonly string[];
  /** The same as entries of the history: from then on the jobs of that server are free. */
  readonly deaths: readonly Entry[];
}

/** A death is written a little before it is logged. */
const MARGIN_MS = 1_000;

export function readLogs(folder: string): Logs {
  const toMonotonic = now() - Date.now();
  const lines = readdirSync(folder)
    .filter((name) => name.endsWith('.log'))
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n').flatMap(parse));
  const deaths = lines.flatMap(({ time, dead }): Entry[] => {
    if (dead === undefined) return [];
    const servers = [Number(dead.split('-')[1])];
    return [{ kind: 'fault', fault: 'declared dead', servers, at: time + toMonotonic - MARGIN_MS }];
  });
  return {
    errors: lines.filter(({ level }) => level === 50 || level === 'error').map((line) => JSON.stringify(line)),
    declaredDead: lines.flatMap(({ dead }) => dead ?? []),
    deaths,
  };
}

/** A killed server may leave half a line. */
function parse(line: string): Line[] {
  try {
    return [JSON.parse(line) as Line];
  } catch {
    return [];
  }
}
