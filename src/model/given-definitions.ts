/**
 * Definitions of events that are given with a deployment: they win over the XML, for models whose events say nothing or
 * something else. A name or a code is text as it stands, never an expression.
 */
import { type DraftNode, type DraftProcess, KIND_WORDS } from './draft.js';
import { type EventDefinition, isEventAt, type TimerText } from './events.js';
import type { Place, Problems } from './problems.js';
import { isSentByEngine } from './structure-messages.js';
import { timerProblem } from './timers.js';

export interface GivenDefinitions {
  readonly errors: readonly GivenCode[];
  readonly escalations: readonly GivenCode[];
  readonly messages: readonly GivenName[];
  readonly signals: readonly GivenName[];
  readonly timers: readonly GivenTimer[];
}

/** Without a code, '', it catches all. */
interface GivenCode {
  readonly elementId: string;
  readonly code: string;
}

interface GivenName {
  readonly elementId: string;
  readonly name: string;
}

interface GivenTimer extends Pick<TimerText, 'type'> {
  readonly elementId: string;
  readonly text: string;
}

/** One of them, with the place that it has in the request. */
interface Given {
  readonly field: string;
  readonly elementId: string;
  readonly kind: 'ERROR' | 'ESCALATION' | 'MESSAGE' | 'SIGNAL' | 'TIMER';
  /** What the event is then; the present definition is of this kind, or of a receive task that has none. */
  define(present: EventDefinition | undefined): EventDefinition;
  /** Why it makes no sense for this element. */
  problem(node: DraftNode): string | undefined;
}

/** The drafts with what is given; what fits no event of the file is a problem. */
export function withDefinitions(
  drafts: readonly DraftProcess[],
  definitions: GivenDefinitions,
  file: Place,
  problems: Problems,
): readonly DraftProcess[] {
  const given = new Map<string, Given>();
  const nodes = new Map(drafts.flatMap((draft) => draft.nodes.map((node) => [node.id, node] as const)));
  for (const each of listOf(definitions)) {
    const node = nodes.get(each.elementId);
    const problem = problemOf(each, node, given.get(each.elementId));
    if (problem === undefined) {
      given.set(each.elementId, each);
    } else {
      const help = `correct ${each.field}, or leave it out`;
      problems.add('DEFINITION_INVALID', node?.xml ?? file, each.elementId, `${each.field}: ${problem}`, help);
    }
  }
  return drafts.map((draft) => ({ ...draft, nodes: draft.nodes.map((node) => defined(node, given.get(node.id))) }));
}

function defined(node: DraftNode, given: Given | undefined): DraftNode {
  return given === undefined ? node : { ...node, event: given.define(node.event) };
}

function problemOf(given: Given, node: DraftNode | undefined, before: Given | undefined): string | undefined {
  if (node === undefined) return `no executable process of the file has an element "${given.elementId}"`;
  if (before !== undefined) return `"${given.elementId}" has a definition in ${before.field} already`;
  const mayBeNone = given.kind === 'MESSAGE' && node.kind === 'RECEIVE_TASK';
  if (node.event?.kind !== given.kind && !(mayBeNone && node.event === undefined)) {
    const several = node.event?.kind === 'MULTIPLE' ? ', which has several definitions: give them in the XML' : '';
    return `"${given.elementId}" is no ${given.kind.toLowerCase()} event, but a ${KIND_WORDS[node.kind]}${several}`;
  }
  return given.problem(node);
}

function listOf({ errors, escalations, messages, signals, timers }: GivenDefinitions): readonly Given[] {
  return [
    ...errors.map((each, at) => code(`errors[${at}]`, 'ERROR', each)),
    ...escalations.map((each, at) => code(`escalations[${at}]`, 'ESCALATION', each)),
    ...messages.map((each, at) => message(`messages[${at}]`, each)),
    ...signals.map((each, at) => signal(`signals[${at}]`, each)),
    ...timers.map((each, at) => timer(`timers[${at}]`, each)),
  ];
}

function code(field: string, kind: 'ERROR' | 'ESCALATION', { elementId, code }: GivenCode): Given {
  return {
    ...{ field, kind, elementId },
    define: () => ({ kind, code: code || undefined }),
    problem: (node) => (code === '' && throws(node) ? 'what is thrown needs a code' : undefined),
  };
}

function message(field: string, { elementId, name }: GivenName): Given {
  return {
    ...{ field, kind: 'MESSAGE', elementId },
    define: (present) => {
      const correlationKey = present?.kind === 'MESSAGE' ? present.correlationKey : undefined;
      return { kind: 'MESSAGE', name, correlationKey };
    },
    problem: (node) => {
      const isSent = isSentByEngine({ ...node, event: message(field, { elementId, name }).define(node.event) });
      return throws(node) && !isSent ? 'a worker sends this message, so its name would not be used' : undefined;
    },
  };
}

function signal(field: string, { elementId, name }: GivenName): Given {
  return {
    ...{ field, kind: 'SIGNAL', elementId },
    define: () => ({ kind: 'SIGNAL', name }),
    problem: () => undefined,
  };
}

function timer(field: string, { elementId, type, text }: GivenTimer): Given {
  return {
    ...{ field, kind: 'TIMER', elementId },
    define: (present) => {
      const catchUp = present?.kind === 'TIMER' ? present.timer.catchUp : 'LAST';
      return { kind: 'TIMER', timer: { type, text, catchUp } };
    },
    problem: () => timerProblem(type, text),
  };
}

function throws({ kind }: DraftNode): boolean {
  return kind === 'SEND_TASK' || isEventAt(kind, 'THROW') || isEventAt(kind, 'END');
}

/** The order in which they are given says nothing: equal ones are written the same. */
export function inOrder(definitions: GivenDefinitions): GivenDefinitions {
  const { errors, escalations, messages, signals, timers } = definitions;
  return {
    errors: sorted(errors),
    escalations: sorted(escalations),
    messages: sorted(messages),
    signals: sorted(signals),
    timers: sorted(timers),
  };
}

function sorted<Each extends { readonly elementId: string }>(list: readonly Each[]): readonly Each[] {
  return [...list].sort((one, other) => (one.elementId < other.elementId ? -1 : 1));
}
