/** Reading signals, and what waits for them. */
import type { SignalFilter, SignalSubscriptionFilter, SignalSubscriptionView, SignalView } from '../engine/reader.js';
import { numberAt, numberOrNull, textAt, textOrNull, timeAt } from './cells.js';
import { isDay, isNumber, isOfTenant, isText, knex } from './read-filters.js';
import type { List } from './read-lists.js';
import { signals } from './signals.js';

const targets = (which: string) =>
  `(select count(*) from signal_target t where t.signal_id = any(array[g.id]) and t.failure is ${which})`;

export const signalList: List<SignalFilter, SignalView> = {
  name: 'signals',
  order: 'desc',
  key: [{ sql: 'g.id', type: 'number' }],
  keyOf: ({ row }) => [row.id],
  columns: `${signals.selectList('g')}, ${targets('null')}, ${targets('not null')}`,
  read: (cells) => ({
    row: signals.read(cells),
    pendingCount: numberAt(cells, signals.columns.length),
    failedCount: numberAt(cells, signals.columns.length + 1),
  }),
  query: (filter) => {
    const query = knex.from({ g: 'signal' });
    isOfTenant(query, 'g.tenant_id', filter.tenantIds);
    isNumber(query, 'g.id', filter.id);
    isText(query, 'g.name', filter.name);
    return query;
  },
};

const COLUMNS = 's.element_id, s.process_id, s.created_at, s.created_by, s.tenant_id, s.name';

const SUBSCRIPTIONS = `select s.id, s.partition, s.element_instance_id, s.process_instance_id, ${COLUMNS} from signal_subscription s`;

/** A start event is known by its element. */
const STARTS =
  'select s.element_id::int8 id, null::date as partition, null::int8 as element_instance_id, ' +
  `null::int8 as process_instance_id, ${COLUMNS} from signal_start s`;

export const signalSubscriptionList: List<SignalSubscriptionFilter, SignalSubscriptionView> = {
  name: 'signal subscriptions',
  order: 'asc',
  key: [{ sql: 's.id', type: 'number' }],
  keyOf: ({ id }) => [id],
  columns: `s.id, s.partition, s.element_instance_id, s.process_instance_id, ${COLUMNS}, el.bpmn_element_id`,
  read: (cells) => ({
    id: numberAt(cells, 0),
    partition: textOrNull(cells, 1),
    elementInstanceId: numberOrNull(cells, 2),
    processInstanceId: numberOrNull(cells, 3),
    elementId: numberAt(cells, 4),
    processId: numberAt(cells, 5),
    createdAt: timeAt(cells, 6),
    createdBy: textAt(cells, 7),
    tenantId: textAt(cells, 8),
    name: textAt(cells, 9),
    bpmnElementId: textAt(cells, 10),
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
    isText(query, 's.name', filter.name);
    return query;
  },
};
