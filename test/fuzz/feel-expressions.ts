// FEEL expressions along its grammar, with types mixed on purpose: most compile, many fail when they are evaluated.
import { BUILT_INS } from '../../src/model/feel/builtins.js';
import type { BuiltIn } from '../../src/model/feel/functions.js';
import type { Random } from './random.js';
import { mutated, oddText } from './texts.js';

/** The variables that expressions name and `feel-values.ts` fills. */
export const VARIABLES = ['a', 'b', 's', 'xs', 'o', 'os', 'd', 'größe', 'two words', 'toString', 'missing'] as const;

const BUILT_IN_FUNCTIONS: readonly BuiltIn[] = [...BUILT_INS.values()];
const SPECIAL_FUNCTIONS = ['is defined', 'get or else', 'assert', 'uuid', 'no such function'] as const;
const COMPARED = ['=', '!=', '<', '<=', '>', '>='] as const;
const COMPUTED = ['+', '-', '*', '/', '**', '^'] as const;
const TYPES = ['number', 'string', 'boolean', 'date', 'list<number>', 'context<a: Any>', 'function<> -> Any', 'Null'];

const TOKENS: readonly string[] = [
  ...COMPARED,
  ...COMPUTED,
  ...TYPES,
  ...VARIABLES,
  ...[
    'if ',
    ' then ',
    ' else ',
    'for x in ',
    ' return ',
    'some ',
    'every ',
    ' satisfies ',
    ' in ',
    ' between ',
    ' and ',
  ],
  ...['function(x) ', ' external', 'instance of ', '..', '...', '?', '@"', '"', '`', '(', ')', '[', ']', '{', '}', ','],
  ...['//', '/*', '*/', ':', 'not(', '-', 'null', 'true', '1e400', '9007199254740993', '\\u{1F600}', '\\uD800', '='],
];

/** A number, a text, a date ... as FEEL writes it. */
const TEMPORAL = [
  '@"2026-11-23"',
  '@"2026-11-23T12:00:00Z"',
  '@"23:59:59@Europe/Berlin"',
  '@"PT1H"',
  '@"-P2Y3M"',
  'date("-999999-01-01")',
  'date and time("2026-02-30T00:00:00")',
  'duration("P99999999999D")',
  'time(25, 0, 0)',
  'date(2026, 13, 1)',
  'now()',
  'today()',
] as const;

const NUMBERS = ['0', '1', '-1', '0.1', '1.5', '100', '9007199254740991', '.5', '1e3', '0.30000000000000004'] as const;
const PATTERNS = [
  '"a+"',
  '"(a+)+$"',
  '"["',
  '"\\\\p{L}"',
  '"(?<n>a)\\\\k<n>"',
  '"(?=a)"',
  '""',
  '"(x?){20}y"',
] as const;

/** Loops that only the budget ends are rare: each takes as long as thousands of others. */
const ENDLESS = [
  'for i in 1..100000000 return i',
  'for i in 1..100000000, j in 1..100000000 return i * j',
  'count(for i in -1000000000..1000000000 return [i])',
  'some i in 1..9007199254740991 satisfies i < 0',
  'every i in 1..999999999 satisfies every j in 1..999999999 satisfies true',
  '{f: function(g, n) g(g, n + 1), r: f(f, 0)}.r',
  'for i in 1..30 return if i = 1 then "x" else partial[-1] + partial[-1]',
  'string join(for i in 1..1000000 return "0123456789abcdef")',
  'sort(for i in 1..900000 return -i, function(x, y) x < y)',
  'matches("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "^(a+)+$")',
  'replace("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "(a*)*$", "b")',
  'replace(string join(for i in 1..9000 return "x"), "x(.*y)?", "z")',
  'split(string join(for i in 1..20000 return "aaaa"), "(a|a)*;")',
] as const;

export function expressionText(random: Random): string {
  return random.way<string>([
    [60, () => expression(random, random.between(1, 5))],
    [30, () => mutated(random, expression(random, random.between(1, 4)), TOKENS, TOKENS)],
    [5, () => tokens(random)],
    [3, () => oddText(random)],
    [1, () => nested(random)],
  ]);
}

/** One that costs all that an evaluation may cost. */
export function endless(random: Random): string {
  return random.pick(ENDLESS);
}

function tokens(random: Random): string {
  return Array.from({ length: random.between(1, 30) }, () => random.pick(TOKENS)).join(random.pick(['', ' ']));
}

/** Deep, about where the limit is or far beyond it. */
function nested(random: Random): string {
  const depth = random.pick([30, 66, 199, 201, 1_000, 3_000]);
  const [open, close] = random.pick([
    ['(', ')'],
    ['[', ']'],
    ['{a: ', '}'],
    ['not(', ')'],
    ['-', ''],
    ['if true then ', ' else 1'],
    ['for x in [1] return ', ''],
    ['function(x) ', ''],
    ['1 + ', ''],
    ['xs[', ']'],
  ] as const);
  return `${open.repeat(depth)}1${random.oneIn(8) ? '' : close.repeat(depth)}`;
}

function expression(random: Random, depth: number): string {
  if (depth <= 0) return leaf(random);
  const part = () => expression(random, depth - 1 - random.below(2));
  return random.way<string>([
    [3, () => leaf(random)],
    [4, () => `${part()} ${random.pick(COMPUTED)} ${part()}`],
    [3, () => `${part()} ${random.pick(COMPARED)} ${part()}`],
    [2, () => `${part()} ${random.pick(['and', 'or'])} ${part()}`],
    [2, () => `if ${part()} then ${part()} else ${part()}`],
    [2, () => `for x in ${iterated(random, part)} return ${part()}`],
    [1, () => `for x in ${iterated(random, part)}, y in ${iterated(random, part)} return [x, y, ${part()}]`],
    [1, () => `${random.pick(['some', 'every'])} x in ${iterated(random, part)} satisfies ${part()}`],
    [2, () => `${part()}[${random.pick(['item > 1', 'a', '-1', '0', part()])}]`],
    [2, () => `${part()}.${random.pick([...VARIABLES, 'year', 'value', 'start'])}`],
    [2, () => `[${random.list(4, part).join(', ')}]`],
    [2, () => `{${random.list(3, () => `${random.pick(['a', 'b', '"k 1"', 'toString'])}: ${part()}`).join(', ')}}`],
    [1, () => `(${part()})`],
    [1, () => `-${part()}`],
    [1, () => `${part()} between ${part()} and ${part()}`],
    [1, () => `${part()} in ${random.pick([`(${part()}, ${part()})`, `[${part()}..${part()}]`, `< ${part()}`])}`],
    [1, () => `${part()} instance of ${random.pick(TYPES)}`],
    [1, () => `(function(x, y) ${part()})(${part()}, ${part()})`],
    [9, () => call(random, part)],
  ]);
}

function iterated(random: Random, part: () => string): string {
  return random.pick([
    'xs',
    'os',
    '1..5',
    '5..1',
    `[${part()}]`,
    part(),
    `${random.between(-5, 5)}..${random.below(30)}`,
  ]);
}

/** A built-in function, mostly with as many values as it takes. */
function call(random: Random, part: () => string): string {
  if (random.oneIn(12)) return `${random.pick(SPECIAL_FUNCTIONS)}(${random.list(3, part).join(', ')})`;
  const { name, signatures } = random.pick(BUILT_IN_FUNCTIONS);
  if (signatures.length === 0 || random.oneIn(15)) return `${name}(${random.list(4, part).join(', ')})`;
  const { parameters } = random.pick(signatures);
  const given = parameters.filter(({ optional }) => !optional || random.oneIn(2));
  const values = given.map(({ name: parameter, types }) => {
    if (random.oneIn(8)) return part();
    if (/pattern|delimiter/.test(parameter)) return random.pick(PATTERNS);
    return ofType(random, random.pick(types.size === 0 ? ['number'] : [...types]), part);
  });
  const named = random.oneIn(10);
  return `${name}(${values.map((value, index) => (named ? `${given[index]?.name}: ${value}` : value)).join(', ')})`;
}

function ofType(random: Random, type: string, part: () => string): string {
  switch (type) {
    case 'text':
      return random.pick(['s', '"abc"', '"aaaaaaaaaaaaaaaa!"', '"2026-11-23"', '"PT1H"', '"1,5"', '""', text(random)]);
    case 'number':
      return random.pick(['a', 'b', ...NUMBERS, part()]);
    case 'list':
      return random.pick(['xs', 'os', '[]', '[1, "a", null]', '[[1], [2, [3]]]', `[${part()}, ${part()}]`]);
    case 'context':
      return random.pick(['o', '{}', '{a: 1}', '{key: "k", value: 1}']);
    case 'boolean':
      return random.pick(['true', 'false', 'a > b']);
    case 'range':
      return random.pick(['[1..5]', '(1..5)', '["a".."z"]', '[@"2026-01-01"..@"2026-12-31"]']);
    case 'null':
      return 'null';
    default:
      return random.pick([...TEMPORAL, 'd']);
  }
}

function leaf(random: Random): string {
  return random.way<string>([
    [5, () => random.pick(VARIABLES)],
    [4, () => random.pick(NUMBERS)],
    [2, () => text(random)],
    [2, () => random.pick(['true', 'false', 'null', '[]', '{}', 'x', 'item', '`two words`', '?'])],
    [2, () => random.pick(TEMPORAL)],
    [1, () => random.pick(['sum', 'matches', 'function(x) x', '[1..3]', '(1..3)', '1..3'])],
  ]);
}

function text(random: Random): string {
  return random.oneIn(6)
    ? `"${oddText(random).replaceAll('"', '')}"`
    : random.pick(['"a"', '"abc"', '"Zürich 😀"', '""']);
}
