/**
 * The rules of starts that need several events: a start event with `parallelMultiple`, a parallel event-based gateway. A
 * message makes the instance, and the others are told by its key.
 */
import { constantText } from './constant-text.js';
import { type DraftNode, type DraftProcess, KIND_WORDS } from './draft.js';
import { definitionsIn, type EventDefinition, isEventAt, needsAll } from './events.js';
import { isInstantiating, isParallel } from './instantiation.js';
import type { ProblemRule, Problems } from './problems.js';
import { eventOf, listenersOf } from './read-listeners.js';

export function checkJointStarts({ nodes }: DraftProcess, problems: Problems): void {
  const isListening = nodes[0] !== undefined && listenersOf(nodes[0]).some((each) => eventOf(each) === 'start');
  for (const node of nodes) {
    const definitions = neededBy(node, nodes);
    if (definitions === undefined) continue;
    const refuse = (rule: ProblemRule, what: string, help: string) =>
      problems.add(rule, node.xml, node.id, `the ${KIND_WORDS[node.kind]} ${what}`, help);
    if (!definitions.some(({ kind }) => kind === 'MESSAGE')) {
      const help = 'begin with one of the events, and wait for the others behind it';
      refuse('EVENT_INVALID', 'needs several events to start the process, and no message is among them', help);
    }
    const names = definitions.flatMap((event) => (event.kind === 'MESSAGE' ? (constantText(event.name) ?? []) : []));
    const twice = names.find((name, at) => names.indexOf(name) < at);
    if (twice !== undefined) {
      const help = 'begin with one message of the name, and wait for the next behind it';
      refuse('EVENT_DUPLICATE', `needs the message "${twice}" twice to start the process`, help);
    }
    if (definitions.some((event) => event.kind === 'TIMER' && event.timer.type === 'CYCLE')) {
      refuse('EVENT_INVALID', 'needs a cycle to start the process once', 'wait for a duration or a date');
    }
    if (isListening) {
      const help = 'give the start listeners of the process to what is behind it';
      refuse('LISTENER_INVALID', 'needs several events to start a process that has start listeners', help);
    }
  }
}

/** Undefined: it starts no process, or with one event. */
function neededBy(node: DraftNode, nodes: readonly DraftNode[]): readonly EventDefinition[] | undefined {
  if (isParallel(node) && isInstantiating(node)) {
    const behind = nodes.filter(({ incoming }) => incoming.some((flow) => node.outgoing.includes(flow)));
    return behind.flatMap(({ event }) => definitionsIn(event));
  }
  const startsProcess = isEventAt(node.kind, 'START') && nodes[node.scope]?.kind === 'PROCESS';
  return startsProcess && node.event !== undefined && needsAll(node.event) ? node.event.definitions : undefined;
}
