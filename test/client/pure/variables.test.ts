// Variables between callers and the wire: nothing is lost without a sign.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toDuration, toIsoText, toMilliseconds } from '../../../clients/typescript/src/durations.js';
import { readVariables, writeVariableList, writeVariables } from '../../../clients/typescript/src/variables.js';

const data = (encoding: string, value: string) => ({ encoding, value, encrypted: false });
const json = (name: string, value: string) => ({ name, data: data('json', value) });

describe('reading', () => {
  test('parses JSON, takes text as it is, and keeps other encodings raw', () => {
    const list = [json('n', '1.5'), json('nothing', 'null'), { name: 't', data: data('text', '{') }];
    const xml = { name: 'x', data: data('xml', '<a/>') };
    expect(readVariables([...list, xml])).toEqual({
      variables: { n: 1.5, nothing: null, t: '{' },
      rawVariables: { x: xml.data },
    });
  });

  test('keeps the text of JSON that can not be parsed', () => {
    expect(readVariables([json('broken', '{"a":'), json('fine', '1')])).toEqual({
      variables: { fine: 1 },
      rawVariables: { broken: data('json', '{"a":') },
    });
  });

  test('keeps the text of numbers that lose digits, beside what became of them', () => {
    const { variables, rawVariables } = readVariables<{ big: number }>([json('big', '9007199254740993')]);
    expect(variables.big).toBe(9007199254740992);
    expect(rawVariables.big?.value).toBe('9007199254740993');
  });

  test('passes over variables without data, and is the same empty object when nothing is raw', () => {
    expect(readVariables([{ name: 'deleted', data: undefined }])).toEqual({ variables: {}, rawVariables: {} });
  });

  test('is not confused by the name __proto__', () => {
    const { variables } = readVariables([json('__proto__', '{"isAdmin":true}'), json('constructor', '1')]);
    expect(Object.getPrototypeOf(variables)).toBe(Object.prototype);
    expect('isAdmin' in variables).toBe(false);
    expect(Object.keys(variables)).toEqual(['__proto__', 'constructor']);
  });
});

describe('writing', () => {
  test('makes one JSON object, or hands a list on', () => {
    const list = [{ name: 'a', data: data('xml', '<a/>') }];
    expect(writeVariables({ a: 1, b: undefined })).toEqual({ variables: [], variablesJson: '{"a":1}' });
    expect(writeVariables({})).toEqual({ variables: [], variablesJson: '' });
    expect(writeVariables(undefined)).toEqual({ variables: [], variablesJson: '' });
    expect(writeVariables(list)).toEqual({ variables: list, variablesJson: '' });
    expect(writeVariableList({ a: [1], b: undefined })).toEqual([json('a', '[1]')]);
    expect(writeVariableList(list)).toEqual(list);
  });

  test('takes whatever becomes a JSON object, and nothing else', () => {
    class Order {
      readonly id = 7;
    }
    expect(writeVariables(new Order()).variablesJson).toBe('{"id":7}');
    expect(writeVariables({ toJSON: () => ({ a: 1 }) }).variablesJson).toBe('{"a":1}');
    expect(() => writeVariables(new Date(0))).toThrow('variables must be a plain object, not a Date');
    expect(() => writeVariables(() => 1)).toThrow('not a function');
    expect(() => writeVariables({ toJSON: () => 'text' })).toThrow('not a Object');
  });

  test('says so when they are nested deeper than JSON can be written', () => {
    let deep: unknown = 1;
    for (let level = 0; level < 50_000; level += 1) deep = [deep];
    expect(() => writeVariables({ deep })).toThrow(/^variables are nested too deep/);
    expect(() => writeVariableList({ deep })).toThrow(TypeError);
  });

  test('and reading give back what JSON can hold', () => {
    const name = fc.string({ minLength: 1 });
    fc.assert(
      fc.property(fc.dictionary(name, fc.jsonValue()), (variables) => {
        const expected: unknown = JSON.parse(JSON.stringify(variables));
        expect(readVariables(writeVariableList(variables)).variables).toEqual(expected);
      }),
    );
  });
});

test('spans are durations and ISO 8601 text', () => {
  expect(toDuration(1_500)).toEqual({ seconds: 1, nanos: 5e8 });
  expect(toMilliseconds({ seconds: 1, nanos: 5e8 })).toBe(1_500);
  expect(toMilliseconds(undefined)).toBeUndefined();
  expect([toIsoText(1_500), toIsoText('P1D'), toIsoText(undefined)]).toEqual(['PT1.5S', 'P1D', '']);
});
