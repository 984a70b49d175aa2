/** Reading tasks: one narrow table for all days. */
import type { TaskFilter, TaskView } from '../engine/reader.js';
import { textOrNull } from './cells.js';
import { isDay, isNumber, isOfTenant, isText, knex } from './read-filters.js';
import type { List } from './read-lists.js';
import { tasks } from './tasks.js';

export const taskList: List<TaskFilter, TaskView> = {
  name: 'tasks',
  order: 'asc',
  key: [
    { sql: 't.partition', type: 'day' },
    { sql: 't.id', type: 'number' },
  ],
  keyOf: ({ row }) => [row.partition, row.id],
  // A claim that is over is none.
  columns: `${tasks.selectList('t')}, case when t.claimed_until > now() then t.server_id end`,
  read: (cells) => ({ row: tasks.read(cells), claimedBy: textOrNull(cells, tasks.columns.length) }),
  query: (filter) => {
    const { partition } = filter;
    const query = knex.from({ t: 'task' });
    isOfTenant(query, 't.tenant_id', filter.tenantIds);
    if (partition !== undefined) {
      if (isDay(partition)) query.whereRaw('t.partition = ?::date', [partition]);
      else query.whereRaw('false');
    }
    isNumber(query, 't.id', filter.id);
    isNumber(query, 't.element_id', filter.elementId);
    isNumber(query, 't.element_instance_id', filter.elementInstanceId);
    isNumber(query, 't.process_id', filter.processId);
    isNumber(query, 't.process_instance_id', filter.processInstanceId);
    isText(query, 't.type::text', filter.type);
    return query;
  },
};
