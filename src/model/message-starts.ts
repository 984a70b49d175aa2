/** The messages that start a process, the element at which each of them does, and what else it needs to start. */
import { constantText } from './constant-text.js';
import { definitionsIn, isEventAt, needsAll } from './events.js';
import type { Element, EventBasedGateway, Graph, StartEvent } from './process.js';

type Links = Pick<Graph, 'elements' | 'flows'>;

export interface MessageStart {
  readonly index: number;
  readonly name: string;
}

/** The reader of models has seen to it that each has a name that needs no variables. */
export function messageStartsOf(graph: Links): readonly MessageStart[] {
  const starts = (element: Element) =>
    isEventAt(element.type, 'START') ||
    (element.type === 'RECEIVE_TASK' && element.instantiate) ||
    gatewayBefore(graph, element) !== undefined;
  return graph.elements.flatMap((element) => {
    if (element.scope !== 0 || !('event' in element) || !starts(element)) return [];
    const names = definitionsIn(element.event).flatMap((event) =>
      event.kind === 'MESSAGE' ? (constantText(event.name) ?? []) : [],
    );
    return [...new Set(names)].map((name) => ({ index: element.index, name }));
  });
}

/** A start that needs several events. */
export type JointStart = StartEvent | EventBasedGateway;

/** What waits for the other events once the one at this element has started an instance; undefined: it needs no other. */
export function jointStartOf(graph: Links, element: Element): JointStart | undefined {
  if (isStartEvent(element)) return needsAll(element.event) ? element : undefined;
  const gateway = gatewayBefore(graph, element);
  return gateway?.parallel === true ? gateway : undefined;
}

function isStartEvent(element: Element): element is StartEvent {
  return isEventAt(element.type, 'START') && 'event' in element;
}

/** The gateway that the event at this element starts the process behind. */
function gatewayBefore({ elements, flows }: Links, { incoming: [flow] }: Element): EventBasedGateway | undefined {
  const source = elements[flows[flow ?? -1]?.source ?? -1];
  return source?.type === 'EVENT_BASED_GATEWAY' && source.instantiate ? source : undefined;
}
