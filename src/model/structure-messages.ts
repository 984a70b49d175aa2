/** The rules of messages: what waits for one names it, with its correlation key; what starts a process names it for good. */
import { constantText } from './constant-text.js';
import { type DraftNode, type DraftProcess, KIND_WORDS } from './draft.js';
import { isEventAt } from './events.js';
import type { Problems } from './problems.js';

export function checkMessages(process: DraftProcess, problems: Problems): void {
  for (const node of process.nodes) {
    if (isMessageStart(node, process)) checkStart(node, problems);
    else if (waits(node)) checkWait(node, problems);
  }
}

/** Of a process: it waits while no instance is there, so its name knows no variables. */
function isMessageStart(node: DraftNode, { nodes }: DraftProcess): boolean {
  return node.kind === 'MESSAGE_START_EVENT' && nodes[node.scope]?.kind === 'PROCESS';
}

function waits({ kind, event }: DraftNode): boolean {
  if (kind === 'RECEIVE_TASK') return true;
  return (
    event?.kind === 'MESSAGE' && (isEventAt(kind, 'CATCH') || isEventAt(kind, 'BOUNDARY') || isEventAt(kind, 'START'))
  );
}

function checkStart(node: DraftNode, problems: Problems): void {
  const name = node.event?.kind === 'MESSAGE' ? constantText(node.event.name) : undefined;
  if (name !== undefined) return;
  const message = 'the message start event has no name that is known without variables';
  problems.add('EVENT_INVALID', node.xml, node.id, message, 'give messageRef a bpmn:message with a name');
}

function checkWait(node: DraftNode, problems: Problems): void {
  const { event } = node;
  if (event?.kind === 'MESSAGE' && event.name !== undefined && event.correlationKey !== undefined) return;
  const what = event?.kind === 'MESSAGE' && event.name !== undefined ? 'correlation key' : 'message';
  const message = `the ${KIND_WORDS[node.kind]} has no ${what}`;
  const help = 'give messageRef a bpmn:message with a name and a zeebe:subscription correlationKey';
  problems.add('EVENT_INVALID', node.xml, node.id, message, help);
}

/** Name and key are known, and no worker is asked for. */
export function isSentByEngine({ event, extensions }: DraftNode): boolean {
  if (extensions.elements.has('zeebe:taskDefinition') || extensions.attributes.has('camunda:topic')) return false;
  return event?.kind === 'MESSAGE' && event.name !== undefined && event.correlationKey !== undefined;
}
