/**
 * Execution listeners: jobs before an element begins, when its inputs are mapped, and before it leaves, when its outputs
 * are mapped. The element's own behaviour does not know of them: `listened` stands around it and lets it begin and leave
 * behind them. `commands/listeners.ts` brings it there.
 */
import type { Element, JobDefinition, Listeners } from '../../model/process.js';
import { closeWaits, hasAsked } from '../events.js';
import type { Execution } from '../execution.js';
import { createJob } from '../jobs.js';
import { listenerBefore } from '../listened.js';
import type { ElementInstance } from '../state.js';
import { type MappingFailure, mapInputs, mapOutputs } from '../variables.js';
import type { Behavior } from './behavior.js';
import { beginWork, raise } from './lifecycle.js';

export function listened(behavior: Behavior<Element>, { start, end }: Listeners): Behavior<Element> {
  return {
    ...behavior,
    enter(x, element, ei) {
      const isBehind = listenerBefore(x, ei, 'ENTER') !== undefined;
      if (isBehind) behavior.enter.call(this, x, { ...element, inputs: [] } as Element, begun(x, element, ei));
      else if (start[0] === undefined || hasAsked(x, ei, element)) behavior.enter.call(this, x, element, ei);
      else listenFirst(x, element, ei, start[0]);
    },
    leave(x, element, ei) {
      const isBehind = listenerBefore(x, ei, 'LEAVE') !== undefined;
      if (isBehind) behavior.leave.call(this, x, { ...element, outputs: [] } as Element, ei);
      else if (end[0] === undefined) behavior.leave.call(this, x, element, ei);
      else listenLast(x, element, ei, end[0]);
    },
  };
}

/** It has not begun: nothing that is attached to it waits yet. A process has: it is an instance. */
function listenFirst(x: Execution, element: Element, ei: ElementInstance, job: JobDefinition): void {
  const inputs = 'inputs' in element ? element.inputs : [];
  if (element.type !== 'PROCESS') x.change(ei, { state: 'CREATED', startedAt: null });
  const failure = mapInputs(x, ei, inputs) ?? createJob(x, ei, 'START_LISTENER', job, ei.elementId, 0);
  if (failure !== undefined) raise(x, ei, 'ENTER', failure);
}

function begun(x: Execution, element: Element, ei: ElementInstance): ElementInstance {
  return element.type === 'PROCESS' ? ei : beginWork(x, ei);
}

/** Its work is done: what is attached to it waits no more. */
function listenLast(x: Execution, element: Element, ei: ElementInstance, job: JobDefinition): void {
  const undo = x.savepoint();
  const failure = mapOutputs(x, ei, 'outputs' in element ? element.outputs : []) ?? endWaits(x, element, ei, job);
  if (failure === undefined) return;
  undo();
  raise(x, ei, 'LEAVE', failure);
}

function endWaits(x: Execution, element: Element, ei: ElementInstance, job: JobDefinition): MappingFailure | undefined {
  closeWaits(x, ei, element);
  return createJob(x, ei, 'END_LISTENER', job, ei.elementId, 0);
}
