// Compiled and evaluated are equal: random expressions have the value that feelin computes, wherever types fit.
import fc from 'fast-check';
import { evaluate as feelin } from 'feelin';
import { expect, test } from 'vitest';
import { compileExpression } from '../../src/model/feel.js';
import { toJson } from '../../src/model/values.js';
import { evaluate, type Variables } from './support.js';

interface Texts {
  readonly number: string;
  readonly truth: string;
  readonly text: string;
  readonly list: string;
}

function binary(left: fc.Arbitrary<string>, operators: readonly string[], right: fc.Arbitrary<string>) {
  return fc.tuple(left, fc.constantFrom(...operators), right).map(([a, operator, b]) => `(${a} ${operator} ${b})`);
}

function call(template: string, ...parts: readonly fc.Arbitrary<string>[]): fc.Arbitrary<string> {
  return fc
    .tuple(...parts)
    .map((values) => values.reduce((text, value, index) => text.replaceAll(`$${index}`, () => value), template));
}

/** Well-typed expressions over a few variables; each is in brackets or a call, so that precedence is beside the point. */
const { number, truth, text, list } = fc.letrec<Texts>((tie) => {
  const numbers = tie('number') as fc.Arbitrary<string>;
  const truths = tie('truth') as fc.Arbitrary<string>;
  const texts = tie('text') as fc.Arbitrary<string>;
  const lists = tie('list') as fc.Arbitrary<string>;
  const small = fc.integer({ min: 0, max: 9 }).map(String);
  return {
    number: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      small,
      fc.constantFrom('a', 'b', 'o.n', 'o.deep.n', '-3', '0.5'),
      binary(numbers, ['+', '-', '*'], numbers),
      call('(if $0 then $1 else $2)', truths, numbers, numbers),
      call('count($0)', lists),
      call('sum(append($0, $1))', lists, numbers),
      call('max($0, $1)', numbers, numbers),
      call('floor($0)', numbers),
      call('abs(-$0)', numbers),
      call('string length($0)', texts),
      call('append($0, $1)[-1]', lists, numbers),
      call('{v: $0, w: v + $1}.w', numbers, numbers),
      call('{f: function(p) p + $0, r: f($1)}.r', numbers, numbers),
    ),
    truth: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom('true', 'false', 't', 'o.t'),
      binary(numbers, ['<', '<=', '>', '>=', '=', '!='], numbers),
      binary(texts, ['=', '!=', '<'], texts),
      binary(truths, ['and', 'or'], truths),
      call('not($0)', truths),
      call('($0 between -5 and 5)', numbers),
      call('($0 in [-5..5))', numbers),
      call('($0 in (1, 2, > 5))', numbers),
      call('(some x in $0 satisfies x > $1)', lists, numbers),
      call('(every x in $0 satisfies x > $1)', lists, numbers),
      call('contains($0, $1)', texts, texts),
      call('starts with($0, $1)', texts, texts),
      call('($0 instance of number)', numbers),
    ),
    text: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom('s', 'o.s', '""', '"ab"', '"é\\n"'),
      binary(texts, ['+'], texts),
      call('upper case($0)', texts),
      call('string($0)', numbers),
      call('(if $0 then $1 else $2)', truths, texts, texts),
      call('string join([$0, $1], ",")', texts, texts),
      call('substring before($0, "b")', texts),
    ),
    list: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom('xs', 'o.xs', '[]', '[3, 1, 2]', 'os.n'),
      call('[$0, $1]', numbers, numbers),
      call('concatenate($0, $1)', lists, lists),
      call('reverse($0)', lists),
      call('(for x in $0 return x + $1)', lists, numbers),
      call('(for x in $0, y in 1..2 return x * y)', lists),
      call('$0[item > $1]', lists, numbers),
      call('os[n > $0].n', numbers),
      call('distinct values($0)', lists),
      call('sort($0, function(x, y) x < y)', lists),
    ),
  };
});

/** Objects like those that JSON makes. */
function plain<T>(entries: { [Key in keyof T]: fc.Arbitrary<T[Key]> }): fc.Arbitrary<T> {
  return fc.record<T>(entries, { noNullPrototype: true });
}

const variables: fc.Arbitrary<Variables> = fc.record({
  a: fc.integer({ min: -20, max: 20 }),
  b: fc.integer({ min: -20, max: 20 }),
  t: fc.boolean(),
  s: fc.constantFrom('', 'a', 'abc', 'Zürich'),
  xs: fc.array(fc.integer({ min: -9, max: 9 }), { maxLength: 4 }),
  o: plain({
    n: fc.integer({ min: -9, max: 9 }),
    t: fc.boolean(),
    s: fc.constantFrom('x', 'ab'),
    xs: fc.array(fc.integer({ min: -9, max: 9 }), { maxLength: 4 }),
    deep: plain({ n: fc.integer({ min: 0, max: 9 }) }),
  }),
  os: fc.array(plain({ n: fc.integer({ min: -9, max: 9 }) }), { maxLength: 4 }),
});

test('a random expression has the same value as in feelin', () => {
  let compared = 0;
  let failed = 0;
  const property = fc.property(fc.oneof(number, truth, text, list), variables, (source, data) => {
    if ('problem' in compileExpression(source)) {
      // The grammar gives up on some that are nested very deep; it is the same grammar.
      expect(() => feelin(source, { ...data })).toThrow();
      return;
    }
    const ours = evaluate(source, data);
    if (!ours.ok) {
      // Only what grows beyond the numbers that are exact: there feelin goes on with wrong ones.
      expect(ours.message).toMatch(/beyond 2\^53/);
      failed += 1;
      return;
    }
    const theirs = feelin(source, { ...data });
    expect(toJson(ours.value)).toEqual(toJson(theirs.value));
    compared += 1;
  });
  // On a failure fast-check prints the seed, the path and the shrunk expression.
  fc.assert(property, { numRuns: 500 });
  expect(compared).toBeGreaterThan(10 * failed);
});
