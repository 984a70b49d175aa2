/** Reading what is deployed: processes, their XML, their elements. */
import type { ElementFilter, ElementView, ProcessFilter, ProcessView } from '../engine/reader.js';
import type { ElementType } from '../model/process.js';
import { booleanAt, numberAt, tagsAt, textArray, textAt, textOrNull, timeAt } from './cells.js';
import { type Database, run } from './database.js';
import { isEnabled } from './disabled-processes.js';
import { hasTags, isNumber, isOfTenant, isText, knex } from './read-filters.js';
import type { List } from './read-lists.js';
import { type Cells, call, unprepared } from './statement.js';

const LATEST =
  'not exists (select 1 from process n where n.tenant_id = d.tenant_id and n.bpmn_process_id = d.bpmn_process_id ' +
  'and n.id > d.id)';

export const processList: List<ProcessFilter, ProcessView> = {
  name: 'processes',
  order: 'asc',
  key: [{ sql: 'd.id', type: 'number' }],
  keyOf: (process) => [process.id],
  columns:
    'd.id, d.tenant_id, d.bpmn_process_id, d.version, d.name, d.tags, d.created_at, d.created_by, ' +
    `${LATEST} latest, ${isEnabled('d')} enabled`,
  read: (cells) => ({
    id: numberAt(cells, 0),
    tenantId: textAt(cells, 1),
    bpmnProcessId: textAt(cells, 2),
    version: textAt(cells, 3),
    name: textOrNull(cells, 4),
    tags: tagsAt(cells, 5),
    createdAt: timeAt(cells, 6),
    createdBy: textAt(cells, 7),
    latest: booleanAt(cells, 8),
    enabled: booleanAt(cells, 9),
  }),
  query: (filter) => {
    const query = knex.from({ d: 'process' });
    isOfTenant(query, 'd.tenant_id', filter.tenantIds);
    isNumber(query, 'd.id', filter.id);
    isText(query, 'd.bpmn_process_id', filter.bpmnProcessId);
    isText(query, 'd.version', filter.version);
    hasTags(query, 'd.tags', filter.tags);
    if (filter.latestOnly) query.whereRaw(LATEST);
    return query;
  },
  narrow: (filter) => filter.bpmnProcessId !== undefined,
};

/** The element that a row belongs to: three cells, of the table `el`. */
export const ELEMENT_COLUMNS = 'el.bpmn_element_id, el.type, el.name';

export function readElement(cells: Cells, at: number): Omit<ElementView, 'id' | 'processId'> {
  return {
    bpmnElementId: textAt(cells, at),
    bpmnElementType: textAt(cells, at + 1) as ElementType,
    elementName: textOrNull(cells, at + 2),
  };
}

/** Elements of a process are a block of ids: the key's index finds them. */
const OF_PROCESS =
  'el.id >= (select p.first_element_id from process p where p.id = ?::int8) and ' +
  'el.id < (select p.first_element_id + p.element_count from process p where p.id = ?::int8)';

export const elementList: List<ElementFilter, ElementView> = {
  name: 'elements',
  order: 'asc',
  key: [{ sql: 'el.id', type: 'number' }],
  keyOf: (element) => [element.id],
  columns: `el.id, el.process_id, ${ELEMENT_COLUMNS}`,
  read: (cells) => ({ id: numberAt(cells, 0), processId: numberAt(cells, 1), ...readElement(cells, 2) }),
  query: (filter) => {
    const query = knex.from({ el: 'element' }).joinRaw('join process d on d.id = el.process_id');
    isOfTenant(query, 'd.tenant_id', filter.tenantIds);
    if (filter.processId !== undefined) query.whereRaw(OF_PROCESS, [filter.processId, filter.processId]);
    isText(query, 'el.bpmn_element_id', filter.bpmnElementId);
    return query;
  },
};

const xml = unprepared(
  'select x.text from process d join bpmn_xml x on x.id = d.bpmn_xml_id ' +
    'where d.id = $1::int8 and d.tenant_id = any($2::text[])',
);

export async function readBpmnXml(
  database: Database,
  processId: number,
  tenantIds: readonly string[],
): Promise<string | null> {
  const [result] = await run(database, 'lists', [call(xml, processId, textArray(tenantIds))]);
  return result?.rows[0]?.[0] ?? null;
}
