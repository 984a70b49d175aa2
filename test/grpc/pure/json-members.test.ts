// Members of a JSON object keep every byte that they came with.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jsonMembers } from '../../../src/grpc/json-members.js';

describe('members of a JSON object', () => {
  test.each([
    ['{}', []],
    [' { } ', []],
    ['{"a":1}', [['a', '1']]],
    [
      '{"a": 1.10 , "b":-0,"c":1e2}',
      [
        ['a', '1.10'],
        ['b', '-0'],
        ['c', '1e2'],
      ],
    ],
    ['{"id":12345678901234567890}', [['id', '12345678901234567890']]],
    [
      '{"a":"}","b":"\\"","c":"\\\\"}',
      [
        ['a', '"}"'],
        ['b', '"\\""'],
        ['c', '"\\\\"'],
      ],
    ],
    [
      '{"a":{"b":[1, {"}":"]"}]},"c":[]}',
      [
        ['a', '{"b":[1, {"}":"]"}]}'],
        ['c', '[]'],
      ],
    ],
    [
      '{"\\u0061":true,"n":null}',
      [
        ['a', 'true'],
        ['n', 'null'],
      ],
    ],
    ['\n{"a"\t:\r\n"x"}\n', [['a', '"x"']]],
    [
      '{"a":1,"a":2}',
      [
        ['a', '1'],
        ['a', '2'],
      ],
    ],
    ['{"__proto__":1}', [['__proto__', '1']]],
  ])('%s', (text, expected) => {
    const members = jsonMembers(text);
    expect(typeof members === 'string' ? members : members.map(({ name, value }) => [name, value])).toEqual(expected);
  });

  test.each(['', '{', '[1]', '"a"', '{"a":}', '{a:1}', 'null', '{} {}', '{"a":1,}'])(
    '%j is no JSON object, with a reason',
    (text) => {
      expect(jsonMembers(text)).toEqual(expect.stringMatching(/.+/));
    },
  );

  test('mean the same as the whole', () => {
    const indent = fc.constantFrom(0, 1, 3);
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true }), indent, (object, spaces) => {
        const text = JSON.stringify(object, null, spaces);
        const members = jsonMembers(text);
        if (typeof members === 'string') throw new Error(members);
        expect(members.map(({ name, value }) => [name, JSON.parse(value)])).toEqual(
          Object.entries(JSON.parse(text) as object),
        );
        for (const { value } of members) expect(text).toContain(value);
      }),
    );
  });
});
