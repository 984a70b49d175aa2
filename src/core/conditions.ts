/**
 * Conditional events: one happens when its condition becomes true. It is asked at the end of the command that began to
 * wait, and of each one that changed a variable which a condition of the process reads; the wait keeps the last answer.
 */

import { definitionAt, type EventDefinition, needsAll } from '../model/events.js';
import type { Element } from '../model/process.js';
import { type Execution, found } from './execution.js';
import { elementIdOf } from './facts.js';
import { NeedsTree } from './needs.js';
import type { ElementInstance, Task, TaskPayload } from './state.js';
import { NEVER, placed, putTask } from './tasks.js';
import { evaluateCondition } from './variables.js';

export function openCondition(
  x: Execution,
  owner: ElementInstance,
  catching: Element,
  _event?: EventDefinition,
  definition?: number,
): undefined {
  const elementId = elementIdOf(x.processOf(owner), catching);
  const payload = { type: 'CONDITION', holds: false, ...placed(definition) } as const;
  putTask(x, { ...owner, elementInstanceId: owner.id, elementId }, NEVER, payload);
  x.watched.add(owner.processInstanceId);
}

/** Those that wait again are not to happen by what made them happen: they must become false in between. */
export function conditionsHold(x: Execution, owner: ElementInstance, catching: Element): void {
  const elementId = elementIdOf(x.processOf(owner), catching);
  for (const task of [...x.set.tasksOf(owner.id)]) {
    if (task.payload.type !== 'CONDITION' || task.elementId !== elementId) continue;
    x.set.put('task', { ...task, payload: { ...task.payload, holds: true } });
  }
}

/** Asks all conditions that wait in the process instance, if its process has any. */
export function watch(x: Execution, ei: ElementInstance): void {
  if (x.processOf(ei).graph.conditionReads.size > 0) x.watched.add(ei.processInstanceId);
}

export interface Happened {
  readonly owner: ElementInstance;
  readonly element: Element;
}

/**
 * The next event whose condition has become true: the one that waits longest, in whatever order they were loaded (I2).
 * What is suspended is asked when it is resumed.
 */
export function nextCondition(x: Execution): Happened | undefined {
  for (const id of [...x.watched].sort((one, other) => one - other)) {
    if (x.isSuspended({ processInstanceId: id })) {
      x.watched.delete(id);
      continue;
    }
    if (!x.set.isWhole(x.rootId)) throw new NeedsTree();
    const waiting = [...conditionsIn(x, x.elementInstance(id))].sort((one, other) => one.id - other.id);
    for (const task of waiting) {
      if (!hasBecomeTrue(x, task)) continue;
      const element = x.elementOf(task);
      if ('event' in element && element.event !== undefined && needsAll(element.event)) x.set.remove('task', task);
      return { owner: ownerOf(x, task), element };
    }
    x.watched.delete(id);
  }
  return undefined;
}

type Condition = Task & {
  readonly processInstanceId: number;
  readonly elementId: number;
  readonly payload: Extract<TaskPayload, { readonly type: 'CONDITION' }>;
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
  if (now !== holds) x.set.put('task', { ...task, payload: { ...task.payload, holds: now } });
  return now && !holds;
}

/** What is not there yet makes nothing true; any other trouble is kept, and the event goes on waiting. */
function isTrue(x: Execution, task: Condition): boolean {
  const owner = ownerOf(x, task);
  const element = x.elementOf(task);
  const event = 'event' in element && element.event ? definitionAt(element.event, task.payload.definition) : undefined;
  if (event?.kind !== 'CONDITIONAL') throw new Error(`${element.id} has no condition`);
  const holds = evaluateCondition(x, owner, event.condition, (text) => `condition "${text}" of ${element.id}`);
  if (typeof holds === 'boolean') return holds;
  if (holds.reason !== 'VARIABLE_MISSING') x.record(owner, holds.reason, holds.message);
  return false;
}
