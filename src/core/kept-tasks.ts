/** What goes on waiting in a scope, or at it, when all that was at work inside has ended. */
import type { Element } from '../model/process.js';
import type { DeployedProcess } from './facts.js';
import type { Completion, Incident, MessageSubscription, OpenJob, SignalSubscription, Task } from './state.js';
import type { WorkingSet } from './working-set.js';

/** Element ids of the events that are attached to an activity. */
export function attachedTo({ firstElementId }: DeployedProcess, element: Element): ReadonlySet<number | null> {
  return new Set('boundaryEvents' in element ? element.boundaryEvents.map((index) => firstElementId + index) : []);
}

/** A row that hangs on an element instance: it waits for an event, or for somebody to do something. */
export type Hanging = Task | MessageSubscription | SignalSubscription | OpenJob | Incident;

export function isCompletion(row: Hanging): row is Task & { readonly payload: Completion } {
  return 'payload' in row && row.payload.type === 'COMPENSATION';
}

/** Whoever had it compensated is no more. What was being compensated is lost: its handler may have done half of it. */
export function freeCompletions(set: WorkingSet, scopeId: number): void {
  for (const task of [...set.tasksOf(scopeId)].filter(isCompletion)) {
    const { payload } = task;
    if (payload.runsIn !== null) set.remove('task', task);
    else if (payload.takenBy !== null) set.put('task', { ...task, payload: { ...payload, takenBy: null } });
  }
}
