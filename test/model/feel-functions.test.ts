// The built-in functions: those of the standard and those of Camunda, each called once at least.
import { describe, expect, test } from 'vitest';
import { BUILT_INS, REFUSED_FUNCTIONS } from '../../src/model/feel/builtins.js';
import { toJson } from '../../src/model/values.js';
import { failureOf, refusalOf, result } from './support.js';

const rows: readonly (readonly [text: string, value: unknown])[] = [
  ['string(1.5)', '1.5'],
  ['string([1, "a", {b: null}])', '[1, "a", {b: null}]'],
  ['string(date("2026-11-23"))', '2026-11-23'],
  ['number("1500.5")', 1500.5],
  ['number("1,500", ",")', 1500],
  ['number("1.500,5", ".", ",")', 1500.5],
  ['number(from: "-1e2")', -100],
  ['to json({a: [1, null], at: date("2026-11-23")})', '{"a":[1,null],"at":"2026-11-23"}'],
  ['from json("{\\"a\\": [1, null]}")', { a: [1, null] }],
  ['from json("null")', null],
  ['substring("hello", 2)', 'ello'],
  ['substring("hello", -3, 2)', 'll'],
  ['string length("a😀")', 2],
  ['upper case("aé")', 'AÉ'],
  ['lower case("AÉ")', 'aé'],
  ['substring before("a-b-c", "-")', 'a'],
  ['substring after("a-b-c", "-")', 'b-c'],
  ['contains("foobar", "ob")', true],
  ['starts with("foobar", "foo")', true],
  ['ends with("foobar", "foo")', false],
  ['matches("foobar", "^fo*b")', true],
  ['matches("FOO", "foo", "i")', true],
  ['replace("abcd", "(ab)|(a)", "[$1]")', '[ab]cd'],
  ['split("a;b;c", ";")', ['a', 'b', 'c']],
  ['extract("a1 b22", "[0-9]+")', ['1', '22']],
  ['extract("abc", "[0-9]+")', []],
  ['trim("  a b ")', 'a b'],
  ['is blank(" \\t")', true],
  ['is blank("a")', false],
  ['to base64("Zürich")', 'WsO8cmljaA=='],
  ['from base64("WsO8cmljaA==")', 'Zürich'],
  ['string join(["a", null, "b"], "-")', 'a-b'],
  ['string join(["a", "b"])', 'ab'],
  ['string join(["a", "b"], ", ", "[", "]")', '[a, b]'],
  ['string join(list: ["a", "b"], suffix: "!")', 'ab!'],
  ['get value({a: 1}, "a")', 1],
  ['get value({a: {b: 2}}, ["a", "b"])', 2],
  ['get value({a: 1}, "b")', null],
  [
    'get entries({a: 1, b: 2})',
    [
      { key: 'a', value: 1 },
      { key: 'b', value: 2 },
    ],
  ],
  ['context([{key: "a", value: 1}, {key: "b", value: null}])', { a: 1, b: null }],
  ['context put({a: 1}, "b", 2)', { a: 1, b: 2 }],
  ['context put({a: {b: 1}}, ["a", "b"], 2)', { a: { b: 2 } }],
  ['context put({}, ["a", "b"], 2)', { a: { b: 2 } }],
  ['context merge({a: 1, b: 1}, {b: 2})', { a: 1, b: 2 }],
  ['context merge([{a: 1}, {b: 2}])', { a: 1, b: 2 }],
  ['list contains([1, null], 1)', true],
  ['list contains([1, null], null)', true],
  ['list contains([[1], [2]], [2])', true],
  ['list contains([], 1)', false],
  ['list replace([1, 2, 3], 2, 9)', [1, 9, 3]],
  ['list replace([1, 2, 3], function(item, newItem) item < newItem, 2)', [2, 2, 3]],
  ['count([1, null])', 2],
  ['min(3, 1, 2)', 1],
  ['max([3, 1, 2])', 3],
  ['max(["a", "c", "b"])', 'c'],
  ['max(date("2026-01-01"), date("2026-01-02")) = date("2026-01-02")', true],
  ['min([])', null],
  ['sum([1, 2, 3])', 6],
  ['sum(1, 2)', 3],
  ['sum([])', null],
  ['mean([1, 2, 3])', 2],
  ['product([2, 3])', 6],
  ['stddev([2, 4, 7, 5])', 2.0816659994661326],
  ['stddev([1])', null],
  ['median([10, 9, 100])', 10],
  ['median([1, 2, 3, 4])', 2.5],
  ['mode([6, 3, 9, 6, 6])', [6]],
  ['mode([6, 1, 9, 6, 1])', [1, 6]],
  ['all([true, true])', true],
  ['all(true, false)', false],
  ['all([true, null])', null],
  ['any([false, true])', true],
  ['any([false, null])', null],
  ['sublist([1, 2, 3], 2)', [2, 3]],
  ['sublist([1, 2, 3], -2, 1)', [2]],
  ['append([1], 2, 3)', [1, 2, 3]],
  ['concatenate([1], [2, 3])', [1, 2, 3]],
  ['insert before([1, 3], 2, 2)', [1, 2, 3]],
  ['insert before([1, 2], 3, 3)', [1, 2, 3]],
  ['remove([1, 2, 3], 2)', [1, 3]],
  ['remove([1, 2, 3], -1)', [1, 2]],
  ['reverse([1, 2, 3])', [3, 2, 1]],
  ['index of([1, 2, 1], 1)', [1, 3]],
  ['union([1, 2], [2, 3])', [1, 2, 3]],
  ['distinct values([1, 2, 1, [1], [1]])', [1, 2, [1]]],
  ['duplicate values([1, 2, 1, 1, 2, 3])', [1, 2]],
  ['flatten([[1, [2]], 3])', [1, 2, 3]],
  ['sort([3, 1, 2], function(a, b) a < b)', [1, 2, 3]],
  ['sort([{k: 1, n: "a"}, {k: 0, n: "b"}, {k: 1, n: "c"}], function(a, b) a.k < b.k).n', ['b', 'a', 'c']],
  ['is empty([])', true],
  ['partition([1, 2, 3], 2)', [[1, 2], [3]]],
  ['decimal(1.125, 2)', 1.12],
  ['floor(-1.5)', -2],
  ['floor(1.55, 1)', 1.5],
  ['ceiling(1.2)', 2],
  ['round up(1.21, 1)', 1.3],
  ['round down(1.29, 1)', 1.2],
  ['round half up(2.5, 0)', 3],
  ['round half down(2.5, 0)', 2],
  ['abs(-1)', 1],
  ['abs(duration("-PT1H")) = duration("PT1H")', true],
  ['modulo(-10, 3)', 2],
  ['sqrt(16)', 4],
  ['log(1)', 0],
  ['exp(0)', 1],
  ['odd(3)', true],
  ['even(3)', false],
  ['string(date(2026, 11, 23))', '2026-11-23'],
  ['string(date(date and time("2026-11-23T10:00:00Z")))', '2026-11-23'],
  ['string(date(year: 2026, month: 2, day: 1))', '2026-02-01'],
  ['string(date and time(date("2026-11-23"), time("10:00:00Z")))', '2026-11-23T10:00:00Z'],
  ['string(date and time("2026-11-23T10:00:00+01:00"))', '2026-11-23T10:00:00+01:00'],
  ['string(time(10, 30, 0))', '10:30:00'],
  ['string(time("10:30:00"))', '10:30:00'],
  ['string(time(date and time("2026-11-23T10:30:00Z")))', '10:30:00Z'],
  ['string(duration("PT90M"))', 'PT1H30M'],
  ['string(years and months duration(date("2025-10-23"), date("2026-11-23")))', 'P1Y1M'],
  ['day of week(date("2026-11-23"))', 'Monday'],
  ['day of year(date("2026-02-01"))', 32],
  ['week of year(date("2026-01-01"))', 1],
  ['month of year(date("2026-02-01"))', 'February'],
  ['string(last day of month(date("2028-02-10")))', '2028-02-29'],
  ['string(today())', '2026-11-23'],
  ['string(now())', '2026-11-23T12:00:00Z'],
  ['is(1, 1)', true],
  ['before(1, 2)', true],
  ['before([1..2], 3)', true],
  ['after(date("2026-01-02"), date("2026-01-01"))', true],
  ['meets([1..2], [2..3])', true],
  ['met by([2..3], [1..2])', true],
  ['overlaps([1..3], [2..4])', true],
  ['includes([1..3], 2)', true],
  ['includes([1..9], [2..3])', true],
  ['not(true)', false],
  ['assert(1, 1 > 0)', 1],
];

test.each(rows)('%s', (text, value) => {
  expect(result(text)).toEqual(value);
});

test('every built-in function is called above', () => {
  const called = rows.map(([text]) => text).join(' ');
  expect([...BUILT_INS.keys()].filter((name) => !called.includes(`${name}(`))).toEqual([]);
});

test('every function that is refused says what to do instead', () => {
  for (const name of REFUSED_FUNCTIONS.keys()) {
    expect(refusalOf(`${name}()`)).toMatch(new RegExp(`^the function ${name}\\(\\.\\.\\.\\) is not supported: .+`));
  }
});

describe('failures', () => {
  test.each([
    ['string(null)', /the value "from" of string\(\.\.\.\) is null, not a boolean or a number or text/],
    ['assert(1, 1 > 2, "too small")', /too small$/],
    ['assert(1, null)', /the condition of assert\(\.\.\.\) is not true$/],
    ['from json("{")', /from json\(\.\.\.\) fails: it is not valid JSON/],
    ['from json("9007199254740993")', /beyond 2\^53/],
    ['to json(function(a) a)', /to json\(\.\.\.\) fails: a range or a function can not be stored/],
    ['from base64("?")', /given a text that is no Base64/],
    ['extract("a", "(")', /a pattern that is no regular expression/],
    ['context([{key: "a", value: 1}, {key: "a", value: 2}])', /needs entries with a "key" of its own/],
    ['context put(1, "a", 2)', /the value "context" of context put\(\.\.\.\) is a number, not a context/],
    ['context put({a: 1}, ["a", "b"], 2)', /contexts on the way/],
    ['sublist([1], 5)', /a position that the list does not have/],
    ['remove([1], 0)', /a position that the list does not have/],
    ['list replace([1], 2, 9)', /a position that the list does not have/],
    ['partition([1], 0)', /a size that is no whole number from 1/],
    ['string join([1])', /string join\(\.\.\.\) meets a number, not a text/],
    ['min(1, "a")', /text can not be compared with a number/],
    ['min([true])', /a boolean has no order/],
    ['max(1, null)', /max\(\.\.\.\) meets null/],
    ['sort([1, 2], function(a, b) a)', /the result of "precedes" is a number, not true or false/],
    ['sqrt(-1)', /sqrt\(\.\.\.\) has no result/],
    ['date(2026, 13, 1)', /date\(\.\.\.\) has no result/],
    ['date and time("2026-02-30T10:00:00Z")', /date and time\(\.\.\.\) has no result/],
    ['date("-2026-01-01")', /date\(\.\.\.\) fails/],
    ['duration("1 hour")', /duration\(\.\.\.\) has no result/],
    ['date("9999-12-31") + duration("P9999999999Y")', /fails|has no result/],
    ['[5..1]', /a range runs backwards/],
    ['[1.."a"]', /can not be compared/],
    ['for i in 1..2.5 return i', /a range that is iterated starts and ends with whole numbers, not a fraction/],
    ['meets([1..2], ["a".."b"])', /can not be compared/],
  ])('%s', (text, message) => {
    expect(failureOf(text)).toMatch(message);
  });
});

test('a list of a hundred thousand numbers is summed, sorted and made distinct', () => {
  const xs = Array.from({ length: 100_000 }, (_, index) => index % 1000);
  expect(result('sum(xs)', { xs })).toBe(49_950_000);
  expect(result('max(xs)', { xs })).toBe(999);
  expect(result('count(distinct values(xs))', { xs })).toBe(1000);
});

test('results are values that JSON can hold, or say why not', () => {
  expect(toJson(result('{d: duration("P1Y"), t: time("10:00:00"), n: [1, null]}'))).toEqual({
    json: '{"d":"P1Y","t":"10:00:00","n":[1,null]}',
  });
});
