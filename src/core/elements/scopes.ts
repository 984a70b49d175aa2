/** What holds other elements: the process itself and the embedded sub-process. */
import type { EventSubProcess, ProcessElement, StartEvent, SubProcess } from '../../model/process.js';
import { forget } from '../compensation.js';
import { closeWaits, openWaits } from '../events.js';
import { type Execution, found } from '../execution.js';
import type { ElementInstance } from '../state.js';
import type { Behavior } from './behavior.js';
import { happenedEvent, noneStartEvent } from './events.js';
import { begin, finish, openOne, raise } from './lifecycle.js';

export const process: Behavior<ProcessElement> = {
  arrive() {
    throw new Error('a process has no incoming flow');
  },
  enter(x, element, ei) {
    const failure = openWaits(x, ei, element);
    if (failure !== undefined) raise(x, ei, 'ENTER', failure);
    // One that an event has started is under way before anything in it waits.
    else if (ei.liveChildren === 0) start(x, element, ei);
  },
  leave(x, element, ei) {
    forget(x, ei);
    closeWaits(x, ei, element);
    x.change(ei, { state: 'COMPLETED', endedAt: x.now });
    const instance = x.instance(ei.processInstanceId);
    x.changeInstance(instance, { state: 'COMPLETED', endedAt: x.now });
    const caller = instance.parentElementInstanceId;
    if (caller !== null) x.agenda.push({ type: 'scopeEmptied', scopeId: caller, by: ei });
  },
  emptied(x, element, ei, by) {
    this.leave(x, element, x.change(ei, { endedByElement: by.id }));
  },
};

export const subProcess: Behavior<SubProcess> = {
  arrive(x, element, scope, arrival) {
    this.enter(x, element, openOne(x, element, scope, arrival));
  },
  enter(x, element, ei) {
    if (begin(x, element, ei)) start(x, element, x.elementInstance(ei.id));
  },
  leave: finish,
  emptied(x, element, ei, by) {
    this.leave(x, element, x.change(ei, { endedByElement: by.id }));
  },
};

/** Entered when the event of its start event has happened (BPMN 2.0.2, 13.5.4). */
export const eventSubProcess: Behavior<EventSubProcess> = {
  arrive() {
    throw new Error('an event sub-process has no incoming flow');
  },
  enter(x, element, ei) {
    if (begin(x, element, ei)) start(x, element, x.elementInstance(ei.id));
  },
  leave: finish,
  emptied(x, element, ei, by) {
    this.leave(x, element, x.change(ei, { endedByElement: by.id }));
  },
};

function start(x: Execution, element: ProcessElement | SubProcess | EventSubProcess, ei: ElementInstance): void {
  const first = found(x.processOf(ei).graph.elements[element.start], 'start event', element.start);
  const began = x.open(first, ei, []);
  if (first.listeners !== undefined) x.agenda.push({ type: 'enter', elementInstanceId: began.id });
  else if (first.type === 'NONE_START_EVENT') noneStartEvent.enter(x, first, began);
  else happenedEvent.enter(x, first as StartEvent, began);
}
