/** Reading element instances, with the elements that they are of. */
import type { ElementInstanceFilter, ElementInstanceView } from '../engine/reader.js';
import { calledBy } from './called.js';
import { numberAt, numberOrNull, textAt } from './cells.js';
import { elementInstances } from './element-instances.js';
import { day, isGiven, isNumber, isOfTenant, isOneOfWords, isText, knex, rootOf } from './read-filters.js';
import type { DayList } from './read-lists.js';
import { ELEMENT_COLUMNS, readElement } from './read-processes.js';
import type { Cells } from './statement.js';

export const ELEMENT_INSTANCE_COLUMNS = `${elementInstances.selectList('e')}, ${ELEMENT_COLUMNS}, pi.process_id, pi.tenant_id, case when el.type = 'CALL_ACTIVITY' then ${calledBy('e', 'e.id')} end`;

const elementAt = elementInstances.columns.length;

export function readElementInstanceView(cells: Cells): ElementInstanceView {
  return {
    row: elementInstances.read(cells),
    ...readElement(cells, elementAt),
    processId: numberAt(cells, elementAt + 3),
    tenantId: textAt(cells, elementAt + 4),
    calledId: numberOrNull(cells, elementAt + 5),
  };
}

/** What the columns need beside `element_instance e`. */
export const ELEMENT_INSTANCE_JOINS =
  'join process_instance pi on pi.partition = e.partition and pi.id = e.process_instance_id ' +
  'join element el on el.id = e.element_id';

export const elementInstanceList: DayList<ElementInstanceFilter, ElementInstanceView> = {
  name: 'element_instances',
  order: 'asc',
  key: [{ sql: 'e.id', type: 'number' }],
  keyOf: ({ row }) => [row.partition, row.id],
  columns: ELEMENT_INSTANCE_COLUMNS,
  read: readElementInstanceView,
  query: (filter) => {
    const { parentId, processInstanceId } = filter;
    const query = knex
      .from({ e: 'element_instance' })
      .joinRaw(ELEMENT_INSTANCE_JOINS)
      .whereRaw('e.partition = ?', [day]);
    isOfTenant(query, 'pi.tenant_id', filter.tenantIds);
    isNumber(query, 'e.id', filter.id);
    isNumber(query, 'pi.process_id', filter.processId);
    isText(query, 'el.bpmn_element_id', filter.bpmnElementId);
    isOneOfWords(query, 'e.state', 'instance_state', filter.states);
    isNumber(query, 'e.parent_id', parentId);
    if (parentId !== undefined) query.whereRaw('e.root_id = ?', [rootOf('element_instance', parentId)]);
    isNumber(query, 'e.process_instance_id', processInstanceId);
    if (processInstanceId !== undefined) {
      query.whereRaw('e.root_id = ?', [rootOf('process_instance', processInstanceId)]);
    }
    if (!filter.includeSuperseded) query.whereRaw('e.superseded_by is null');
    return query;
  },
  ofOneDay: ({ id, parentId, processInstanceId }) => isGiven(id, parentId, processInstanceId),
  narrow: ({ parentId, processInstanceId }) => isGiven(parentId, processInstanceId),
};
