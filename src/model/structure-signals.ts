/** The rules of signals: each has a name; that of a signal which starts a process is known without variables. */
import { constantText } from './constant-text.js';
import { type DraftNode, type DraftProcess, KIND_WORDS } from './draft.js';
import type { Problems } from './problems.js';

export function checkSignals({ nodes }: DraftProcess, problems: Problems): void {
  for (const node of nodes) {
    if (node.event?.kind !== 'SIGNAL') continue;
    const startsProcess = node.kind === 'SIGNAL_START_EVENT' && nodes[node.scope]?.kind === 'PROCESS';
    if (startsProcess && constantText(node.event.name) === undefined) {
      refuse(node, 'no name that is known without variables', problems);
    } else if (node.event.name === undefined) {
      refuse(node, 'no signal', problems);
    }
  }
}

function refuse(node: DraftNode, lacks: string, problems: Problems): void {
  const message = `the ${KIND_WORDS[node.kind]} has ${lacks}`;
  problems.add('EVENT_INVALID', node.xml, node.id, message, 'give signalRef a bpmn:signal with a name');
}
