/** The rule of signals: the name of one that starts a process is known without variables. */
import { constantText } from './constant-text.js';
import { type DraftProcess, KIND_WORDS } from './draft.js';
import type { Problems } from './problems.js';

export function checkSignals({ nodes }: DraftProcess, problems: Problems): void {
  for (const node of nodes) {
    if (node.event?.kind !== 'SIGNAL') continue;
    const startsProcess = node.kind === 'SIGNAL_START_EVENT' && nodes[node.scope]?.kind === 'PROCESS';
    if (!startsProcess || constantText(node.event.name) !== undefined) continue;
    const message = `the ${KIND_WORDS[node.kind]} has no name that is known without variables`;
    problems.add('EVENT_INVALID', node.xml, node.id, message, 'give signalRef a bpmn:signal with a name');
  }
}
