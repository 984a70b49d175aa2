/** The signals that start a process, and the element at which each of them does. */
import { constantText } from './constant-text.js';
import type { Element } from './process.js';

export interface SignalStart {
  readonly index: number;
  readonly name: string;
}

/** The reader of models has seen to it that each has a name that needs no variables. */
export function signalStartsOf(elements: readonly Element[]): readonly SignalStart[] {
  return elements.flatMap((element) => {
    if (element.scope !== 0 || element.type !== 'SIGNAL_START_EVENT' || element.event.kind !== 'SIGNAL') return [];
    const name = constantText(element.event.name);
    return name === undefined ? [] : [{ index: element.index, name }];
  });
}
