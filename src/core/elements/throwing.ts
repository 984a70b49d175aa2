/** Events that throw what the model itself catches. */
import type { EndEvent, ThrowEvent } from '../../model/process.js';
import { catcherOf, trigger } from '../events.js';
import type { Execution } from '../execution.js';
import { resolveText } from '../resolve.js';
import type { ElementInstance } from '../state.js';
import { type MappingFailure, mapInputs, variablesOf } from '../variables.js';
import type { Behavior } from './behavior.js';
import { openOne, raise } from './lifecycle.js';

/** What is not caught is an incident, never lost; resolving it throws again. */
export const errorEndEvent: Behavior<EndEvent> = {
  arrive(x, element, scope, arrival) {
    this.enter(x, element, openOne(x, element, scope, arrival));
  },
  enter(x, element, ei) {
    const code = thrownCode(x, element, ei);
    if (typeof code === 'object') return raise(x, ei, 'ENTER', code);
    const catcher = catcherOf(x, ei, 'ERROR', code);
    if (catcher === undefined) {
      return raise(x, ei, 'ENTER', { reason: 'UNCAUGHT_ERROR', message: `error "${code}" is not caught` });
    }
    this.leave(x, element, ei);
    trigger(x, catcher.owner, catcher.element, variablesOf(x, ei), ei);
  },
  leave(x, _element, ei) {
    x.leave(ei, []);
  },
};

/**
 * A throw event goes on, unless what catches interrupts it (BPMN 2.0.2, 10.5.6); an escalation that nothing catches stops
 * nothing, but is kept.
 */
export const escalationEvent: Behavior<ThrowEvent | EndEvent> = {
  arrive(x, element, scope, arrival) {
    this.enter(x, element, openOne(x, element, scope, arrival));
  },
  enter(x, element, ei) {
    const code = thrownCode(x, element, ei);
    if (typeof code === 'object') {
      raise(x, ei, 'ENTER', code);
      return;
    }
    const catcher = catcherOf(x, ei, 'ESCALATION', code);
    if (catcher === undefined) x.record(ei, 'UNCAUGHT_ESCALATION', `escalation "${code}" is not caught`);
    if (catcher?.element.interrupting === true) x.leave(ei, []);
    else this.leave(x, element, ei);
    if (catcher !== undefined) trigger(x, catcher.owner, catcher.element, variablesOf(x, ei), ei);
  },
  leave(x, element, ei) {
    x.leave(ei, element.outgoing);
  },
};

/** What the inputs make goes along with the code. */
function thrownCode(
  x: Execution,
  { event, inputs }: ThrowEvent | EndEvent,
  ei: ElementInstance,
): string | MappingFailure {
  const failure = mapInputs(x, ei, inputs);
  if (failure !== undefined) return failure;
  const code = 'code' in event ? event.code : undefined;
  if (code === undefined) throw new Error('an event that throws has a code');
  return resolveText(x, ei, code, 'code');
}
