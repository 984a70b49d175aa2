/** Links: a throw event and the catch event of its name in the same scope are one path drawn in two parts (BPMN 2.0.2, 10.5.5). */
import type { CatchEvent, ThrowEvent } from '../../model/process.js';
import { type Execution, found } from '../execution.js';
import type { ElementInstance } from '../state.js';
import type { Behavior } from './behavior.js';
import { openOne } from './lifecycle.js';

export const linkThrowEvent: Behavior<ThrowEvent> = {
  arrive(x, element, scope, arrival) {
    this.enter(x, element, openOne(x, element, scope, arrival));
  },
  enter(x, element, ei) {
    this.leave(x, element, ei);
  },
  leave(x, element, ei) {
    x.jump(ei, catchOf(x, element, ei));
  },
};

function catchOf(x: Execution, { event, scope }: ThrowEvent, ei: ElementInstance): CatchEvent {
  const { elements } = x.processOf(ei).graph;
  const name = 'name' in event ? event.name : undefined;
  const target = elements.find(
    (each): each is CatchEvent =>
      each.type === 'LINK_CATCH_EVENT' && each.scope === scope && 'name' in each.event && each.event.name === name,
  );
  return found(target, 'link catch event', scope);
}

export const linkCatchEvent: Behavior<CatchEvent> = {
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
