/** What is taken from feelin's own functions: text, list, number and temporal arithmetic that its authors test well. */
import { evaluate } from 'feelin';
import { FeelProblem } from './run.js';

type Raw = (...values: readonly unknown[]) => unknown;

/** A built-in function by its FEEL name; asked for when this program starts, so a wrong name never reaches a user. */
export function feelinFunction(name: string): Raw {
  const found = evaluate(name).value;
  if (typeof found !== 'function') {
    throw new Error(`feelin has no function "${name}"`);
  }
  return found as Raw;
}

/**
 * Calls into feelin, which answers null, a failure object or an exception where it can not do what it is asked to.
 * Null is an answer only where the caller says so.
 */
export function callFeelin(what: string, mayBeNull: boolean, call: () => unknown): unknown {
  let result: unknown;
  try {
    result = call();
  } catch (error) {
    // Running out of stack or of string length is a limit, not feelin's opinion.
    if (error instanceof RangeError && /call stack|string length/i.test(error.message)) {
      throw error;
    }
    throw new FeelProblem(`${what}(...) fails: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (result === null || result === undefined || isFailure(result)) {
    if (mayBeNull && !isFailure(result)) {
      return null;
    }
    throw new FeelProblem(`${what}(...) has no result for these values`, 'EXPRESSION_FAILED', true);
  }
  return result;
}

/** feelin's signal of a failed call; its class is not exported. */
function isFailure(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'template' in value && 'warning' in value && !isPlain(value);
}

function isPlain(value: object): boolean {
  return Object.getPrototypeOf(value) === Object.prototype;
}

interface Invocable {
  invoke(values: readonly unknown[]): unknown;
}

/** An operator of feelin, compiled once. Its warnings pile up in one array, which is never read and kept empty. */
export function feelinOperator(source: string): Raw {
  const { value, warnings } = evaluate(source);
  return (...values) => {
    warnings.length = 0;
    return (value as Invocable).invoke(values);
  };
}
