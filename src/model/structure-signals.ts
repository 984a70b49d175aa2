/** The rule of signals: the name of one that starts a process is known without variables. */
import { constantText } from './constant-text.js';
import { type DraftProcess, KIND_WORDS } from './draft.js';
import { definitionsIn, isEventAt } from './events.js';
import type { Problems } from './problems.js';

export function checkSignals({ nodes }: DraftProcess, problems: Problems): void {
  for (const node of nodes) {
    if (!isEventAt(node.kind, 'START') || nodes[node.scope]?.kind !== 'PROCESS') continue;
    for (const event of definitionsIn(node.event)) {
      if (event.kind !== 'SIGNAL' || constantText(event.name) !== undefined) continue;
      const message = `the ${KIND_WORDS[node.kind]} has no name that is known without variables`;
      problems.add('EVENT_INVALID', node.xml, node.id, message, 'give signalRef a bpmn:signal with a name');
    }
  }
}
