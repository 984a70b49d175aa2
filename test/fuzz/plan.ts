// How many inputs of each kind, and which of the two processes runs them.
import { KINDS, type Kind } from './campaign.js';

/** Inputs of the long form. */
export const ALL_INPUTS = 1_000_000;

/** Of a hundred inputs. Expressions cost least; an input of the stream is a whole conversation. */
const SHARES: Readonly<Record<Kind, number>> = { xml: 20, feel: 45, rpc: 30, stream: 5 };

/** What each process runs. */
export const PROCESSES: readonly (readonly Kind[])[] = [
  ['xml', 'feel'],
  ['rpc', 'stream'],
];

export interface Portion {
  readonly kind: Kind;
  readonly first: number;
  readonly count: number;
}

export function portions(inputs: number, only: Kind | undefined): readonly Portion[] {
  const kinds = only === undefined ? KINDS : [only];
  return kinds.map((kind) => ({
    kind,
    first: 0,
    count: only === undefined ? Math.round((inputs * SHARES[kind]) / 100) : inputs,
  }));
}
