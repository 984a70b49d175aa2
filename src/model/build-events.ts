/** Makes the events of the graph. One builder per position; the type of the element says the rest. */
import { type DraftNode, isInterrupting } from './draft.js';
import { type EventDefinition, type EventType, isEventAt } from './events.js';
import { isOpen } from './open-definitions.js';
import type { Problems } from './problems.js';
import type {
  BoundaryEvent,
  CatchEvent,
  Element,
  EndEvent,
  JobDefinition,
  Mapping,
  StartEvent,
  ThrowEvent,
} from './process.js';
import { readJob } from './read-job.js';
import { readMappings } from './read-mappings.js';
import { isSentByEngine } from './structure-messages.js';

/** What every element has. */
type Base = Omit<Extract<Element, { readonly type: 'NONE_END_EVENT' }>, 'type'>;

export function buildEvent(
  type: EventType,
  base: Base,
  node: DraftNode,
  attachedTo: number,
  problems: Problems,
): Element {
  if (type === 'NONE_START_EVENT' || type === 'NONE_THROW_EVENT' || type === 'NONE_END_EVENT') return { ...base, type };
  const event = definitionOf(node);
  const job = jobOf(node, problems);
  if (isEventAt(type, 'THROW') || isEventAt(type, 'END')) {
    const inputs = mappings(node, 'inputs', problems);
    return isEventAt(type, 'END')
      ? ({ ...base, type, event, inputs, ...job } satisfies EndEvent)
      : ({ ...base, type, event, inputs, ...job } satisfies ThrowEvent);
  }
  const outputs = mappings(node, 'outputs', problems);
  if (isEventAt(type, 'CATCH')) return { ...base, type, event, outputs, ...job } satisfies CatchEvent;
  const interrupting = isInterrupting(node);
  if (isEventAt(type, 'START')) return { ...base, type, event, outputs, interrupting, ...job } satisfies StartEvent;
  return { ...base, type, event, outputs, interrupting, attachedTo, ...job } satisfies BoundaryEvent;
}

/** A message whose receiver the model does not say is a worker's to send; any other event's definition is asked for. */
export function jobOf(node: DraftNode, problems: Problems): { readonly job?: JobDefinition } {
  const isThrown = isEventAt(node.kind, 'THROW') || isEventAt(node.kind, 'END');
  const isSent = isThrown && node.event?.kind === 'MESSAGE' && !isSentByEngine(node);
  return isSent || isOpen(node) ? { job: readJob(node, problems) } : {};
}

/** Only a receive task may have none; else that is a problem that was noted, and the graph is of no use. */
export function definitionOf({ event }: DraftNode): EventDefinition {
  return event ?? { kind: 'MESSAGE', name: undefined, correlationKey: undefined };
}

/** What an event catches comes out of it, what it throws goes into it. */
function mappings(node: DraftNode, wanted: 'inputs' | 'outputs', problems: Problems): readonly Mapping[] {
  const { inputs, outputs } = readMappings(node, problems);
  const others = wanted === 'inputs' ? outputs : inputs;
  if (others.length > 0) {
    const message = `an event that ${wanted === 'inputs' ? 'throws has no outputs' : 'catches has no inputs'}`;
    const help = wanted === 'inputs' ? 'use zeebe:input' : 'use zeebe:output';
    problems.add('MAPPING_INVALID', node.xml, node.id, message, help);
  }
  return wanted === 'inputs' ? inputs : outputs;
}
