/** Arrivals: tokens on flows. Only those that wait are loaded. */
import type { Arrival, Partition } from '../core/state.js';
import { plainArray } from './cells.js';
import { perDay } from './days.js';
import type { Call } from './statement.js';
import { day, integer, integerOrNull, RowTable, time } from './table.js';
import { writeHistory } from './write-rows.js';

export const arrivals = new RowTable<Arrival, 'arrival'>('arrival', {
  partition: day('partition'),
  id: integer('id'),
  rootId: integer('root_id'),
  processInstanceId: integer('process_instance_id'),
  scopeId: integer('scope_id'),
  flow: integer('flow'),
  elementId: integer('element_id'),
  producedBy: integer('produced_by'),
  consumedBy: integerOrNull('consumed_by'),
  withdrawnBy: integerOrNull('withdrawn_by'),
  createdAt: time('created_at'),
  changeNumber: integer('change_number'),
});

export const writeArrivals = writeHistory(arrivals, { shardOf: 'id', columns: ['id'] }, [
  'consumedBy',
  'withdrawnBy',
  'changeNumber',
]);

/** Word for word the predicate of the index `arrival_waiting`. */
const waiting = 'a.consumed_by is null and a.withdrawn_by is null';

const load = perDay(
  'load_arrivals',
  (of) =>
    `select ${arrivals.selectList('a')} from ${of('arrival')} a where a.scope_id = any($1::int8[]) and ${waiting}`,
);

export function loadArrivals(partition: Partition, scopeIds: readonly number[]): Call {
  return { statement: load(partition), values: [plainArray(scopeIds)] };
}

/** OFFSET keeps the planner from turning it round: it would walk all waiting arrivals of the day. */
const loadTree = perDay(
  'load_tree_arrivals',
  (of) =>
    `select ${arrivals.selectList('a')} from ${of('element_instance')} e cross join lateral (` +
    `select * from ${of('arrival')} a where a.scope_id = e.id and ${waiting} offset 0) a ` +
    'where e.root_id = any($1::int8[]) and e.ended_at is null',
);

export function loadTreeArrivals(partition: Partition, rootIds: readonly number[]): Call {
  return { statement: loadTree(partition), values: [plainArray(rootIds)] };
}
