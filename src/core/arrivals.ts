/** The row of a token that sets out: it waits until an element takes it, or until it is withdrawn. */
import type { Arrival, ElementInstance, Ref } from './state.js';

/** The command at whose execution it sets out. */
interface Origin {
  readonly rootId: number;
  readonly now: number;
  readonly changeNumber: number;
  newId(): number;
}

export function newArrival(x: Origin, from: Ref, scope: ElementInstance, flow: number, elementId: number): Arrival {
  return {
    partition: from.partition,
    id: x.newId(),
    rootId: x.rootId,
    processInstanceId: scope.processInstanceId,
    scopeId: scope.id,
    flow,
    elementId,
    producedBy: from.id,
    consumedBy: null,
    withdrawnBy: null,
    createdAt: x.now,
    changeNumber: x.changeNumber,
  };
}
