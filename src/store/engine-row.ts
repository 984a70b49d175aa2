/** What the database knows of itself: engine time, and blocks of ids. */
import { numberAt } from './cells.js';
import { type Database, run } from './database.js';
import { call, prepared } from './statement.js';

/** The transaction's time, and engine time's offset from it; both in milliseconds. */
export const TIME = prepared(
  'time',
  'select floor(extract(epoch from now()) * 1000)::int8, (select time_offset_ms from engine)',
);

/** Engine time, in SQL. */
export const ENGINE_NOW = "(now() + (select time_offset_ms from engine) * interval '1 millisecond')";

/** The day of engine time, in SQL: where new roots go. */
export const ENGINE_DAY = `(${ENGINE_NOW} at time zone 'UTC')::date`;

/** The UTC day of a time in epoch milliseconds. */
export function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

const nextBlock = prepared('id_block', "select nextval('id_block')");

/** Counters in one block: enough for seconds, and 2^45 of them last. */
export const BLOCK_SIZE = 100_000;

export async function reserveIds(database: Database): Promise<{ readonly first: number; readonly size: number }> {
  const [result] = await run(database, 'keys', [call(nextBlock)]);
  const block = numberAt(result?.rows[0] ?? [], 0);
  return { first: (block - 1) * BLOCK_SIZE + 1, size: BLOCK_SIZE };
}
