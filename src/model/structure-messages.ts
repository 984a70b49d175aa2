/** The rules of messages: what starts a process names its message for good. */
import { constantText } from './constant-text.js';
import { type DraftNode, type DraftProcess, KIND_WORDS } from './draft.js';
import { definitionsIn, type EventDefinition, isEventAt } from './events.js';
import { startsByMessage } from './instantiation.js';
import type { Problems } from './problems.js';

export function checkMessages(process: DraftProcess, problems: Problems): void {
  const starting = startsByMessage(process);
  for (const node of process.nodes) {
    checkPublishing(node, problems);
    if (!starting.has(node) && !isProcessStart(node, process)) continue;
    for (const event of definitionsIn(node.event)) if (event.kind === 'MESSAGE') checkStart(node, event, problems);
  }
}

/** Either the engine sends it or a worker. */
function checkPublishing(node: DraftNode, problems: Problems): void {
  const { elements, attributes } = node.extensions;
  if (!elements.has('zeebe:publishMessage')) return;
  const worker = elements.has('zeebe:taskDefinition') ? 'zeebe:taskDefinition' : 'camunda:topic';
  if (worker === 'camunda:topic' && !attributes.has(worker)) return;
  const message = `the ${KIND_WORDS[node.kind]} has both a zeebe:publishMessage and a ${worker}`;
  problems.add('JOB_INVALID', node.xml, node.id, message, 'leave one of the two');
}

/** It waits while no instance is there, so its name knows no variables. */
function isProcessStart(node: DraftNode, { nodes }: DraftProcess): boolean {
  return isEventAt(node.kind, 'START') && nodes[node.scope]?.kind === 'PROCESS';
}

type MessageEvent = Extract<EventDefinition, { readonly kind: 'MESSAGE' }>;

function checkStart(node: DraftNode, event: MessageEvent, problems: Problems): void {
  if (constantText(event.name) !== undefined) return;
  const message = `the ${KIND_WORDS[node.kind]} has no name that is known without variables`;
  problems.add('EVENT_INVALID', node.xml, node.id, message, 'give messageRef a bpmn:message with a name');
}

/** Name and key are known, and no worker is asked for. */
export function isSentByEngine({ event, extensions }: DraftNode): boolean {
  if (extensions.elements.has('zeebe:taskDefinition') || extensions.attributes.has('camunda:topic')) return false;
  return event?.kind === 'MESSAGE' && event.name !== undefined && event.correlationKey !== undefined;
}
