// Data between JSON text and values: nothing loses digits, nothing becomes null in silence.
import { describe, expect, test } from 'vitest';
import { MAX_DATA_DEPTH } from '../../src/model/limits.js';
import { parseJson, setPath, toJson } from '../../src/model/values.js';
import { result } from './support.js';

describe('reading JSON', () => {
  test.each([
    ['1', 1],
    ['"a"', 'a'],
    ['null', null],
    [' {"a": [1, true, {"b": null}]} ', { a: [1, true, { b: null }] }],
    ['9007199254740991', 9_007_199_254_740_991],
    ['-9007199254740991', -9_007_199_254_740_991],
    ['0.12345678901234567890', 0.123_456_789_012_345_68],
    ['1e15', 1e15],
    ['"9007199254740993"', '9007199254740993'],
    ['{"12345678901234567890": "\\"12345678901234567890"}', { '12345678901234567890': '"12345678901234567890' }],
    ['{"a": 1, "a": 2}', { a: 2 }],
  ])('%s', (text, value) => {
    expect(parseJson(text)).toEqual({ value });
  });

  test('minus zero stays what it is', () => {
    expect(parseJson('-0')).toEqual({ value: -0 });
    expect(toJson(-0)).toEqual({ json: '0' });
  });

  test('an entry called __proto__ is an entry like any other', () => {
    const read = parseJson('{"__proto__": {"a": 1}}') as { value: object };
    expect(Object.keys(read.value)).toEqual(['__proto__']);
    expect(toJson(read.value)).toEqual({ json: '{"__proto__":{"a":1}}' });
  });

  test.each([
    ['9007199254740992', '9007199254740992'],
    ['{"id": 12345678901234567890}', '12345678901234567890'],
    ['[1, -9007199254740993]', '-9007199254740993'],
    ['[1e16]', '1e16'],
    ['[1E400]', '1E400'],
    ['["1234567890123456", 9007199254740993.0]', '9007199254740993.0'],
  ])('%s has a number that a double does not hold', (text, number) => {
    expect(parseJson(text)).toEqual({
      problem: `the number ${number} is beyond 2^53 and would lose digits; send it as text`,
    });
  });

  test('what is no JSON says so', () => {
    expect(parseJson('{')).toEqual({ problem: expect.stringMatching(/^it is not valid JSON: /) });
    expect(parseJson('')).toEqual({ problem: expect.stringMatching(/^it is not valid JSON: /) });
  });
});

describe('writing JSON', () => {
  test.each([
    [null, 'null'],
    ['a"b', '"a\\"b"'],
    [[1, { a: true }], '[1,{"a":true}]'],
  ])('%j', (value, json) => {
    expect(toJson(value)).toEqual({ json });
  });

  test('dates, times and durations become ISO 8601 text wherever they stand', () => {
    const value = result(
      '{d: date("2026-11-23"), l: [time("10:00:00Z"), duration("P1DT1H"), duration("P1Y")], z: now()}',
    );
    expect(toJson(value)).toEqual({
      json: '{"d":"2026-11-23","l":["10:00:00Z","P1DT1H","P1Y"],"z":"2026-11-23T12:00:00Z"}',
    });
    expect(toJson(result('date and time("2026-11-23T10:00:00@Europe/Zurich")'))).toEqual({
      json: '"2026-11-23T10:00:00@Europe/Zurich"',
    });
  });

  test.each([
    ['a function', result('function(a) a'), 'a range or a function can not be stored as JSON'],
    ['a range', result('{r: [1..2]}'), 'a range or a function can not be stored as JSON'],
    ['a value that is not there', [undefined], 'a range or a function can not be stored as JSON'],
    ['not a number', { a: Number.NaN }, 'the result is not a finite number'],
    ['infinity', Number.POSITIVE_INFINITY, 'the result is not a finite number'],
    ['a large integer', [2 ** 53], 'the number 9007199254740992 is beyond 2^53 and may have lost digits'],
  ])('%s is a problem, never null', (_name, value, problem) => {
    expect(toJson(value)).toEqual({ problem });
  });

  test('data nested deeper than the limit is a problem, also when it goes in a circle', () => {
    const nested = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels));
    expect(toJson(nested(MAX_DATA_DEPTH))).toHaveProperty('json');
    expect(toJson(nested(MAX_DATA_DEPTH + 1))).toEqual({
      problem: `data is nested deeper than the limit of ${MAX_DATA_DEPTH} levels`,
    });
    const circle: unknown[] = [];
    circle.push(circle);
    expect(toJson(circle)).toHaveProperty('problem');
  });
});

describe('setting a path', () => {
  test('replaces one entry and leaves the data it was given alone', () => {
    const data = Object.freeze({ id: 1, total: Object.freeze({ net: 5, tax: 1 }) });
    expect(setPath(data, ['total', 'net'], 6)).toEqual({ value: { id: 1, total: { net: 6, tax: 1 } } });
    expect(data.total.net).toBe(5);
  });

  test('makes contexts where there is nothing yet', () => {
    expect(setPath(undefined, ['a', 'b'], 1)).toEqual({ value: { a: { b: 1 } } });
    expect(setPath(null, ['a'], 1)).toEqual({ value: { a: 1 } });
    expect(setPath({ a: null }, ['a', 'b'], 1)).toEqual({ value: { a: { b: 1 } } });
  });

  test('without a path it is the value', () => {
    expect(setPath({ a: 1 }, [], 2)).toEqual({ value: 2 });
  });

  test('never throws away what is no context', () => {
    for (const data of [5, 'text', [1], true]) {
      expect(setPath({ a: data }, ['a', 'b'], 1)).toEqual({
        problem: '"b" can not be set in a value that is no context',
      });
    }
  });

  test('an entry called __proto__ or constructor changes nothing else', () => {
    const set = setPath({}, ['__proto__', 'polluted'], true) as { value: object };
    expect(Object.getPrototypeOf(set.value)).toBe(Object.prototype);
    expect(toJson(set.value)).toEqual({ json: '{"__proto__":{"polluted":true}}' });
    expect(setPath({}, ['constructor', 'a'], 1)).toEqual({ value: { constructor: { a: 1 } } });
    expect('polluted' in {}).toBe(false);
  });
});
