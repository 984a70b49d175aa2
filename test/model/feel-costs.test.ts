// What is short to write must be short to compile, and must not throw: a deployment must not hold up a server.

import { evaluate as feelin } from 'feelin';
import { expect, test } from 'vitest';
import { MAX_EXPRESSION_DEPTH } from '../../src/model/limits.js';
import { failureOf, refusalOf, result } from './support.js';

/** Each inside the one before. */
function nested(open: string, close: string, depth: number, innermost = '1'): string {
  return open.repeat(depth) + innermost + close.repeat(depth);
}

test('a filter inside another is compiled once, not once for each way to read the outer one', () => {
  // Twice each would be 2^60 compilations.
  expect(refusalOf(nested('xs[', ']', 60))).toMatch(/compiles/);
  expect(result(nested('xs[', ']', 8), { xs: [1] })).toBe(1);
});

test('inside a filter that is a position, names mean what they mean outside of it', () => {
  const data = { xs: [10, 20, 30], os: [{ n: 5 }, { n: 2 }], n: 2, item: 3 };
  expect(result('xs[n]', data)).toBe(20);
  expect(result('os[n]', data)).toEqual({ n: 2 });
  expect(result('xs[item - 7]', data)).toBe(feelin('xs[item - 7]', data).value);
  expect(result('for i in 1..3 return xs[i]', data)).toEqual([10, 20, 30]);
  expect(failureOf('xs[item - 7]', { xs: [10] })).toBe('VARIABLE_MISSING: there is no variable "item"');
});

test.each([
  ['contexts that are never closed', '{a: '.repeat(2_000)],
  ['lists of contexts that are never closed', '[{'.repeat(4_000)],
  ['brackets', nested('(', ')', 4_000)],
])('%s are refused before they are parsed', (_name, source) => {
  expect(refusalOf(source)).toBe(`the expression is nested deeper than the limit of ${MAX_EXPRESSION_DEPTH} levels`);
});

test('brackets in texts are no nesting', () => {
  expect(result(`"${'('.repeat(300)}\\"${'['.repeat(300)}"`)).toBe(`${'('.repeat(300)}"${'['.repeat(300)}`);
});

test.each(['"a\\qb"', '"\\u12"', '"\\uD83D\\uDE00"', '"\\U01F600"', '"\\\\n"', '"\\"x\\" \\t\\r\\n"', '"\\u{1F600}"'])(
  'what is escaped in %s is read as feelin reads it',
  (source) => {
    expect(result(source)).toBe(feelin(source).value);
  },
);

test('a character that does not exist is refused, in a text and in a key', () => {
  expect(refusalOf('"\\uFFFFFF"')).toBe('there is no character \\uFFFFFF');
  expect(refusalOf('{"\\u110000": 1}')).toBe('there is no character \\u110000');
});

test('a text of two lines, which feelin can not read alone, may have escapes too', () => {
  expect(result('"a\nb\\tc"')).toBe('a\nb\tc');
});

test.each(['@"-,M"', '@"-0001-01-01"', '@"20\n26"', '@"2026-13-01"'])(
  '%j is refused as no date, without an exception',
  (source) => {
    expect(refusalOf(source)).toBe(`${source} is no date, time or duration`);
  },
);
