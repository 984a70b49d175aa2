/** The messages that start a process, and the element at which each of them does. */
import { constantText } from './constant-text.js';
import { definitionsIn, isEventAt } from './events.js';
import type { Element } from './process.js';

export interface MessageStart {
  readonly index: number;
  readonly name: string;
}

/** The reader of models has seen to it that each has a name that needs no variables. */
export function messageStartsOf(elements: readonly Element[]): readonly MessageStart[] {
  return elements.flatMap((element) => {
    if (element.scope !== 0 || !isEventAt(element.type, 'START') || !('event' in element)) return [];
    const names = definitionsIn(element.event).flatMap((event) =>
      event.kind === 'MESSAGE' ? (constantText(event.name) ?? []) : [],
    );
    return [...new Set(names)].map((name) => ({ index: element.index, name }));
  });
}
