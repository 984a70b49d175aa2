/** Data between JSON text, as variables store it, and values, as expressions compute with them. */
import { FeelDate, FeelDateTime, FeelDuration, FeelTime } from 'feelin';
import type { VariableValue } from './expression.js';
import { MAX_DATA_DEPTH } from './limits.js';

export type JsonText = { readonly json: string } | { readonly problem: string };

/** A number with so many digits, or with an exponent, may lie beyond what a double holds exactly. */
const MAYBE_UNSAFE = /\d{16}|\d[eE]/;

/** Texts are matched first, so that digits inside them are not taken for numbers. */
const TEXT_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

const NESTED = 'data is nested deeper than the limit of';

/**
 * The value that JSON text stands for. An integer beyond 2^53 would silently become another one, so it is a problem;
 * of equal keys the last one counts.
 */
export function parseJson(text: string): VariableValue {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { problem: `it is not valid JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
  const unsafe = MAYBE_UNSAFE.test(text) ? firstUnsafeNumber(text) : undefined;
  if (unsafe !== undefined) {
    return { problem: `the number ${unsafe} is beyond 2^53 and would lose digits; send it as text` };
  }
  return { value };
}

function firstUnsafeNumber(text: string): string | undefined {
  for (const [token] of text.matchAll(TEXT_OR_NUMBER)) {
    if (!token.startsWith('"') && !isExact(Number(token))) {
      return token;
    }
  }
  return undefined;
}

/** Whether a double still tells its neighbours apart: beyond 2^53 it stands for several integers. */
export function isExact(value: number): boolean {
  return Math.abs(value) <= Number.MAX_SAFE_INTEGER;
}

/** The JSON text of a computed value; dates, times and durations become their ISO 8601 text. */
export function toJson(value: unknown): JsonText {
  const problem = problemOf(value, 0);
  return problem === undefined ? { json: JSON.stringify(value) } : { problem };
}

/** FEEL's temporal values write themselves as ISO text. */
export function isTemporal(value: unknown): value is FeelDate | FeelTime | FeelDateTime | FeelDuration {
  return (
    value instanceof FeelDate ||
    value instanceof FeelTime ||
    value instanceof FeelDateTime ||
    value instanceof FeelDuration
  );
}

/** A context: what JSON calls an object. */
export function isContext(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function problemOf(value: unknown, depth: number): string | undefined {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') {
    return undefined;
  }
  if (typeof value === 'number') {
    return problemOfNumber(value);
  }
  if (depth >= MAX_DATA_DEPTH) {
    return `${NESTED} ${MAX_DATA_DEPTH} levels`;
  }
  if (Array.isArray(value)) {
    return firstProblem(value, depth);
  }
  if (isContext(value)) {
    return firstProblem(Object.values(value), depth);
  }
  return isTemporal(value) ? undefined : 'a range or a function can not be stored as JSON';
}

function firstProblem(values: readonly unknown[], depth: number): string | undefined {
  for (const value of values) {
    const problem = problemOf(value, depth + 1);
    if (problem !== undefined) {
      return problem;
    }
  }
  return undefined;
}

function problemOfNumber(value: number): string | undefined {
  if (!Number.isFinite(value)) {
    return 'the result is not a finite number';
  }
  return isExact(value) ? undefined : `the number ${value} is beyond 2^53 and may have lost digits`;
}

/**
 * Data with one entry replaced: `order.total` sets the entry `total` of `order`. Contexts on the way are copied, and
 * made where there is nothing yet; anything else on the way would be lost, so it is a problem.
 */
export function setPath(data: unknown, path: readonly string[], value: unknown): VariableValue {
  const [name, ...rest] = path;
  if (name === undefined) {
    return { value };
  }
  if (data !== undefined && data !== null && !isContext(data)) {
    return { problem: `"${name}" can not be set in a value that is no context` };
  }
  const existing = data !== undefined && data !== null && Object.hasOwn(data, name) ? data[name] : undefined;
  const entry = setPath(existing, rest, value);
  return 'problem' in entry ? entry : { value: { ...data, [name]: entry.value } };
}
