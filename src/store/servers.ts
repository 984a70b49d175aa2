/** Servers: beats, and death as a write (design section 6). Epochs are never given twice. */
import type { Beat, ServerStore } from '../engine/ports/servers.js';
import { numberAt, numberOrNull, textAt } from './cells.js';
import { type Database, run, runTogether } from './database.js';
import { endServer, ORPHANED, releaseServer } from './leases.js';
import { call, prepared, resultAt } from './statement.js';
import { NEXT_DUE, releaseTasks } from './task-store.js';

const register = prepared(
  'register_server',
  'insert into server (id, beat, beat_at, registered_at) values ($1, 0, now(), now()) on conflict (id) do update ' +
    "set epoch = nextval('server_epoch'), beat = 0, beat_at = now(), registered_at = now() returning epoch",
);

const beat = prepared('beat', 'update server set beat = beat + 1, beat_at = now() where id = $1 and epoch = $2::int8');

/** I12: what a beat asks for is one statement; other servers come as a list of [id, epoch, beat]. */
const known = prepared(
  'beat_facts',
  `select (${NEXT_DUE}), exists (select from open_job o where o.lock_until <= now()) ` +
    `or exists (select from open_job o where ${ORPHANED}), ` +
    "(select coalesce(json_agg(json_build_array(x.id, x.epoch, x.beat) order by x.id), '[]') from server x where x.id <> $1), " +
    "coalesce(pg_sequence_last_value('server_epoch'), 0)",
);

const remove = prepared('remove_server', 'delete from server where id = $1 and epoch = $2::int8');

export class Servers implements ServerStore {
  private readonly database: Database;

  constructor(database: Database) {
    this.database = database;
  }

  async register(serverId: string): Promise<number> {
    const [result] = await run(this.database, 'keys', [call(register, serverId)]);
    return numberAt(result?.rows[0] ?? [], 0);
  }

  async beat(serverId: string, serverEpoch: number): Promise<Beat> {
    const results = await run(this.database, 'keys', [call(beat, serverId, serverEpoch), call(known, serverId)]);
    const facts = resultAt(results, 1).rows[0] ?? [];
    const others = JSON.parse(textAt(facts, 2)) as readonly (readonly [id: string, epoch: number, beat: number])[];
    return {
      alive: resultAt(results, 0).count === 1,
      others: others.map(([id, epoch, counter]) => ({ id, epoch, beat: counter })),
      nextTaskInMs: numberOrNull(facts, 0),
      endedLocks: facts[1] === 't',
      latestEpoch: numberAt(facts, 3),
    };
  }

  /** The row goes with all that the server held: its next beat finds nothing. Who comes second finds nothing to do. */
  async declareDead(serverId: string, serverEpoch: number): Promise<boolean> {
    const results = await runTogether(this.database, 'keys', [
      call(remove, serverId, serverEpoch),
      call(releaseServer, serverId, serverEpoch),
      call(releaseTasks, serverId, serverEpoch),
    ]);
    return resultAt(results, 0).count === 1;
  }

  async leave(serverId: string, serverEpoch: number, resumeWindowMs: number): Promise<void> {
    await runTogether(this.database, 'keys', [
      call(endServer, serverId, serverEpoch, resumeWindowMs),
      call(releaseTasks, serverId, serverEpoch),
      call(remove, serverId, serverEpoch),
    ]);
  }
}
