/** What goes over lists and into contexts: `for`, `some` and `every`, filters, paths. */
import { FeelDate, FeelDateTime, FeelDuration, FeelRange, FeelTime } from 'feelin';
import { isContext } from '../values.js';
import { compileTest } from './compile-tests.js';
import { type Compiler, costOf, located } from './compiler.js';
import { logical } from './logic.js';
import { type Code, FeelProblem, type Frame, type Run } from './run.js';
import { NO_ITEM, type Scope } from './scopes.js';
import { childOf, nameOf, type Syntax, shortened } from './syntax.js';
import { describe } from './types.js';

/** Goes through all combinations of the values; stops when `visit` answers true. */
type Iteration = (run: Run, frame: Frame | undefined, visit: (frame: Frame | undefined) => boolean) => boolean;

interface Loop {
  readonly iterate: Iteration;
  /** Where the names of the loop are known. */
  readonly scope: Scope | undefined;
}

/** `x in xs, y in 1..n`: later ones see the names before them. */
function compileLoop(compiler: Compiler, node: Syntax, outer: Scope | undefined): Loop {
  let scope = outer;
  let iterate: Iteration = (_run, frame, visit) => visit(frame);
  for (const each of node.children.filter((child) => child.name === 'InExpression')) {
    const values = compileIterated(compiler, childOf(each, 2), scope);
    const before = iterate;
    iterate = (run, frame, visit) =>
      before(run, frame, (current) => {
        for (const value of values(run, current)) {
          run.spend(1);
          if (visit({ value, parent: current })) {
            return true;
          }
        }
        return false;
      });
    scope = { name: nameOf(childOf(each, 0)), kind: 'local', parent: scope };
  }
  return { iterate, scope };
}

function compileIterated(compiler: Compiler, node: Syntax, scope: Scope | undefined) {
  const first = compiler.code(childOf(node, 0), scope);
  const last = node.children.length === 3 ? compiler.code(childOf(node, 2), scope) : undefined;
  const source = shortened(node.text);
  return (run: Run, frame: Frame | undefined): Iterable<unknown> => {
    const value = first(run, frame);
    const end = last?.(run, frame);
    try {
      return last === undefined ? iterated(value) : wholeNumbers(value, end);
    } catch (problem) {
      throw problem instanceof FeelProblem ? problem.at(source) : problem;
    }
  };
}

function iterated(value: unknown): Iterable<unknown> {
  if (value instanceof FeelRange) {
    const [start, end] = [value.start, value.end];
    if (Number.isInteger(start) && Number.isInteger(end)) {
      return wholeNumbers(start + (value['start included'] ? 0 : 1), end - (value['end included'] ? 0 : 1), false);
    }
  }
  if (!Array.isArray(value)) {
    throw new FeelProblem(`${describe(value)} can not be iterated; a list or a range of whole numbers can`);
  }
  return value;
}

/** Made one by one, so that a huge range costs steps and not memory. `1..3` runs up, `3..1` down. */
function wholeNumbers(start: unknown, end: unknown, mayRunDown = true): Iterable<number> {
  if (!Number.isInteger(start) || !Number.isInteger(end)) {
    const wrong = Number.isInteger(start) ? end : start;
    const found = typeof wrong === 'number' ? 'a fraction' : describe(wrong);
    throw new FeelProblem(`a range that is iterated starts and ends with whole numbers, not ${found}`);
  }
  return countFrom(Number(start), Number(end), mayRunDown);
}

function* countFrom(start: number, end: number, mayRunDown: boolean): Iterable<number> {
  const step = mayRunDown && start > end ? -1 : 1;
  for (let value = start; step > 0 ? value <= end : value >= end; value += step) {
    yield value;
  }
}

export function compileFor(compiler: Compiler, node: Syntax, scope: Scope | undefined): Code {
  const loop = compileLoop(compiler, childOf(node, 1), scope);
  const body = compiler.code(childOf(node, 3), { name: 'partial', kind: 'partial', parent: loop.scope });
  const cost = costOf(childOf(node, 3));
  return (run, frame) => {
    const results: unknown[] = [];
    loop.iterate(run, frame, (current) => {
      run.spend(cost);
      results.push(body(run, { value: results, parent: current }));
      return false;
    });
    return results;
  };
}

/** `some` is FEEL's "or" over all values, `every` its "and": null makes the answer unknown unless another decides. */
export function compileQuantified(compiler: Compiler, node: Syntax, scope: Scope | undefined): Code {
  const word = childOf(node, 0).text;
  const deciding = word === 'some';
  const loop = compileLoop(compiler, childOf(node, 1), scope);
  const condition = compiler.code(childOf(node, 3), loop.scope);
  const cost = costOf(childOf(node, 3));
  return located(node, (run, frame) => {
    let unknown = false;
    const decided = loop.iterate(run, frame, (current) => {
      run.spend(cost);
      const result = logical(condition(run, current), `the condition of "${word}"`);
      unknown ||= result === null;
      return result === deciding;
    });
    return decided ? deciding : unknown ? null : !deciding;
  });
}

/** Nodes that can only be a condition on the items, never a position. */
const CONDITIONS: ReadonlySet<string> = new Set([
  'Comparison',
  'Conjunction',
  'Disjunction',
  'QuantifiedExpression',
  'InstanceOfExpression',
  'BooleanLiteral',
]);

export function compileFilter(compiler: Compiler, node: Syntax, scope: Scope | undefined): Code {
  const list = compiler.code(childOf(node, 0), scope);
  const filter = childOf(node, 2);
  const cost = costOf(filter);
  const apply =
    filter.name === 'SimplePositiveUnaryTest'
      ? byTest(compiler, filter, { name: 'item', kind: 'item', parent: scope })
      : byCode(compiler, filter, scope);
  return located(node, (run, frame) => {
    const items = list(run, frame);
    if (items === null) {
      throw new FeelProblem('null can not be filtered', 'EXPRESSION_FAILED', true);
    }
    if (!Array.isArray(items)) {
      throw new FeelProblem(`${describe(items)} can not be filtered; a list can`);
    }
    run.spend(items.length * cost);
    return apply(run, frame, items);
  });
}

type Filter = (run: Run, frame: Frame | undefined, items: readonly unknown[]) => unknown;

/** `prices[> 5]` tests the items themselves. */
function byTest(compiler: Compiler, node: Syntax, inner: Scope): Filter {
  const test = compileTest(compiler, node, inner);
  return (run, frame, items) =>
    items.filter((item) => {
      const match = test(run, { value: item, parent: frame }, item);
      if (match === undefined) {
        throw new FeelProblem(`${describe(item)} does not fit the test`);
      }
      return match === true;
    });
}

/**
 * A number is a position, true or false a condition; a condition that is null does not hold. The same code is run as
 * both: compiling it for each would double the work with each filter inside another.
 */
function byCode(compiler: Compiler, node: Syntax, scope: Scope | undefined): Filter {
  const isCondition = CONDITIONS.has(node.name);
  const kind = isCondition ? 'item' : 'item or none';
  const code = compiler.code(node, { name: 'item', kind, parent: scope });
  const keep = (run: Run, frame: Frame | undefined, items: readonly unknown[]) =>
    items.filter((item) => logical(code(run, { value: item, parent: frame }), 'the condition of a filter') === true);
  if (isCondition) {
    return keep;
  }
  const position = (run: Run, frame: Frame | undefined) => code(run, { value: NO_ITEM, parent: frame });
  if (node.name === 'NumericLiteral') {
    return (run, frame, items) => itemAt(items, position(run, frame));
  }
  return (run, frame, items) => {
    // Which of the two it is shows when it is applied to an item.
    const isPosition = items.length > 0 && typeof code(run, { value: items[0], parent: frame }) === 'number';
    return isPosition ? itemAt(items, position(run, frame)) : items.length === 0 ? [] : keep(run, frame, items);
  };
}

/** From 1, or from the end when negative; null where there is none, as FEEL has it. */
function itemAt(items: readonly unknown[], position: unknown): unknown {
  if (!Number.isInteger(position)) {
    throw new FeelProblem('a position in a list is a whole number');
  }
  const index = Number(position);
  return items.at(index < 0 ? index : index === 0 ? items.length : index - 1) ?? null;
}

export function compilePath(compiler: Compiler, node: Syntax, scope: Scope | undefined): Code {
  const target = compiler.code(childOf(node, 0), scope);
  const name = nameOf(childOf(node, 2));
  return located(node, (run, frame) => {
    const value = target(run, frame);
    if (Array.isArray(value)) {
      run.spend(value.length);
      return value.map((item) => entryOf(item, name));
    }
    return entryOf(value, name);
  });
}

/** A name that is not there is a mistake, most often of spelling; who expects it asks for it. */
function entryOf(value: unknown, name: string): unknown {
  if (isContext(value)) {
    if (Object.hasOwn(value, name)) {
      return value[name] ?? null;
    }
    const message = `the context has no entry "${name}"; where it may be missing, write get or else(..., null)`;
    throw new FeelProblem(message, 'EXPRESSION_FAILED', true);
  }
  if (value === null) {
    throw new FeelProblem(`null has no entry "${name}"`, 'EXPRESSION_FAILED', true);
  }
  const properties = PROPERTIES.find(([known]) => value instanceof known)?.[1];
  if (properties?.has(name) !== true) {
    throw new FeelProblem(`${describe(value)} has no entry "${name}"`);
  }
  return (value as Readonly<Record<string, unknown>>)[name] ?? null;
}

const PROPERTIES = [
  [FeelDate, new Set(['year', 'month', 'day', 'weekday'])],
  [FeelTime, new Set(['hour', 'minute', 'second', 'timezone', 'time offset'])],
  [FeelDateTime, new Set(['year', 'month', 'day', 'weekday', 'hour', 'minute', 'second', 'timezone', 'time offset'])],
  [FeelDuration, new Set(['years', 'months', 'days', 'hours', 'minutes', 'seconds'])],
  [FeelRange, new Set(['start', 'end', 'start included', 'end included'])],
] as const;
