// Owns variables: plain objects for callers, named texts with an encoding for the wire.
import type { Variable, VariableData } from './gen/baton/v1/common.js';

/** Variables by name, as a handler reads them. */
export type Variables = Record<string, unknown>;

/**
 * Variables to set: a plain object whose members become JSON, or a list where another encoding, encryption or a deletion
 * (no data) is wanted.
 */
export type VariablesInput = object | readonly Variable[];

/** Variables that came from a server. */
export interface ReadVariables<V = Variables> {
  /** Values with encoding `json`, parsed, and those with encoding `text` as they are. */
  readonly variables: V;
  /**
   * What `variables` can not hold, as it came: other encodings, JSON that can not be parsed, and JSON with numbers of
   * more than 15 digits, which lose digits in JavaScript.
   */
  readonly rawVariables: Readonly<Record<string, VariableData>>;
}

const none: Readonly<Record<string, VariableData>> = Object.freeze({});

/** A run of digits this long can be a number that a double does not hold. */
const longNumber = /\d{16}/;

/** The caller names the type: what a worker asks for is known to its author, not to this library. */
export function readVariables<V = Variables>(list: readonly Variable[]): ReadVariables<V> {
  const variables: Variables = {};
  let rawVariables: Record<string, VariableData> | undefined;
  for (const { name, data } of list) {
    if (data === undefined) continue;
    const kept = readInto(variables, name, data);
    if (kept) continue;
    rawVariables ??= {};
    define(rawVariables, name, data);
  }
  return { variables: variables as V, rawVariables: rawVariables ?? none };
}

/** Answers whether the object holds all of it now. */
function readInto(variables: Variables, name: string, { encoding, value }: VariableData): boolean {
  if (encoding === 'text') {
    define(variables, name, value);
    return true;
  }
  if (encoding !== 'json') return false;
  try {
    define(variables, name, JSON.parse(value));
  } catch {
    return false;
  }
  return !longNumber.test(value);
}

/** A variable may be called `__proto__`; assigning that would change what the object is. */
function define<T>(target: Record<string, T>, name: string, value: NoInfer<T>): void {
  if (name === '__proto__') {
    Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
  } else {
    target[name] = value;
  }
}

/** The two forms in which requests take variables. */
export interface WrittenVariables {
  readonly variables: Variable[];
  readonly variablesJson: string;
}

export function writeVariables(input: VariablesInput | null | undefined): WrittenVariables {
  if (input === undefined || input === null) return { variables: [], variablesJson: '' };
  if (isList(input)) return { variables: [...input], variablesJson: '' };
  const json = toJsonObject(input);
  return { variables: [], variablesJson: json === '{}' ? '' : json };
}

/** For requests that take a list only. */
export function writeVariableList(input: VariablesInput | undefined): Variable[] {
  if (input === undefined) return [];
  if (isList(input)) return [...input];
  // By way of the text: members that JSON leaves out are left out, and a toJSON is honoured.
  const object: Variables = JSON.parse(toJsonObject(input));
  return Object.entries(object).map(([name, value]) => ({
    name,
    data: { encoding: 'json', value: JSON.stringify(value), encrypted: false },
  }));
}

function isList(input: VariablesInput): input is readonly Variable[] {
  return Array.isArray(input);
}

function toJsonObject(input: object): string {
  const text: string | undefined = written(input);
  if (text?.[0] !== '{') throw new TypeError(`variables must be a plain object, not ${describe(input)}`);
  return text;
}

/** What is nested thousands of levels deep ends the stack, and says nothing about variables when it does. */
function written(input: object): string {
  try {
    return JSON.stringify(input);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new TypeError('variables are nested too deep, or too large, to be written as JSON', { cause: error });
  }
}

function describe(input: object): string {
  return typeof input === 'function' ? 'a function' : `a ${input.constructor?.name ?? 'value'}`;
}
