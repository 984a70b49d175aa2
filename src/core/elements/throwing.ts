/** Events that throw what the model itself catches. */
import type { EndEvent, ThrowEvent } from '../../model/process.js';
import { catcherOf, trigger } from '../events.js';
import type { Execution } from '../execution.js';
import { createJob } from '../jobs.js';
import { resolveText } from '../resolve.js';
import type { ElementInstance } from '../state.js';
import { mapInputs, variablesOf } from '../variables.js';
import type { Behavior } from './behavior.js';
import { openOne, raise } from './lifecycle.js';

/** What is not caught is an incident, never lost; resolving it throws again. */
export const errorEndEvent: Behavior<EndEvent> = {
  arrive(x, element, scope, arrival) {
    this.enter(x, element, openOne(x, element, scope, arrival));
  },
  enter(x, element, ei) {
    begin(x, element, ei, 'SET_ERROR_CODE', throwError);
  },
  leave(x, _element, ei) {
    x.leave(ei, []);
  },
};

export function throwError(x: Execution, element: Throwing, ei: ElementInstance, code: string): void {
  const catcher = catcherOf(x, ei, 'ERROR', code);
  if (catcher === undefined) {
    raise(x, ei, 'ENTER', { reason: 'UNCAUGHT_ERROR', message: `error "${code}" is not caught` });
    return;
  }
  x.leave(ei, element.outgoing);
  trigger(x, catcher.owner, catcher.element, variablesOf(x, ei), ei);
}

/**
 * A throw event goes on, unless what catches interrupts it (BPMN 2.0.2, 10.5.6); an escalation that nothing catches stops
 * nothing, but is kept.
 */
export const escalationEvent: Behavior<ThrowEvent | EndEvent> = {
  arrive(x, element, scope, arrival) {
    this.enter(x, element, openOne(x, element, scope, arrival));
  },
  enter(x, element, ei) {
    begin(x, element, ei, 'SET_ESCALATION_CODE', throwEscalation);
  },
  leave(x, element, ei) {
    x.leave(ei, element.outgoing);
  },
};

export function throwEscalation(x: Execution, element: Throwing, ei: ElementInstance, code: string): void {
  const catcher = catcherOf(x, ei, 'ESCALATION', code);
  if (catcher === undefined) x.record(ei, 'UNCAUGHT_ESCALATION', `escalation "${code}" is not caught`);
  x.leave(ei, catcher?.element.interrupting === true ? [] : element.outgoing);
  if (catcher !== undefined) trigger(x, catcher.owner, catcher.element, variablesOf(x, ei), ei);
}

type Throwing = ThrowEvent | EndEvent;

/** What the inputs make goes along with the code. Where the model leaves the code open, a worker is asked for it. */
function begin(
  x: Execution,
  element: Throwing,
  ei: ElementInstance,
  asked: 'SET_ERROR_CODE' | 'SET_ESCALATION_CODE',
  then: (x: Execution, element: Throwing, ei: ElementInstance, code: string) => void,
): void {
  const { event, inputs, job } = element;
  const failure = mapInputs(x, ei, inputs) ?? (job && createJob(x, ei, asked, job));
  if (failure !== undefined) raise(x, ei, 'ENTER', failure);
  if (failure !== undefined || job !== undefined) return;
  const code = 'code' in event ? event.code : undefined;
  if (code === undefined) throw new Error('an event that throws has a code');
  const text = resolveText(x, ei, code, 'code');
  if (typeof text === 'object') raise(x, ei, 'ENTER', text);
  else then(x, element, ei, text);
}
