/** Reading messages, and what waits for them. */
import type {
  MessageFilter,
  MessageSubscriptionFilter,
  MessageSubscriptionView,
  MessageView,
} from '../engine/reader.js';
import { numberAt, numberOrNull, textAt, textOrNull, timeAt } from './cells.js';
import { ENGINE_NOW } from './engine-row.js';
import { messageDeliveries, messages } from './messages.js';
import { isDay, isNumber, isOfTenant, isText, knex } from './read-filters.js';
import type { List } from './read-lists.js';
import type { Cells } from './statement.js';

/** Deliveries as an array of rows, each an array of cells as the table reads them. */
const DELIVERIES =
  `(select json_agg(json_build_array(${messageDeliveries.columns.map(({ name }) => `d.${name}::text`).join(', ')}) ` +
  'order by d.bpmn_process_id) from message_delivery d where d.message_id = any(array[m.id]))';

const deliveriesAt = messages.columns.length;

export function readMessageView(cells: Cells): MessageView {
  const deliveries = JSON.parse(textOrNull(cells, deliveriesAt) ?? '[]') as readonly Cells[];
  return {
    row: messages.read(cells),
    deliveries: deliveries.map((each) => messageDeliveries.read(boolsAsCells(each))),
  };
}

/** JSON has the words, cells have the letters. */
function boolsAsCells(cells: Cells): Cells {
  return cells.map((cell) => (cell === 'true' ? 't' : cell === 'false' ? 'f' : cell));
}

const DELIVERED = 'exists (select 1 from message_delivery d where d.message_id = any(array[m.id]))';

export const messageList: List<MessageFilter, MessageView> = {
  name: 'messages',
  order: 'desc',
  key: [{ sql: 'm.id', type: 'number' }],
  keyOf: ({ row }) => [row.id],
  columns: `${messages.selectList('m')}, ${DELIVERIES}`,
  read: readMessageView,
  query: (filter) => {
    const query = knex.from({ m: 'message' });
    isOfTenant(query, 'm.tenant_id', filter.tenantIds);
    isNumber(query, 'm.id', filter.id);
    isText(query, 'm.name', filter.name);
    isText(query, 'm.correlation_key', filter.correlationKey);
    if (filter.correlated !== undefined) query.whereRaw(filter.correlated ? DELIVERED : `not ${DELIVERED}`);
    if (filter.excludeExpired) query.whereRaw(`(m.expires_at is null or m.expires_at > ${ENGINE_NOW})`);
    return query;
  },
};

const SUBSCRIPTIONS =
  'select s.id, s.partition, s.name, s.correlation_key, s.element_id, s.element_instance_id, s.process_id, ' +
  's.process_instance_id, s.created_at, s.created_by, s.tenant_id from message_subscription s';

/** A start event is known by its element. */
const STARTS =
  "select s.element_id::int8 id, null::date as partition, s.name, '' as correlation_key, s.element_id, " +
  'null::int8 as element_instance_id, s.process_id, null::int8 as process_instance_id, s.created_at, s.created_by, ' +
  's.tenant_id from message_start s';

export const messageSubscriptionList: List<MessageSubscriptionFilter, MessageSubscriptionView> = {
  name: 'message subscriptions',
  order: 'asc',
  key: [{ sql: 's.id', type: 'number' }],
  keyOf: ({ id }) => [id],
  columns:
    's.id, s.partition, s.name, s.correlation_key, s.element_id, s.element_instance_id, s.process_id, ' +
    's.process_instance_id, s.created_at, s.created_by, s.tenant_id, el.bpmn_element_id',
  read: (cells) => ({
    id: numberAt(cells, 0),
    partition: textOrNull(cells, 1),
    name: textAt(cells, 2),
    correlationKey: textAt(cells, 3),
    elementId: numberAt(cells, 4),
    elementInstanceId: numberOrNull(cells, 5),
    processId: numberAt(cells, 6),
    processInstanceId: numberOrNull(cells, 7),
    createdAt: timeAt(cells, 8),
    createdBy: textAt(cells, 9),
    tenantId: textAt(cells, 10),
    bpmnElementId: textAt(cells, 11),
  }),
  query: (filter) => {
    const { partition, startEvents } = filter;
    const rows =
      startEvents === undefined ? `${SUBSCRIPTIONS} union all ${STARTS}` : startEvents ? STARTS : SUBSCRIPTIONS;
    const query = knex.from(knex.raw(`(${rows}) s join element el on el.id = s.element_id`));
    isOfTenant(query, 's.tenant_id', filter.tenantIds);
    if (partition !== undefined) {
      if (isDay(partition)) query.whereRaw('s.partition = ?::date', [partition]);
      else query.whereRaw('false');
    }
    isNumber(query, 's.process_instance_id', filter.processInstanceId);
    isText(query, 's.correlation_key', filter.correlationKey);
    isText(query, 's.name', filter.name);
    return query;
  },
};
