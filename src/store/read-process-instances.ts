/** Reading process instances: lists, one by its key, and which have ended. */
import type { Ref } from '../core/state.js';
import type { ProcessInstanceFilter, ProcessInstanceView } from '../engine/reader.js';
import { numberAt, plainArray, textArray, textAt } from './cells.js';
import { type Database, run } from './database.js';
import { byPartition } from './days.js';
import { dayOf } from './engine-row.js';
import { processInstances } from './process-instances.js';
import {
  day,
  hasTags,
  isDay,
  isGiven,
  isNumber,
  isOfTenant,
  isOneOfWords,
  isText,
  knex,
  type Query,
  rootOf,
} from './read-filters.js';
import type { DayList } from './read-lists.js';
import { type Call, type Cells, call, unprepared } from './statement.js';

const columns = `${processInstances.selectList('pi')}, d.bpmn_process_id, d.version`;
const nameAt = processInstances.columns.length;

export function readProcessInstanceView(cells: Cells): ProcessInstanceView {
  return {
    row: processInstances.read(cells),
    bpmnProcessId: textAt(cells, nameAt),
    version: textAt(cells, nameAt + 1),
  };
}

export const processInstanceList: DayList<ProcessInstanceFilter, ProcessInstanceView> = {
  name: 'process_instances',
  order: 'desc',
  key: [{ sql: 'pi.id', type: 'number' }],
  keyOf: ({ row }) => [row.partition, row.id],
  columns,
  read: readProcessInstanceView,
  query: (filter) => {
    const query = knex
      .from({ pi: 'process_instance' })
      .joinRaw('join process d on d.id = pi.process_id')
      .whereRaw('pi.partition = ?', [day]);
    isOfTenant(query, 'pi.tenant_id', filter.tenantIds);
    isNumber(query, 'pi.id', filter.id);
    isNumber(query, 'pi.process_id', filter.processId);
    isText(query, 'd.bpmn_process_id', filter.bpmnProcessId);
    isText(query, 'pi.correlation_key', filter.correlationKey);
    isText(query, 'pi.context_type', filter.contextType);
    isText(query, 'pi.context_id', filter.contextId);
    isOneOfWords(query, 'pi.state', 'instance_state', filter.states);
    hasTags(query, 'pi.tags', filter.tags);
    isInTree(query, filter);
    isCreated(query, '>=', filter.createdFrom);
    isCreated(query, '<', filter.createdBefore);
    if (filter.rootsOnly) query.whereRaw('pi.parent_id is null');
    if (filter.withIncident) query.whereRaw(WITH_INCIDENT, [day]);
    return query;
  },
  narrow: ({ correlationKey, parentId, rootId, withIncident }) =>
    correlationKey !== undefined || parentId !== undefined || rootId !== undefined || withIncident === true,
  ofOneDay: ({ id, parentId, rootId }) => isGiven(id, parentId, rootId),
  // What is called lies in the partition of its root, which is older: only the upper bound is one of days.
  lastDay: ({ createdBefore }) => (createdBefore === undefined ? null : dayOf(createdBefore)),
};

const WITH_INCIDENT =
  'pi.id in (select i.process_instance_id from incident i where i.partition = ? and i.resolved_at is null)';

/** The index of what is below a root holds no roots. */
function isInTree(query: Query, { rootId, parentId }: ProcessInstanceFilter): void {
  if (rootId !== undefined) {
    query.whereRaw('(pi.id = ?::int8 or (pi.root_id = ?::int8 and pi.parent_id is not null))', [rootId, rootId]);
    query.whereRaw('pi.root_id = ?::int8', [rootId]);
  }
  if (parentId !== undefined) {
    query.whereRaw('pi.root_id = ? and pi.parent_id = ?::int8', [rootOf('process_instance', parentId), parentId]);
  }
}

function isCreated(query: Query, comparison: '>=' | '<', time: number | undefined): void {
  if (time !== undefined) query.whereRaw(`pi.created_at ${comparison} to_timestamp(?::float8 / 1000)`, [time]);
}

const byKey = unprepared(
  `select ${columns} from process_instance pi join process d on d.id = pi.process_id ` +
    'where pi.partition = $1::date and pi.id = $2::int8 and pi.tenant_id = any($3::text[])',
);

export function processInstanceCall({ partition, id }: Ref, tenantIds: readonly string[]): Call {
  return call(byKey, partition, id, textArray(tenantIds));
}

export async function readProcessInstance(
  database: Database,
  ref: Ref,
  tenantIds: readonly string[],
): Promise<ProcessInstanceView | null> {
  if (!isDay(ref.partition)) return null;
  const [result] = await run(database, 'lists', [processInstanceCall(ref, tenantIds)]);
  const cells = result?.rows[0];
  return cells === undefined ? null : readProcessInstanceView(cells);
}

const living = unprepared(
  'select pi.id from process_instance pi ' +
    'where pi.partition = $1::date and pi.id = any($2::int8[]) and pi.ended_at is null',
);

/** One wait. What does not live has ended, or is gone. */
export async function readEnded(database: Database, instances: readonly Ref[]): Promise<readonly Ref[]> {
  const days = [...byPartition(instances)].filter(([partition]) => isDay(partition));
  if (days.length === 0) return instances;
  const calls = days.map(([partition, refs]) => call(living, partition, plainArray(refs.map(({ id }) => id))));
  const results = await run(database, 'lists', calls);
  const live = new Set<string>();
  for (const [index, [partition]] of days.entries()) {
    for (const cells of results[index]?.rows ?? []) live.add(`${partition}/${numberAt(cells, 0)}`);
  }
  return instances.filter(({ partition, id }) => !live.has(`${partition}/${id}`));
}
