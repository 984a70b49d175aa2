// Variables of every kind, as the JSON text that a client sends.
import { VARIABLES } from './feel-expressions.js';
import type { Random } from './random.js';
import { ODD_NAMES, oddText } from './texts.js';

/** Mostly of the kind that the name promises, so that expressions come far. */
export function variableTexts(random: Random): Readonly<Record<string, string>> {
  const texts: Record<string, string> = {};
  for (const name of VARIABLES) {
    if (name === 'missing' || random.oneIn(12)) continue;
    texts[name] = random.oneIn(5) ? jsonText(random) : expected(random, name);
  }
  return texts;
}

function expected(random: Random, name: string): string {
  switch (name) {
    case 's':
      return JSON.stringify(random.pick(['', 'a', 'abc', 'Zürich', '2026-11-23', 'PT1H', 'aaaaaaaaaaaaaaaaaaaaaaaa!']));
    case 'xs':
      return JSON.stringify(random.list(6, () => random.between(-9, 9)));
    case 'os':
      return JSON.stringify(random.list(4, () => ({ a: random.below(9), n: random.below(9) })));
    case 'o':
      return JSON.stringify({ a: random.below(9), b: { a: 'deep' }, xs: [1, 2, 3] });
    case 'd':
      return JSON.stringify(random.pick(['2026-11-23', '2026-11-23T12:00:00Z', '12:00:00', 'P1Y']));
    default:
      return String(random.between(-20, 20));
  }
}

/** Any JSON, and some that is none. */
export function jsonText(random: Random): string {
  return random.way<string>([
    [12, () => JSON.stringify(value(random, 4))],
    [2, () => random.pick(NUMBER_TEXTS)],
    [1, () => nested(random)],
    [1, () => wide(random)],
    [1, () => random.pick(BROKEN)],
    [1, () => `{"a":1,"a":2,"__proto__":{"a":3},"constructor":null}`],
  ]);
}

const NUMBER_TEXTS = ['9007199254740993', '-0', '1e400', '1e-400', '0.1', '123456789012345678901234567890', '1E2'];
const BROKEN = ['', '{', '[1,', '"\\ud800"', '"\\u0000"', 'NaN', 'undefined', "'a'", '01', '[1]]', '\uFEFF1'];

function nested(random: Random): string {
  const depth = random.pick([10, 199, 200, 201, 1_000, 5_000, 20_000]);
  return random.oneIn(2) ? '['.repeat(depth) + ']'.repeat(depth) : `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
}

function wide(random: Random): string {
  const length = random.pick([100, 1_000, 5_000]);
  return random.pick([
    () => JSON.stringify(Array.from({ length }, (_each, index) => index)),
    () => JSON.stringify('x'.repeat(length * 10)),
    () => JSON.stringify(Object.fromEntries(Array.from({ length }, (_each, index) => [`k${index}`, index]))),
  ])();
}

function value(random: Random, depth: number): unknown {
  return random.way<unknown>([
    [2, () => random.between(-1000, 1000)],
    [1, () => random.pick([0.1, 1.5, 2 ** 53 - 1, -(2 ** 53), 1e21, 5e-324])],
    [1, () => random.pick([true, false, null])],
    [2, () => oddText(random)],
    [depth, () => random.list(4, () => value(random, depth - 1))],
    [depth, () => Object.fromEntries(random.list(4, () => [random.pick(ODD_NAMES), value(random, depth - 1)]))],
  ]);
}
