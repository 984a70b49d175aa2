/** Jobs: their history, and the narrow rows of those that can be handed out or are held. */
import type { Job, JobLock, OpenJob, Partition, TableChanges } from '../core/state.js';
import type { CellValue } from './arrays.js';
import { INTEGER, numberAt, plainArray, TEXT, TIME, textAt, textOrNull, timeAt } from './cells.js';
import { perDay } from './days.js';
import { type Call, type Cells, prepared } from './statement.js';
import {
  arrays,
  boolean,
  type Column,
  day,
  integer,
  integerOrNull,
  optionalText,
  optionalTime,
  type Property,
  RowsStatement,
  RowTable,
  text,
  time,
  unnest,
  word,
} from './table.js';
import { insertOf, writeHistory } from './write-rows.js';

export const jobs = new RowTable<Job, 'job'>('job', {
  partition: day('partition'),
  id: integer('id'),
  rootId: integer('root_id'),
  processInstanceId: integer('process_instance_id'),
  elementInstanceId: integer('element_instance_id'),
  elementId: integer('element_id'),
  processId: integer('process_id'),
  tenantId: text('tenant_id'),
  type: word('type', 'job_type'),
  topic: text('topic'),
  state: word('state', 'job_state'),
  priority: integer('priority'),
  retryCount: integer('retry_count'),
  retryLimit: integer('retry_limit'),
  attempt: integer('attempt'),
  attemptKey: text('attempt_key'),
  effectKey: text('effect_key'),
  listener: integerOrNull('listener'),
  dueAt: time('due_at'),
  createdAt: time('created_at'),
  createdBy: text('created_by'),
  lockToken: optionalText('lock_token'),
  lockedAt: optionalTime('locked_at'),
  lockedBy: optionalText('locked_by'),
  completedAt: optionalTime('completed_at'),
  completedBy: optionalText('completed_by'),
  error: optionalText('error'),
  changeNumber: integer('change_number'),
});

export const writeJobs = writeHistory(jobs, { shardOf: 'id', columns: ['id'] }, [
  'state',
  'retryLimit',
  'dueAt',
  'lockToken',
  'lockedAt',
  'lockedBy',
  'completedAt',
  'completedBy',
  'error',
  'changeNumber',
]);

const lockColumn = (
  name: string,
  type: Column<JobLock>['type'],
  get: (lock: JobLock) => CellValue,
): Column<JobLock | null> => ({ name, type, get: (lock) => (lock === null ? null : get(lock)) });

const lock: Property<JobLock | null> = {
  columns: [
    lockColumn('lock_token', TEXT, (value) => value.token),
    lockColumn('locked_by', TEXT, (value) => value.lockedBy),
    lockColumn('locked_at', TIME, (value) => value.lockedAt),
    lockColumn('server_id', TEXT, ({ owner }) => owner?.serverId ?? null),
    lockColumn('server_epoch', INTEGER, ({ owner }) => owner?.serverEpoch ?? null),
    lockColumn('session_id', TEXT, ({ owner }) => owner?.sessionId ?? null),
    lockColumn('session_generation', INTEGER, ({ owner }) => owner?.sessionGeneration ?? null),
    lockColumn('lock_until', TIME, (value) => value.until),
  ],
  read: readLock,
};

/** A session may stand beside an end time (it may come back for the job); the owner is who has a server. */
function readLock(cells: Cells, at: number): JobLock | null {
  const token = textOrNull(cells, at);
  if (token === null) return null;
  const lockedBy = textAt(cells, at + 1);
  const lockedAt = timeAt(cells, at + 2);
  const serverId = textOrNull(cells, at + 3);
  if (serverId === null) return { token, lockedBy, lockedAt, owner: null, until: timeAt(cells, at + 7) };
  const owner = {
    serverId,
    serverEpoch: numberAt(cells, at + 4),
    sessionId: textAt(cells, at + 5),
    sessionGeneration: numberAt(cells, at + 6),
  };
  return { token, lockedBy, lockedAt, owner, until: null };
}

export const openJobs = new RowTable<OpenJob, 'open_job'>('open_job', {
  partition: day('partition'),
  id: integer('id'),
  rootId: integer('root_id'),
  processId: integer('process_id'),
  processInstanceId: integer('process_instance_id'),
  elementInstanceId: integer('element_instance_id'),
  tenantId: text('tenant_id'),
  topic: text('topic'),
  type: word('type', 'job_type'),
  priority: integer('priority'),
  dueAt: time('due_at'),
  suspended: boolean('suspended'),
  lock,
});

// I5: a write that is not a lease holds only for the token and the owner that were read.
const identity = [...openJobs.columnsOf('id'), ...openJobs.columnsOf('partition')];
const read = openJobs
  .columnsOf('lock')
  .filter((column) => /^(lock_token|server_|session_generation)/.test(column.name));
const given = [...openJobs.columnsOf('suspended'), ...openJobs.columnsOf('lock')];
const givenNew = given.map((column) => ({ ...column, name: `new_${column.name}` }));

const unchanged = [
  't.id = any(array[u.id]) and t.partition = u.partition',
  't.lock_token is not distinct from u.lock_token',
  't.server_id is not distinct from u.server_id',
  't.server_epoch is not distinct from u.server_epoch',
  '(u.server_id is null or t.session_generation = u.session_generation)',
].join(' and ');

const insert = insertOf(openJobs, 'open_job_born');

const update = prepared(
  'open_job_changed',
  'with done as (update open_job t set ' +
    given.map((column, index) => `${column.name} = ${column.type.sql(`u.${givenNew[index]?.name}`)}`).join(', ') +
    ` from ${unnest([...identity, ...read, ...givenNew], 2)} where ${unchanged} returning 1) ` +
    'select expect_rows(count(*), $1) from done',
);

const remove = new RowsStatement(
  [...identity, ...read],
  (rows, suffix) =>
    prepared(
      `open_job_gone${suffix}`,
      `with done as (delete from open_job t using ${rows} where ${unchanged} returning 1) ` +
        'select expect_rows(count(*), $1) from done',
    ),
  2,
);

export function writeOpenJobs({ born, changed, gone }: TableChanges<OpenJob>, calls: Call[]): void {
  if (born.length > 0) calls.push(insert(born));
  if (changed.length > 0) {
    const before = arrays(
      [...identity, ...read],
      changed.map((pair) => pair.before),
    );
    const after = arrays(
      given,
      changed.map((pair) => pair.after),
    );
    calls.push({ statement: update, values: [changed.length, ...before, ...after] });
  }
  if (gone.length > 0) {
    calls.push({ statement: remove.for(gone), values: [gone.length, ...remove.values(gone)] });
  }
}

const load = perDay(
  'load_jobs',
  (of) => `select ${jobs.selectList('j')} from ${of('job')} j where j.id = any($1::int8[])`,
);

export function loadJobs(partition: Partition, ids: readonly number[]): Call {
  return { statement: load(partition), values: [plainArray(ids)] };
}

const loadOpen = prepared(
  'load_open_jobs',
  `select ${openJobs.selectList('o')} from open_job o where o.id = any($1::int8[]) and o.partition = any($2::date[])`,
);

export function loadOpenJobs(refs: readonly { readonly id: number; readonly partition: Partition }[]): Call {
  return {
    statement: loadOpen,
    values: [plainArray(refs.map((ref) => ref.id)), plainArray(refs.map((ref) => ref.partition))],
  };
}

const loadTreeHistory = perDay(
  'load_tree_jobs',
  (of) =>
    `select ${jobs.selectList('j')} from ${of('job')} j where j.root_id = any($1::int8[]) and j.state = 'CREATED'`,
);

const loadTreeOpen = perDay(
  'load_tree_open_jobs',
  (of, partition) =>
    `select ${openJobs.selectList('o')} from ${of('job')} j ` +
    `join open_job o on o.id = any(array[j.id]) and o.partition = '${partition}' ` +
    `where j.root_id = any($1::int8[]) and j.state = 'CREATED'`,
);

/** Jobs that have not ended, with their open rows. */
export function loadTreeJobs(partition: Partition, rootIds: readonly number[]): Call {
  return { statement: loadTreeHistory(partition), values: [plainArray(rootIds)] };
}

export function loadTreeOpenJobs(partition: Partition, rootIds: readonly number[]): Call {
  return { statement: loadTreeOpen(partition), values: [plainArray(rootIds)] };
}
