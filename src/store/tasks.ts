/** Tasks: the engine's later work. A row is locked, then deleted, by the transaction that executes it. */
import type { Partition, Ref, TableChanges, Task, TaskPayload } from '../core/state.js';
import { plainArray, TEXT, textAt } from './cells.js';
import { type Call, prepared } from './statement.js';
import { day, integer, integerOrNull, type Property, RowTable, text, time, unnest, word } from './table.js';
import { exactly, insertOf } from './write-rows.js';

const payload: Property<TaskPayload> = {
  columns: [{ name: 'payload', type: TEXT, get: (value) => JSON.stringify(value) }],
  read: (cells, at) => readPayload(textAt(cells, at)),
};

/** One that can not be read is of a type that nobody knows: its own execution fails, and no other task waits for it. */
function readPayload(text: string): TaskPayload {
  return (recordIn(text) ?? { type: 'UNREADABLE' }) as TaskPayload;
}

function recordIn(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' ? value : null;
  } catch {
    return null;
  }
}

/** The job that a task is about, if it is about one. */
export function jobOfPayload(text: string | null): number | null {
  const payload: unknown = text === null ? null : readPayload(text);
  const isRecord = typeof payload === 'object' && payload !== null;
  return isRecord && 'jobId' in payload && typeof payload.jobId === 'number' ? payload.jobId : null;
}

export const tasks = new RowTable<Task, 'task'>('task', {
  partition: day('partition'),
  id: integer('id'),
  rootId: integerOrNull('root_id'),
  processInstanceId: integerOrNull('process_instance_id'),
  elementInstanceId: integerOrNull('element_instance_id'),
  elementId: integerOrNull('element_id'),
  processId: integerOrNull('process_id'),
  tenantId: text('tenant_id'),
  type: word('type', 'task_type'),
  dueAt: time('due_at'),
  payload,
  createdAt: time('created_at'),
  createdBy: text('created_by'),
});

const identity = [...tasks.columnsOf('id'), ...tasks.columnsOf('partition')];
const changing = [...tasks.columnsOf('dueAt'), ...tasks.columnsOf('payload')];
const sameRow = 't.id = any(array[u.id]) and t.partition = u.partition';

const insert = insertOf(tasks, 'task_born');

/** What was claimed for the old time is nobody's at the new one. */
export const UNCLAIMED = 'server_id = null, server_epoch = null, claimed_until = null';

const update = exactly(
  'task_changed',
  [...identity, ...changing],
  `update task t set ${changing.map(({ name, type }) => `${name} = ${type.sql(`u.${name}`)}`).join(', ')}, ` +
    `${UNCLAIMED} from ${unnest([...identity, ...changing], 2)} where ${sameRow}`,
);

const remove = exactly('task_gone', identity, `delete from task t using ${unnest(identity, 2)} where ${sameRow}`);

export function writeTasks({ born, changed, gone }: TableChanges<Task>, calls: Call[]): void {
  if (born.length > 0) calls.push(insert(born));
  if (changed.length > 0) calls.push(update(changed.map(({ after }) => after)));
  if (gone.length > 0) calls.push(remove(gone));
}

const load = prepared(
  'load_tasks',
  `select ${tasks.selectList('t')} from task t where t.id = any($1::int8[]) and t.partition = any($2::date[]) ` +
    'order by t.id for update skip locked',
);

/** No row: another server executes it, or it is done. */
export function loadTasks(refs: readonly Ref[]): Call {
  return {
    statement: load,
    values: [plainArray(refs.map((ref) => ref.id)), plainArray(refs.map((ref) => ref.partition))],
  };
}

const loadTree = prepared(
  'load_tree_tasks',
  `select ${tasks.selectList('t')} from task t where t.root_id = any($1::int8[]) and t.partition = $2::date ` +
    'order by t.id for update',
);

/** Whoever holds the tree's lock is the only one to execute its tasks. */
export function loadTreeTasks(partition: Partition, rootIds: readonly number[]): Call {
  return { statement: loadTree, values: [plainArray(rootIds), partition] };
}
