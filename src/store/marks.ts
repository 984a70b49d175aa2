/** Commit marks: each group's random id, unique. They settle a COMMIT whose answer was lost (design section 5). */
import { type Database, run } from './database.js';
import { type Call, call, prepared, resultAt } from './statement.js';

const insert = prepared('insert_mark', 'insert into commit_mark (mark) values ($1::text)');
const remove = prepared('remove_mark', 'delete from commit_mark where mark = $1::text');

export function writeMark(mark: string, oldMark: string | null): readonly Call[] {
  return oldMark === null ? [call(insert, mark)] : [call(insert, mark), call(remove, oldMark)];
}

const settle = prepared(
  'settle_mark',
  'insert into commit_mark (mark, settled) values ($1::text, true) on conflict do nothing',
);
const isSettled = prepared('read_mark', 'select settled from commit_mark where mark = $1::text');

/**
 * The group's mark is there: it committed. It is not, and now a settled one is: it never can, a late flush fails on it.
 * While the database still holds the transaction, the insert waits for its end. Asking twice gives the same answer.
 */
export async function wasCommitted(database: Database, mark: string): Promise<boolean> {
  const results = await run(database, 'keys', [call(settle, mark), call(isSettled, mark)]);
  return resultAt(results, 1).rows[0]?.[0] === 'f';
}
