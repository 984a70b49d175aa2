/** What the model says of the elements of a deployed process, beyond what is kept of each in a row. */
import { type DeployedProcess, elementIdOf } from '../core/facts.js';
import { constantText } from '../model/constant-text.js';
import type { EventDefinition, TimerText } from '../model/events.js';
import type { Element } from '../model/process.js';
import { dueTime } from '../model/timers.js';
import type { ElementDetails, SettledEvent, SettledTimer } from './face.js';

/** By the id of the element. */
export function detailsOf(process: DeployedProcess): ReadonlyMap<number, ElementDetails> {
  const { elements } = process.graph;
  return new Map(elements.map((element) => [elementIdOf(process, element), detailsIn(process, element)]));
}

function detailsIn(process: DeployedProcess, element: Element): ElementDetails {
  const { scope } = element;
  return {
    parentId: scope < 0 ? null : elementIdOf(process, { index: scope }),
    attachedToId: 'attachedTo' in element ? elementIdOf(process, { index: element.attachedTo }) : null,
    event: 'event' in element && element.event ? settled(element.event, element.job !== undefined) : null,
    startsProcess: element.type.endsWith('_START_EVENT') && process.graph.elements[scope]?.type === 'PROCESS',
  };
}

/** Null where an expression or a worker says it when it is there, and where there is nothing to say. */
function settled(event: EventDefinition, isAsked: boolean): SettledEvent | null {
  switch (event.kind) {
    case 'ERROR':
    case 'ESCALATION': {
      const code = event.code === undefined && !isAsked ? '' : constantText(event.code);
      return code === undefined ? null : { kind: event.kind, text: code };
    }
    case 'MESSAGE':
    case 'SIGNAL': {
      const name = constantText(event.name);
      return name === undefined ? null : { kind: event.kind, text: name };
    }
    case 'TIMER':
      return settledTimer(event.timer);
    default:
      return null;
  }
}

function settledTimer({ type, text }: TimerText): SettledTimer | null {
  const constant = constantText(text);
  if (constant === undefined) return null;
  if (type !== 'DATE') return { kind: type, text: constant };
  const due = dueTime(type, constant, 0);
  return 'problem' in due ? null : { kind: type, time: due.dueAt };
}
