/** The ad-hoc sub-process: what begins in it is chosen, by the model's list or by a worker (BPMN 2.0.2, 13.3.5). */
import type { AdHocSubProcess } from '../../model/process.js';
import { ask, choose, complete, isComplete, listed } from '../ad-hoc.js';
import { handOutput, openOutput } from '../ad-hoc-output.js';
import type { Execution } from '../execution.js';
import type { ElementInstance } from '../state.js';
import type { MappingFailure } from '../variables.js';
import type { Behavior } from './behavior.js';
import { begin, finish, openOne, raise } from './lifecycle.js';

export const adHocSubProcess: Behavior<AdHocSubProcess> = {
  arrive(x, element, scope, arrival) {
    this.enter(x, element, openOne(x, element, scope, arrival));
  },
  enter(x, element, ei) {
    if (!begin(x, element, ei)) return;
    openOutput(x, element, ei);
    const failure = start(x, element, ei);
    if (failure !== undefined) raise(x, ei, 'ENTER', failure);
  },
  leave(x, element, ei) {
    handOutput(x, element, ei);
    finish(x, element, ei);
  },
  emptied(x, element, ei, by) {
    if (isInterrupted(x, by)) this.leave(x, element, x.change(ei, { endedByElement: by.id }));
    else continueAdHoc(x, element, ei, by);
  },
};

/** Nothing is at work in it: just now, or when an incident of that is resolved. */
export function continueAdHoc(x: Execution, element: AdHocSubProcess, ei: ElementInstance, by?: ElementInstance): void {
  const failure = goOn(x, element, ei, by);
  if (failure !== undefined) x.raise(ei, 'CONTINUE', failure.reason, failure.message);
}

function start(x: Execution, element: AdHocSubProcess, ei: ElementInstance): MappingFailure | undefined {
  if (element.activeElements === undefined) return ask(x, element, ei);
  const ids = listed(x, element, ei);
  if ('reason' in ids) return ids;
  const wrong = choose(x, element, ei, ids);
  if (wrong !== undefined)
    return { reason: 'EXPRESSION_FAILED', message: `list "${element.activeElements.text}": ${wrong}` };
  return ids.length === 0 ? goOn(x, element, ei) : undefined;
}

/** What a list has begun is all that there is to do, unless a condition asks for more; then a worker says what. */
function goOn(
  x: Execution,
  element: AdHocSubProcess,
  ei: ElementInstance,
  by?: ElementInstance,
): MappingFailure | undefined {
  const isOver = ei.endedByElement !== null || element.job === undefined;
  const holds = isOver || isComplete(x, element, ei);
  if (typeof holds === 'object') return holds;
  if (!holds) return ask(x, element, ei);
  // What came last has ended: nothing in it survives.
  if (!isOver) complete(x, element, ei, ei);
  if (by !== undefined) x.change(ei, { endedByElement: by.id });
  x.agenda.push({ type: 'leave', elementInstanceId: ei.id });
  return undefined;
}

/** The event sub-process that has ended took the place of all else in it (BPMN 2.0.2, 13.5.4). */
function isInterrupted(x: Execution, by: ElementInstance): boolean {
  const element = x.elementOf(by);
  if (element.type !== 'EVENT_SUB_PROCESS') return false;
  const start = x.processOf(by).graph.elements[element.start];
  return start !== undefined && 'interrupting' in start && start.interrupting;
}
