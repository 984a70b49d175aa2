/** User tasks: the work of people. */
import type { ClaimUserTask, UpdateUserTask, UserTaskChange, UserTaskOutcome } from '../core/command.js';
import { isRefusal } from '../core/refusal.js';
import type { Ref } from '../core/state.js';
import type { UserTaskView, VariableView } from '../engine/reader.js';
import type { QueryUserTasksRequest, UserTask, UserTaskOutcome as WireOutcome } from '../gen/baton/v1/user_tasks.js';
import {
  ClaimUserTaskRequest,
  UpdateUserTaskRequest,
  type UserTaskServiceService,
} from '../gen/baton/v1/user_tasks.js';
import type { Handlers } from './bind.js';
import { actorOf, callerOf } from './call-context.js';
import { absentIfEmpty, refOf, turned, wireInstanceState, written } from './convert.js';
import type { Edge } from './edge.js';
import type { Problem } from './errors.js';
import { type Fault, problemOf } from './faults.js';
import { toUserTask, toVariable } from './messages-out.js';
import type { OpenStreams } from './open-streams.js';
import { answerQuery, filterOf, known, tagFilters, tenantsIn } from './queries.js';
import { repeatableCaller } from './requests.js';
import { watchUserTasks } from './user-task-watch.js';
import { VariablesIn } from './variables-in.js';

const states = turned(wireInstanceState);

const ONE = { size: 1, token: '', offset: 0 } as const;

export function userTasks(edge: Edge, streams: OpenStreams): Handlers<typeof UserTaskServiceService> {
  const { engine } = edge;
  const { reader } = engine;

  async function find(ref: Ref, tenantIds: readonly string[]): Promise<UserTaskView | null> {
    const page = await reader.userTasks({ ...refOf(ref), tenantIds }, ONE);
    return isRefusal(page) ? null : (page.results[0] ?? null);
  }

  async function toMessages(views: readonly UserTaskView[]): Promise<readonly UserTask[]> {
    const processIds = [...new Set(views.map(({ row }) => row.processId))];
    const headers = new Map(
      await Promise.all(processIds.map(async (id) => [id, await engine.userTaskHeaders(id)] as const)),
    );
    return views.map((view) => toUserTask(view, headers.get(view.row.processId)?.get(view.bpmnElementId) ?? {}));
  }

  async function read(ref: Ref, tenantIds: readonly string[]): Promise<{ readonly userTask: UserTask } | Problem> {
    const view = await find(ref, tenantIds);
    const [userTask] = view === null ? [] : await toMessages([view]);
    return userTask === undefined ? notFound(ref) : { userTask };
  }

  return {
    async queryUserTasks(request, context) {
      const answer = await answerQuery(
        { ...request, limit: 0, offset: 0 },
        (page) => reader.userTasks(filterOf(conditionsOf(request), tenantsIn(request.tenantIds, context)), page),
        (view) => view,
      );
      return 'refused' in answer ? answer : { ...answer, results: [...(await toMessages(answer.results))] };
    },

    async getUserTask(request, context) {
      const { tenantIds } = callerOf(context);
      const view = await find(request, tenantIds);
      if (view === null) return notFound(request);
      const { partition, elementInstanceId: id } = view.row;
      const seen = await reader.elementVariables({ partition, id }, request.variableNames, false, tenantIds);
      const [userTask] = await toMessages([view]);
      return { userTask, variables: innermost(seen ?? []).map(({ row }) => toVariable(row)) };
    },

    async updateUserTask(request, context) {
      const command = updateCommand(request, actorOf(context, request.workerId));
      if ('refused' in command) return command;
      const caller = repeatableCaller(context, UpdateUserTaskRequest, request);
      const reply = await engine.submit(command, caller);
      return isRefusal(reply) ? reply : read(reply.userTask, caller.tenantIds);
    },

    async claimUserTask(request, context) {
      const { assignee, workerId } = request;
      const by = actorOf(context, workerId);
      const command: ClaimUserTask = { type: 'claimUserTask', userTask: refOf(request), assignee, by };
      const caller = repeatableCaller(context, ClaimUserTaskRequest, request);
      const reply = await engine.submit(command, caller);
      return isRefusal(reply) ? reply : read(reply.userTask, caller.tenantIds);
    },

    watchUserTasks: {
      stream: (request, context) => streams.add(watchUserTasks(engine, request, context, toMessages)),
    },
  };
}

function conditionsOf(request: QueryUserTasksRequest) {
  const { partition, id, elementInstanceId, processId, processInstanceId } = request;
  const { bpmnProcessId, bpmnElementId, correlationKey, candidateUser, candidateGroups, minPriority } = request;
  return {
    ...{ partition, id, elementInstanceId, processId, processInstanceId },
    ...{ bpmnProcessId, bpmnElementId, correlationKey, candidateUser, candidateGroups, minPriority },
    states: known(request.states, states),
    assignee: assigneeOf(request.assignee),
    dueBefore: request.dueBefore?.getTime(),
    followUpBefore: request.followUpBefore?.getTime(),
    tags: tagFilters(request.tags),
  };
}

/** Present and empty means nobody. */
export function assigneeOf(assignee: string | undefined): string | null | undefined {
  return assignee === undefined ? undefined : absentIfEmpty(assignee);
}

/** Of equal names the innermost, which comes first. */
function innermost(views: readonly VariableView[]): readonly VariableView[] {
  const seen = new Map<string, VariableView>();
  for (const view of views) if (!seen.has(view.row.name)) seen.set(view.row.name, view);
  return [...seen.values()];
}

// --- Changes ---------------------------------------------------------------------------------------------------------

function updateCommand(request: UpdateUserTaskRequest, by: string): UpdateUserTask | Problem {
  const faults: Fault[] = [];
  const reading = new VariablesIn(faults);
  const variables = reading.list(request.variables, 'variables');
  variables.push(...reading.json(request.variablesJson, 'variables_json'));
  const processVariables = reading.list(request.processVariables, 'process_variables');
  const elementVariables = reading.elementList(request.elementVariables, 'element_variables');
  const change = changeOf(request, faults);
  const command: UpdateUserTask = {
    type: 'updateUserTask',
    userTask: refOf(request),
    revision: request.revision,
    outcome: outcomeOf(request.outcome),
    ...{ change, variables, processVariables, elementVariables, by },
  };
  return problemOf(faults) ?? command;
}

function changeOf(request: UpdateUserTaskRequest, faults: Fault[]): UserTaskChange {
  const { candidateUsers, candidateGroups, priority, tags, deleteTags } = request;
  for (const name of deleteTags) {
    const message = `names "${name}", which tags sets`;
    if (Object.hasOwn(tags, name)) faults.push({ reason: 'REQUEST_INVALID', field: 'delete_tags', message });
  }
  const allTags = { ...Object.fromEntries(deleteTags.map((name) => [name, null])), ...tags };
  const change = {
    assignee: assigneeOf(request.assignee),
    candidateUsers: candidateUsers?.names,
    candidateGroups: candidateGroups?.names,
    dueAt: momentOf(request.dueAt, request.deleteDueAt, 'due_at', faults),
    followUpAt: momentOf(request.followUpAt, request.deleteFollowUpAt, 'follow_up_at', faults),
    priority,
    tags: Object.keys(allTags).length === 0 ? undefined : allTags,
  };
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
}

function momentOf(
  time: Date | undefined,
  isDeleted: boolean,
  field: string,
  faults: Fault[],
): number | null | undefined {
  if (!isDeleted) return time?.getTime();
  if (time !== undefined)
    faults.push({ reason: 'REQUEST_INVALID', field: `delete_${field}`, message: `is set, and ${field} too` });
  return null;
}

function outcomeOf(outcome: WireOutcome | undefined): UserTaskOutcome | null {
  const kind = outcome?.kind;
  if (kind === undefined) return null;
  if (kind.$case === 'completion') return { type: 'COMPLETION' };
  return { type: kind.$case === 'errorCode' ? 'ERROR' : 'ESCALATION', code: kind.value };
}

function notFound(ref: Ref): Problem {
  const userTask = written(ref);
  return { refused: 'USER_TASK_NOT_FOUND', message: `user task ${userTask} does not exist`, metadata: { userTask } };
}
