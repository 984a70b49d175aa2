/** The messages that start a process, and the element at which each of them does. */
import { constantText } from './constant-text.js';
import { definitionsIn, isEventAt } from './events.js';
import type { Element, Graph } from './process.js';

export interface MessageStart {
  readonly index: number;
  readonly name: string;
}

/** The reader of models has seen to it that each has a name that needs no variables. */
export function messageStartsOf({ elements, flows }: Pick<Graph, 'elements' | 'flows'>): readonly MessageStart[] {
  const source = ({ incoming: [flow] }: Element) => elements[flows[flow ?? -1]?.source ?? -1];
  const starts = (element: Element) =>
    isEventAt(element.type, 'START') ||
    (element.type === 'RECEIVE_TASK' && element.instantiate) ||
    startsBehind(source(element));
  return elements.flatMap((element) => {
    if (element.scope !== 0 || !('event' in element) || !starts(element)) return [];
    const names = definitionsIn(element.event).flatMap((event) =>
      event.kind === 'MESSAGE' ? (constantText(event.name) ?? []) : [],
    );
    return [...new Set(names)].map((name) => ({ index: element.index, name }));
  });
}

function startsBehind(element: Element | undefined): boolean {
  return element?.type === 'EVENT_BASED_GATEWAY' && element.instantiate;
}
