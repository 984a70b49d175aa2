// What expressions can say, what they read, and what they may cost.
import { describe, expect, test } from 'vitest';
import { compileExpression, constantExpression } from '../../src/model/feel.js';
import {
  MAX_EVALUATION_STEPS,
  MAX_EVALUATION_TEXT,
  MAX_EXPRESSION_CHARACTERS,
  MAX_EXPRESSION_DEPTH,
  MAX_FUNCTION_DEPTH,
} from '../../src/model/limits.js';
import { toJson } from '../../src/model/values.js';
import { evaluate, failureOf, NOW, refusalOf, result } from './support.js';

function readsOf(text: string): readonly string[] {
  const expression = compileExpression(text);
  return 'problem' in expression ? [expression.problem] : expression.reads;
}

test('a leading = and blanks around an expression make no difference', () => {
  for (const text of ['a + 1', '=a + 1', ' = a + 1\n', '=\ta + 1']) {
    expect(compileExpression(text)).toMatchObject({ text: 'a + 1', reads: ['a'] });
  }
});

describe('reads are exact', () => {
  test.each([
    ['1 + 2', []],
    ['b + a + b', ['b', 'a']],
    ['sum(xs) > count', ['xs', 'count']],
    ['order.total', ['order']],
    ['{a: 1, c: a + b}.c', ['b']],
    ['for i in xs, j in i return i + j + k', ['xs', 'k']],
    ['for i in 1..n return partial', ['n']],
    ['partial', ['partial']],
    ['some x in xs satisfies x > limit', ['xs', 'limit']],
    ['orders[price > 5]', ['orders', 'price']],
    ['orders[item.price > 5]', ['orders']],
    ['item', ['item']],
    ['sort(xs, function(a, b) a < b)', ['xs']],
    ['string length(string: s)', ['s']],
    ['a instance of number', ['a']],
    ['get or else(a.b, c)', ['a', 'c']],
    ['now() > date and time(due)', ['due']],
    ['years and months duration(a, b)', ['a', 'b']],
    ['order total + `a-b`', ['order total', 'a-b']],
    ['"a" + "b" // c', []],
    ['a /* b */ + c', ['a', 'c']],
  ])('%s', (text, reads) => {
    expect(readsOf(text)).toEqual(reads);
  });

  test('a variable may be called like a built-in function', () => {
    expect(result('count + sum([1, 2])', { count: 3 })).toBe(6);
    expect(result('count > 5', { count: 9 })).toBe(true);
  });

  test('a variable is asked for once, and only when it is reached', () => {
    const asked: string[] = [];
    const expression = compileExpression('if a > 1 then a + a else b');
    if ('problem' in expression) throw new Error(expression.problem);
    const variable = (name: string) => {
      asked.push(name);
      return { value: 2 };
    };
    expect(expression.evaluate({ now: 0, variable })).toEqual({ ok: true, value: 4 });
    expect(asked).toEqual(['a']);
  });

  test('a variable that can not be read as data fails with its reason', () => {
    const expression = compileExpression('get or else(a, 1)');
    if ('problem' in expression) throw new Error(expression.problem);
    expect(expression.evaluate({ now: 0, variable: () => ({ problem: 'its encoding is png' }) })).toEqual({
      ok: false,
      reason: 'EXPRESSION_FAILED',
      message: 'the variable "a" can not be read: its encoding is png',
    });
  });
});

describe('time comes from outside', () => {
  test('now and today are those of the evaluation, in UTC', () => {
    expect(toJson(result('now()'))).toEqual({ json: '"2026-11-23T12:00:00Z"' });
    expect(toJson(result('today()'))).toEqual({ json: '"2026-11-23"' });
    expect(result('now() > date and time("2026-11-23T13:30:00+02:00")')).toBe(true);
    expect(result('today() = date("2026-11-23")')).toBe(true);
    expect(result('now() = now()')).toBe(true);
  });

  test('the same expression, data and time give the same value', () => {
    const values = Array.from({ length: 3 }, () =>
      toJson(result('{at: now(), day: today(), next: now() + duration("PT1H")}')),
    );
    expect(new Set(values.map((each) => JSON.stringify(each))).size).toBe(1);
    expect(values[0]).toEqual({
      json: '{"at":"2026-11-23T12:00:00Z","day":"2026-11-23","next":"2026-11-23T13:00:00Z"}',
    });
    expect(NOW).toBe(Date.UTC(2026, 10, 23, 12));
  });
});

describe('the language', () => {
  const order = { id: 1, lines: [{ price: 2 }, { price: 9 }], customer: { name: 'Ada', 'home town': 'Bern' } };
  test.each([
    ['1 + 2 * 3 - 4 / 2', 5],
    ['2 ** 3', 8],
    ['1e3', 1000],
    ['.5 + 1', 1.5],
    ['-(2 + 3)', -5],
    ['"a" + "b"', 'ab'],
    ['"tab\\tquote\\"é\\u00e9"', 'tab\tquote"éé'],
    ['order.customer.name', 'Ada'],
    ['order.customer.home town', 'Bern'],
    ['order.lines.price', [2, 9]],
    ['order.lines[1].price', 2],
    ['order.lines[-1].price', 9],
    ['order.lines[item.price > 5]', [{ price: 9 }]],
    ['[3, 8, 1][> 2]', [3, 8]],
    ['[3, 8, 1][[2..5]]', [3]],
    ['[3, 8, 1][i]', 8],
    ['["ab", "cd"][starts with(item, "a")]', ['ab']],
    ['[][starts with(item, "a")]', []],
    ['[true, false][item = false]', [false]],
    ['[{a: 1}, {a: 2}][a = 2].a', [2]],
    ['for x in [1, 2], y in [10, 20] return x * y', [10, 20, 20, 40]],
    ['for x in 3..1 return x', [3, 2, 1]],
    ['for x in [1..3] return x', [1, 2, 3]],
    ['for x in [1, 2, 3] return sum([x, count(partial)])', [1, 3, 5]],
    ['for x in [[1, 2], [3]], y in x return y', [1, 2, 3]],
    ['some x in [1, 2] satisfies x > 1', true],
    ['every x in [1, 2] satisfies x > 1', false],
    ['every x in [] satisfies x > 1', true],
    ['5 between 1 and 5', true],
    ['5 in [1..5)', false],
    ['5 in ]4..6[', true],
    ['5 in (1, 2, > 4)', true],
    ['5 in [1, 5]', true],
    ['5 in ([1, 5])', true],
    ['5 in (> 4)', true],
    ['"b" in ["a".."c"]', true],
    ['5 in (!= 5)', false],
    ['if 1 < 2 then "a" else "b"', 'a'],
    ['{a: 1, b: a + 1}', { a: 1, b: 2 }],
    ['{"a b": 1}.a b', 1],
    ['{f: function(x, y) x - y, r: f(5, 2)}.r', 3],
    ['{f: function(x, y) x - y, r: f(y: 5, x: 2)}.r', -3],
    ['{f: function(x: number) x, r: f(2)}.r', 2],
    ['(function(x) x + 1)(2)', 3],
    ['1 instance of number', true],
    ['"a" instance of number', false],
    ['[1, 2] instance of list<number>', true],
    ['[1, "a"] instance of list<number>', false],
    ['{a: 1} instance of context<a: number>', true],
    ['null instance of Null', true],
    ['duration("P1D") instance of days and time duration', true],
    ['{a: [1, {b: 2}]} = {a: [1, {b: 2}]}', true],
    ['{a: [1, {b: 2}]} = {a: [1, {b: "2"}]}', false],
    ['[1..5] = [1..5]', true],
    ['date("2026-11-23").weekday', 1],
    ['time("10:20:30").minute', 20],
    ['duration("P1DT2H").hours', 2],
    ['[1..5].end', 5],
    ['date("2026-01-31") + duration("P1M") = date("2026-02-28")', true],
    ['date("2026-03-01") - date("2026-02-01") = duration("P28D")', true],
    ['duration("PT1H") + duration("PT30M") > duration("PT1H")', true],
  ])('%s', (text, value) => {
    expect(result(text, { order, i: 2 })).toEqual(value);
  });

  test('names of members of all objects are no entries', () => {
    expect(failureOf('o.constructor', { o: {} })).toMatch(/the context has no entry "constructor"/);
    expect(failureOf('toString')).toBe('VARIABLE_MISSING: there is no variable "toString"');
    expect(result('o.__proto__', { o: JSON.parse('{"__proto__": 5}') })).toBe(5);
  });

  test('functions check what they are called with', () => {
    expect(failureOf('{f: function(x: number) x, r: f("2")}.r')).toBe(
      'EXPRESSION_FAILED: in `f("2")`: the value "x" of a function is text, which it does not take',
    );
    expect(failureOf('{f: function(x, y) x, r: f(1)}.r')).toMatch(/the function has these parameters: x, y/);
  });
});

describe('what an evaluation may cost', () => {
  test('a loop ends after a fixed number of steps, on any machine', () => {
    expect(failureOf('for i in 1..100000000 return i')).toBe(
      `EXPRESSION_LIMIT: it takes more than the limit of ${MAX_EVALUATION_STEPS} steps`,
    );
    expect(failureOf('for i in 1..1000, j in 1..1000, k in 1..1000 return 1')).toMatch(/^EXPRESSION_LIMIT/);
    expect(failureOf('count(for i in 1..2000 return count(for j in partial return j))')).toMatch(/^EXPRESSION_LIMIT/);
    expect(result('count(for i in 1..100000 return i)')).toBe(100_000);
  });

  test.each([
    'now() + duration("P1D")',
    'upper case(text)',
    'text = other',
    'text + "a"',
    'big = same',
    'count(xs)',
    'xs[item > 5]',
    'xs instance of list<number>',
    'context put(big, "a", 1)',
    'get entries(big)',
    'string(big)',
    'to json(big)',
    'sort(xs, function(a, b) a > b)',
    'distinct values(for x in xs return [x])',
    'split(text, "")',
    'from json("[1, 2, 3]")',
    'get or else(missing, i)',
  ])('whatever is done in a loop has its price: %s', (body) => {
    const big = () => Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`entry ${index}`, index]));
    const text = 'x'.repeat(100_000);
    const xs = Array.from({ length: 10_000 }, (_, index) => index);
    const failure = failureOf(`for i in 1..100000000 return ${body}`, {
      text,
      other: `${text}y`,
      big: big(),
      same: big(),
      xs,
    });
    expect(failure).toMatch(/^EXPRESSION_LIMIT: .*it takes more than the limit of/);
  });

  test('doubling a text ends at the limit of its length', () => {
    const doublings = Array.from({ length: 40 }, (_, index) => `t${index + 1}: t${index} + t${index}`);
    expect(failureOf(`{t0: "ten letters", ${doublings.join(', ')}}.t40`)).toBe(
      `EXPRESSION_LIMIT: in \`t18 + t18\`: it makes a text longer than the limit of ${MAX_EVALUATION_TEXT} characters`,
    );
  });

  test('doubling a list ends at the limit of steps', () => {
    const doublings = Array.from({ length: 40 }, (_, index) => `t${index + 1}: concatenate(t${index}, t${index})`);
    expect(failureOf(`{t0: [1], ${doublings.join(', ')}}.t40`)).toMatch(/^EXPRESSION_LIMIT/);
  });

  test('recursion ends at the limit of its depth', () => {
    expect(failureOf('{f: function(g) g(g), r: f(f)}.r')).toMatch(
      new RegExp(`^EXPRESSION_LIMIT: .*functions call each other deeper than the limit of ${MAX_FUNCTION_DEPTH}$`),
    );
    expect(result('{f: function(g, n) if n = 0 then 0 else 1 + g(g, n - 1), r: f(f, 20)}.r')).toBe(20);
  });

  test('the deepest expression at the deepest recursion does not break', () => {
    const deep = `${'('.repeat(MAX_EXPRESSION_DEPTH - 20)}g(g)${')'.repeat(MAX_EXPRESSION_DEPTH - 20)}`;
    expect(failureOf(`{f: function(g) ${deep}, r: f(f)}.r`)).toMatch(/^EXPRESSION_LIMIT/);
  });

  test('an expression is neither too long nor nested too deep', () => {
    expect(refusalOf(`"${'x'.repeat(MAX_EXPRESSION_CHARACTERS)}"`)).toMatch(
      /more than the limit of 10000; let a worker compute it$/,
    );
    expect(refusalOf(`${'('.repeat(300)}1${')'.repeat(300)}`)).toBe(
      'the expression is nested deeper than the limit of 200 levels',
    );
    expect(refusalOf('1 + '.repeat(300).concat('1'))).toBe(
      'the expression is nested deeper than the limit of 200 levels',
    );
    expect(result('1 + '.repeat(150).concat('1'))).toBe(151);
  });

  test('data that is nested without end is not compared to the end', () => {
    const deep = JSON.parse('['.repeat(5000).concat(']'.repeat(5000)));
    const same = JSON.parse('['.repeat(5000).concat(']'.repeat(5000)));
    expect(failureOf('a = b', { a: deep, b: same })).toMatch(
      /^EXPRESSION_LIMIT: .*data is nested deeper than the limit/,
    );
  });

  test('an evaluation that is left in the middle leaves nothing behind', () => {
    const expression = compileExpression('for i in xs return i + late');
    if ('problem' in expression) throw new Error(expression.problem);
    const interruption = new Error('interrupted');
    const variable = (name: string) => {
      if (name === 'late') throw interruption;
      return { value: [1, 2] };
    };
    expect(() => expression.evaluate({ now: 0, variable })).toThrow(interruption);
    const again = expression.evaluate({ now: 0, variable: (name) => ({ value: name === 'late' ? 1 : [1, 2] }) });
    expect(again).toEqual({ ok: true, value: [2, 3] });
  });
});

test('a constant expression is its text', () => {
  const expression = constantExpression('a "b" = c');
  expect(expression).toMatchObject({ text: '"a \\"b\\" = c"', reads: [] });
  expect(expression.evaluate({ now: 0, variable: () => undefined })).toEqual({ ok: true, value: 'a "b" = c' });
  expect(evaluate(expression.text)).toEqual({ ok: true, value: 'a "b" = c' });
});
