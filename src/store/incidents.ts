/** Incidents: what waits for a person. */
import type { Incident, Partition } from '../core/state.js';
import { plainArray } from './cells.js';
import { perDay } from './days.js';
import type { Call } from './statement.js';
import { day, integer, integerOrNull, optionalText, optionalTime, RowTable, text, time, word } from './table.js';
import { writeHistory } from './write-rows.js';

export const incidents = new RowTable<Incident, 'incident'>('incident', {
  partition: day('partition'),
  id: integer('id'),
  rootId: integer('root_id'),
  processInstanceId: integer('process_instance_id'),
  elementInstanceId: integer('element_instance_id'),
  elementId: integer('element_id'),
  jobId: integerOrNull('job_id'),
  taskId: integerOrNull('task_id'),
  reason: word('reason', 'incident_reason'),
  message: text('message'),
  phase: word('phase', 'incident_phase'),
  createdAt: time('created_at'),
  createdBy: text('created_by'),
  resolvedAt: optionalTime('resolved_at'),
  resolvedBy: optionalText('resolved_by'),
  changeNumber: integer('change_number'),
});

export const writeIncidents = writeHistory(incidents, { shardOf: 'id', columns: ['id'] }, [
  'resolvedAt',
  'resolvedBy',
  'changeNumber',
]);

const load = perDay(
  'load_incidents',
  (of) => `select ${incidents.selectList('i')} from ${of('incident')} i where i.id = any($1::int8[])`,
);

export function loadIncidents(partition: Partition, ids: readonly number[]): Call {
  return { statement: load(partition), values: [plainArray(ids)] };
}

/** OFFSET keeps the index of open incidents out, which would be walked for all trees. */
const loadTree = perDay(
  'load_tree_incidents',
  (of) =>
    `select ${incidents.selectList('i')} from (` +
    `select * from ${of('incident')} where root_id = any($1::int8[]) offset 0) i where i.resolved_at is null`,
);

export function loadTreeIncidents(partition: Partition, rootIds: readonly number[]): Call {
  return { statement: loadTree(partition), values: [plainArray(rootIds)] };
}
