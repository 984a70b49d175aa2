/**
 * Compensation (BPMN 2.0.2, 10.7 and 13.5.5): what has completed is undone, the last first.
 *
 * An activity that can be compensated leaves a row in its scope when it completes, with the variables of then; the row
 * goes with the scope. Whoever throws takes the rows that are meant, and compensates one after the other. What began by a
 * boundary event runs inside that event's element instance, which holds the variables of then. A sub-process without one
 * is opened again, as it was, and compensated inside: by its compensation event sub-process, or by what completed in it.
 */
import { isCompensationSubProcess } from '../model/build-compensation.js';
import { isEventType } from '../model/events.js';
import type { Element } from '../model/process.js';
import { type Execution, found, scopeOf } from './execution.js';
import { elementIdOf } from './facts.js';
import { NeedsTree } from './needs.js';
import type { Completion, ElementInstance, RememberedVariable, Task } from './state.js';
import { NEVER, putTask } from './tasks.js';
import { setAllLocal, variablesOf, visibleVariables } from './variables.js';

type Remembered = Task & {
  readonly processInstanceId: number;
  readonly elementInstanceId: number;
  readonly elementId: number;
  readonly payload: Completion;
};

// --- Remembering -----------------------------------------------------------------------------------------------------

/** The activity is completing: what may have to be undone later is kept in the scope around it. */
export function remember(x: Execution, element: Element, ei: ElementInstance): void {
  const process = x.processOf(ei);
  const { compensation } = process.graph;
  if (compensation === undefined) return;
  const inside = forget(x, ei);
  const by = compensation.by.get(element.index);
  if (by === undefined) return;
  const scope = x.elementInstance(scopeOf(ei));
  if (element.type === 'MULTI_INSTANCE_BODY') {
    for (const { elementId, payload } of inside) put(x, scope, elementId, payload);
    return;
  }
  const isInside = by === element.index;
  if (isInside && inside.length === 0 && compensationSubProcess(x, element, ei) === undefined) return;
  const completion = completionOf(x, ei, scope, isInside ? inside : []);
  put(x, scope, elementIdOf(process, { index: by }), completion);
}

function completionOf(
  x: Execution,
  ei: ElementInstance,
  scope: ElementInstance,
  inside: readonly Remembered[],
): Completion {
  const own = variablesOf(x, ei);
  const left = new Set([...own.map(({ name }) => name), ...listsOf(x, scope)]);
  return {
    type: 'COMPENSATION',
    completed: ei.id,
    order: [x.changeNumber, x.newId()],
    own,
    seen: visibleVariables(x, scope).filter(({ name }) => !left.has(name)),
    inside: inside.map(({ elementId, payload }) => ({ elementId, completion: payload })),
    takenBy: null,
    runsIn: null,
  };
}

/** An instance of a loop does not keep the lists of all instances: ten thousand would keep each of them. */
function listsOf(x: Execution, scope: ElementInstance): readonly string[] {
  const element = x.elementOf(scope);
  if (element.type !== 'MULTI_INSTANCE_BODY' || element.loop.type === 'LOOP') return [];
  const { collection, output } = element.loop;
  return [...(collection?.reads ?? []), ...(output === undefined ? [] : [output.collection])];
}

function put(x: Execution, scope: ElementInstance, elementId: number, payload: Completion): void {
  putTask(x, { ...scope, elementInstanceId: scope.id, elementId }, NEVER, payload);
}

/** Nothing in the scope is to be compensated any more; what was comes back, the first first. */
export function forget(x: Execution, scope: ElementInstance): readonly Remembered[] {
  const { compensation } = x.processOf(scope).graph;
  if (!compensation?.scopes.has(x.elementOf(scope).index)) return [];
  const all = completionsIn(x, scope);
  for (const task of all) x.set.remove('task', task);
  return [...all].sort(inOrder);
}

function completionsIn(x: Execution, scope: ElementInstance): readonly Remembered[] {
  if (!x.set.isWhole(x.rootId)) throw new NeedsTree();
  return [...x.set.tasksOf(scope.id)].filter((task): task is Remembered => task.payload.type === 'COMPENSATION');
}

/** However they were loaded (I2). */
function inOrder({ payload: { order: one } }: Remembered, { payload: { order: other } }: Remembered): number {
  return one[0] - other[0] || one[1] - other[1];
}

// --- Compensating ----------------------------------------------------------------------------------------------------

/** The scopes whose completions an event reaches: its own; from an event sub-process the one around it too. */
export function scopesReached(x: Execution, ei: ElementInstance): ElementInstance[] {
  const scopes = [x.elementInstance(scopeOf(ei))];
  for (let at = scopes[0]; at !== undefined && isEventSubProcess(x, at); at = scopes.at(-1)) {
    scopes.push(x.elementInstance(scopeOf(at)));
  }
  return scopes;
}

function isEventSubProcess(x: Execution, ei: ElementInstance): boolean {
  return x.elementOf(ei).type === 'EVENT_SUB_PROCESS';
}

/** Begins to compensate what has completed in the scopes, or that of one activity; false when there is nothing. */
export function compensate(
  x: Execution,
  by: ElementInstance,
  scopes: readonly ElementInstance[],
  activity?: string,
): boolean {
  let isAny = false;
  for (const task of scopes.flatMap((scope) => completionsIn(x, scope))) {
    if (isTaken(x, task.payload) || (activity !== undefined && nameOf(x, task) !== activity)) continue;
    x.set.put('task', { ...task, payload: { ...task.payload, takenBy: by.id } });
    isAny = true;
  }
  return isAny && goOn(x, scopes, by.id);
}

/** Somebody has it compensated; what was only to follow is nobody's any more when the one who asked for it has ended. */
function isTaken(x: Execution, { takenBy, runsIn }: Completion): boolean {
  return runsIn !== null || (takenBy !== null && isAtWork(x, takenBy));
}

/** All that lives is loaded here. */
function isAtWork(x: Execution, elementInstanceId: number): boolean {
  return x.set.get('elementInstance', elementInstanceId)?.endedAt === null;
}

/** The BPMN id of the activity that completed. */
function nameOf(x: Execution, task: Remembered): string {
  const element = x.elementOf(task);
  const activity = 'attachedTo' in element ? x.processOf(task).graph.elements[element.attachedTo] : element;
  return activity?.id ?? '';
}

/** The last of what `by` has taken that is still to be done; false when that was all. */
function goOn(x: Execution, scopes: readonly ElementInstance[], by: number): boolean {
  const taken = scopes.flatMap((scope) => completionsIn(x, scope)).filter(({ payload }) => payload.takenBy === by);
  const [first, ...others] = taken;
  if (first === undefined) return false;
  const last = others.reduce((one, other) => (inOrder(one, other) < 0 ? other : one), first);
  x.steps += 1;
  const scope = x.elementInstance(last.elementInstanceId);
  const { partition } = scope;
  const element = x.elementOf(last);
  // What it compensates, and who asked for it (I11).
  const ei = x.openCaused(element, scope, { partition, id: last.payload.completed }, { partition, id: by });
  x.set.put('task', { ...last, payload: { ...last.payload, runsIn: ei.id } });
  if (element.type === 'COMPENSATION_BOUNDARY_EVENT') beginHandler(x, element, ei, last.payload);
  else beginInside(x, element, ei, last.payload);
  return true;
}

function beginHandler(x: Execution, event: Element, ei: ElementInstance, { own, seen }: Completion): void {
  const { elements, compensation } = x.processOf(ei).graph;
  const index = compensation?.handlers.get(event.index) ?? -1;
  begin(x, found(elements[index], 'compensation handler', index), ei, { around: seen, own });
}

/** Each within what it saw: the event, or the sub-process as it was. */
function begin(
  x: Execution,
  element: Element,
  scope: ElementInstance,
  { around, own }: { readonly around: readonly RememberedVariable[]; readonly own: readonly RememberedVariable[] },
): void {
  setAllLocal(x, scope, around);
  const ei = x.openCaused(element, scope, scope);
  setAllLocal(x, ei, own);
  x.agenda.push({ type: 'enter', elementInstanceId: ei.id });
}

function beginInside(x: Execution, element: Element, ei: ElementInstance, { own, seen, inside }: Completion): void {
  for (const { elementId, completion } of inside) put(x, ei, elementId, completion);
  const subProcess = compensationSubProcess(x, element, ei);
  if (subProcess !== undefined) {
    begin(x, subProcess, ei, { around: own, own: seen });
    return;
  }
  setAllLocal(x, ei, own);
  compensate(x, ei, [ei]);
}

function compensationSubProcess(x: Execution, element: Element, ei: ElementInstance): Element | undefined {
  const { elements } = x.processOf(ei).graph;
  const indexes = 'eventSubProcesses' in element ? element.eventSubProcesses : [];
  return indexes.map((index) => elements[index]).find((each) => isCompensationSubProcess(elements, each));
}

// --- Having compensated ----------------------------------------------------------------------------------------------

/** An element instance in which an activity is compensated: of its boundary event, or of the sub-process once more. */
export function isCompensated(x: Execution, ei: ElementInstance): boolean {
  return completionRunningIn(x, ei) !== undefined;
}

function completionRunningIn(x: Execution, ei: ElementInstance): Remembered | undefined {
  const { compensation } = x.processOf(ei).graph;
  if (compensation === undefined || ei.parentId === null) return undefined;
  const { index, type } = x.elementOf(ei);
  const mayBe = compensation.handlers.has(index) || compensation.by.get(index) === index;
  if (!mayBe || type === 'MULTI_INSTANCE_BODY') return undefined;
  return completionsIn(x, x.elementInstance(ei.parentId)).find(({ payload }) => payload.runsIn === ei.id);
}

/** What compensated an activity has ended because of `by`, so there may be more to do; false when it was no such thing. */
export function hasCompensated(x: Execution, ei: ElementInstance, by: ElementInstance): boolean {
  const done = completionRunningIn(x, ei);
  if (done === undefined) return false;
  forget(x, ei);
  x.set.remove('task', done);
  x.leave(x.change(ei, { endedByElement: by.id }), []);
  const { takenBy } = done.payload;
  if (takenBy === null || !isAtWork(x, takenBy) || goOn(x, allReached(x, ei), takenBy)) return true;
  if (isEventType(x.elementOf(x.elementInstance(takenBy)).type)) {
    x.agenda.push({ type: 'leave', elementInstanceId: takenBy });
  }
  return true;
}

/** Wherever the event was that threw: in the scope, or in an event sub-process in it or around it. */
function allReached(x: Execution, ei: ElementInstance): readonly ElementInstance[] {
  const scopes = scopesReached(x, ei).slice(-1);
  for (const scope of scopes) {
    for (const child of x.set.childrenOf(scope.id)) {
      if (child.endedAt === null && isEventSubProcess(x, child)) scopes.push(child);
    }
  }
  return scopes;
}
