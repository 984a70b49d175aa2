/** How run-time things are written for people: their day and their id, such as `2026-11-21/17`. */
import { CliError } from './cli-error.js';

export interface Key {
  readonly partition: string;
  readonly id: number;
}

export function formatKey({ partition, id }: Key): string {
  return `${partition}/${id}`;
}

export function parseKey(what: string, text: string | undefined): Key {
  const [, partition, digits] = /^(\d{4}-\d{2}-\d{2})\/(\d{1,16})$/.exec(text ?? '') ?? [];
  const id = Number(digits);
  if (partition === undefined || !Number.isSafeInteger(id) || id < 1) {
    throw new CliError('USAGE', `${what} "${text}" is not written like 2026-11-21/17: its day, a slash, its id`);
  }
  return { partition, id };
}
