/**
 * Keyset pages. A token is the last key of its page and a hash of the filter, so that it fits no other filter. It is
 * opaque, and holds nothing that its owner has not seen.
 */
import { createHash } from 'node:crypto';
import { type Refusal, refuse } from '../core/refusal.js';
import type { Page } from '../engine/reader.js';
import { isDay } from './read-filters.js';

/** `day` and `text` are texts. */
export type KeyType = 'day' | 'number' | 'text';
export type Key = readonly (string | number)[];

/** What a token belongs to: a list, and what it was filtered by. */
export interface PageOf {
  readonly list: string;
  readonly filter: object;
}

export function tokenOf(of: PageOf, key: Key): string {
  return Buffer.from(JSON.stringify([key, hashOf(of)])).toString('base64url');
}

/** Null: the first page. */
export function keyOf(of: PageOf, types: readonly KeyType[], token: string): Key | null | Refusal {
  if (token === '') return null;
  const decoded = decode(token);
  if (!Array.isArray(decoded) || decoded.length !== 2) return refused('is no token of a page');
  const [key, hash] = decoded as [unknown, unknown];
  if (!Array.isArray(key) || key.length !== types.length) return refused('is no token of this list');
  if (hash !== hashOf(of)) return refused('was made with another filter');
  const parts: readonly unknown[] = key;
  if (!types.every((type, index) => fits[type](parts[index]))) return refused('is no token of this list');
  return parts as Key;
}

const fits: { readonly [T in KeyType]: (part: unknown) => boolean } = {
  day: (part) => typeof part === 'string' && isDay(part),
  number: (part) => Number.isSafeInteger(part),
  text: (part) => typeof part === 'string' && !part.includes('\u0000'),
};

function refused(what: string): Refusal {
  return refuse('PAGE_TOKEN_INVALID', `The page token ${what}; begin again with an empty one.`, {}, 'page_token');
}

function decode(token: string): unknown {
  try {
    return JSON.parse(Buffer.from(token, 'base64url').toString());
  } catch {
    // Broken in any way is no token.
    return null;
  }
}

/** Of what restricts: the order of properties, and absent ones, make no difference. */
function hashOf({ list, filter }: PageOf): string {
  const given = Object.entries(filter).filter(([, value]) => value !== undefined);
  given.sort(([one], [other]) => (one < other ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([list, given]))
    .digest('base64url')
    .slice(0, 16);
}

/** `found` holds one more than the page where there is a next page. */
export function pageOf<View>(of: PageOf, size: number, found: readonly View[], key: (view: View) => Key): Page<View> {
  const results = found.slice(0, size);
  const last = results[size - 1];
  return { results, nextToken: found.length > size && last !== undefined ? tokenOf(of, key(last)) : '' };
}
