/** Changing and ending user tasks. A change that is based on an old revision changes nothing. */
import { advance, leave } from '../advance.js';
import type { ClaimUserTask, UpdateUserTask, UserTaskChange, UserTaskOutcome } from '../command.js';
import { catcherOf, trigger } from '../events.js';
import { Execution } from '../execution.js';
import { TAGS_PER_USER_TASK } from '../limits.js';
import { type Refusal, refuse } from '../refusal.js';
import type { ElementInstance, Ref, UserTask } from '../state.js';
import { type Context, type Handler, visibleInstance, written } from './handler.js';
import { writeResults } from './results.js';

export const updateUserTask: Handler<UpdateUserTask> = (context, command) => {
  const userTask = findOpen(context, command.userTask);
  if ('refused' in userTask) return userTask;
  if (userTask.revision !== command.revision) return revisionMismatch(userTask, command.revision);
  const change = changeOf(userTask, command.change);
  if ('refused' in change) return change;
  const x = new Execution(context.set, context.facts, command.by, userTask.rootId);
  const ei = x.elementInstance(userTask.elementInstanceId);
  const refusal = end(x, ei, x.changeUserTask(userTask, change), command);
  if (refusal !== undefined) return refusal;
  advance(x);
  return { userTask: command.userTask };
};

/** Only what is nobody's can be claimed; what is one's own stays as it is. */
export const claimUserTask: Handler<ClaimUserTask> = (context, command) => {
  const userTask = findOpen(context, command.userTask);
  if ('refused' in userTask) return userTask;
  if (userTask.assignee === command.assignee) return { userTask: command.userTask };
  if (userTask.assignee !== null) return claimed(userTask, userTask.assignee);
  const x = new Execution(context.set, context.facts, command.by, userTask.rootId);
  x.changeUserTask(userTask, { assignee: command.assignee });
  return { userTask: command.userTask };
};

/** Without an outcome it stays open, and its results so far are kept. */
function end(x: Execution, ei: ElementInstance, userTask: UserTask, command: UpdateUserTask): Refusal | undefined {
  const { outcome } = command;
  if (outcome === null) return writeResults(x, ei, command);
  if (outcome.type !== 'COMPLETION') return throwOut(x, ei, userTask, outcome, command);
  const refusal = writeResults(x, ei, command);
  if (refusal !== undefined) return refusal;
  x.changeUserTask(userTask, { state: 'COMPLETED', endedAt: x.now, endedBy: x.by });
  leave(x, ei);
  return undefined;
}

type Throwing = Exclude<UserTaskOutcome, { readonly type: 'COMPLETION' }>;

/** Nobody would see an incident that a person made: what nothing catches is refused. What interrupts ends the user task. */
function throwOut(
  x: Execution,
  ei: ElementInstance,
  userTask: UserTask,
  { type, code }: Throwing,
  command: UpdateUserTask,
): Refusal | undefined {
  const catcher = catcherOf(x, ei, type, code);
  if (catcher === undefined) return uncaught(userTask, type, code);
  const refusal = writeResults(x, ei, { ...command, variables: [] });
  if (refusal !== undefined) return refusal;
  trigger(x, catcher.owner, catcher.element, command.variables, ei);
  return undefined;
}

function changeOf(userTask: UserTask, { tags, ...change }: UserTaskChange): Partial<UserTask> | Refusal {
  if (tags === undefined) return change;
  const all = new Map(Object.entries(userTask.tags));
  for (const [name, value] of Object.entries(tags)) {
    if (value === null) all.delete(name);
    else all.set(name, value);
  }
  if (all.size <= TAGS_PER_USER_TASK) return { ...change, tags: Object.fromEntries(all) };
  const metadata = { name: 'TAGS_PER_USER_TASK', limit: String(TAGS_PER_USER_TASK), tags: String(all.size) };
  const message = `user task ${written(userTask)} would have ${all.size} tags; the limit is ${TAGS_PER_USER_TASK}`;
  return refuse('LIMIT_EXCEEDED', message, metadata, 'tags');
}

// --- Refusing --------------------------------------------------------------------------------------------------------

function findOpen(context: Context, ref: Ref): UserTask | Refusal {
  const userTask = context.set.get('userTask', ref.id);
  const metadata = { userTask: written(ref) };
  if (userTask === undefined || visibleInstance(context, userTask.processInstanceId) === undefined) {
    return refuse('USER_TASK_NOT_FOUND', `user task ${metadata.userTask} does not exist`, metadata);
  }
  const { state } = userTask;
  if (state === 'STARTED') return userTask;
  return refuse('USER_TASK_ENDED', `user task ${metadata.userTask} has ended: ${state}`, { ...metadata, state });
}

function revisionMismatch(userTask: UserTask, given: number): Refusal {
  const metadata = { userTask: written(userTask), revision: String(userTask.revision), given: String(given) };
  const message = `user task ${metadata.userTask} has revision ${userTask.revision}, not ${given}: read it again`;
  return refuse('REVISION_MISMATCH', message, metadata, 'revision');
}

function claimed(userTask: UserTask, assignee: string): Refusal {
  const metadata = { userTask: written(userTask), assignee };
  return refuse('USER_TASK_CLAIMED', `user task ${metadata.userTask} is claimed by "${assignee}"`, metadata);
}

function uncaught(userTask: UserTask, type: Throwing['type'], code: string): Refusal {
  const metadata = { userTask: written(userTask), code };
  const what = type === 'ERROR' ? 'error' : 'escalation';
  const message = `no event of the model catches the ${what} "${code}" of user task ${metadata.userTask}`;
  return refuse(`UNCAUGHT_${type}`, message, metadata, `outcome.${what}_code`);
}
