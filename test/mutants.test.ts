// A breakage whose place has moved breaks nothing: `npm run mutants` would find out after an hour.
import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

interface Mutant {
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  readonly tests: readonly string[];
  readonly project: string;
}

const { mutants } = (await import(new URL('mutants.mjs', import.meta.url).href)) as { mutants: readonly Mutant[] };

test.each(mutants)('$name: its place is there once, and so are its tests', ({ file, find, replace, tests }) => {
  expect(readFileSync(file, 'utf8').split(find)).toHaveLength(2);
  expect(replace).not.toBe(find);
  expect(tests.filter((path) => !existsSync(path))).toEqual([]);
});

test('no two have one name', () => {
  expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
});

test('each names the project that runs its tests', () => {
  expect(mutants.filter(({ project }) => !['unit', 'pglite', 'postgres'].includes(project))).toEqual([]);
});
