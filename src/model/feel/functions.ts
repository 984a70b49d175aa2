/** How a built-in function is declared, and called with its arguments checked against its signature. */
import { callFeelin, feelinFunction } from './feelin.js';
import { exact } from './operators.js';
import { FeelProblem, type Run } from './run.js';
import { describe, type FeelType, typeOf, withArticle } from './types.js';

export interface Parameter {
  readonly name: string;
  readonly optional: boolean;
  /** Empty when anything fits, null included. */
  readonly types: ReadonlySet<FeelType>;
}

export interface Signature {
  readonly parameters: readonly Parameter[];
}

export type Body = (values: readonly unknown[], run: Run) => unknown;

export interface BuiltIn {
  readonly name: string;
  /** Tried in order; the first one that fits is called. */
  readonly signatures: readonly Signature[];
  /** Takes any number of values, or one list of them. */
  readonly variadic: boolean;
  /** Whether null is a proper result and not a failure. */
  readonly mayBeNull: boolean;
  /** Steps of one call, beside those for the length of what it is given. */
  readonly cost: number;
  readonly body: Body;
}

/** A line of a table of functions: name, signatures (`string: text, length?: number`), and what is not usual. */
export interface Declaration {
  readonly signatures: readonly string[];
  readonly variadic?: boolean;
  readonly mayBeNull?: boolean;
  readonly cost?: number;
  /** feelin's function of that name when it is left out. */
  readonly body?: Body;
}

export function declare(name: string, declaration: Declaration): BuiltIn {
  const { signatures, variadic = false, mayBeNull = false, cost = 1, body } = declaration;
  return {
    name,
    signatures: signatures.map(parseSignature),
    variadic,
    mayBeNull,
    cost,
    body: body ?? fromFeelin(name, mayBeNull),
  };
}

function fromFeelin(name: string, mayBeNull: boolean): Body {
  const raw = feelinFunction(name);
  return (values) => callFeelin(name, mayBeNull, () => raw(...values));
}

function parseSignature(text: string): Signature {
  const parameters = text === '' ? [] : text.split(', ').map(parseParameter);
  return { parameters };
}

function parseParameter(text: string): Parameter {
  const [name = '', types = ''] = text.split(': ');
  const optional = name.endsWith('?');
  return {
    name: optional ? name.slice(0, -1) : name,
    optional,
    types: new Set(types === 'any' ? [] : (types.split('|') as FeelType[])),
  };
}

/** Calls with values in the order of a signature; left out ones are undefined at the end. */
export function callBuiltIn(builtIn: BuiltIn, given: readonly unknown[], run: Run): unknown {
  const values = builtIn.variadic ? spread(builtIn, given) : given;
  run.spend(builtIn.cost);
  for (const value of values) {
    run.charge(value);
  }
  if (!builtIn.variadic) {
    checkTypes(builtIn, values);
  }
  return checkResult(builtIn.body(values, run), run);
}

/** One list of values, or the values themselves: the body always gets the values, each of the declared type. */
function spread(builtIn: BuiltIn, given: readonly unknown[]): readonly unknown[] {
  const [first] = given;
  const parameter = builtIn.signatures[0]?.parameters[0];
  const listsWanted = parameter?.types.has('list') === true;
  const isOneList = given.length === 1 && Array.isArray(first);
  const values: readonly unknown[] = isOneList && !(listsWanted && !first.every(Array.isArray)) ? first : given;
  for (const value of values) {
    if (parameter !== undefined && !fits(value, parameter)) {
      throw mismatch(builtIn.name, parameter, value);
    }
  }
  return values;
}

function checkTypes(builtIn: BuiltIn, values: readonly unknown[]): void {
  const candidates = builtIn.signatures.filter((each) => values.length <= each.parameters.length);
  const wrong = candidates.map((each) =>
    each.parameters.findIndex((parameter, index) => !fits(values[index], parameter)),
  );
  if (wrong.includes(-1)) {
    return;
  }
  const index = wrong[0] ?? 0;
  const parameter = candidates[0]?.parameters[index];
  throw parameter === undefined
    ? new FeelProblem(`${builtIn.name} is called with too many values`)
    : mismatch(builtIn.name, parameter, values[index]);
}

function fits(value: unknown, parameter: Parameter): boolean {
  if (value === undefined) {
    return parameter.optional;
  }
  return parameter.types.size === 0 || parameter.types.has(typeOf(value));
}

function mismatch(name: string, parameter: Parameter, value: unknown): FeelProblem {
  const wanted = [...parameter.types].map(withArticle).join(' or ');
  const found = value === undefined ? 'left out' : describe(value);
  return new FeelProblem(`the value "${parameter.name}" of ${name}(...) is ${found}, not ${wanted}`);
}

function checkResult(result: unknown, run: Run): unknown {
  if (typeof result === 'number') {
    return exact(result);
  }
  if (typeof result === 'string') {
    return run.text(result);
  }
  run.charge(result);
  return result;
}
