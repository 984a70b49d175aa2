/**
 * User tasks: their history, what is open of them, and what changed in which transaction.
 *
 * An open one is kept twice: whole in `open_user_task` too, so that lists of open work read one table with indexes of its
 * own, whatever days there are. Both are written from the same row, here alone.
 */
import type { Partition, Ref, TableChanges, UserTask } from '../core/state.js';
import { JSON_OBJECT, plainArray, TEXT, textAt } from './cells.js';
import { perDay } from './days.js';
import { type Call, prepared } from './statement.js';
import {
  type Column,
  day,
  integer,
  optionalText,
  optionalTime,
  type Properties,
  type Property,
  RowTable,
  tags,
  text,
  time,
  unnest,
  word,
} from './table.js';
import { exactly, insertOf, writeHistory } from './write-rows.js';

const names = (name: string): Property<readonly string[]> => ({
  columns: [{ name, type: JSON_OBJECT, get: (value) => JSON.stringify(value) }],
  read: (cells, at) => JSON.parse(textAt(cells, at)) as string[],
});

const properties: Properties<UserTask> = {
  partition: day('partition'),
  id: integer('id'),
  rootId: integer('root_id'),
  processInstanceId: integer('process_instance_id'),
  elementInstanceId: integer('element_instance_id'),
  elementId: integer('element_id'),
  processId: integer('process_id'),
  tenantId: text('tenant_id'),
  correlationKey: optionalText('correlation_key'),
  state: word('state', 'instance_state'),
  revision: integer('revision'),
  assignee: optionalText('assignee'),
  candidateUsers: names('candidate_users'),
  candidateGroups: names('candidate_groups'),
  dueAt: optionalTime('due_at'),
  followUpAt: optionalTime('follow_up_at'),
  priority: integer('priority'),
  formKey: optionalText('form_key'),
  tags: tags('tags'),
  createdAt: time('created_at'),
  createdBy: text('created_by'),
  endedAt: optionalTime('ended_at'),
  endedBy: optionalText('ended_by'),
  changeNumber: integer('change_number'),
};

export const userTasks = new RowTable<UserTask, 'user_task'>('user_task', properties);
export const openUserTasks = new RowTable<UserTask, 'open_user_task'>('open_user_task', properties);

const CHANGING = [
  ...(['state', 'revision', 'assignee', 'candidateUsers', 'candidateGroups', 'dueAt', 'followUpAt'] as const),
  ...(['priority', 'tags', 'endedAt', 'endedBy', 'changeNumber'] as const),
];

// --- Writing ---------------------------------------------------------------------------------------------------------

const writeUserTaskHistory = writeHistory(userTasks, { shardOf: 'id', columns: ['id'] }, CHANGING);

const identity = [...openUserTasks.columnsOf('id'), ...openUserTasks.columnsOf('partition')];
const changing = CHANGING.flatMap((name) => openUserTasks.columnsOf(name));
const sameRow = 't.id = any(array[u.id]) and t.partition = u.partition';

const insertOpen = insertOf(openUserTasks, 'open_user_task_born');

const updateOpen = exactly(
  'open_user_task_changed',
  [...identity, ...changing],
  `update open_user_task t set ${changing.map(({ name, type }) => `${name} = ${type.sql(`u.${name}`)}`).join(', ')} ` +
    `from ${unnest([...identity, ...changing], 2)} where ${sameRow}`,
);

const removeOpen = exactly(
  'open_user_task_gone',
  identity,
  `delete from open_user_task t using ${unnest(identity, 2)} where ${sameRow}`,
);

export function writeUserTasks(changes: TableChanges<UserTask>, calls: Call[]): void {
  const { born, changed } = changes;
  if (born.length + changed.length === 0) return;
  writeUserTaskHistory(changes, calls);
  const opened = born.filter(isOpen);
  const kept: UserTask[] = [];
  const closed: UserTask[] = [];
  for (const { before, after } of changed) {
    if (isOpen(after)) (isOpen(before) ? kept : opened).push(after);
    else if (isOpen(before)) closed.push(after);
  }
  if (opened.length > 0) calls.push(insertOpen(opened));
  if (kept.length > 0) calls.push(updateOpen(kept));
  if (closed.length > 0) calls.push(removeOpen(closed));
  calls.push(noteChanges(changes));
}

function isOpen({ state }: UserTask): boolean {
  return state === 'STARTED';
}

/** What a watcher has to know of a change: where it was, and whose it was until then. */
interface Change extends Ref {
  readonly before: UserTask | null;
}

const list = (read: (before: UserTask) => readonly string[]): Column<Change['before']>['get'] => {
  return (before) => (before === null ? null : JSON.stringify(read(before)));
};

const beforeColumns: readonly Column<Change['before']>[] = [
  { name: 'assignee_before', type: TEXT, get: (before) => before?.assignee ?? null },
  { name: 'candidate_users_before', type: JSON_OBJECT, get: list(({ candidateUsers }) => candidateUsers) },
  { name: 'candidate_groups_before', type: JSON_OBJECT, get: list(({ candidateGroups }) => candidateGroups) },
];

const userTaskChanges = new RowTable<Change>('user_task_change', {
  partition: day('partition'),
  id: integer('id'),
  before: {
    columns: beforeColumns,
    read: () => {
      throw new Error('Changes are read as they are watched, not as rows.');
    },
  },
});

const insertChange = insertOf(userTaskChanges, 'user_task_change_born');

function noteChanges({ born, changed }: TableChanges<UserTask>): Call {
  const rows: Change[] = born.map(({ partition, id }) => ({ partition, id, before: null }));
  for (const { before } of changed) rows.push({ partition: before.partition, id: before.id, before });
  return insertChange(rows);
}

// --- Loading ---------------------------------------------------------------------------------------------------------

const load = perDay(
  'load_user_tasks',
  (of) => `select ${userTasks.selectList('t')} from ${of('user_task')} t where t.id = any($1::int8[])`,
);

export function loadUserTasks(partition: Partition, ids: readonly number[]): Call {
  return { statement: load(partition), values: [plainArray(ids)] };
}

const loadTree = prepared(
  'load_tree_user_tasks',
  `select ${openUserTasks.selectList('t')} from open_user_task t ` +
    'where t.root_id = any($1::int8[]) and t.partition = $2::date',
);

/** The open ones. */
export function loadTreeUserTasks(partition: Partition, rootIds: readonly number[]): Call {
  return { statement: loadTree, values: [plainArray(rootIds), partition] };
}
