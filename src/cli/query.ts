/** What all lists have in common: how many results, and a word when there are more. */
import type { Pages } from '@baton/client';
import type { Context } from './context.js';

export const limitOption = {
  limit: { kind: 'number', value: 'number', about: 'How many at most; 50 if not given.', least: 1, most: 100_000 },
} as const;

export const PAGE_SIZE = 500;

export async function take<T>(pages: Pages<T>, what: string, context: Context, limit = 50): Promise<readonly T[]> {
  const results: T[] = [];
  for await (const one of pages) {
    if (results.length === limit) {
      context.say(`There are more ${what}; --limit shows them.`);
      break;
    }
    results.push(one);
  }
  if (results.length === 0) context.say(`There are no such ${what}.`);
  return results;
}
