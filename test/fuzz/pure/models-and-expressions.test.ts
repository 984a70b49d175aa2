// The short form of `npm run fuzz` for what needs no server: other inputs in each run, from a seed that is printed.
import { expect, test } from 'vitest';
import { described, type Kind } from '../campaign.js';
import { runPortion } from '../run-portion.js';

const seed = Math.floor(Math.random() * 2 ** 31);

/** What needs no server asks for none. */
const database = () => Promise.reject(new Error('there is no database'));

test.each<[Kind, number]>([
  ['xml', 700],
  ['feel', 2_500],
])(
  `%s: %i random inputs of seed ${seed} do no harm`,
  async (kind, count) => {
    const { inputs, findings } = await runPortion({ kind, first: 0, count }, { seed, database });
    expect(findings.map(described)).toEqual([]);
    expect(inputs).toBe(count);
  },
  600_000,
);
