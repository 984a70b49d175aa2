/** Elements of processes, with what the model says of them. */
import type { ElementDetails, SettledEvent } from '../engine/face.js';
import type { ElementView } from '../engine/reader.js';
import type { Timer } from '../gen/baton/v1/common.js';
import type { Element, EventDefinition } from '../gen/baton/v1/processes.js';
import { dateOf, textOf, wireElementType } from './convert.js';

/** `isOld`: a later version has taken over what starts the process. */
export function toElement(view: ElementView, details: ElementDetails | undefined, isOld: boolean): Element {
  const { id, processId, bpmnElementId, bpmnElementType, elementName } = view;
  const { parentId = null, attachedToId = null, event = null, startsProcess = false } = details ?? {};
  return {
    id,
    processId,
    bpmnElementId,
    bpmnElementType: wireElementType(bpmnElementType),
    name: textOf(elementName),
    parentId: parentId ?? undefined,
    attachedToId: attachedToId ?? undefined,
    eventDefinition: event === null ? undefined : { ...definitionOf(event), suspended: startsProcess && isOld },
  };
}

function definitionOf(event: SettledEvent): Omit<EventDefinition, 'suspended'> {
  switch (event.kind) {
    case 'ERROR':
      return { errorCode: event.text };
    case 'ESCALATION':
      return { escalationCode: event.text };
    case 'MESSAGE':
      return { messageName: event.text };
    case 'SIGNAL':
      return { signalName: event.text };
    default:
      return { timer: { kind: timerOf(event) } };
  }
}

function timerOf(event: Extract<SettledEvent, { readonly kind: 'DATE' | 'DURATION' | 'CYCLE' }>): Timer['kind'] {
  if (event.kind === 'DATE') return { $case: 'time', value: dateOf(event.time) };
  return { $case: event.kind === 'CYCLE' ? 'timeCycle' : 'timeDuration', value: event.text };
}
