/** Where execution listeners may stand: what begins with what has happened has no start, what ends by throwing no end. */
import { aKind, type DraftNode, type DraftProcess } from './draft.js';
import { isEventAt } from './events.js';
import { isInstantiating } from './instantiation.js';
import type { Problems } from './problems.js';
import { eventOf, listenersOf } from './read-listeners.js';
import { attribute } from './xml.js';

export function checkListeners({ nodes }: DraftProcess, problems: Problems): void {
  const gateways = nodes.filter(({ kind }) => kind === 'EVENT_BASED_GATEWAY');
  const awaited = new Set(gateways.flatMap(({ outgoing }) => outgoing));
  for (const node of nodes) {
    const known = new Set<string>();
    for (const listener of listenersOf(node)) {
      const refuse = (message: string, help: string) =>
        problems.add('LISTENER_INVALID', listener, node.id, message, help);
      const event = eventOf(listener);
      if (event === undefined) {
        const given = attribute(listener, 'eventType') ?? '';
        refuse(`the event "${given}" of an execution listener is not supported by this version`, 'use start or end');
        continue;
      }
      const happens = node.incoming.some((flow) => awaited.has(flow));
      const problem = event === 'start' ? noStart(node, happens) : noEnd(node);
      if (problem !== undefined) {
        refuse(`${aKind(node.kind)} has no ${event} listener: ${problem}`, OTHERWISE[event]);
      }
      const name = `${event} ${attribute(listener, 'type')}`;
      if (known.has(name))
        refuse(`the ${event} listener "${attribute(listener, 'type')}" is given twice`, 'remove one');
      known.add(name);
    }
  }
}

const OTHERWISE = {
  start: 'use an end listener, or a start listener of what is behind it',
  end: 'use a start listener, or one of what is around it or behind it',
} as const;

/** `happens`: it stands behind an event-based gateway. */
function noStart(node: DraftNode, happens: boolean): string | undefined {
  const { kind } = node;
  const begins = isEventAt(kind, 'START') || isEventAt(kind, 'BOUNDARY') || isInstantiating(node) || happens;
  return begins ? 'it begins when it has happened' : undefined;
}

function noEnd({ kind, event }: DraftNode): string | undefined {
  if (kind.endsWith('_GATEWAY')) return 'it is left at once';
  if (kind === 'COMPENSATION_BOUNDARY_EVENT') return 'it ends with its handler';
  if (event?.kind === 'COMPENSATION' && !event.waits) return 'it goes on before all is compensated';
  return THROWING_LAST.test(kind) ? 'what it throws may end it' : undefined;
}

const THROWING_LAST = /^(ERROR_END|(ESCALATION|MULTIPLE)_(THROW|END))_EVENT$/;
