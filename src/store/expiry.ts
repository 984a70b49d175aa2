/**
 * What is kept for a time only: request rows for a day (design section 9), marks that nobody asks for any more, and what
 * changed about user tasks, for a little longer than a watcher may be away.
 */
import { type Database, run } from './database.js';
import { ENGINE_NOW } from './engine-row.js';
import { call, prepared } from './statement.js';

/** In chunks: a long delete would hold back what the database can clean up. */
const CHUNK = 5_000;

/** Chunks of one call: the next call goes on. */
const CHUNKS = 20;

/** By the place of the rows, so that they are found once; two servers at once skip each other's. */
function forget(table: string): ReturnType<typeof prepared> {
  return prepared(
    `forget_${table}`,
    `delete from ${table} where ctid = any(array(select ctid from ${table} ` +
      `where created_at < now() - interval '24 hours' limit ${CHUNK} for update skip locked))`,
  );
}

/** A day after they were delivered or expired; a request that is repeated reads its message until then. */
const forgetMessages = prepared(
  'forget_messages',
  'with gone as (delete from message where ctid = any(array(select ctid from message ' +
    `where created_at < ${ENGINE_NOW} - interval '24 hours' and coalesce(ended_at, expires_at) < ${ENGINE_NOW} - interval '24 hours' ` +
    `limit ${CHUNK} for update skip locked)) returning id), ` +
    'deliveries as (delete from message_delivery where message_id in (select id from gone)), ' +
    // An instance that it started keeps its key until it ends.
    'keys as (delete from held_key where holder in (select id from gone)) select id from gone',
);

/** A day after they were sent; one that has not reached all is kept until it has. Who was passed by is forgotten with it. */
const forgetSignals = prepared(
  'forget_signals',
  'with gone as (delete from signal where ctid = any(array(select g.ctid from signal g ' +
    `where g.created_at < ${ENGINE_NOW} - interval '24 hours' and g.subscriber_count is not null ` +
    `and not exists (select 1 from signal_target t where t.signal_id = g.id and t.failure is null) ` +
    `limit ${CHUNK} for update skip locked)) returning id), ` +
    'passed as (delete from signal_target where signal_id in (select id from gone)) select id from gone',
);

const statements = [
  ...[forget('request'), forget('commit_mark'), forget('user_task_change')],
  ...[forgetMessages, forgetSignals],
];

export async function forgetExpired(database: Database): Promise<void> {
  for (const statement of statements) {
    for (let chunk = 0; chunk < CHUNKS; chunk++) {
      const [result] = await run(database, 'lists', [call(statement)]);
      if ((result?.count ?? 0) < CHUNK) break;
    }
  }
}
