/** Exclusive, parallel and event-based gateways. The parallel join is here, with its gateway. */
import type { CatchEvent, EventBasedGateway, ExclusiveGateway, ParallelGateway } from '../../model/process.js';
import { openWait } from '../events.js';
import { type Execution, found } from '../execution.js';
import { createJob } from '../jobs.js';
import type { Arrival, ElementInstance } from '../state.js';
import type { MappingFailure } from '../variables.js';
import type { Behavior } from './behavior.js';
import { flowOf, isTaken, noFlow, openOne, raise } from './lifecycle.js';

export const exclusiveGateway: Behavior<ExclusiveGateway> = {
  arrive(x, element, scope, arrival) {
    this.enter(x, element, openOne(x, element, scope, arrival));
  },
  enter(x, element, ei) {
    if (element.job === undefined) return this.leave(x, element, ei);
    const failure = createJob(x, ei, 'EVALUATE_EXCLUSIVE_GATEWAY', element.job);
    if (failure !== undefined) raise(x, ei, 'ENTER', failure);
  },
  leave(x, element, ei) {
    const flow = firstTrue(x, element, ei);
    if (typeof flow === 'object') return raise(x, ei, 'LEAVE', flow);
    x.leave(ei, flow === undefined ? [] : [flow]);
  },
};

/** BPMN 2.0.2, 13.4.2: conditions in document order, the first true one; else the default. */
function firstTrue(x: Execution, element: ExclusiveGateway, ei: ElementInstance): number | undefined | MappingFailure {
  for (const index of element.outgoing) {
    if (index === element.defaultFlow) continue;
    const holds = isTaken(x, ei, flowOf(x, ei, index));
    if (typeof holds === 'object') return holds;
    if (holds) return index;
  }
  if (element.outgoing.length === 0) return undefined;
  return element.defaultFlow ?? noFlow(x, element);
}

export const parallelGateway: Behavior<ParallelGateway> = {
  /** BPMN 2.0.2, 13.4.1: one token from each incoming flow is taken; more than one on a flow wait for the next round. */
  arrive(x, element, scope, arrival) {
    const oldest = new Map<number, Arrival>([[arrival.flow, arrival]]);
    if (element.incoming.length > 1) {
      for (const waiting of x.set.arrivalsIn(scope.id)) {
        if (waiting.elementId !== arrival.elementId || waiting.consumedBy !== null || waiting.withdrawnBy !== null)
          continue;
        const other = oldest.get(waiting.flow);
        if (other === undefined || waiting.id < other.id) oldest.set(waiting.flow, waiting);
      }
    }
    if (oldest.size < element.incoming.length) return;
    this.enter(x, element, x.open(element, scope, [...oldest.values()]));
  },
  enter(x, element, ei) {
    this.leave(x, element, ei);
  },
  leave(x, element, ei) {
    x.leave(ei, element.outgoing);
  },
};

/** BPMN 2.0.2, 13.4.4: waits for the events behind it; the first that happens is left, and none of the others. */
export const eventBasedGateway: Behavior<EventBasedGateway> = {
  arrive(x, element, scope, arrival) {
    this.enter(x, element, openOne(x, element, scope, arrival));
  },
  enter(x, element, ei) {
    for (const flow of element.outgoing) {
      const { target } = flowOf(x, ei, flow);
      const event = found(x.processOf(ei).graph.elements[target], 'event', target) as CatchEvent;
      const failure = openWait(x, ei, event);
      if (failure !== undefined) {
        raise(x, ei, 'ENTER', failure);
        return;
      }
    }
  },
  leave() {
    throw new Error('an event-based gateway is left by an event');
  },
};
