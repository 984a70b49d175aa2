/**
 * Events whose definition the model leaves open: a worker is asked for it when they are reached. A timer without a time,
 * a message without name or key, a signal without name, an error or escalation that is thrown without code.
 */
import { type DraftNode, type DraftProcess, KIND_WORDS } from './draft.js';
import { type EventDefinition, isEventAt } from './events.js';
import type { Problems } from './problems.js';

export function isOpen(node: DraftNode): boolean {
  if (node.kind === 'RECEIVE_TASK') return node.event === undefined || lacks(node.event);
  if (node.event === undefined || isOfProcess(node)) return false;
  // A message that is thrown is a worker's to send as a whole.
  if (throws(node) && node.event.kind === 'MESSAGE') return false;
  if (isCode(node.event)) return node.event.code === undefined && (throws(node) || namesWorker(node));
  return lacks(node.event);
}

/** What an event needs that has no meaning without it. */
function lacks(event: EventDefinition): boolean {
  switch (event.kind) {
    case 'TIMER':
      return event.timer.text === '';
    case 'MESSAGE':
      return event.name === undefined || event.correlationKey === undefined;
    case 'SIGNAL':
      return event.name === undefined;
    default:
      return false;
  }
}

type Coded = Extract<EventDefinition, { readonly kind: 'ERROR' | 'ESCALATION' }>;

function isCode(event: EventDefinition): event is Coded {
  return event.kind === 'ERROR' || event.kind === 'ESCALATION';
}

function throws({ kind }: DraftNode): boolean {
  return isEventAt(kind, 'THROW') || isEventAt(kind, 'END');
}

/** What catches without a code catches all, unless the model says that a worker gives the code. */
function namesWorker({ extensions }: DraftNode): boolean {
  return extensions.elements.has('zeebe:taskDefinition');
}

/** It waits while no instance is there, so no worker can be asked. */
function isOfProcess({ kind, scope }: DraftNode): boolean {
  return isEventAt(kind, 'START') && scope === 0;
}

export function checkOpenDefinitions({ nodes }: DraftProcess, problems: Problems): void {
  for (const node of nodes) {
    if (node.event?.kind === 'MULTIPLE' && !isOfProcess(node)) checkMultiple(node, node.event.definitions, problems);
    const mayAsk = node.kind === 'RECEIVE_TASK' || (node.event !== undefined && !sends(node));
    const extension = [...node.extensions.elements.keys()].find((name) => OF_JOBS.has(name));
    if (mayAsk && extension !== undefined && !isOpen(node)) {
      const message = `the model defines the ${KIND_WORDS[node.kind]}, so the job of a worker would never be made`;
      const help = `remove ${extension}, or what the worker shall give`;
      problems.add('JOB_INVALID', node.xml, node.id, message, help);
    }
  }
}

/** One job can not ask for several definitions. */
function checkMultiple(node: DraftNode, definitions: readonly EventDefinition[], problems: Problems): void {
  const says = throws(node)
    ? (each: EventDefinition) => (isCode(each) ? each.code !== undefined : each.kind !== 'SIGNAL' || !lacks(each))
    : (each: EventDefinition) => !lacks(each);
  if (definitions.every(says)) return;
  const message = `a definition of the ${KIND_WORDS[node.kind]} leaves open what it needs`;
  problems.add('EVENT_INVALID', node.xml, node.id, message, 'say what each of the definitions waits for, or throws');
}

/** What is said of a job, and not of an event. */
export const OF_JOBS: ReadonlySet<string> = new Set([
  'zeebe:taskDefinition',
  'zeebe:taskHeaders',
  'zeebe:jobPriorityDefinition',
  'zeebe:priorityDefinition',
  'camunda:failedJobRetryTimeCycle',
]);

function sends(node: DraftNode): boolean {
  return node.kind === 'SEND_TASK' || (throws(node) && node.event?.kind === 'MESSAGE');
}
