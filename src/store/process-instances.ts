/** Process instances: the rows, and the lock of a tree's root (I3). */
import type { ProcessInstance } from '../core/state.js';
import { plainArray } from './cells.js';
import { perDay } from './days.js';
import type { Call } from './statement.js';
import {
  day,
  integer,
  integerOrNull,
  optionalText,
  optionalTime,
  RowTable,
  tags,
  text,
  time,
  trueOrNull,
  word,
} from './table.js';
import { writeHistory } from './write-rows.js';

export const processInstances = new RowTable<ProcessInstance, 'process_instance'>('process_instance', {
  partition: day('partition'),
  id: integer('id'),
  rootId: integer('root_id'),
  parentId: integerOrNull('parent_id'),
  parentElementInstanceId: integerOrNull('parent_element_instance_id'),
  processId: integer('process_id'),
  tenantId: text('tenant_id'),
  state: word('state', 'instance_state'),
  correlationKey: optionalText('correlation_key'),
  tags: tags('tags'),
  contextType: optionalText('context_type'),
  contextId: optionalText('context_id'),
  traceParent: optionalText('trace_parent'),
  startVariables: optionalText('start_variables'),
  createdAt: time('created_at'),
  createdBy: text('created_by'),
  startedAt: optionalTime('started_at'),
  endedAt: optionalTime('ended_at'),
  endedBy: optionalText('ended_by'),
  endReason: optionalText('end_reason'),
  messageId: integerOrNull('message_id'),
  holdsKeys: trueOrNull('holds_keys'),
  changeNumber: integer('change_number'),
});

export const writeProcessInstances = writeHistory(processInstances, { shardOf: 'id', columns: ['id'] }, [
  'state',
  'startedAt',
  'endedAt',
  'endedBy',
  'endReason',
  'changeNumber',
]);

const lock = {
  skip: perDay('lock_roots', (of) => lockText(of('process_instance'), 'skip locked')),
  wait: perDay('wait_roots', (of) => lockText(of('process_instance'), '')),
};

/** I3: the lock comes before the load; all servers lock in the same order. A row that is no root is not locked. */
function lockText(table: string, how: string): string {
  return (
    `select ${processInstances.selectList('p')} from ${table} p ` +
    `where p.id = any($1::int8[]) and p.root_id = p.id order by p.id for update ${how}`
  );
}

export function lockRoots(partition: string, ids: readonly number[], how: 'skip' | 'wait'): Call {
  return { statement: lock[how](partition), values: [plainArray(ids)] };
}

const lockRemembered = perDay(
  'lock_remembered',
  (of) =>
    `select p.id, p.change_number from ${of('process_instance')} p ` +
    'where p.id = any($1::int8[]) and p.root_id = p.id order by p.id for update skip locked',
);

/** I3: the lock of roots whose trees are remembered; the change number says whether the memory holds. */
export function lockRememberedRoots(partition: string, ids: readonly number[]): Call {
  return { statement: lockRemembered(partition), values: [plainArray(ids)] };
}

const load = perDay(
  'load_process_instances',
  (of) =>
    `select ${processInstances.selectList('p')} from ${of('process_instance')} p ` +
    'where p.id = any($1::int8[]) and p.root_id <> p.id',
);

/** The process instances below a root whose process scopes are among these element instances. */
export function loadInnerInstances(partition: string, scopeIds: readonly number[]): Call {
  return { statement: load(partition), values: [plainArray(scopeIds)] };
}

const loadTree = perDay(
  'load_tree_instances',
  (of) =>
    `select ${processInstances.selectList('p')} from ${of('process_instance')} p ` +
    'where p.root_id = any($1::int8[]) and p.parent_id is not null and p.ended_at is null',
);

export function loadTreeInstances(partition: string, rootIds: readonly number[]): Call {
  return { statement: loadTree(partition), values: [plainArray(rootIds)] };
}
