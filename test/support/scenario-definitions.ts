/** The events of random processes, as models write them. */
import type { Awaited, Simple, Thrown } from './scenario-blocks.js';
import {
  all,
  catching,
  type Definition,
  type ElementSpec,
  error,
  escalation,
  type Mappings,
  message,
  condition as rule,
  signal,
  timer,
} from './scenario-model.js';

/** What starts instances of it, beside a call: a message and a signal. */
export const BEGINS = 'begin';

/** Messages have one of two keys. */
export const KEY = 'if z > 5 then "many" else "few"';

/** What goes along with what is sent. */
export const GIVEN = { inputs: { x: '= if y > 50 then 0 else y + 1' } };

export const LASTS = {
  nothing: () => '',
  error,
  escalation,
  terminate: () => '<bpmn:terminateEventDefinition/>',
};

export function waiting(event: Awaited, spec: Mappings = {}): ElementSpec {
  const element = catching(definitionOf(event), spec);
  return needsAll(event) ? all(element) : element;
}

export function needsAll(event: Awaited | Thrown): boolean {
  return event.kind === 'several' && event.all;
}

export function alwaysInterrupts(event: Awaited | Thrown): boolean {
  return event.kind === 'error' || (event.kind === 'several' && event.events.some(({ kind }) => kind === 'error'));
}

export function definitionOf(event: Awaited | Simple | Thrown): Definition {
  switch (event.kind) {
    case 'several':
      return event.events.map(definitionOf).join('');
    case 'signal':
      return signal(event.signal);
    case 'timer':
      return timer(event.text.startsWith('R') ? 'Cycle' : 'Duration', event.text);
    case 'message':
      return message(event.message, KEY);
    case 'condition':
      return rule(event.text);
    case 'error':
      return error(event.code);
    case 'escalation':
      return escalation(event.code);
  }
}
