// Owns what the calls of all nouns share.
import { BatonError } from '../errors.js';

/** A part of an answer that the contract promises. */
export function promised<T>(part: T | undefined, name: string): T {
  if (part !== undefined) return part;
  throw new BatonError({ code: 'INTERNAL', message: `the answer has no ${name}` });
}

/** For queries whose results are handed on as they are. */
export const asIs = <T>(result: T): T => result;

/** The contract takes no more items in one bulk call. */
export const itemsPerCall = 1_000;
