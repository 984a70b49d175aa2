/**
 * Loops and multi-instance: an activity with such a marker becomes two elements. Its body takes its place: id, index,
 * flows, and the events attached to it. The activity itself becomes an element inside the body, without flows; each of its instances runs there.
 */
import type { Activity, Element, Loop, MultiInstanceBody } from './process.js';

/** `loops` by the index of the activity. The inner elements come last, so that no other index changes. */
export function addBodies(elements: readonly Element[], loops: ReadonlyMap<number, Loop>): readonly Element[] {
  const innerOf = new Map([...loops.keys()].map((index, place) => [index, elements.length + place]));
  const outer: Element[] = [];
  const inner: Element[] = [];
  for (const element of elements) {
    // What is in a sub-process is in each of its instances.
    const moved = { ...element, scope: innerOf.get(element.scope) ?? element.scope };
    const loop = loops.get(element.index);
    if (loop === undefined) {
      outer.push(moved);
    } else {
      const body = bodyOf(moved as Activity, loop, elements.length + inner.length);
      outer.push(body);
      inner.push(innerElement(moved as Activity, body));
    }
  }
  return [...outer, ...inner];
}

function bodyOf(activity: Activity, loop: Loop, inner: number): MultiInstanceBody {
  const { index, id, name, scope, incoming, outgoing, line, column, defaultFlow, boundaryEvents } = activity;
  const place = { index, id, name, scope, incoming, outgoing, line, column, defaultFlow, boundaryEvents };
  return { ...place, type: 'MULTI_INSTANCE_BODY', inputs: [], outputs: [], inner, loop };
}

function innerElement(activity: Activity, body: MultiInstanceBody): Element {
  const nothing = { incoming: [], outgoing: [], defaultFlow: undefined, boundaryEvents: [] };
  return { ...activity, ...nothing, index: body.inner, scope: body.index };
}
