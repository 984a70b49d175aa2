/** The types of FEEL, and what they are called in messages. */
import { FeelDate, FeelDateTime, FeelDuration, FeelRange, FeelTime } from 'feelin';
import { isContext } from '../values.js';

export type FeelType =
  | 'null'
  | 'boolean'
  | 'number'
  | 'text'
  | 'list'
  | 'context'
  | 'date'
  | 'time'
  | 'date and time'
  | 'days and time duration'
  | 'years and months duration'
  | 'range'
  | 'function'
  | 'unknown';

/** A function that an expression defines itself. */
export class UserFunction {
  readonly call: (values: readonly unknown[]) => unknown;
  readonly parameters: readonly string[];

  constructor(call: (values: readonly unknown[]) => unknown, parameters: readonly string[]) {
    this.call = call;
    this.parameters = parameters;
  }
}

export function typeOf(value: unknown): FeelType {
  if (value === null) {
    return 'null';
  }
  const plain = PLAIN_TYPES[typeof value];
  return plain ?? (Array.isArray(value) ? 'list' : isContext(value) ? 'context' : typeOfObject(value));
}

const PLAIN_TYPES: Readonly<Record<string, FeelType>> = { boolean: 'boolean', number: 'number', string: 'text' };

function typeOfObject(value: unknown): FeelType {
  if (value instanceof FeelDuration) {
    return value.yearsMonths ? 'years and months duration' : 'days and time duration';
  }
  return CLASSES.find(([known]) => value instanceof known)?.[1] ?? 'unknown';
}

const CLASSES = [
  [FeelDate, 'date'],
  [FeelTime, 'time'],
  [FeelDateTime, 'date and time'],
  [FeelRange, 'range'],
  [UserFunction, 'function'],
] as const;

/** As the object of a sentence: `a number`. Never the value itself, which may be confidential. */
export function describe(value: unknown): string {
  return withArticle(typeOf(value));
}

export function withArticle(type: FeelType): string {
  return type === 'null' || type === 'text' ? type : `a ${type}`;
}

/** What `instance of` knows. */
export const NAMED_TYPES: ReadonlyMap<string, (value: unknown) => boolean> = new Map<
  string,
  (value: unknown) => boolean
>([
  ['Any', (value) => value !== null],
  ['any', (value) => value !== null],
  ['Null', (value) => value === null],
  ['string', is('text')],
  ['number', is('number')],
  ['boolean', is('boolean')],
  ['date', is('date')],
  ['time', is('time')],
  ['date and time', is('date and time')],
  ['duration', (value) => value instanceof FeelDuration],
  ['days and time duration', is('days and time duration')],
  ['years and months duration', is('years and months duration')],
  ['list', is('list')],
  ['context', is('context')],
  ['range', is('range')],
  ['function', is('function')],
]);

function is(type: FeelType): (value: unknown) => boolean {
  return (value) => typeOf(value) === type;
}
