// Regular expressions take time in proportion to the text, and mean what they mean on the platform.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { failureOf, result } from './support.js';

const NEVER_ENDING = `${'a'.repeat(50)}!`;

test.each([
  ['matches(s, "^(a+)+$")', false],
  ['matches(s, "^(a|a)*$")', false],
  ['replace(s, "(a*)*$", "-")', `${'a'.repeat(50)}!-`],
  ['split(s, "(a|aa)+;")', [NEVER_ENDING]],
  ['extract(s, "(a?){50}a{50}!")', [NEVER_ENDING]],
])('what a backtracking engine never ends, %s, is answered', (source, expected) => {
  expect(result(source, { s: NEVER_ENDING })).toEqual(expected);
});

test.each(['(?=a)', '(?<!a)b', '(a)\\1', '(?<n>a)\\k<n>'])('%s is refused: it would need backtracking', (p) => {
  const help = /a pattern that is not supported .*; look-around and back-references are not supported$/;
  expect(failureOf('matches(s, p)', { s: 'aa', p })).toMatch(help);
});

test.each([
  ['a program that is too large', `matches("a", "(${'abcdefghij'.repeat(6)}){1000}")`],
  ['a long text and a large program', 'matches(t, "([a-z]+,){100}x")'],
  ['a search that goes to the end again and again', 'replace(t, "x(.*y)?", "z")'],
  ['a text that grows and grows', 'replace(t, "x", t)'],
])('%s ends at the limit', (_name, source) => {
  expect(failureOf(source, { t: 'x'.repeat(100_000) })).toMatch(/^EXPRESSION_LIMIT: /);
});

test('a pattern in a filter is compiled once', () => {
  const names = Array.from({ length: 9_000 }, (_each, index) => `name-${index}`);
  expect(result('count(names[matches(item, "^name-[0-9]{1,2}$")])', { names })).toBe(100);
});

test.each([
  ['A😀', '^\\u0041\\u{1F600}$', true],
  ['😀', '^\\uD83D\\uDE00$', true],
  ['a\\u0041', '^a\\\\u0041$', true],
  ['a', '^\\u0041$', false],
])('%j matches %j: %j', (s, p, expected) => {
  expect(result('matches(s, p)', { s, p })).toBe(expected);
});

test('flags change what matches', () => {
  expect(result('matches("first\nSECOND", "^second$", "mi")')).toBe(true);
  expect(result('[matches("a\nb", "a.b", "s"), matches("a\nb", "a.b")]')).toEqual([true, false]);
});

test.each([
  ['John Smith', '(?<first>\\w+) (?<last>\\w+)', '$<last>, $<first>$<none>', 'Smith, John'],
  ['abc', 'b', '[$0|$&|$$|$1|$9|$<x>]', 'a[b|b|$|$1|$9|$<x>]c'],
  ['abcdefghijk', '(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)(k)', '$11-$12-$1', 'k-a2-a'],
])('in %j, %j replaced by %j is %j', (s, p, r, expected) => {
  expect(result('replace(s, p, r)', { s, p, r })).toBe(expected);
  expect(expected).toBe(s.replace(new RegExp(p, 'gu'), r.replace('$0', '$$&')));
});

test('flags are i, m and s', () => {
  expect(failureOf('matches("a", "a", "x")')).toMatch(/is given flags that are not of i, m and s$/);
});

describe('what works means the same as on the platform', () => {
  const atom = fc.constantFrom(
    'a',
    'b',
    '.',
    '[ab]',
    '[^a]',
    '\\d',
    '\\w',
    'é',
    '😀',
    '(?:ab|a)',
    '(a|b)',
    '(b?)',
    'x*?',
  );
  const piece = fc
    .tuple(atom, fc.constantFrom('', '', '*', '+', '?', '+?', '{2}', '{1,2}', '{0,}'))
    // What a repeated group holds whose last round matched nothing is told differently by the two.
    .filter(([group, times]) => group !== '(b?)' || times === '')
    .map((parts) => parts.join(''));
  const pattern = fc
    .tuple(fc.constantFrom('', '', '^'), fc.array(piece, { minLength: 1, maxLength: 4 }), fc.constantFrom('', '', '$'))
    .map(([start, pieces, end]) => start + pieces.join('') + end)
    .filter((source) => isPattern(source));
  const text = fc
    .array(fc.constantFrom('a', 'b', 'é', '😀', '1', ' ', 'x'), { maxLength: 8 })
    .map((parts) => parts.join(''));

  test('to match, replace, split and extract', () => {
    const property = fc.property(pattern, text, fc.constantFrom('-', '[$0]', '$1$2'), (p, s, r) => {
      const platform = new RegExp(p, 'gu');
      expect(result('matches(s, p)', { s, p })).toBe(new RegExp(p, 'u').test(s));
      expect(result('extract(s, p)', { s, p })).toEqual(s.match(platform) ?? []);
      expect(result('replace(s, p, r)', { s, p, r })).toBe(s.replace(platform, r.replace('$0', '$$&')));
      // The platform also lists what the groups matched, which FEEL does not.
      expect(result('split(s, p)', { s, p })).toEqual(s.split(new RegExp(withoutGroups(p), 'u')));
    });
    fc.assert(property, { numRuns: 500 });
  });
});

function isPattern(source: string): boolean {
  try {
    new RegExp(source, 'u');
    return true;
  } catch {
    return false;
  }
}

function withoutGroups(pattern: string): string {
  return pattern.replaceAll(/\((?!\?)/g, '(?:');
}
