// The short form of `npm run fuzz` for the wire: other inputs in each run, from a seed that is printed.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../support/databases.js';
import { described, type Kind } from './campaign.js';
import { runPortion } from './run-portion.js';

const seed = Math.floor(Math.random() * 2 ** 31);
const databases: FreshDatabase[] = [];

beforeAll(async () => {
  databases.push(await freshDatabase(), await freshDatabase());
});

afterAll(async () => {
  for (const database of databases) await database.drop();
});

test.each<[Kind, number]>([
  ['rpc', 1_200],
  ['stream', 150],
])(
  `%s: %i random inputs of seed ${seed} do no harm`,
  async (kind, count) => {
    const database = async () => databases[kind === 'rpc' ? 0 : 1]?.settings ?? Promise.reject(new Error('not made'));
    const { inputs, findings } = await runPortion({ kind, first: 0, count }, { seed, database });
    expect(findings.map(described)).toEqual([]);
    expect(inputs).toBe(count);
  },
  600_000,
);
