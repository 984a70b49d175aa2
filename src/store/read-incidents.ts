/** Reading incidents. */
import type { IncidentFilter, IncidentView } from '../engine/reader.js';
import { numberAt, textAt } from './cells.js';
import { incidents } from './incidents.js';
import { day, isGiven, isNumber, isOfTenant, isText, knex, type Query, rootOf } from './read-filters.js';
import type { DayList } from './read-lists.js';
import type { Cells } from './statement.js';

export const INCIDENT_COLUMNS = `${incidents.selectList('i')}, d.bpmn_process_id, d.version, pi.process_id, pi.tenant_id, el.bpmn_element_id`;

const namesAt = incidents.columns.length;

export function readIncidentView(cells: Cells): IncidentView {
  return {
    row: incidents.read(cells),
    bpmnProcessId: textAt(cells, namesAt),
    version: textAt(cells, namesAt + 1),
    processId: numberAt(cells, namesAt + 2),
    tenantId: textAt(cells, namesAt + 3),
    bpmnElementId: textAt(cells, namesAt + 4),
  };
}

/** What the columns need beside `incident i`. */
export const INCIDENT_JOINS =
  'join process_instance pi on pi.partition = i.partition and pi.id = i.process_instance_id ' +
  'join process d on d.id = pi.process_id join element el on el.id = i.element_id';

export const incidentList: DayList<IncidentFilter, IncidentView> = {
  name: 'incidents',
  order: 'asc',
  key: [{ sql: 'i.id', type: 'number' }],
  keyOf: ({ row }) => [row.partition, row.id],
  columns: INCIDENT_COLUMNS,
  read: readIncidentView,
  query: (filter) => {
    const query = knex.from({ i: 'incident' }).joinRaw(INCIDENT_JOINS).whereRaw('i.partition = ?', [day]);
    isOfTenant(query, 'pi.tenant_id', filter.tenantIds);
    isNumber(query, 'i.id', filter.id);
    isNumber(query, 'i.task_id', filter.taskId);
    isNumber(query, 'pi.process_id', filter.processId);
    isText(query, 'd.bpmn_process_id', filter.bpmnProcessId);
    isText(query, 'el.bpmn_element_id', filter.bpmnElementId);
    // As text: a word that is no reason has no rows.
    isText(query, 'i.reason::text', filter.reason);
    if (filter.open !== undefined) query.whereRaw(`i.resolved_at is ${filter.open ? 'null' : 'not null'}`);
    isOf(query, filter);
    return query;
  },
  ofOneDay: ({ id, jobId, taskId, processInstanceId }) => isGiven(id, jobId, taskId, processInstanceId),
  narrow: ({ processInstanceId, jobId }) => isGiven(processInstanceId, jobId),
};

function isOf(query: Query, { processInstanceId, jobId }: IncidentFilter): void {
  isNumber(query, 'i.process_instance_id', processInstanceId);
  isNumber(query, 'i.job_id', jobId);
  if (processInstanceId !== undefined) {
    query.whereRaw('i.root_id = ?', [rootOf('process_instance', processInstanceId)]);
  }
  if (jobId !== undefined) query.whereRaw('i.root_id = ?', [rootOf('job', jobId)]);
}
