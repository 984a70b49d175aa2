/** Events that have compensated what completed, and the end of a transaction that is cancelled. */
import type { BoundaryEvent, EndEvent, ThrowEvent } from '../../model/process.js';
import { compensate, scopesReached } from '../compensation.js';
import { trigger } from '../events.js';
import { type Execution, found, scopeOf } from '../execution.js';
import type { ElementInstance } from '../state.js';
import type { Behavior } from './behavior.js';
import { openOne } from './lifecycle.js';

/**
 * Goes on when all is compensated, or at once where it does not wait (BPMN 2.0.2, 10.7.2). That one stays, too: its scope
 * does not end before all is compensated.
 */
export const compensationEvent: Behavior<ThrowEvent | EndEvent> = {
  arrive(x, element, scope, arrival) {
    this.enter(x, element, openOne(x, element, scope, arrival));
  },
  enter(x, element, ei) {
    const { event } = element;
    if (event.kind !== 'COMPENSATION') throw new Error(`${element.id} throws no compensation`);
    const isAny = compensate(x, ei, scopesReached(x, ei), event.activity);
    if (!isAny && event.waits) this.leave(x, element, ei);
    else if (!isAny) x.leave(ei, element.outgoing);
    else if (!event.waits) x.send(ei, element.outgoing);
  },
  leave(x, { event, outgoing }, ei) {
    const isGone = event.kind === 'COMPENSATION' && !event.waits;
    x.leave(ei, isGone ? [] : outgoing);
  },
};

/**
 * Cancels its transaction (BPMN 2.0.2, 10.3.5.2 and 13.5.6): all else in it ends, what has completed is compensated, and
 * then the cancel boundary event goes on.
 */
export const cancelEndEvent: Behavior<EndEvent> = {
  arrive(x, element, scope, arrival) {
    this.enter(x, element, openOne(x, element, scope, arrival));
  },
  enter(x, element, ei) {
    const transaction = x.elementInstance(scopeOf(ei));
    x.endChildren(transaction, 'TERMINATED', ei);
    if (!compensate(x, ei, [transaction])) this.leave(x, element, ei);
  },
  leave(x, _element, ei) {
    const transaction = x.elementInstance(scopeOf(ei));
    x.leave(ei, []);
    trigger(x, transaction, cancelBoundaryOf(x, transaction), [], ei);
  },
};

function cancelBoundaryOf(x: Execution, transaction: ElementInstance): BoundaryEvent {
  const { elements } = x.processOf(transaction).graph;
  const element = x.elementOf(transaction);
  const attached = 'boundaryEvents' in element ? element.boundaryEvents.map((index) => elements[index]) : [];
  const event = attached.find((each) => each?.type === 'CANCEL_BOUNDARY_EVENT');
  return found(event, 'cancel boundary event', transaction.id) as BoundaryEvent;
}
