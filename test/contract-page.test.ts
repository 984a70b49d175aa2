// docs/contract.md says how Baton behaves, and docs/differences.md where it differs on purpose: each with its proof.
import { describe, expect, test } from 'vitest';
import { faultsOfPages, MAX_DIFFERENCES, readTest } from './support/behaviour-pages.js';

const page = (path: string, text: string) => ({ path, text });

test('each statement has an id of its own and a test that runs, and each difference a reason', () => {
  const [contract = '', differences = ''] = ['docs/contract.md', 'docs/differences.md'].map(readTest);
  expect(contract.match(/^- /gm)?.length).toBeGreaterThan(100);
  expect(faultsOfPages(page('docs/contract.md', contract), page('docs/differences.md', differences))).toEqual([]);
});

describe('the reading of the pages', () => {
  const source = `
    describe('a task', () => {
      test('ends', () => {});
      test.skip('waits', () => {});
      describe.skip('of old', () => { test('is odd', () => {}); });
      test.each([['late'], ['soon']])('comes %s', () => {});
      for (const name of ['by hand']) test(name, () => {});
    });`;
  const read = (path: string) => (path === 'test/a.test.ts' ? source : undefined);
  const faults = (contract: string, differences = '') =>
    faultsOfPages(page('contract', contract), page('differences', differences), read);
  const proven = (id: string, title = 'ends') => `- **${id}** It is so.\n  [${title}](../test/a.test.ts)\n`;

  test.each(['ends', 'a task > ends', 'comes soon', 'a task > comes late', 'by hand'])(
    'finds the test "%s"',
    (title) => {
      expect(faults(proven('A-1', title))).toEqual([]);
    },
  );

  const rows: readonly (readonly [fault: string, contract: string])[] = [
    ['contract: A-1 names a test that test/a.test.ts does not have: begins', proven('A-1', 'begins')],
    ['contract: A-1 names a test that test/a.test.ts does not have: comes never', proven('A-1', 'comes never')],
    ['contract: A-1 names a test that is skipped: waits', proven('A-1', 'waits')],
    ['contract: A-1 names a test that is skipped: is odd', proven('A-1', 'is odd')],
    ['contract: A-1 names test/b.test.ts, which does not exist', proven('A-1').replace('a.test', 'b.test')],
    ['contract: A-1 names no test', '- **A-1** It is so.'],
    ['contract: "It is so." has no id', '- It is so.'],
    ['A-1 is used twice', proven('A-1') + proven('A-2') + proven('A-1')],
  ];

  test.each(rows)('finds that %s', (fault, contract) => {
    expect(faults(contract)).toEqual([fault]);
  });

  test('finds an id that both pages use, and a difference without a reason', () => {
    expect(faults(proven('A-1'), proven('A-1'))).toEqual(['A-1 is used twice', 'differences: A-1 has no reason']);
  });

  test('finds that there are too many differences', () => {
    const many = (count: number) =>
      Array.from({ length: count }, (_each, n) => proven(`D-${n}`).replace('so.', 'so. Why: it is.')).join('');
    expect(faults('', many(MAX_DIFFERENCES))).toEqual([]);
    expect(faults('', many(MAX_DIFFERENCES + 1))).toEqual(['differences has more than 25']);
  });
});
