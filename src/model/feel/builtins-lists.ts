/** Built-in functions on lists. */
import type { Body, Declaration } from './functions.js';
import { decided } from './logic.js';
import { isSame, order } from './operators.js';
import { FeelProblem, type Run } from './run.js';
import { describe, typeOf, UserFunction } from './types.js';

const LIST = ['list: list'];
const NUMBERS: Declaration = { signatures: ['list: number'], variadic: true, mayBeNull: true };
const LOGICAL = ['list: boolean|null'];

export const LIST_FUNCTIONS: Readonly<Record<string, Declaration>> = {
  'list contains': { signatures: ['list: list, element: any'], body: listContains },
  'list replace': {
    signatures: ['list: list, position: number, newItem: any', 'list: list, match: function, newItem: any'],
    body: listReplace,
  },
  count: { signatures: LIST },
  min: { signatures: ['list: any'], variadic: true, mayBeNull: true, body: (values, run) => extreme(values, '<', run) },
  max: { signatures: ['list: any'], variadic: true, mayBeNull: true, body: (values, run) => extreme(values, '>', run) },
  sum: { ...NUMBERS, body: numeric((numbers) => numbers.reduce((a, b) => a + b, 0)) },
  mean: { ...NUMBERS, body: numeric(mean) },
  product: { ...NUMBERS, body: numeric((numbers) => numbers.reduce((a, b) => a * b, 1)) },
  stddev: { ...NUMBERS, body: numeric(deviation) },
  median: { ...NUMBERS, body: median },
  mode: { ...NUMBERS, body: mode },
  all: { signatures: LOGICAL, variadic: true, mayBeNull: true, body: (values) => threeValued(values, false) },
  any: { signatures: LOGICAL, variadic: true, mayBeNull: true, body: (values) => threeValued(values, true) },
  sublist: { signatures: ['list: list, start position: number, length?: number'], body: sublist },
  append: { signatures: ['list: any'], variadic: true, body: append },
  concatenate: { signatures: ['lists: list'], variadic: true, body: (lists) => lists.flat(1) },
  'insert before': { signatures: ['list: list, position: number, newItem: any'], body: insertBefore },
  remove: { signatures: ['list: list, position: number'], body: remove },
  reverse: { signatures: LIST },
  'index of': { signatures: ['list: list, match: any'], body: indexOf },
  union: { signatures: ['lists: list'], variadic: true, body: (lists, run) => distinct(lists.flat(1), run) },
  'distinct values': { signatures: LIST, body: ([list], run) => distinct(list as unknown[], run) },
  'duplicate values': { signatures: LIST, body: ([list], run) => duplicates(list as unknown[], run) },
  flatten: { signatures: LIST },
  sort: { signatures: ['list: list, precedes: function'], body: sort },
  'string join': { signatures: ['list: list, delimiter?: text|null, prefix?: text, suffix?: text'], body: stringJoin },
  'is empty': { signatures: LIST, body: ([list]) => (list as unknown[]).length === 0 },
  partition: { signatures: ['list: list, size: number'], body: partition },
};

/** Whether it is in the list; a value whose type no element has can not be, which is a mistake. */
function listContains([list, element]: readonly unknown[], run: Run): unknown {
  checkTypeOccurs(list as unknown[], element, 'list contains');
  return (list as unknown[]).some((each) => isSame(each, element, run));
}

export function checkTypeOccurs(list: readonly unknown[], element: unknown, what: string): void {
  const type = typeOf(element);
  const found = list.find((each) => each !== null);
  if (type !== 'null' && found !== undefined && !list.some((each) => each === null || typeOf(each) === type)) {
    throw new FeelProblem(`${what}: ${describe(element)} can not be in a list of ${typeOf(found)} values`);
  }
}

function indexOf([list, match]: readonly unknown[], run: Run): unknown {
  checkTypeOccurs(list as unknown[], match, 'index of');
  return (list as unknown[]).flatMap((each, index) => (isSame(each, match, run) ? [index + 1] : []));
}

function extreme(values: readonly unknown[], operator: '<' | '>', run: Run): unknown {
  let best: unknown = null;
  for (const [index, value] of values.entries()) {
    if (value === null) {
      throw new FeelProblem(`${operator === '<' ? 'min' : 'max'}(...) meets null`);
    }
    // The first one is compared with itself, so that a value without order is found in a list of one too.
    best = order(operator, value, index === 0 ? value : best, run) === true || index === 0 ? value : best;
  }
  return best;
}

/** FEEL says null for no numbers at all. */
function numeric(compute: (numbers: readonly number[]) => number | null): Body {
  return (values) => (values.length === 0 ? null : compute(values as readonly number[]));
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0) / numbers.length;
}

/** Of a sample, so one number has none. */
function deviation(numbers: readonly number[]): number | null {
  const middle = mean(numbers);
  const squares = numbers.reduce((sum, each) => sum + (each - middle) ** 2, 0);
  return numbers.length < 2 ? null : Math.sqrt(squares / (numbers.length - 1));
}

function median(values: readonly unknown[]): unknown {
  const sorted = (values as readonly number[]).toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle];
  const lower = sorted[middle - 1];
  if (upper === undefined) {
    return null;
  }
  return sorted.length % 2 === 1 || lower === undefined ? upper : (lower + upper) / 2;
}

/** The values that occur most often, in ascending order. */
function mode(values: readonly unknown[]): unknown {
  const counts = new Map<number, number>();
  for (const value of values as readonly number[]) {
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  const most = [...counts.values()].reduce((a, b) => Math.max(a, b), 0);
  return [...counts]
    .filter(([, count]) => count === most)
    .map(([value]) => value)
    .sort((a, b) => a - b);
}

/** `all` and `any`: the deciding value wins, else null makes it unknown. */
function threeValued(values: readonly unknown[], deciding: boolean): boolean | null {
  if (values.includes(deciding)) {
    return deciding;
  }
  return values.includes(null) ? null : !deciding;
}

function append(values: readonly unknown[]): unknown {
  const [list, ...items] = values;
  if (!Array.isArray(list)) {
    throw new FeelProblem(`the value "list" of append(...) is ${describe(list)}, not a list`);
  }
  return [...list, ...items];
}

/** A position counts from 1, or from the end when it is negative. */
function placeOf(position: unknown, length: number, what: string): number {
  const place = Number(position) < 0 ? length + Number(position) : Number(position) - 1;
  if (!Number.isInteger(position) || place < 0 || place > length) {
    throw new FeelProblem(`${what}(...) is given a position that the list does not have`);
  }
  return place;
}

function sublist([list, start, length]: readonly unknown[]): unknown {
  const items = list as unknown[];
  const from = placeOf(start, items.length, 'sublist');
  if (length !== undefined && (!Number.isInteger(length) || Number(length) < 0)) {
    throw new FeelProblem('sublist(...) is given a length that is no whole number from 0');
  }
  return items.slice(from, length === undefined ? undefined : from + Number(length));
}

function insertBefore([list, position, item]: readonly unknown[]): unknown {
  const items = list as unknown[];
  return items.toSpliced(placeOf(position, items.length, 'insert before'), 0, item);
}

function remove([list, position]: readonly unknown[]): unknown {
  const items = list as unknown[];
  return items.toSpliced(placeOf(position, items.length, 'remove'), 1);
}

const SCALARS: ReadonlySet<string> = new Set(['boolean', 'number', 'string']);

/** Which elements are the same as an earlier one; scalars are looked up, only the others are compared. */
function repeated(list: readonly unknown[], run: Run): boolean[] {
  const scalars = new Set<unknown>();
  const others: unknown[] = [];
  return list.map((value) => {
    if (value === null || SCALARS.has(typeof value)) {
      const known = scalars.has(value);
      scalars.add(value);
      return known;
    }
    run.spend(others.length);
    const known = others.some((other) => isSame(other, value, run));
    if (!known) {
      others.push(value);
    }
    return known;
  });
}

function distinct(list: readonly unknown[], run: Run): unknown {
  const known = repeated(list, run);
  return list.filter((_value, index) => known[index] === false);
}

function duplicates(list: readonly unknown[], run: Run): unknown {
  const known = repeated(list, run);
  return distinct(
    list.filter((_value, index) => known[index] === true),
    run,
  );
}

function sort([list, precedes]: readonly unknown[]): unknown {
  const compare = precedes as UserFunction;
  const isBefore = (a: unknown, b: unknown) => decided(compare.call([a, b]), 'the result of "precedes"');
  return (list as unknown[]).toSorted((a, b) => (isBefore(a, b) ? -1 : isBefore(b, a) ? 1 : 0));
}

function listReplace([list, position, item]: readonly unknown[]): unknown {
  const items = list as unknown[];
  if (position instanceof UserFunction) {
    const isMatch = (each: unknown) => decided(position.call([each, item]), 'the result of "match"');
    return items.map((each) => (isMatch(each) ? item : each));
  }
  const place = placeOf(position, items.length, 'list replace');
  if (place === items.length) {
    throw new FeelProblem('list replace(...) is given a position that the list does not have');
  }
  return items.with(place, item);
}

function stringJoin([list, delimiter, prefix, suffix]: readonly unknown[]): unknown {
  const texts = (list as unknown[]).filter((each) => each !== null);
  const wrong = texts.find((each) => typeof each !== 'string');
  if (wrong !== undefined) {
    throw new FeelProblem(`string join(...) meets ${describe(wrong)}, not a text`);
  }
  return `${prefix ?? ''}${texts.join(String(delimiter ?? ''))}${suffix ?? ''}`;
}

function partition([list, size]: readonly unknown[]): unknown {
  const items = list as unknown[];
  if (!Number.isInteger(size) || Number(size) < 1) {
    throw new FeelProblem('partition(...) is given a size that is no whole number from 1');
  }
  const parts: unknown[] = [];
  for (let start = 0; start < items.length; start += Number(size)) {
    parts.push(items.slice(start, start + Number(size)));
  }
  return parts;
}
