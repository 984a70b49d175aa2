/**
 * Conditional events: one happens when its condition becomes true. It is asked at the end of the command that began to
 * wait, and of each one that changed a variable which a condition of the process reads; the wait keeps the last answer.
 */

import { asBoolean } from '../model/conditions.js';
import type { Element } from '../model/process.js';
import { type Execution, found } from './execution.js';
import { elementIdOf } from './facts.js';
import { NeedsTree } from './needs.js';
import type { ElementInstance, Task } from './state.js';
import { NEVER, putTask } from './tasks.js';
import { evaluate } from './variables.js';

export function openCondition(x: Execution, owner: ElementInstance, catching: Element): undefined {
  const elementId = elementIdOf(x.processOf(owner), catching);
  putTask(x, { ...owner, elementInstanceId: owner.id, elementId }, NEVER, { type: 'CONDITION', holds: false });
  x.watched.add(owner.processInstanceId);
}

/** Asks all conditions that wait in the process instance, if its process has any. */
export function watch(x: Execution, ei: ElementInstance): void {
  if (x.processOf(ei).graph.conditionReads.size > 0) x.watched.add(ei.processInstanceId);
}

export interface Happened {
  readonly owner: ElementInstance;
  readonly element: Element;
}

/** The next event whose condition has become true: the one that waits longest, in whatever order they were loaded (I2). */
export function nextCondition(x: Execution): Happened | undefined {
  for (const id of [...x.watched].sort((one, other) => one - other)) {
    if (!x.set.isWhole(x.rootId)) throw new NeedsTree();
    const waiting = [...conditionsIn(x, x.elementInstance(id))].sort((one, other) => one.id - other.id);
    for (const task of waiting)
      if (hasBecomeTrue(x, task)) return { owner: ownerOf(x, task), element: x.elementOf(task) };
    x.watched.delete(id);
  }
  return undefined;
}

type Condition = Task & {
  readonly processInstanceId: number;
  readonly elementId: number;
  readonly payload: { readonly type: 'CONDITION'; readonly holds: boolean };
};

function* conditionsIn(x: Execution, ei: ElementInstance): Generator<Condition> {
  if (ei.endedAt !== null) return;
  for (const task of x.set.tasksOf(ei.id)) if (task.payload.type === 'CONDITION') yield task as Condition;
  for (const child of x.set.childrenOf(ei.id)) yield* conditionsIn(x, child);
}

function ownerOf(x: Execution, { elementInstanceId }: Task): ElementInstance {
  return found(x.set.get('elementInstance', elementInstanceId ?? 0), 'element instance', elementInstanceId ?? 0);
}

function hasBecomeTrue(x: Execution, task: Condition): boolean {
  const { holds } = task.payload;
  const now = isTrue(x, task);
  if (now !== holds) x.set.put('task', { ...task, payload: { type: 'CONDITION', holds: now } });
  return now && !holds;
}

/** What is not there yet makes nothing true; any other trouble is kept, and the event goes on waiting. */
function isTrue(x: Execution, task: Condition): boolean {
  const owner = ownerOf(x, task);
  const element = x.elementOf(task);
  if (!('event' in element) || element.event?.kind !== 'CONDITIONAL') throw new Error(`${element.id} has no condition`);
  const { condition } = element.event;
  const holds = asBoolean(evaluate(x, owner, condition));
  if (typeof holds === 'boolean') return holds;
  const message = `condition "${condition.text}" of ${element.id}: ${holds.message}`;
  if (holds.reason !== 'VARIABLE_MISSING') x.record(owner, holds.reason, message);
  return false;
}
