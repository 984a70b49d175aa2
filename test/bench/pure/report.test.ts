import { expect, test } from 'vitest';
import { readOptions } from '../../../bench/options.js';
import { atLeast, type Part } from '../../../bench/part.js';
import { parts } from '../../../bench/parts.js';
import { json, markdown, table, texts } from '../../../bench/report.js';

const part: Part = {
  name: 'some',
  about: 'some things',
  keys: ['some_per_s', 'some'],
  targets: { some_per_s: atLeast(100), 'some.ratio': atLeast(0.5) },
  run: () => Promise.reject(new Error('this one is not run')),
};

const figures = { some_per_s: 1234.5, some: { ratio: 0.25, unknown: null, plan: 'Seq Scan' } };

test('a table has each figure by its path, its target, and whether it is met', () => {
  const lines = table([part], { figures, errors: { other: 'it broke' } }).split('\n');
  expect(lines.map((line) => line.split(/ {2,}/))).toEqual([
    ['figure', 'measured', 'target', 'met'],
    ['some_per_s', '1,234.5', 'at least 100', 'yes'],
    ['some.ratio', '0.25', 'at least 0.5', 'NO'],
    ['some.unknown', 'unknown'],
    ['other', 'FAILED', 'it broke', 'NO'],
  ]);
  expect(texts(figures)).toEqual([['some.plan', 'Seq Scan']]);
});

test('the file for programs has the keys at its top, and what they were found on', () => {
  expect(JSON.parse(json(report))).toMatchObject({ some_per_s: 1234.5, commit: 'abc of 2026-01-02', errors: {} });
});

test('the report says at which commit it was made, and has the texts', () => {
  const text = markdown([part], report);
  expect(text).toContain('at commit abc of 2026-01-02');
  expect(text).toContain('| some.ratio | 0.25 | at least 0.5 | NO |');
  expect(text).toContain('Seq Scan');
  expect(text).toContain('- fsync: on');
});

const report = {
  commit: 'abc of 2026-01-02',
  form: 'the full form',
  minutes: 17,
  versions: { node: 'v20' },
  settings: { fsync: 'on' },
  machine: { memory: '24 GiB' },
  figures,
  errors: {},
};

test('parts are chosen by their name or by a key, and unknown ones are refused', () => {
  const chosen = (only: string) => readOptions(['--only', only], parts).chosen.map(({ name }) => name);
  expect(chosen('stream_ratio,idle')).toEqual(['stream', 'idle']);
  expect(() => chosen('streem')).toThrow('there is no part streem; there are: stream,');
});

test('a short try is smaller in all, and says so', () => {
  const { scale, form } = readOptions(['--seconds', '1'], parts);
  expect(scale).toMatchObject({ seconds: 1, idleSeconds: 6, backlogJobs: 100_000, growth: [1_000, 100_000] });
  expect(form).toContain('a try of 1 s');
  expect(readOptions([], parts).scale).toMatchObject({ seconds: 10, backlogJobs: 1_000_000 });
  expect(() => readOptions(['--seconds', 'x'], parts)).toThrow('--seconds x');
});

test('no two parts have the same name or key', () => {
  const names = parts.flatMap(({ name, keys }) => [...new Set([name, ...keys])]);
  expect(new Set(names).size).toBe(names.length);
});
