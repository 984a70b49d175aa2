/** What changed about user tasks: read below the oldest transaction that is under way, so that nothing comes later in between. */
import type {
  UserTaskChange,
  UserTaskChangeStore,
  UserTaskChanges,
  WatchPosition,
} from '../engine/ports/user-tasks.js';
import type { UserTaskView } from '../engine/reader.js';
import { numberAt, plainArray, textAt, textOrNull } from './cells.js';
import { type Database, run, runTogether } from './database.js';
import { byPartition } from './days.js';
import { SNAPSHOT } from './read-lists.js';
import { readUserTaskView, USER_TASK_COLUMNS, USER_TASK_JOINS } from './read-user-tasks.js';
import { type Cells, call, resultAt, unprepared } from './statement.js';

/** Changes are forgotten after 24 hours; a position of this age still has all that came after it. */
const KNOWN_MS = 23 * 3_600_000;

/** Of one snapshot with the changes. Transactions below its xmin have ended, and none below it will begin. */
const FACTS = unprepared(
  'select (select incarnation from engine), pg_snapshot_xmin(s.now)::text, pg_snapshot_xmax(s.now)::text, ' +
    'floor(extract(epoch from now()) * 1000)::int8, ' +
    'exists (select from user_task_change c where c.xid >= pg_snapshot_xmin(s.now)) ' +
    'from (select pg_current_snapshot() as now) s',
);

const CHANGES = unprepared(
  'select c.xid::text, c.id, c.partition, floor(extract(epoch from c.created_at) * 1000)::int8, c.assignee_before, ' +
    'c.candidate_users_before, c.candidate_groups_before from user_task_change c ' +
    'where (c.xid, c.id) > ($1::xid8, $2::int8) and c.xid < pg_snapshot_xmin(pg_current_snapshot()) ' +
    'order by c.xid, c.id limit $3::int8',
);

const VIEWS = unprepared(
  `select ${USER_TASK_COLUMNS} from user_task t ${USER_TASK_JOINS} ` +
    'where t.partition = $1::date and t.id = any($2::int8[])',
);

interface Facts {
  readonly incarnation: string;
  readonly xmin: string;
  readonly xmax: string;
  readonly now: number;
  readonly pending: boolean;
}

/** A change without its user task. */
interface Noted extends Pick<UserTaskChange, 'xid' | 'id' | 'before'> {
  readonly partition: string;
  readonly at: number;
}

export class StoredUserTaskChanges implements UserTaskChangeStore {
  private readonly database: Database;

  constructor(database: Database) {
    this.database = database;
  }

  async now(): Promise<WatchPosition> {
    const [facts] = await run(this.database, 'lists', [call(FACTS)]);
    return endOf(readFacts(facts?.rows[0] ?? []));
  }

  async after(position: WatchPosition, limit: number): Promise<UserTaskChanges | null> {
    const changes = call(CHANGES, position.xid, position.id, limit);
    const results = await runTogether(this.database, 'lists', [SNAPSHOT, call(FACTS), changes]);
    const facts = readFacts(resultAt(results, 1).rows[0] ?? []);
    if (!knows(facts, position)) return null;
    const noted = resultAt(results, 2).rows.map(readNoted);
    const last = noted.at(-1);
    const full = noted.length === limit && last !== undefined;
    const { incarnation } = facts;
    return {
      changes: await this.withViews(noted),
      end: full ? { incarnation, xid: last.xid, id: last.id, at: last.at } : endOf(facts),
      full,
      pending: facts.pending,
    };
  }

  /** A user task whose day is gone is not told of. */
  private async withViews(noted: readonly Noted[]): Promise<readonly UserTaskChange[]> {
    if (noted.length === 0) return [];
    const calls = [...byPartition(noted)].map(([day, ofDay]) =>
      call(VIEWS, day, plainArray(ofDay.map(({ id }) => id))),
    );
    const views = new Map<number, UserTaskView>();
    for (const { rows } of await run(this.database, 'lists', calls)) {
      for (const cells of rows) {
        const view = readUserTaskView(cells);
        views.set(view.row.id, view);
      }
    }
    return noted.flatMap(({ xid, id, before }) => {
      const view = views.get(id);
      return view === undefined ? [] : [{ xid, id, before, view }];
    });
  }
}

/** All transactions below xmin are behind it; those from xmin on come after it. */
function endOf({ incarnation, xmin, now }: Facts): WatchPosition {
  return { incarnation, xid: xmin, id: 0, at: now };
}

function knows({ incarnation, xmax, now }: Facts, position: WatchPosition): boolean {
  return position.incarnation === incarnation && BigInt(position.xid) <= BigInt(xmax) && now - position.at < KNOWN_MS;
}

function readFacts(cells: Cells): Facts {
  return {
    incarnation: textAt(cells, 0),
    xmin: textAt(cells, 1),
    xmax: textAt(cells, 2),
    now: numberAt(cells, 3),
    pending: cells[4] === 't',
  };
}

function readNoted(cells: Cells): Noted {
  const users = textOrNull(cells, 5);
  const before =
    users === null
      ? null
      : {
          assignee: textOrNull(cells, 4),
          candidateUsers: JSON.parse(users) as string[],
          candidateGroups: JSON.parse(textAt(cells, 6)) as string[],
        };
  return { xid: textAt(cells, 0), id: numberAt(cells, 1), partition: textAt(cells, 2), at: numberAt(cells, 3), before };
}
