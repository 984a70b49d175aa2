/** Values on their way to and from PostgreSQL: array literals as parameters, cells of results. */
import type { VariableData } from '../core/state.js';
import type { ElementType } from './arrays.js';
import type { Cells } from './statement.js';

/** How a column is sent (the element type of its array), and what it becomes in SQL. */
export interface ColumnType {
  readonly array: ElementType;
  /** The SQL that makes the column's value of an element of the array. */
  readonly sql: (element: string) => string;
}

const plain = (element: string): string => element;

export const INTEGER: ColumnType = { array: 'int8', sql: plain };
export const TEXT: ColumnType = { array: 'text', sql: plain };
export const BOOLEAN: ColumnType = { array: 'bool', sql: plain };
export const DAY: ColumnType = { array: 'date', sql: plain };
export const JSON_OBJECT: ColumnType = { array: 'text', sql: (element) => `${element}::jsonb` };

/** Epoch milliseconds travel as numbers: shorter and faster to read than timestamps in text. */
export const TIME: ColumnType = { array: 'float8', sql: (element) => `to_timestamp(${element} / 1000)` };

export function enumType(name: string): ColumnType {
  return { array: 'text', sql: (element) => `${element}::${name}` };
}

/** `{1,2,NULL}`: of numbers, days and enum words, which need no quotes. */
export function plainArray(values: readonly (string | number | null)[]): string {
  return `{${values.map((value) => value ?? 'NULL').join(',')}}`;
}

const special = /["\\]/;
const specials = /["\\]/g;

/** `{"a","b\"c",NULL}` */
export function textArray(values: readonly (string | null)[]): string {
  return `{${values.map((value) => (value === null ? 'NULL' : quote(value))).join(',')}}`;
}

function quote(text: string): string {
  return special.test(text) ? `"${text.replace(specials, '\\$&')}"` : `"${text}"`;
}

// --- Cells of results ------------------------------------------------------------------------------------------------

export function textAt(cells: Cells, at: number): string {
  const cell = cells[at];
  if (cell === null || cell === undefined) throw new Error(`Column ${at} has no value.`);
  return cell;
}

export function textOrNull(cells: Cells, at: number): string | null {
  return cells[at] ?? null;
}

export function numberAt(cells: Cells, at: number): number {
  return Number(textAt(cells, at));
}

export function numberOrNull(cells: Cells, at: number): number | null {
  const cell = cells[at];
  return cell === null || cell === undefined ? null : Number(cell);
}

export function booleanAt(cells: Cells, at: number): boolean {
  return cells[at] === 't';
}

export function timeAt(cells: Cells, at: number): number {
  return parseTime(textAt(cells, at));
}

export function timeOrNull(cells: Cells, at: number): number | null {
  const cell = cells[at];
  return cell === null || cell === undefined ? null : parseTime(cell);
}

const DASH = 45;
const ZERO = 48;

/** `2026-11-23 03:39:13.37+00` (connections speak ISO and UTC) to epoch milliseconds, rounded. */
export function parseTime(text: string): number {
  const end = text.length - 3;
  if (end < 19 || text.charCodeAt(4) !== DASH || !text.endsWith('+00')) return parseRareTime(text);
  const whole = Date.UTC(
    digits(text, 0, 4),
    digits(text, 5, 7) - 1,
    digits(text, 8, 10),
    digits(text, 11, 13),
    digits(text, 14, 16),
    digits(text, 17, 19),
  );
  if (end === 19) return whole;
  return whole + Math.round((digits(text, 20, end) * 1000) / 10 ** (end - 20));
}

/** Times are read thousands of times a second, so no text is cut out for them. */
function digits(text: string, from: number, to: number): number {
  let number = 0;
  for (let at = from; at < to; at++) {
    const digit = text.charCodeAt(at) - ZERO;
    if (digit < 0 || digit > 9) throw new Error(`The database wrote the time ${text}, which is not UTC in ISO form.`);
    number = number * 10 + digit;
  }
  return number;
}

/** Infinity and years before Christ, as far as a date reaches: nobody writes them but by hand, and lists must show them. */
const END_OF_TIME = 8_640_000_000_000_000;

/** Years beyond 9999. */
function parseRareTime(text: string): number {
  if (text === 'infinity') return END_OF_TIME;
  if (text === '-infinity' || text.endsWith(' BC')) return -END_OF_TIME;
  const match = /^(\d{5,6})-(\d\d-\d\d) (\d\d:\d\d:\d\d)(\.\d+)?\+00$/.exec(text);
  if (match === null) throw new Error(`The database wrote the time ${text}, which is not UTC in ISO form.`);
  const [, year, day, time, fraction] = match;
  const whole = Date.parse(`+${String(year).padStart(6, '0')}-${day}T${time}Z`);
  return fraction === undefined ? whole : whole + Math.round(Number(`0${fraction}`) * 1000);
}

/** Tags: most rows have none. */
export function tagsAt(cells: Cells, at: number): Readonly<Record<string, string>> {
  const text = textAt(cells, at);
  return text === '{}' ? NO_TAGS : (JSON.parse(text) as Record<string, string>);
}

const NO_TAGS: Readonly<Record<string, string>> = Object.freeze({});

/** Three cells: encoding, value, encrypted. */
export function variableDataAt(cells: Cells, at: number): VariableData | null {
  const encoding = cells[at];
  if (encoding === null || encoding === undefined) return null;
  return { encoding, value: textAt(cells, at + 1), encrypted: booleanAt(cells, at + 2) };
}
