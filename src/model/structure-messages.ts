/** The rules of messages: what waits for one names it, with its correlation key; what starts a process names it for good. */
import { constantText } from './constant-text.js';
import { type DraftNode, type DraftProcess, KIND_WORDS } from './draft.js';
import { definitionsIn, type EventDefinition, isEventAt } from './events.js';
import type { Problems } from './problems.js';

export function checkMessages(process: DraftProcess, problems: Problems): void {
  for (const node of process.nodes) {
    const check = isProcessStart(node, process) ? checkStart : waits(node) ? checkWait : undefined;
    if (node.kind === 'RECEIVE_TASK' && node.event === undefined) checkWait(node, undefined, problems);
    for (const event of definitionsIn(node.event)) if (event.kind === 'MESSAGE') check?.(node, event, problems);
  }
}

/** It waits while no instance is there, so its name knows no variables. */
function isProcessStart(node: DraftNode, { nodes }: DraftProcess): boolean {
  return isEventAt(node.kind, 'START') && nodes[node.scope]?.kind === 'PROCESS';
}

function waits({ kind }: DraftNode): boolean {
  return kind === 'RECEIVE_TASK' || isEventAt(kind, 'CATCH') || isEventAt(kind, 'BOUNDARY') || isEventAt(kind, 'START');
}

type MessageEvent = Extract<EventDefinition, { readonly kind: 'MESSAGE' }>;

function checkStart(node: DraftNode, event: MessageEvent, problems: Problems): void {
  if (constantText(event.name) !== undefined) return;
  const message = `the ${KIND_WORDS[node.kind]} has no name that is known without variables`;
  problems.add('EVENT_INVALID', node.xml, node.id, message, 'give messageRef a bpmn:message with a name');
}

function checkWait(node: DraftNode, event: MessageEvent | undefined, problems: Problems): void {
  if (event?.name !== undefined && event.correlationKey !== undefined) return;
  const what = event?.name !== undefined ? 'correlation key' : 'message';
  const message = `the ${KIND_WORDS[node.kind]} has no ${what}`;
  const help = 'give messageRef a bpmn:message with a name and a zeebe:subscription correlationKey';
  problems.add('EVENT_INVALID', node.xml, node.id, message, help);
}

/** Name and key are known, and no worker is asked for. */
export function isSentByEngine({ event, extensions }: DraftNode): boolean {
  if (extensions.elements.has('zeebe:taskDefinition') || extensions.attributes.has('camunda:topic')) return false;
  return event?.kind === 'MESSAGE' && event.name !== undefined && event.correlationKey !== undefined;
}
