/** Variables as a user writes them: JSON, or `@` and the name of a file that holds it. */
import { readFileSync } from 'node:fs';
import { CliError } from './cli-error.js';
import { isJsonObject, parseJson } from './json-in.js';

export const variablesOption = {
  variables: {
    kind: 'text',
    value: 'json|@file',
    about: 'Variables: a JSON object, or @ and the name of a file with one.',
  },
} as const;

export function parseVariables(written: string | undefined): object | undefined {
  if (written === undefined) return undefined;
  const text = written.startsWith('@') ? readText(written.slice(1)) : written;
  const value = parseJson(text, invalid);
  if (isJsonObject(value)) return value;
  throw invalid('is not a JSON object, such as {"amount": 12}');
}

export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new CliError('FILE_UNREADABLE', error instanceof Error ? error.message : String(error));
  }
}

function invalid(problem: string): CliError {
  return new CliError('VARIABLES_INVALID', `--variables ${problem}`);
}
