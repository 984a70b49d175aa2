/** Commands about user tasks, the work of people. */
import type { UserTask } from '@baton/client';
import { CliError } from './cli-error.js';
import { clientCommand } from './command.js';
import type { ClientContext } from './context.js';
import { word } from './json.js';
import { formatKey, parseKey } from './keys.js';
import { limitOption, PAGE_SIZE, take } from './query.js';
import { state, table, time } from './table.js';
import { parseVariables, variablesOption } from './variables-in.js';

const userTaskArgument = { name: 'user-task', about: 'User task, such as 2026-11-21/99' } as const;

const filterOptions = {
  assignee: { kind: 'text', value: 'name', about: 'Who is to do it.' },
  unassigned: { kind: 'switch', about: 'Only those that are nobody’s.' },
  candidate: { kind: 'text', value: 'name', about: 'Who may do it.' },
  group: { kind: 'list', value: 'name', about: 'Group that may do it; can be given many times.' },
} as const;

interface People {
  readonly assignee: string | undefined;
  readonly unassigned: boolean;
  readonly candidate: string | undefined;
  readonly group: readonly string[];
}

function peopleOf({ assignee, unassigned, candidate, group }: People) {
  return {
    assignee: unassigned ? '' : assignee,
    ...(candidate === undefined ? {} : { candidateUser: candidate }),
    candidateGroups: group,
  };
}

export const userTasks = clientCommand({
  name: 'user-tasks',
  about: 'List open user tasks.',
  arguments: [],
  options: {
    ...filterOptions,
    instance: { kind: 'text', value: 'instance', about: 'Process instance, such as 2026-11-21/17.' },
    process: { kind: 'text', value: 'id', about: 'Id of the process in the XML.' },
    element: { kind: 'text', value: 'id', about: 'Id of the element in the XML.' },
    all: { kind: 'switch', about: 'Also those that have ended.' },
    ...limitOption,
  },
  examples: ['baton user-tasks --assignee ada', 'baton user-tasks --unassigned --group sales'],
  async call(context, _, options) {
    const instance = options.instance === undefined ? undefined : parseKey('instance', options.instance);
    const pages = context.client.userTasks.query({
      ...peopleOf(options),
      partition: instance?.partition,
      processInstanceId: instance?.id,
      bpmnProcessId: options.process,
      bpmnElementId: options.element,
      states: options.all ? [] : ['INSTANCE_STATE_STARTED'],
      tenantIds: context.tenantIds,
      pageSize: PAGE_SIZE,
    });
    printUserTasks(context, await take(pages, 'user tasks', context, options.limit));
  },
});

function printUserTasks(context: ClientContext, found: readonly UserTask[]): void {
  const rows = found.map((one) => [
    formatKey(one),
    one.name || one.bpmnElementId,
    state(word('state', one.state), context.colors),
    one.assignee,
    [...one.candidateGroups, ...one.candidateUsers].join(', '),
    String(one.priority),
    time(one.dueAt),
    formatKey({ partition: one.partition, id: one.processInstanceId }),
    time(one.createdAt),
  ]);
  const headers = ['USER TASK', 'NAME', 'STATE', 'ASSIGNEE', 'CANDIDATES', 'PRIORITY', 'DUE', 'INSTANCE', 'CREATED'];
  context.print(found, rows.length > 0 ? table(headers, rows, context.colors) : '');
}

export const watchUserTasks = clientCommand({
  name: 'watch-user-tasks',
  about: 'Print user tasks as they are made, changed and ended, until it is stopped.',
  arguments: [],
  options: {
    ...filterOptions,
    count: { kind: 'number', value: 'number', about: 'End after so many.', least: 1, most: 1_000_000 },
  },
  examples: ['baton watch-user-tasks --group sales'],
  async call(context, _, options) {
    let left = options.count ?? Number.POSITIVE_INFINITY;
    const filter = { ...peopleOf(options), tenantIds: context.tenantIds };
    for await (const { userTasks: changed } of context.client.userTasks.watch(filter)) {
      for (const userTask of changed) {
        if (left === 0) return;
        printChange(context, userTask);
        left -= 1;
      }
      if (left === 0) return;
    }
  },
});

/** One line: there is no end for which a table could wait. */
function printChange(context: ClientContext, userTask: UserTask): void {
  const { revision, assignee, bpmnElementId } = userTask;
  const name = state(word('state', userTask.state), context.colors);
  const line = `${formatKey(userTask)}  ${name}  ${assignee || '-'}  revision ${revision}  ${bpmnElementId}`;
  context.print(userTask, line);
}

export const claimUserTask = clientCommand({
  name: 'claim-user-task',
  about: 'Assign a user task that is nobody’s.',
  arguments: [userTaskArgument, { name: 'assignee', about: 'Who is to do it' }],
  options: {},
  examples: ['baton claim-user-task 2026-11-21/99 ada'],
  async call(context, [written, assignee = '']) {
    const { partition, id } = parseKey('user task', written);
    printUserTasks(context, [await context.client.userTasks.claim({ partition, id, assignee })]);
  },
});

export const updateUserTask = clientCommand({
  name: 'update-user-task',
  about: 'Change a user task: whose it is, and how urgent.',
  arguments: [userTaskArgument],
  options: {
    assignee: { kind: 'text', value: 'name', about: 'Who is to do it.' },
    unassign: { kind: 'switch', about: 'Give it back: it is nobody’s.' },
    priority: {
      kind: 'number',
      value: 'number',
      about: 'Higher is more urgent.',
      least: -(2 ** 31),
      most: 2 ** 31 - 1,
    },
    due: { kind: 'text', value: 'time', about: 'When it should be done, such as 2026-12-24T18:00:00Z.' },
    ...variablesOption,
  },
  examples: ['baton update-user-task 2026-11-21/99 --unassign'],
  async call(context, [written], options) {
    const { partition, id, revision } = await present(context, written);
    const { assignee, unassign, priority } = options;
    const variables = parseVariables(options.variables);
    const changed = await context.client.userTasks.update({
      ...{ partition, id, revision, assignee: unassign ? '' : assignee, priority, dueAt: parseTime(options.due) },
      ...(variables === undefined ? {} : { variables }),
    });
    printUserTasks(context, [changed]);
  },
});

export const completeUserTask = clientCommand({
  name: 'complete-user-task',
  about: 'Complete a user task: its work is done.',
  arguments: [userTaskArgument],
  options: { ...variablesOption },
  examples: ['baton complete-user-task 2026-11-21/99 --variables \'{"approved": true}\''],
  async call(context, [written], options) {
    const { partition, id, revision } = await present(context, written);
    const variables = parseVariables(options.variables);
    const completed = await context.client.userTasks.update({
      ...{ partition, id, revision, outcome: { kind: { $case: 'completion', value: {} } } },
      ...(variables === undefined ? {} : { variables }),
    });
    printUserTasks(context, [completed]);
  },
});

/** As it is now: the change is based on this revision. */
async function present(context: ClientContext, written: string | undefined): Promise<UserTask> {
  const { userTask } = await context.client.userTasks.get(parseKey('user task', written));
  return userTask;
}

function parseTime(written: string | undefined): Date | undefined {
  if (written === undefined) return undefined;
  const time = new Date(written);
  if (Number.isNaN(time.getTime()) || !/(Z|[+-]\d\d:?\d\d)$/.test(written)) {
    throw new CliError('USAGE', `time "${written}" is not written like 2026-12-24T18:00:00Z, with its zone`);
  }
  return time;
}
