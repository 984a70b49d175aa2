/** Due tasks, claimed for a while; whoever executes one is told by its row, not by the claim. */
import type { Task } from '../core/state.js';
import type { TaskStore } from '../engine/ports/tasks.js';
import { numberOrNull } from './cells.js';
import { type Database, run } from './database.js';
import { ENGINE_NOW } from './engine-row.js';
import { call, prepared } from './statement.js';
import { tasks, UNCLAIMED } from './tasks.js';

const claim = prepared(
  'claim_tasks',
  'with picked as materialized (select t.id, t.partition from task t ' +
    `where t.due_at <= ${ENGINE_NOW} and (t.claimed_until is null or t.claimed_until <= now()) ` +
    'order by t.due_at limit $3::int8 for update skip locked) ' +
    'update task t set server_id = $1, server_epoch = $2::int8, ' +
    "claimed_until = now() + $4::float8 * interval '1 millisecond' from picked u " +
    `where t.id = any(array[u.id]) and t.partition = u.partition returning ${tasks.selectList('t')}`,
);

/** A claimed task is due again when its claim ends. */
export const NEXT_DUE =
  `select floor(extract(epoch from least((select t.due_at from task t where t.claimed_until is null ` +
  `order by t.due_at limit 1) - ${ENGINE_NOW}, (select t.claimed_until from task t ` +
  'where t.claimed_until is not null order by t.claimed_until limit 1) - now())) * 1000)::int8';

const nextDue = prepared('next_due', NEXT_DUE);

/** For servers that die or leave. */
export const releaseTasks = prepared(
  'release_tasks',
  `update task t set ${UNCLAIMED} ` +
    'where t.claimed_until is not null and t.server_id = $1 and t.server_epoch = $2::int8',
);

export class Tasks implements TaskStore {
  private readonly database: Database;

  constructor(database: Database) {
    this.database = database;
  }

  async claimDue(serverId: string, serverEpoch: number, limit: number, claimMs: number): Promise<readonly Task[]> {
    const [result] = await run(this.database, 'keys', [call(claim, serverId, serverEpoch, limit, claimMs)]);
    const claimed = result?.rows.map((cells) => tasks.read(cells)) ?? [];
    return claimed.sort((one, other) => one.dueAt - other.dueAt || one.id - other.id);
  }

  async nextDueIn(): Promise<number | null> {
    const [result] = await run(this.database, 'keys', [call(nextDue)]);
    return numberOrNull(result?.rows[0] ?? [], 0);
  }
}
