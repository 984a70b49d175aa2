/** Element instances: the rows, and loading them by path or by tree. */
import type { ElementInstance, Partition } from '../core/state.js';
import { plainArray } from './cells.js';
import { perDay } from './days.js';
import type { Call } from './statement.js';
import {
  day,
  integer,
  integerOrNull,
  optionalJson,
  optionalText,
  optionalTime,
  RowTable,
  time,
  word,
} from './table.js';
import { writeHistory } from './write-rows.js';

export const elementInstances = new RowTable<ElementInstance, 'element_instance'>('element_instance', {
  partition: day('partition'),
  id: integer('id'),
  rootId: integer('root_id'),
  processInstanceId: integer('process_instance_id'),
  parentId: integerOrNull('parent_id'),
  elementId: integer('element_id'),
  state: word('state', 'instance_state'),
  liveChildren: integer('live_children'),
  attempt: integer('attempt'),
  replaces: integerOrNull('replaces'),
  cancelledBy: integerOrNull('cancelled_by'),
  supersededBy: integerOrNull('superseded_by'),
  endedByElement: integerOrNull('ended_by_element'),
  inputs: optionalText('inputs'),
  loop: optionalJson('loop'),
  createdAt: time('created_at'),
  startedAt: optionalTime('started_at'),
  endedAt: optionalTime('ended_at'),
  changeNumber: integer('change_number'),
});

export const writeElementInstances = writeHistory(elementInstances, { shardOf: 'id', columns: ['id'] }, [
  'state',
  'liveChildren',
  'cancelledBy',
  'supersededBy',
  'endedByElement',
  'inputs',
  'loop',
  'startedAt',
  'endedAt',
  'changeNumber',
]);

const load = perDay(
  'load_element_instances',
  (of) => `select ${elementInstances.selectList('e')} from ${of('element_instance')} e where e.id = any($1::int8[])`,
);

export function loadElementInstances(partition: Partition, ids: readonly number[]): Call {
  return { statement: load(partition), values: [plainArray(ids)] };
}

const loadTree = perDay(
  'load_tree_elements',
  (of) =>
    `select ${elementInstances.selectList('e')} from ${of('element_instance')} e ` +
    'where e.root_id = any($1::int8[]) and (e.ended_at is null or e.loop is not null and exists (' +
    `select from ${of('element_instance')} b where b.id = any(array[e.parent_id]) and b.ended_at is null))`,
);

/** All that live in these trees; an instance of a loop lives on with its body, which collects what it adds. */
export function loadTreeElements(partition: Partition, rootIds: readonly number[]): Call {
  return { statement: loadTree(partition), values: [plainArray(rootIds)] };
}
