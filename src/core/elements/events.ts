/** Start and end events without definitions, and the terminate end event. */
import type { NoneEndEvent, NoneStartEvent, TerminateEndEvent } from '../../model/process.js';
import { type Execution, scopeOf } from '../execution.js';
import type { ElementInstance } from '../state.js';
import type { Behavior } from './behavior.js';
import { openOne } from './lifecycle.js';

export const noneStartEvent: Behavior<NoneStartEvent> = {
  arrive() {
    throw new Error('a start event has no incoming flow');
  },
  enter(x, element, ei) {
    this.leave(x, element, ei);
  },
  leave(x, element, ei) {
    x.leave(ei, element.outgoing);
  },
};

export const noneEndEvent: Behavior<NoneEndEvent> = {
  arrive(x, element, scope, arrival) {
    this.enter(x, element, openOne(x, element, scope, arrival));
  },
  enter(x, element, ei) {
    this.leave(x, element, ei);
  },
  leave(x, _element, ei) {
    x.leave(ei, []);
  },
};

/** Ends all else in its scope; the scope then completes (BPMN 2.0.2, 10.5.3). */
export const terminateEndEvent: Behavior<TerminateEndEvent> = {
  arrive(x, element, scope, arrival) {
    this.enter(x, element, openOne(x, element, scope, arrival));
  },
  enter(x, element, ei) {
    terminateOthers(x, ei);
    this.leave(x, element, ei);
  },
  leave(x, _element, ei) {
    x.leave(ei, []);
  },
};

function terminateOthers(x: Execution, ei: ElementInstance): void {
  x.endChildren(x.elementInstance(scopeOf(ei)), 'TERMINATED', ei);
}
