/** What holds other elements: the process itself and the embedded sub-process. */
import type { ProcessElement, SubProcess } from '../../model/process.js';
import { type Execution, found } from '../execution.js';
import type { ElementInstance } from '../state.js';
import type { Behavior } from './behavior.js';
import { noneStartEvent } from './events.js';
import { begin, finish, openOne } from './lifecycle.js';

export const process: Behavior<ProcessElement> = {
  arrive() {
    throw new Error('a process has no incoming flow');
  },
  enter: start,
  leave(x, _element, ei) {
    x.change(ei, { state: 'COMPLETED', endedAt: x.now });
    x.changeInstance(x.instance(ei.processInstanceId), { state: 'COMPLETED', endedAt: x.now });
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

function start(x: Execution, element: ProcessElement | SubProcess, ei: ElementInstance): void {
  const first = found(x.processOf(ei).graph.elements[element.start], 'start event', element.start);
  if (first.type !== 'NONE_START_EVENT') throw new Error(`${first.id} is not a none start event`);
  noneStartEvent.enter(x, first, x.open(first, ei, []));
}
