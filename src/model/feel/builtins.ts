/** Every built-in function of FEEL: standard first, then Camunda's, then those that are refused by name. */
import { dateAndTime, type FeelRange, parseDate } from 'feelin';
import { Temporal } from 'temporal-polyfill';
import { LIST_FUNCTIONS } from './builtins-lists.js';
import { TEXT_FUNCTIONS } from './builtins-texts.js';
import { callFeelin, feelinFunction, feelinOperator } from './feelin.js';
import { type Body, type BuiltIn, type Declaration, declare } from './functions.js';
import { inRange, TEMPORAL_COST } from './operators.js';
import { FeelProblem } from './run.js';
import { describe, typeOf } from './types.js';

const DATES = 'date|date and time';
const SCALED = ['n: number, scale: number'];
const OPTIONALLY_SCALED = ['n: number, scale?: number'];
const POINTS = ['point1: any, point2: any'];
const RANGES = ['range1: range, range2: range'];

const combined = feelinOperator('function(a, b) date and time(a, b)');

function dateAndTimeOf(date: unknown, time: unknown): unknown {
  return typeof date === 'string' ? dateAndTime(date) : combined(date, time);
}

const yearsAndMonths = feelinOperator('function(a, b) years and months duration(a, b)');

const NUMBER_FUNCTIONS: Readonly<Record<string, Declaration>> = {
  decimal: { signatures: SCALED },
  floor: { signatures: OPTIONALLY_SCALED },
  ceiling: { signatures: OPTIONALLY_SCALED },
  'round up': { signatures: SCALED },
  'round down': { signatures: SCALED },
  'round half up': { signatures: SCALED },
  'round half down': { signatures: SCALED },
  abs: { signatures: ['n: number|days and time duration|years and months duration'] },
  modulo: { signatures: ['dividend: number, divisor: number'] },
  sqrt: { signatures: ['number: number'] },
  log: { signatures: ['number: number'] },
  exp: { signatures: ['number: number'] },
  odd: { signatures: ['number: number'] },
  even: { signatures: ['number: number'] },
};

const TEMPORAL_FUNCTIONS: Readonly<Record<string, Declaration>> = {
  now: { signatures: [''], body: (_values, run) => dateAndTime(instant(run.context.now)) },
  today: { signatures: [''], body: (_values, run) => parseDate(instant(run.context.now).slice(0, 10)) },
  date: { signatures: [`from: text|${DATES}`, 'year: number, month: number, day: number'] },
  'date and time': {
    signatures: ['from: text', `date: ${DATES}, time: time`],
    body: ([date, time]) => callFeelin('date and time', false, () => dateAndTimeOf(date, time)),
  },
  time: {
    signatures: [
      `from: text|time|${DATES}`,
      'hour: number, minute: number, second: number, offset?: days and time duration',
    ],
  },
  duration: { signatures: ['from: text'] },
  'years and months duration': {
    signatures: [`from: ${DATES}, to: ${DATES}`],
    body: ([from, to]) => callFeelin('years and months duration', false, () => yearsAndMonths(from, to)),
  },
  'day of year': { signatures: [`date: ${DATES}`] },
  'day of week': { signatures: [`date: ${DATES}`] },
  'month of year': { signatures: [`date: ${DATES}`] },
  'week of year': { signatures: [`date: ${DATES}`] },
  'last day of month': { signatures: [`date: ${DATES}`], body: lastDayOfMonth },
};

/** In UTC, with a `Z`: the same on every server. */
function instant(epochMilliseconds: number): string {
  return Temporal.Instant.fromEpochMilliseconds(epochMilliseconds).toString();
}

function lastDayOfMonth([value]: readonly unknown[]): unknown {
  const day = Temporal.PlainDate.from(String(value).slice(0, 10));
  return parseDate(day.with({ day: day.daysInMonth }).toString());
}

const includes = feelinFunction('includes');

const RANGE_FUNCTIONS: Readonly<Record<string, Declaration>> = {
  is: { signatures: ['value1: any, value2: any'] },
  before: { signatures: POINTS, body: comparing('before') },
  after: { signatures: POINTS, body: comparing('after') },
  meets: { signatures: RANGES, body: comparing('meets') },
  'met by': { signatures: RANGES, body: comparing('met by') },
  overlaps: { signatures: RANGES, body: comparing('overlaps') },
  includes: {
    signatures: ['range: range, point: any'],
    mayBeNull: true,
    body: ([range, point], run) => {
      checkComparable([range, point]);
      return typeOf(point) === 'range' ? includes(range, point) : inRange(point, range as FeelRange, run);
    },
  },
};

/** feelin compares whatever it gets; ranges and points of different types have no order. */
function comparing(name: string): Body {
  const raw = feelinFunction(name);
  return (values) => {
    checkComparable(values);
    return callFeelin(name, false, () => raw(...values));
  };
}

function checkComparable(values: readonly unknown[]): void {
  const [first, second] = values.map((value) => (typeOf(value) === 'range' ? (value as FeelRange).start : value));
  if (typeOf(first) !== typeOf(second)) {
    throw new FeelProblem(`${describe(first)} can not be compared with ${describe(second)}`);
  }
}

function withCost(cost: number, table: Readonly<Record<string, Declaration>>): Readonly<Record<string, Declaration>> {
  return Object.fromEntries(Object.entries(table).map(([name, declaration]) => [name, { ...declaration, cost }]));
}

const ALL: Readonly<Record<string, Declaration>> = {
  ...TEXT_FUNCTIONS,
  ...LIST_FUNCTIONS,
  ...NUMBER_FUNCTIONS,
  ...withCost(TEMPORAL_COST, TEMPORAL_FUNCTIONS),
  ...RANGE_FUNCTIONS,
  not: {
    signatures: ['negand: boolean|null'],
    mayBeNull: true,
    body: ([negand]) => (negand === null ? null : negand !== true),
  },
};

export const BUILT_INS: ReadonlyMap<string, BuiltIn> = new Map(
  Object.entries(ALL).map(([name, declaration]) => [name, declare(name, declaration)]),
);

const CHANGES = 'its result is another one each time; let a worker make it, and pass it as a variable';
const COMPARE = 'compare the ends of the ranges instead';

/** Known functions that are refused at deployment, each with what to do. */
export const REFUSED_FUNCTIONS: ReadonlyMap<string, string> = new Map([
  ['uuid', CHANGES],
  ['random number', CHANGES],
  ['fromAi', 'it declares a parameter of a tool; pass the value as a variable'],
  ['overlaps before', COMPARE],
  ['overlaps after', COMPARE],
  ['finishes', COMPARE],
  ['finished by', COMPARE],
  ['during', COMPARE],
  ['starts', COMPARE],
  ['started by', COMPARE],
  ['coincides', COMPARE],
]);
