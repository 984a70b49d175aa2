/**
 * What hangs on element instances and is open: jobs, tasks, incidents, user tasks and waits. Each is found by its own key
 * beside the root's, so that one of ten thousand instances of an activity costs as much as a single one.
 */
import type { Owner, Partition } from '../core/state.js';
import { plainArray } from './cells.js';
import { type DayStatement, perDay } from './days.js';
import { incidents } from './incidents.js';
import { jobs, openJobs } from './jobs.js';
import { messageSubscriptions } from './messages.js';
import { signalSubscriptions } from './signals.js';
import { type Call, type Parameter, prepared } from './statement.js';
import { tasks } from './tasks.js';
import { openUserTasks } from './user-tasks.js';

const OWNERS = 'unnest($1::int8[], $2::int8[]) u(root_id, id)';
const HANGS = 't.root_id = any(array[u.root_id]) and t.element_instance_id = any(array[u.id])';

type Load = (day: Partition, owners: readonly Owner[]) => Call;

function ofDay(statement: DayStatement): Load {
  return (day, owners) => ({ statement: statement(day), values: valuesOf(owners) });
}

/** Of a table without partitions. */
function open(name: string, table: string, columns: string, more = ''): Load {
  const statement = prepared(
    `load_owner_${name}`,
    `select ${columns} from ${OWNERS} join ${table} t on ${HANGS} where t.partition = $3::date${more}`,
  );
  return (day, owners) => ({ statement, values: [...valuesOf(owners), day] });
}

const ownJobs = perDay(
  'load_owner_jobs',
  (of) => `select ${jobs.selectList('t')} from ${OWNERS} join ${of('job')} t on ${HANGS} where t.state = 'CREATED'`,
);

const ownOpenJobs = perDay(
  'load_owner_open_jobs',
  (of, day) =>
    `select ${openJobs.selectList('o')} from ${OWNERS} join ${of('job')} t on ${HANGS} ` +
    `join open_job o on o.id = any(array[t.id]) and o.partition = '${day}' where t.state = 'CREATED'`,
);

/** OFFSET keeps the index of open incidents out, which would be walked for all owners. */
const ownIncidents = perDay(
  'load_owner_incidents',
  (of) =>
    `select ${incidents.selectList('i')} from ${OWNERS} cross join lateral (` +
    `select * from ${of('incident')} t where ${HANGS} offset 0) i where i.resolved_at is null`,
);

/** Whoever holds the tree's lock is the only one to execute its tasks. */
const ownTasks = open('tasks', 'task', tasks.selectList('t'), ' order by t.id for update of t');

/** By the name of what they load. */
export const OF_OWNERS = [
  ['jobs', ofDay(ownJobs)],
  ['openJobs', ofDay(ownOpenJobs)],
  ['incidents', ofDay(ownIncidents)],
  ['tasks', ownTasks],
  ['userTasks', open('user_tasks', 'open_user_task', openUserTasks.selectList('t'))],
  ['messageSubscriptions', open('messages', 'message_subscription', messageSubscriptions.selectList('t'))],
  ['signalSubscriptions', open('signals', 'signal_subscription', signalSubscriptions.selectList('t'))],
] as const;

function valuesOf(owners: readonly Owner[]): readonly Parameter[] {
  return [plainArray(owners.map(({ rootId }) => rootId)), plainArray(owners.map(({ id }) => id))];
}
