// No silent null: where types clash, or a name is not there, an evaluation fails and says where. Many of these cases
// pass in feelin without a warning, or with a null that looks like an answer; the table shows what it says.
import { evaluate as feelin } from 'feelin';
import { describe, expect, test } from 'vitest';
import { asBoolean } from '../../src/model/conditions.js';
import { evaluate, failureOf, refusalOf, result, type Variables } from './support.js';

const variables: Variables = {
  x: 7,
  s: 'yes',
  t: true,
  n: null,
  xs: [1, 2, 3],
  names: ['a', 'b'],
  o: { id: 1, total: 5, lines: [{ price: 2 }, { price: 9, note: 'x' }] },
  due: '2026-11-23',
};

describe('types that clash, which feelin passes without a warning', () => {
  const rows: readonly (readonly [text: string, silent: unknown, message: string])[] = [
    ['x = "7"', null, 'a number can not be compared with text'],
    ['x != "7"', null, 'a number can not be compared with text'],
    ['t = "true"', null, 'a boolean can not be compared with text'],
    ['xs = 1', null, 'a list can not be compared with a number'],
    ['[1] = 1', true, 'a list can not be compared with a number'],
    ['s > 5', false, 'text can not be compared with a number'],
    ['x < "8"', true, 'a number can not be compared with text'],
    ['due < date("2026-12-01")', false, 'text can not be compared with a date'],
    ['x between "1" and "9"', true, 'a number can not be compared with text'],
    ['x in ("7", "8")', false, 'a number can be none of the values that it is looked for in'],
    ['x in names', false, 'a number can be none of the values that it is looked for in'],
    ['x in ["a".."z"]', true, 'a number can be none of the values that it is looked for in'],
    ['if "yes" then 1 else 2', 1, 'the condition of "if" is text, not true or false'],
    ['if x then 1 else 2', 1, 'the condition of "if" is a number, not true or false'],
    ['if n then 1 else 2', 2, 'the condition of "if" is null, not true or false'],
    ['if x > n then 1 else 2', 2, 'the condition of "if" is null, not true or false'],
    ['t and "yes"', null, 'a side of "and" is text, not true or false'],
    ['x or t', true, 'a side of "or" is a number, not true or false'],
    ['not(s)', null, 'the value "negand" of not(...) is text, not a boolean or null'],
    ['some y in xs satisfies y', true, 'the condition of "some" is a number, not true or false'],
    ['every y in names satisfies y', true, 'the condition of "every" is text, not true or false'],
    ['some y in s satisfies y = "y"', null, 'text can not be iterated; a list or a range of whole numbers can'],
    ['for y in x return y', null, 'a number can not be iterated; a list or a range of whole numbers can'],
    ['for y in n return y', null, 'null can not be iterated; a list or a range of whole numbers can'],
    ['s[1]', 'yes', 'text can not be filtered; a list can'],
    ['n[1]', null, 'null can not be filtered'],
    ['x / 0', null, 'a number is divided by zero'],
    ['upper case(x)', null, 'the value "string" of upper case(...) is a number, not text'],
    ['string length(n)', null, 'the value "string" of string length(...) is null, not text'],
    ['sum(names)', null, 'the value "list" of sum(...) is text, not a number'],
    ['count(x)', 1, 'the value "list" of count(...) is a number, not a list'],
    ['contains(s, x)', null, 'the value "match" of contains(...) is a number, not text'],
    ['list contains(xs, "1")', false, 'list contains: text can not be in a list of number values'],
    ['index of(xs, "1")', [], 'index of: text can not be in a list of number values'],
    ['before(x, "8")', true, 'a number can not be compared with text'],
    ['number("")', 0, 'number(...) is given a text that is no number'],
    [
      'duration("P1D") < duration("P1M")',
      true,
      'a days and time duration can not be compared with a years and months duration',
    ],
    [
      'time("10:00:00Z") < time("11:00:00")',
      true,
      'of two times only one has a zone; write the other one with Z or an offset too',
    ],
    ['x * 9007199254740991', 63_050_394_783_186_936, 'the result is beyond 2^53, where numbers lose digits'],
    ['0 - 2 ** 2000', Number.NEGATIVE_INFINITY, 'the result is not a finite number'],
  ];

  test.each(rows)('%s', (text, silent, message) => {
    const { value, warnings } = feelin(text, { ...variables });
    expect({ value, warnings }).toEqual({ value: silent, warnings: [] });
    const failure = failureOf(text, variables);
    expect(failure).toMatch(/^EXPRESSION_FAILED: in `/);
    expect(failure.slice(failure.indexOf('`: ') + 3)).toBe(message);
  });
});

describe('what feelin warns of is a failure too', () => {
  test.each([
    ['"a" + 1', 'in `"a" + 1`: + can not be applied to text and a number; string(...) makes text of a value'],
    ['x + n', 'in `x + n`: + can not be applied to a number and null'],
    ['-s', 'in `-s`: - can not be applied to a number and text'],
    ['t * 2', 'in `t * 2`: * can not be applied to a boolean and a number'],
    [
      'date("2026-01-01") + date("2026-01-02")',
      'in `date("2026-01-01") + date("2026-01-02")`: + can not be applied to a date and a date',
    ],
    ['x.y', 'in `x.y`: a number has no entry "y"'],
    ['n.y', 'in `n.y`: null has no entry "y"'],
    ['date(s)', 'in `date(s)`: date(...) has no result for these values'],
    ['modulo(x, 0)', 'in `modulo(x, 0)`: modulo(...) has no result for these values'],
    ['matches(s, "(")', 'in `matches(s, "(")`: matches(...) is given a pattern that is no regular expression'],
    ['x(1)', 'in `x(1)`: a number can not be called'],
  ])('%s', (text, message) => {
    const scope = text === 'x(1)' ? '{x: 7, r: x(1)}.r' : text;
    expect(failureOf(scope, variables)).toBe(`EXPRESSION_FAILED: ${message}`);
  });
});

describe('names that are not there', () => {
  test.each([
    ['missing', 'missing'],
    ['missing > 5', 'missing'],
    ['x > 5 and missing', 'missing'],
    ['if t then missing else 1', 'missing'],
    ['missing.entry.deep', 'missing'],
    ['upper case(missing)', 'missing'],
    ['count(count)', 'count'],
    ['order total', 'order total'],
    ['`order-total`', 'order-total'],
  ])('%s fails and names it', (text, name) => {
    expect(failureOf(text, variables)).toBe(`VARIABLE_MISSING: there is no variable "${name}"`);
  });

  test('a misspelt entry fails, and the message says how to expect it', () => {
    expect(failureOf('o.totl', variables)).toBe(
      'EXPRESSION_FAILED: in `o.totl`: the context has no entry "totl"; where it may be missing, write get or else(..., null)',
    );
    expect(failureOf('o.lines.note', variables)).toMatch(/the context has no entry "note"/);
  });

  test('inside a filter a name is an entry of the item first, then a variable', () => {
    expect(result('o.lines[price > 5]', variables)).toEqual([{ price: 9, note: 'x' }]);
    expect(result('o.lines[price > x]', variables)).toEqual([{ price: 9, note: 'x' }]);
    expect(result('o.lines[price > 5]', { ...variables, price: 1 })).toEqual([{ price: 9, note: 'x' }]);
    expect(failureOf('o.lines[prise > 5]', variables)).toBe(
      'VARIABLE_MISSING: there is no variable "prise", and an item of the list has no entry of that name',
    );
  });

  test('only what is reached has to be there', () => {
    expect(result('if t then 1 else missing', variables)).toBe(1);
    expect(result('x < 5 and missing', variables)).toBe(false);
    expect(result('x > 5 or missing', variables)).toBe(true);
  });

  test('a variable whose value can not be read says why', () => {
    const evaluation = evaluate('a + 1', {});
    expect(evaluation).toMatchObject({ ok: false, reason: 'VARIABLE_MISSING' });
  });
});

describe('who asks whether something is there gets an answer', () => {
  test.each([
    ['missing = null', true],
    ['missing != null', false],
    ['null = missing.entry', true],
    ['o.totl = null', true],
    ['o.total = null', false],
    ['xs[9] = null', true],
    ['is defined(missing)', false],
    ['is defined(missing.entry)', false],
    ['is defined(o.totl)', false],
    ['is defined(o.total)', true],
    ['is defined(n)', false],
    ['get or else(missing, 1)', 1],
    ['get or else(n, 1)', 1],
    ['get or else(x, 1)', 7],
    ['get or else(missing.a.b, get or else(o.totl, "none"))', 'none'],
    ['get or else(value: missing, default: 2)', 2],
    ['get or else(number(s), 0)', 0],
    ['get or else(date(s), "no date")', 'no date'],
    ['get value(o, "totl")', null],
    ['get value(o, ["lines", "deep"])', null],
    ['missing != null and missing > 5', false],
    ['missing = null or missing > 5', true],
    ['n != null and n > 5', false],
  ])('%s', (text, value) => {
    expect(result(text, variables)).toBe(value);
  });

  test('but a clash of types is not something that is missing', () => {
    expect(failureOf('get or else(s + 1, 0)', variables)).toMatch(/can not be applied to text and a number/);
    expect(failureOf('is defined(x > s)', variables)).toMatch(/can not be compared/);
    expect(failureOf('(s > 5) = null', variables)).toMatch(/can not be compared/);
  });
});

describe('null, where FEEL means it', () => {
  test.each([
    ['n > 5', null],
    ['n = null', true],
    ['n = 5', false],
    ['n != 5', true],
    ['n > 5 and t', null],
    ['n > 5 and false', false],
    ['n > 5 or t', true],
    ['not(n)', null],
    ['n between 1 and 2', null],
    ['n in [1..2]', null],
    ['n in (1, null)', true],
    ['xs[9]', null],
    ['xs[0]', null],
    ['max([])', null],
    ['some y in [n, 1] satisfies y > 5', null],
    ['some y in [n, 9] satisfies y > 5', true],
    ['every y in [n, 9] satisfies y > 5', null],
    ['every y in [n, 1] satisfies y > 5', false],
    ['[n, 9][item > 5]', [9]],
  ])('%s', (text, value) => {
    expect(result(text, variables)).toEqual(value);
  });
});

describe('a condition is true or false', () => {
  test('and nothing else: null and other values are failures, never a silent false', () => {
    expect(asBoolean(evaluate('x > 5', variables))).toBe(true);
    expect(asBoolean(evaluate('x > 9', variables))).toBe(false);
    for (const [text, what] of [
      ['n > 5', 'null'],
      ['s', 'text'],
      ['x', 'a number'],
      ['xs', 'a list'],
      ['function(a) a', 'a function'],
      ['[1..2]', 'a range'],
    ] as const) {
      expect(asBoolean(evaluate(text, variables))).toEqual({
        ok: false,
        reason: 'EXPRESSION_FAILED',
        message: `the condition is neither true nor false, but ${what}`,
      });
    }
  });

  test('a failed evaluation stays what it is', () => {
    expect(asBoolean(evaluate('missing'))).toEqual({
      ok: false,
      reason: 'VARIABLE_MISSING',
      message: 'there is no variable "missing"',
    });
  });
});

describe('refused when it is compiled', () => {
  test.each([
    ['', 'the expression is empty'],
    ['=', 'the expression is empty'],
    ['a >', 'it is not FEEL: it ends too early'],
    ['a > > 5', '">" can not be used here'],
    ['1 2', 'it is not FEEL: at character 3, "2"'],
    ['foo(1)', 'there is no function foo(...)'],
    ['uppercase(a)', 'there is no function uppercase(...); did you mean upper case(...)?'],
    ['isDefined(a)', 'there is no function isDefined(...); did you mean is defined(...)?'],
    [
      'uuid()',
      'the function uuid(...) is not supported: its result is another one each time; let a worker make it, and pass it as a variable',
    ],
    [
      'random number()',
      'the function random number(...) is not supported: its result is another one each time; let a worker make it, and pass it as a variable',
    ],
    [
      'overlaps after([1..2], [2..3])',
      'the function overlaps after(...) is not supported: compare the ends of the ranges instead',
    ],
    ['upper case()', 'upper case(...) can not be called with 0 values'],
    ['upper case("a", "b")', 'upper case(...) can not be called with 2 values'],
    ['substring(text: "a", start: 1)', 'substring(...) has these parameters: string, start position, length'],
    ['get or else(a)', 'get or else(...) has these parameters: value, default'],
    ['sum()', 'sum(...) can not be called with 0 values'],
    ['a instance of Order', /^there is no type "Order"; known are: Any, /],
    ['9007199254740993', 'the number 9007199254740993 is beyond 2^53 and would lose digits'],
    ['-9007199254740993', 'the number -9007199254740993 is beyond 2^53 and would lose digits'],
    ['1e400', 'the number 1e400 is beyond 2^53 and would lose digits'],
    ['@"2026-02-30"', '@"2026-02-30" is no date, time or duration'],
    ['{a: 1, a: 2}', 'the entry "a" is given twice'],
    ['function(a) external {java: {class: "x"}}', 'external functions are not supported; let a worker call them'],
    ['? > 5', '"?" can not be used here'],
    ['{f: function(a) f(a)}', 'there is no function f(...)'],
  ])('%s', (text, problem) => {
    expect(refusalOf(text)).toEqual(typeof problem === 'string' ? problem : expect.stringMatching(problem));
  });
});
