/** The rules of events with several definitions: what may be among them, and what can not happen or be thrown together. */
import { type DraftNode, type DraftProcess, isInterrupting, KIND_WORDS } from './draft.js';
import { definitionsIn, type EventKind, type EventPosition, eventTypeOf, isEventAt, needsAll } from './events.js';
import type { Problems } from './problems.js';

export function checkMultiples(process: DraftProcess, problems: Problems): void {
  for (const node of process.nodes) {
    if (node.event?.kind !== 'MULTIPLE') continue;
    checkKinds(node, process, problems);
    if (isThrowing(node)) checkThrown(node, problems);
    else if (node.event.parallel) checkParallel(node, problems);
  }
}

const POSITIONS: readonly EventPosition[] = ['START', 'CATCH', 'THROW', 'BOUNDARY', 'END'];

/** Alone they have rules of their own, which several together can not keep. */
const ALONE: ReadonlySet<EventKind> = new Set<EventKind>(['LINK', 'COMPENSATION', 'CANCEL']);

/** Where any of them starts a process, what is no message has a start event of its own: that says the same. */
const STARTS_ALONE: ReadonlySet<EventKind> = new Set<EventKind>(['MESSAGE']);

/** What an instance that a message has started can wait for before it begins. */
const STARTS_TOGETHER: ReadonlySet<EventKind> = new Set<EventKind>(['MESSAGE', 'SIGNAL', 'TIMER']);

function checkKinds(node: DraftNode, { nodes }: DraftProcess, problems: Problems): void {
  const position = POSITIONS.find((each) => isEventAt(node.kind, each)) ?? 'CATCH';
  const startsProcess = position === 'START' && nodes[node.scope]?.kind === 'PROCESS';
  const starting = node.event !== undefined && needsAll(node.event) ? STARTS_TOGETHER : STARTS_ALONE;
  for (const kind of new Set(definitionsIn(node.event).map((each) => each.kind))) {
    const type = eventTypeOf(kind, position);
    const word = kind.toLowerCase();
    if (type === undefined || ALONE.has(kind) || (startsProcess && !starting.has(kind))) {
      const help = 'draw an event of its own for it where BPMN has one';
      refuse(node, `can not have a ${word} definition beside others`, help, problems);
    }
  }
}

function isThrowing({ kind }: DraftNode): boolean {
  return isEventAt(kind, 'THROW') || isEventAt(kind, 'END');
}

const ENDING: ReadonlySet<EventKind> = new Set<EventKind>(['ERROR', 'ESCALATION', 'TERMINATE']);

function checkThrown(node: DraftNode, problems: Problems): void {
  const definitions = definitionsIn(node.event);
  if (definitions.filter(({ kind }) => ENDING.has(kind)).length > 1) {
    const help = 'throw one of them here, and the others with events in front of it';
    refuse(node, 'throws more than one error, escalation or termination', help, problems);
  }
  for (const event of definitions) {
    if (event.kind !== 'MESSAGE' || (event.name !== undefined && event.correlationKey !== undefined)) continue;
    const help = 'give messageRef a bpmn:message with a name and a zeebe:subscription correlationKey';
    refuse(node, 'throws a message without name or correlation key beside others', help, problems);
  }
}

function checkParallel(node: DraftNode, problems: Problems): void {
  const kinds = definitionsIn(node.event).map(({ kind }) => kind);
  if (kinds.includes('ERROR') || kinds.includes('ESCALATION')) {
    const help = 'catch it with an event of its own: what throws it waits for nothing else';
    refuse(node, 'waits for an error or escalation together with others', help, problems);
  }
  const hasDate = definitionsIn(node.event).some((event) => event.kind === 'TIMER' && event.timer.type === 'DATE');
  if (hasDate && !isInterrupting(node)) {
    const help = 'wait for a duration, or let the event interrupt';
    refuse(node, 'waits again and again for a date', help, problems);
  }
}

function refuse(node: DraftNode, what: string, help: string, problems: Problems): void {
  problems.add('EVENT_INVALID', node.xml, node.id, `the ${KIND_WORDS[node.kind]} ${what}`, help);
}
