/** True, false and null: FEEL's logic, with the rule that nothing else is taken for one of the three. */
import type { Code } from './run.js';
import { FeelProblem } from './run.js';
import { describe } from './types.js';

/** The value of a part that must be logical. */
export function logical(value: unknown, what: string): boolean | null {
  if (typeof value === 'boolean' || value === null) {
    return value;
  }
  throw new FeelProblem(`${what} is ${describe(value)}, not true or false`);
}

/** A decision: here null decides nothing either. */
export function decided(value: unknown, what: string): boolean {
  if (typeof value === 'boolean') {
    return value;
  }
  throw new FeelProblem(`${what} is ${describe(value)}, not true or false`);
}

/** The right side is evaluated only when it matters, so that `x != null and x > 5` means what it says. */
export function conjunction(left: Code, right: Code): Code {
  return (run, frame) => {
    const first = logical(left(run, frame), 'a side of "and"');
    if (first === false) {
      return false;
    }
    const second = logical(right(run, frame), 'a side of "and"');
    return second === false ? false : first === null ? null : second;
  };
}

export function disjunction(left: Code, right: Code): Code {
  return (run, frame) => {
    const first = logical(left(run, frame), 'a side of "or"');
    if (first === true) {
      return true;
    }
    const second = logical(right(run, frame), 'a side of "or"');
    return second === true ? true : first === null ? null : second;
  };
}
