/** Comparisons: `=` and `<`, `between`, `in`, `instance of`. */
import { FeelRange } from 'feelin';
import { absentAsNull, type Compiler, located } from './compiler.js';
import { equal, inRange, isSame, makeRange, type OrderOperator, order } from './operators.js';
import { type Code, FeelProblem, type Frame, type Run } from './run.js';
import type { Scope } from './scopes.js';
import { childOf, type Syntax, SyntaxProblem, shortened } from './syntax.js';
import { describe, NAMED_TYPES, typeOf } from './types.js';

export function compileComparison(compiler: Compiler, node: Syntax, scope: Scope | undefined): Code {
  const operator = childOf(node, 1);
  if (operator.name === 'in') {
    return compileIn(compiler, node, scope);
  }
  if (operator.name === 'between') {
    return compileBetween(compiler, node, scope);
  }
  const left = childOf(node, 0);
  const right = childOf(node, 2);
  if (operator.text === '=' || operator.text === '!=') {
    // Who compares with null asks whether something is there.
    const asksForNull = left.name === 'null' || right.name === 'null';
    const side = (part: Syntax) =>
      asksForNull ? absentAsNull(compiler.code(part, scope)) : compiler.code(part, scope);
    const [a, b] = [side(left), side(right)];
    const wanted = operator.text === '=';
    return located(node, (run, frame) => equal(a(run, frame), b(run, frame), run) === wanted);
  }
  const a = compiler.code(left, scope);
  const b = compiler.code(right, scope);
  const comparison = operator.text as OrderOperator;
  return located(node, (run, frame) => order(comparison, a(run, frame), b(run, frame), run));
}

function compileBetween(compiler: Compiler, node: Syntax, scope: Scope | undefined): Code {
  const [value, low, high] = [0, 2, 4].map((index) => compiler.code(childOf(node, index), scope)) as [Code, Code, Code];
  return located(node, (run, frame) => {
    const middle = value(run, frame);
    const first = order('>=', middle, low(run, frame), run);
    const second = order('<=', middle, high(run, frame), run);
    return first === false || second === false ? false : first === null || second === null ? null : true;
  });
}

/** True, false, null for unknown; undefined when the two have types that can never match. */
type Match = boolean | null | undefined;

/** Whether a value passes one test of `in`, or of a filter. */
export type Test = (run: Run, frame: Frame | undefined, value: unknown) => Match;

function compileIn(compiler: Compiler, node: Syntax, scope: Scope | undefined): Code {
  const value = compiler.code(childOf(node, 0), scope);
  const last = childOf(node, 2);
  const nodes = last.name === 'PositiveUnaryTest' ? [last] : childOf(node, 3).children;
  const tests = nodes.map((each) => compileTest(compiler, childOf(each, 0), scope));
  return located(node, (run, frame) => {
    const tested = value(run, frame);
    return some(
      tests.map((test) => () => test(run, frame, tested)),
      tested,
    );
  });
}

/** FEEL's "or" over tests; a problem when the value can match none of them because of its type. */
function some(tests: readonly (() => Match)[], value: unknown): boolean | null {
  let result: boolean | null = false;
  let mismatches = 0;
  for (const test of tests) {
    const match = test();
    if (match === true) {
      return true;
    }
    if (match === undefined) {
      mismatches += 1;
    } else if (match === null) {
      result = null;
    }
  }
  if (mismatches > 0 && mismatches === tests.length) {
    throw new FeelProblem(`${describe(value)} can be none of the values that it is looked for in`);
  }
  return result;
}

/** `> 5` compares, a range or a list contains, anything else equals. */
export function compileTest(compiler: Compiler, node: Syntax, scope: Scope | undefined): Test {
  const first = node.children[0];
  if (node.name === 'ParenthesizedExpression') {
    return compileTest(compiler, childOf(node, 1), scope);
  }
  if (node.name === 'SimplePositiveUnaryTest' && first?.name === 'CompareOp') {
    const operand = compiler.code(childOf(node, 1), scope);
    return (run, frame, value) => compareOne(first.text, value, operand(run, frame), run);
  }
  const code = compiler.code(node, scope);
  return (run, frame, value) => {
    const candidate = code(run, frame);
    if (!Array.isArray(candidate) || Array.isArray(value)) {
      return matchOne(value, candidate, run);
    }
    run.spend(candidate.length);
    const matches = candidate.map((each) => () => matchOne(value, each, run));
    return candidate.length === 0 ? false : some(matches, value);
  };
}

function compareOne(operator: string, value: unknown, operand: unknown, run: Run): Match {
  if (operator === '=' || operator === '!=') {
    return equal(value, operand, run) === (operator === '=');
  }
  return order(operator as OrderOperator, value, operand, run);
}

function matchOne(value: unknown, candidate: unknown, run: Run): Match {
  if (candidate instanceof FeelRange && !(value instanceof FeelRange)) {
    const fits = value === null || typeOf(value) === typeOf(candidate.start ?? candidate.end);
    return fits ? inRange(value, candidate, run) : undefined;
  }
  if (value === null || candidate === null) {
    return value === candidate;
  }
  return typeOf(value) === typeOf(candidate) ? isSame(value, candidate, run) : undefined;
}

/** `[1..5]`; an open end is written with a round bracket, or with a square one turned around. */
export function compileRange(compiler: Compiler, node: Syntax, scope: Scope | undefined): Code {
  const start = compiler.code(childOf(node, 1), scope);
  const end = compiler.code(childOf(node, 3), scope);
  const included = [childOf(node, 0).text === '[', childOf(node, 4).text === ']'] as const;
  return located(node, (run, frame) => makeRange([start(run, frame), end(run, frame)], included, run));
}

export type TypeCheck = (value: unknown, run: Run) => boolean;

export function compileInstanceOf(compiler: Compiler, node: Syntax, scope: Scope | undefined): Code {
  const value = compiler.code(childOf(node, 0), scope);
  const check = compileType(childOf(node, 3));
  return (run, frame) => check(value(run, frame), run);
}

/** The check behind a type as written: `number`, `list<text>`, `context<a: number>`. */
export function compileType(type: Syntax): TypeCheck {
  const form = childOf(type, 0);
  if (form.name === 'ListType') {
    const element = compileType(inner(form, 'Type'));
    return (value, run) => {
      run.charge(value);
      return Array.isArray(value) && value.every((each) => element(each, run));
    };
  }
  if (form.name === 'ContextType') {
    const entries = inner(form, 'ContextEntryTypes').children.map((entry) => ({
      name: childOf(entry, 0).text,
      check: compileType(inner(entry, 'Type')),
    }));
    return (value, run) =>
      typeOf(value) === 'context' &&
      entries.every(({ name, check }) => {
        const context = value as Readonly<Record<string, unknown>>;
        return Object.hasOwn(context, name) && check(context[name], run);
      });
  }
  const name = form.name === 'FunctionType' ? 'function' : form.text.replace(/\s+/g, ' ').trim();
  const known = NAMED_TYPES.get(name);
  if (known === undefined) {
    throw new SyntaxProblem(`there is no type "${shortened(name)}"; known are: ${[...NAMED_TYPES.keys()].join(', ')}`);
  }
  return known;
}

function inner(node: Syntax, name: string): Syntax {
  const found = node.children.find((each) => each.name === name);
  if (found === undefined) {
    throw new SyntaxProblem(`"${shortened(node.text)}" is no complete type`);
  }
  return found;
}
