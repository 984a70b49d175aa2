/** Events that throw several things at once (BPMN 2.0.2, 10.5.3 and 10.5.4): all of them, or, while one can not be thrown, none. */
import { definitionsIn, type EventDefinition, type EventKind } from '../../model/events.js';
import type { EndEvent, ThrowEvent } from '../../model/process.js';
import type { Execution } from '../execution.js';
import { throwMessage } from '../messages.js';
import { throwSignal } from '../signals.js';
import type { ElementInstance } from '../state.js';
import { type MappingFailure, mapInputs } from '../variables.js';
import type { Behavior } from './behavior.js';
import { terminateEndEvent } from './events.js';
import { openOne, raise } from './lifecycle.js';
import { errorEndEvent, escalationEvent } from './throwing.js';

type Throwing = ThrowEvent | EndEvent;

type Throw<K extends EventKind> = (
  x: Execution,
  ei: ElementInstance,
  event: Extract<EventDefinition, { readonly kind: K }>,
) => MappingFailure | undefined;

/** What leaves the process; the throwing event goes on behind it. */
const sends: { readonly [K in EventKind]?: Throw<K> } = {
  MESSAGE: throwMessage,
  SIGNAL: throwSignal,
};

/** What may end the throwing event; of these an event has one at most, and throws it last. */
const lasts: { readonly [K in EventKind]?: Behavior<never> } = {
  ERROR: errorEndEvent,
  ESCALATION: escalationEvent,
  TERMINATE: terminateEndEvent,
};

export const multipleThrowEvent: Behavior<Throwing> = {
  arrive(x, element, scope, arrival) {
    this.enter(x, element, openOne(x, element, scope, arrival));
  },
  enter(x, element, ei) {
    const undo = x.savepoint();
    const failure = mapInputs(x, ei, element.inputs) ?? sendAll(x, element, ei);
    if (failure !== undefined) {
      undo();
      raise(x, ei, 'ENTER', failure);
      return;
    }
    throwLast(x, element, ei);
    if (x.elementInstance(ei.id).endedAt !== null) return;
    // It waits with an incident, and begins afresh when that is resolved: nothing is to be sent twice.
    undo();
    throwLast(x, element, ei);
  },
  leave(x, element, ei) {
    x.leave(ei, element.outgoing);
  },
};

function sendAll(x: Execution, { event }: Throwing, ei: ElementInstance): MappingFailure | undefined {
  for (const definition of definitionsIn(event)) {
    const send = sends[definition.kind] as Throw<EventKind> | undefined;
    const failure = send?.(x, ei, definition);
    if (failure !== undefined) return failure;
  }
  return undefined;
}

function throwLast(x: Execution, element: Throwing, ei: ElementInstance): void {
  const last = definitionsIn(element.event).find(({ kind }) => kind in lasts);
  if (last === undefined) x.leave(ei, element.outgoing);
  else (lasts[last.kind] as unknown as Behavior<Throwing>).enter(x, { ...element, event: last }, ei);
}
