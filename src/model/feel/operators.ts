/**
 * Arithmetic and comparison with the type rules of this product: FEEL says null where types do not fit, and a null
 * that nobody asked for hides an error. Here it is a problem that says which types met.
 */
import { FeelDateTime, FeelRange, FeelTime } from 'feelin';
import { MAX_DATA_DEPTH } from '../limits.js';
import { isContext, isExact, isTemporal } from '../values.js';
import { callFeelin, feelinFunction, feelinOperator } from './feelin.js';
import { FeelProblem, type Run } from './run.js';
import { describe, type FeelType, typeOf } from './types.js';

export type ArithmeticOperator = '+' | '-' | '*' | '/' | '**';
export type OrderOperator = '<' | '<=' | '>' | '>=';

const NUMBERS: Readonly<Record<ArithmeticOperator, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '**': (a, b) => a ** b,
};

export function arithmetic(operator: ArithmeticOperator, a: unknown, b: unknown, run: Run): unknown {
  if (typeof a === 'number' && typeof b === 'number') {
    if (operator === '/' && b === 0) {
      throw new FeelProblem('a number is divided by zero');
    }
    return exact(NUMBERS[operator](a, b));
  }
  if (operator === '+' && typeof a === 'string' && typeof b === 'string') {
    return run.text(a + b);
  }
  run.spend(TEMPORAL_COST);
  return temporalArithmetic(operator, a, b);
}

/** Every number inside an evaluation is finite, and an integer that a double holds exactly. */
export function exact(value: number): number {
  if (!Number.isFinite(value)) {
    throw new FeelProblem('the result is not a finite number');
  }
  if (!isExact(value)) {
    throw new FeelProblem('the result is beyond 2^53, where numbers lose digits');
  }
  return value;
}

/** Steps of one operation on dates, times or durations: it takes about as long as that many on numbers. */
export const TEMPORAL_COST = 400;

const addTemporal = feelinOperator('function(a, b) a + b');
const subtractTemporal = feelinOperator('function(a, b) a - b');

const INSTANTS: ReadonlySet<FeelType> = new Set(['date', 'time', 'date and time']);
const DURATIONS: ReadonlySet<FeelType> = new Set(['days and time duration', 'years and months duration']);

function temporalArithmetic(operator: ArithmeticOperator, a: unknown, b: unknown): unknown {
  const left = typeOf(a);
  const right = typeOf(b);
  const sameDurations = left === right && DURATIONS.has(left);
  if (operator === '+' && (sameDurations || isInstantAndDuration(left, right) || isInstantAndDuration(right, left))) {
    return callFeelin('+', false, () => addTemporal(a, b));
  }
  if (operator === '-' && left === right && INSTANTS.has(left)) {
    checkZones(a, b);
  }
  if (operator === '-' && (left === right ? INSTANTS.has(left) || sameDurations : isInstantAndDuration(left, right))) {
    return callFeelin('-', false, () => subtractTemporal(a, b));
  }
  const help = operator === '+' && (left === 'text' || right === 'text') ? '; string(...) makes text of a value' : '';
  throw new FeelProblem(`${operator} can not be applied to ${describe(a)} and ${describe(b)}${help}`);
}

function isInstantAndDuration(instant: FeelType, duration: FeelType): boolean {
  return INSTANTS.has(instant) && DURATIONS.has(duration);
}

/** A time of a zone and one of no zone lie in no order: which is meant has to be written. */
function checkZones(a: unknown, b: unknown): void {
  if (isZoned(a) !== isZoned(b)) {
    throw new FeelProblem('of two times only one has a zone; write the other one with Z or an offset too');
  }
}

function isZoned(value: unknown): boolean {
  return (value instanceof FeelTime || value instanceof FeelDateTime) && value.timezone !== null;
}

/** `=`: null equals null alone; two types that can never be equal are a problem. */
export function equal(a: unknown, b: unknown, run: Run): boolean {
  if (a === null || b === null) {
    return a === b;
  }
  if (typeOf(a) !== typeOf(b)) {
    throw new FeelProblem(`${describe(a)} can not be compared with ${describe(b)}`);
  }
  return isSame(a, b, run);
}

/** Whether two values are the same inside lists and contexts too, where other types just make them different. */
export function isSame(a: unknown, b: unknown, run: Run, depth = 0): boolean {
  if (depth > MAX_DATA_DEPTH) {
    throw new FeelProblem(`data is nested deeper than the limit of ${MAX_DATA_DEPTH} levels`, 'EXPRESSION_LIMIT');
  }
  chargeComparison(a, run);
  if (a === b) {
    return true;
  }
  const type = typeOf(a);
  if (type !== typeOf(b)) {
    return false;
  }
  if (Array.isArray(a) && Array.isArray(b)) {
    run.spend(a.length);
    return a.length === b.length && a.every((item, index) => isSame(item, b[index], run, depth + 1));
  }
  if (isContext(a) && isContext(b)) {
    const names = Object.keys(a);
    run.spend(names.length);
    return (
      names.length === Object.keys(b).length &&
      names.every((name) => Object.hasOwn(b, name) && isSame(a[name], b[name], run, depth + 1))
    );
  }
  if (a instanceof FeelRange && b instanceof FeelRange) {
    return RANGE_PARTS.every((part) => isSame(a[part], b[part], run, depth + 1));
  }
  return ORDERED.has(type) && type !== 'number' && type !== 'text' && !precedes(a, b) && !precedes(b, a);
}

function chargeComparison(value: unknown, run: Run): void {
  if (typeof value === 'string') {
    run.charge(value);
  } else if (isTemporal(value)) {
    run.spend(TEMPORAL_COST);
  }
}

const RANGE_PARTS = ['start', 'end', 'start included', 'end included'] as const;

const ORDERED: ReadonlySet<FeelType> = new Set(['number', 'text', ...INSTANTS, ...DURATIONS]);

/** `<` and its like: null with anything is null, as FEEL has it; two types without an order are a problem. */
export function order(operator: OrderOperator, a: unknown, b: unknown, run: Run): boolean | null {
  if (typeof a === 'number' && typeof b === 'number') {
    return NUMBER_ORDER[operator](a, b);
  }
  const type = typeOf(a);
  const unordered = (each: FeelType) => each !== 'null' && !ORDERED.has(each);
  if (unordered(type) || unordered(typeOf(b))) {
    throw new FeelProblem(`${describe(unordered(type) ? a : b)} has no order`);
  }
  if (a === null || b === null) {
    return null;
  }
  if (type !== typeOf(b)) {
    throw new FeelProblem(`${describe(a)} can not be compared with ${describe(b)}`);
  }
  chargeComparison(a, run);
  return ORDER[operator](a, b);
}

const NUMBER_ORDER: Readonly<Record<OrderOperator, (a: number, b: number) => boolean>> = {
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

const ORDER: Readonly<Record<OrderOperator, (a: unknown, b: unknown) => boolean>> = {
  '<': (a, b) => precedes(a, b),
  '<=': (a, b) => !precedes(b, a),
  '>': (a, b) => precedes(b, a),
  '>=': (a, b) => !precedes(a, b),
};

const before = feelinFunction('before');

function precedes(a: unknown, b: unknown): boolean {
  if (typeof a === 'string' && typeof b === 'string') {
    return a < b;
  }
  checkZones(a, b);
  return before(a, b) === true;
}

/** A range of values that have an order, from the lower to the higher. */
export function makeRange(
  ends: readonly [unknown, unknown],
  included: readonly [boolean, boolean],
  run: Run,
): FeelRange {
  const [start, end] = ends;
  const type = typeOf(start ?? end);
  if (start === null || end === null || !ORDERED.has(type)) {
    const found = start === null || end === null ? 'null' : describe(start);
    throw new FeelProblem(`a range can not start or end with ${found}`);
  }
  if (order('>', start, end, run) === true) {
    throw new FeelProblem('a range runs backwards');
  }
  return new FeelRange({
    start,
    end,
    'start included': included[0],
    'end included': included[1],
    valueType: FEELIN_TYPES[type] ?? null,
  });
}

/** What feelin calls the types whose ranges it knows. */
const FEELIN_TYPES: { readonly [Type in FeelType]?: string } = {
  number: 'number',
  text: 'string',
  date: 'date',
  time: 'time',
  'date and time': 'date time',
  'days and time duration': 'duration',
  'years and months duration': 'duration',
};

/** Whether a value lies in a range; null for null. */
export function inRange(value: unknown, range: FeelRange, run: Run): boolean | null {
  const low = range.start === null ? true : order(range['start included'] ? '>=' : '>', value, range.start, run);
  const high = range.end === null ? true : order(range['end included'] ? '<=' : '<', value, range.end, run);
  return low === null || high === null ? null : low && high;
}
