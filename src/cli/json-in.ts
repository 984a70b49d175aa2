/** JSON as a user writes it. `invalid` makes the error of what it says is wrong. */
import type { CliError } from './cli-error.js';

export function parseJson(text: string, invalid: (problem: string) => CliError): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalid(`is no JSON: ${error instanceof Error ? error.message : error}`);
  }
}

export function isJsonObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
