// Statements of a transaction share one end: what comes of them, and of what follows, when one fails.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Connection, Database } from '../../src/store/database.js';
import { StatementError } from '../../src/store/errors.js';
import { BEGIN, COMMIT, call, prepared, ROLLBACK, unprepared } from '../../src/store/statement.js';
import { openDatabase } from '../../src/store/store.js';
import { type FreshDatabase, freshDatabase } from '../support/databases.js';

let fresh: FreshDatabase;
let database: Database;
let connection: Connection;
beforeAll(async () => {
  fresh = await freshDatabase();
  database = await openDatabase({ database: fresh.settings, lanes: 1, migrations: 'run', warn: console.error });
  connection = await database.connect('keys');
  await connection.run([call(unprepared('create table if not exists noted (number integer primary key)'))]);
});
afterAll(async () => {
  connection.release();
  await database.close();
  await fresh.drop();
});

const note = prepared('note', 'insert into noted values ($1::int)');
const count = prepared('count', 'select count(*), null, max(number) from noted');
const all = prepared('all', 'select number from noted order by number');
const divide = prepared('divide', 'select 1 / $1::int');

async function failure(...calls: Parameters<Connection['run']>[0]): Promise<StatementError> {
  const error = await connection.run(calls).catch((thrown: unknown) => thrown);
  if (!(error instanceof StatementError)) throw new Error('the batch did not fail');
  return error;
}

test('each statement has its own result', async () => {
  const results = await connection.run([
    BEGIN,
    call(note, 1),
    call(note, 2),
    call(count),
    call(all),
    call(unprepared('delete from noted where number > $1::int'), 9),
    COMMIT,
  ]);
  expect(results).toEqual([
    { tag: 'BEGIN', count: 0, rows: [] },
    { tag: 'INSERT', count: 1, rows: [] },
    { tag: 'INSERT', count: 1, rows: [] },
    { tag: 'SELECT', count: 1, rows: [['2', null, '2']] },
    { tag: 'SELECT', count: 2, rows: [['1'], ['2']] },
    { tag: 'DELETE', count: 0, rows: [] },
    { tag: 'COMMIT', count: 0, rows: [] },
  ]);
});

test('the first that fails is named, and what comes after it does nothing, COMMIT neither', async () => {
  const failed = await failure(BEGIN, call(note, 3), call(divide, 0), call(note, 4), COMMIT);
  expect([failed.index, failed.sqlState]).toEqual([2, '22012']);
  expect((await failure(call(count))).sqlState).toBe('25P02');
  await connection.run([ROLLBACK]);
  expect((await connection.run([call(count)]))[0]?.rows).toEqual([['2', null, '2']]);
});

test('what a failed batch was the first to name can be used by the next one', async () => {
  const late = prepared('late', 'select $1::int + 1');
  const broken = prepared('broken', 'select 1 / $1::int');
  await failure(BEGIN, call(broken, 0), call(late, 1), COMMIT);
  await connection.run([ROLLBACK]);
  const results = await connection.run([BEGIN, call(late, 1), call(broken, 1), COMMIT]);
  expect(results.map(({ rows }) => rows)).toEqual([[], [['2']], [['1']], []]);
});

test('outside of a transaction each statement stands for itself', async () => {
  expect((await failure(call(note, 5), call(divide, 0), call(note, 6))).index).toBe(1);
  expect((await connection.run([call(all)]))[0]?.rows).toEqual([['1'], ['2'], ['5'], ['6']]);
});
