/**
 * Events that need several to happen (BPMN 2.0.2, 10.5.1, parallel multiple). What has happened is kept as a row beside
 * those that still wait, with what came with it, until the last one comes.
 */
import type { MultipleEvent } from '../model/events.js';
import type { VariableChange } from './command.js';
import type { Execution } from './execution.js';
import { elementIdOf } from './facts.js';
import { needAllOf } from './needs.js';
import type { ElementInstance, Task, TaskPayload } from './state.js';
import { NEVER, putTask } from './tasks.js';
import { variablesOfText, variablesText } from './variables-text.js';

type Happened = Task & { readonly payload: Extract<TaskPayload, { readonly type: 'HAPPENED' }> };

/** One of the events has happened: the variables of all, in the order in which they came, once the last one has. */
export function gather(
  x: Execution,
  owner: ElementInstance,
  catching: { readonly index: number },
  { definitions }: MultipleEvent,
  variables: readonly VariableChange[],
): readonly VariableChange[] | undefined {
  needAllOf(x.set, owner);
  const elementId = elementIdOf(x.processOf(owner), catching);
  const happened = happenedBefore(x, owner, elementId);
  if (happened.length + 1 < definitions.length) {
    const payload = { type: 'HAPPENED', variables: variablesText(variables) } as const;
    putTask(x, { ...owner, elementInstanceId: owner.id, elementId }, NEVER, payload);
    return undefined;
  }
  for (const task of happened) x.set.remove('task', task);
  return [...happened.flatMap(({ payload }) => variablesOfText(payload.variables)), ...variables];
}

/** The oldest first, in whatever order they were loaded (I2). */
function happenedBefore(x: Execution, owner: ElementInstance, elementId: number): readonly Happened[] {
  const isOne = (task: Task): task is Happened => task.payload.type === 'HAPPENED' && task.elementId === elementId;
  return [...x.set.tasksOf(owner.id)].filter(isOne).sort((one, other) => one.id - other.id);
}
