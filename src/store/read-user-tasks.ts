/** Reading user tasks: open ones in a table of their own, all of them day by day. */
import type { UserTaskFilter, UserTaskView } from '../engine/reader.js';
import { textArray, textAt, textOrNull } from './cells.js';
import {
  day,
  hasTags,
  isGiven,
  isNumber,
  isOfTenant,
  isOneOfWords,
  isText,
  knex,
  type Query,
  rootOf,
} from './read-filters.js';
import type { DayList, List } from './read-lists.js';
import type { Cells } from './statement.js';
import { userTasks } from './user-tasks.js';

export const USER_TASK_COLUMNS = `${userTasks.selectList('t')}, d.bpmn_process_id, el.bpmn_element_id, el.name`;

const namesAt = userTasks.columns.length;

export function readUserTaskView(cells: Cells): UserTaskView {
  return {
    row: userTasks.read(cells),
    bpmnProcessId: textAt(cells, namesAt),
    bpmnElementId: textAt(cells, namesAt + 1),
    elementName: textOrNull(cells, namesAt + 2),
  };
}

/** What the columns need beside `t`. */
export const USER_TASK_JOINS = 'join process d on d.id = t.process_id join element el on el.id = t.element_id';

const shared = {
  order: 'asc',
  key: [{ sql: 't.id', type: 'number' }],
  columns: USER_TASK_COLUMNS,
  read: readUserTaskView,
} as const;

/** Only what is open is asked for. */
export function asksForOpen({ states }: UserTaskFilter): boolean {
  return states !== undefined && states.length > 0 && states.every((state) => state === 'STARTED');
}

export const openUserTaskList: List<UserTaskFilter, UserTaskView> = {
  ...shared,
  name: 'open-user-tasks',
  keyOf: ({ row }) => [row.id],
  query: (filter) => {
    const query = knex.from({ t: 'open_user_task' }).joinRaw(USER_TASK_JOINS);
    const { partition, processInstanceId } = filter;
    if (partition !== undefined) query.whereRaw('t.partition::text = ?', [partition]);
    isNumber(query, 't.process_instance_id', processInstanceId);
    isNumber(query, 't.element_instance_id', filter.elementInstanceId);
    return meets(query, filter);
  },
  narrow: ({ assignee, processInstanceId, elementInstanceId }) =>
    (assignee !== undefined && assignee !== null) || isGiven(processInstanceId, elementInstanceId),
};

export const userTaskList: DayList<UserTaskFilter, UserTaskView> = {
  ...shared,
  name: 'user-tasks',
  keyOf: ({ row }) => [row.partition, row.id],
  query: (filter) => {
    const query = knex.from({ t: 'user_task' }).joinRaw(USER_TASK_JOINS).whereRaw('t.partition = ?', [day]);
    const { processInstanceId, elementInstanceId } = filter;
    isNumber(query, 't.process_instance_id', processInstanceId);
    isNumber(query, 't.element_instance_id', elementInstanceId);
    if (processInstanceId !== undefined) {
      query.whereRaw('t.root_id = ?', [rootOf('process_instance', processInstanceId)]);
    }
    if (elementInstanceId !== undefined) {
      query.whereRaw('t.root_id = ?', [rootOf('element_instance', elementInstanceId)]);
    }
    return meets(query, filter);
  },
  ofOneDay: ({ id, elementInstanceId, processInstanceId }) => isGiven(id, elementInstanceId, processInstanceId),
  narrow: ({ processInstanceId, elementInstanceId }) => isGiven(processInstanceId, elementInstanceId),
};

function meets(query: Query, filter: UserTaskFilter): Query {
  isOfTenant(query, 't.tenant_id', filter.tenantIds);
  isNumber(query, 't.id', filter.id);
  isNumber(query, 't.process_id', filter.processId);
  isText(query, 'd.bpmn_process_id', filter.bpmnProcessId);
  isText(query, 'el.bpmn_element_id', filter.bpmnElementId);
  isText(query, 't.correlation_key', filter.correlationKey);
  isOneOfWords(query, 't.state', 'instance_state', filter.states);
  hasTags(query, 't.tags', filter.tags);
  isFor(query, filter);
  isBefore(query, 't.due_at', filter.dueBefore);
  isBefore(query, 't.follow_up_at', filter.followUpBefore);
  if (filter.minPriority !== undefined) query.whereRaw('t.priority >= ?::int8', [filter.minPriority]);
  return query;
}

/** Whose it is, and who may do it: by name or by one of the groups. The operators are those of the index. */
function isFor(query: Query, { assignee, candidateUser, candidateGroups }: UserTaskFilter): void {
  if (assignee === null) query.whereRaw('t.assignee is null');
  else isText(query, 't.assignee', assignee);
  const byName = candidateUser === undefined ? [] : ['t.candidate_users @> ?::jsonb'];
  const byGroup = candidateGroups === undefined ? [] : ['t.candidate_groups \\?| ?::text[]'];
  const ways = [...byName, ...byGroup];
  if (ways.length === 0) return;
  const name = candidateUser === undefined ? [] : [JSON.stringify([candidateUser])];
  const groups = candidateGroups === undefined ? [] : [textArray(candidateGroups)];
  query.whereRaw(`(${ways.join(' or ')})`, [...name, ...groups]);
}

function isBefore(query: Query, column: string, time: number | undefined): void {
  if (time !== undefined) query.whereRaw(`${column} < to_timestamp(?::float8 / 1000)`, [time]);
}
