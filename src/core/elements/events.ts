/** Events without definitions, events that have happened, and the terminate end event. What throws is in `throwing.ts`. */
import type {
  BoundaryEvent,
  CatchEvent,
  EndEvent,
  NoneEndEvent,
  NoneStartEvent,
  NoneThrowEvent,
  StartEvent,
} from '../../model/process.js';
import { forget } from '../compensation.js';
import { type Execution, scopeOf } from '../execution.js';
import type { ElementInstance } from '../state.js';
import { mapOutputs } from '../variables.js';
import type { Behavior } from './behavior.js';
import { openOne, raise } from './lifecycle.js';

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

/** Marks a place: the token goes on. */
export const noneThrowEvent: Behavior<NoneThrowEvent> = {
  arrive(x, element, scope, arrival) {
    this.enter(x, element, openOne(x, element, scope, arrival));
  },
  enter(x, element, ei) {
    this.leave(x, element, ei);
  },
  leave(x, element, ei) {
    x.leave(ei, element.outgoing);
  },
};

/** Boundary events and start events with a trigger: they are there only once it has happened. */
export const happenedEvent: Behavior<BoundaryEvent | StartEvent> = {
  arrive() {
    throw new Error('an event that begins by a trigger has no incoming flow');
  },
  enter(x, element, ei) {
    this.leave(x, element, ei);
  },
  leave: leaveCaught,
};

/** What came with it is mapped outwards, and the token goes on. */
export function leaveCaught(x: Execution, element: BoundaryEvent | StartEvent | CatchEvent, ei: ElementInstance): void {
  const failure = mapOutputs(x, ei, element.outputs);
  if (failure === undefined) x.leave(ei, element.outgoing);
  else raise(x, ei, 'LEAVE', failure);
}

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

/** Ends all else in its scope, without compensation; the scope then completes (BPMN 2.0.2, 10.5.3). */
export const terminateEndEvent: Behavior<EndEvent> = {
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
  const scope = x.elementInstance(scopeOf(ei));
  x.endChildren(scope, 'TERMINATED', ei);
  forget(x, scope);
}
