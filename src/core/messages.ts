/**
 * Messages as trees see them: waiting for one, and throwing one (I10).
 *
 * Who sends and who waits each write their row and a match in their transaction. The one that commits last is seen by
 * its match together with the other, so that the two always meet (design section 6).
 */

import type { EventDefinition, Text } from '../model/events.js';
import type { Execution } from './execution.js';
import { elementIdOf } from './facts.js';
import { holdMessageKey } from './held-keys.js';
import { pathOf } from './instances.js';
import type { ElementInstance, Message, MessageMatch, Ref } from './state.js';
import { firstTime } from './timers.js';
import { putTreelessTask } from './treeless-tasks.js';
import { evaluate, type MappingFailure, variablesOf } from './variables.js';
import { variablesText } from './variables-text.js';

export type MessageEvent = Extract<EventDefinition, { readonly kind: 'MESSAGE' }>;

/** Characters of a name or a correlation key, as in calls. */
const MOST_CHARACTERS = 255;

/** `owner` waits for a message on behalf of the catching element; see `events.ts`. */
export function subscribe(
  x: Execution,
  owner: ElementInstance,
  catching: { readonly index: number },
  event: MessageEvent,
): MappingFailure | undefined {
  const address = addressOf(x, owner, event);
  if ('reason' in address) return address;
  subscribeTo(x, owner, catching, address);
  return undefined;
}

export interface Address {
  readonly name: string;
  readonly correlationKey: string;
}

export function subscribeTo(
  x: Execution,
  owner: ElementInstance,
  catching: { readonly index: number },
  { name, correlationKey }: Address,
): void {
  const process = x.processOf(owner);
  const { id: processId, tenantId, bpmnProcessId } = process;
  x.set.put('messageSubscription', {
    partition: owner.partition,
    id: x.newId(),
    rootId: x.rootId,
    processInstanceId: owner.processInstanceId,
    elementInstanceId: owner.id,
    elementId: elementIdOf(process, catching),
    processId,
    bpmnProcessId,
    tenantId,
    name,
    correlationKey,
    path: pathOf(x, owner),
    suspended: x.isSuspended(owner),
    createdAt: x.now,
    createdBy: x.by,
  });
  look(x, { tenantId, name, correlationKey });
}

/** For messages that have come before. */
function look(x: Execution, { tenantId, name, correlationKey }: Address & { readonly tenantId: string }): void {
  const match: MessageMatch = { type: 'MATCH_MESSAGE', name, correlationKey, messageId: null };
  putTreelessTask(x.set, x.facts, { treeId: x.rootId, tenantId, by: x.by }, match);
}

/** While it is suspended, messages pass it by, for others or to wait; what waits is looked for when it is resumed. */
export function suspendSubscriptions(x: Execution, ei: ElementInstance, suspended: boolean): void {
  const subscriptions = [...x.set.messageSubscriptionsOf(ei.id)];
  for (const subscription of subscriptions.sort((one, other) => one.id - other.id)) {
    x.set.put('messageSubscription', { ...subscription, suspended });
    if (!suspended) look(x, subscription);
  }
}

/** What the element instance has in its own scope goes with the message. */
export function throwMessage(x: Execution, ei: ElementInstance, event: MessageEvent): MappingFailure | undefined {
  const address = addressOf(x, ei, event);
  if ('reason' in address) return address;
  const { timeToLive } = event;
  const expiry = timeToLive === undefined ? { dueAt: x.now } : firstTime(x, ei, { type: 'DURATION', text: timeToLive });
  if ('reason' in expiry) return expiry;
  const { tenantId } = x.processOf(ei);
  const instance = x.instance(ei.processInstanceId);
  const message: Message = {
    id: x.newId(),
    tenantId,
    ...address,
    uniqueKey: '',
    onePerProcess: false,
    uniqueStart: false,
    variables: variablesText(variablesOf(x, ei)),
    traceParent: instance.traceParent,
    thrownBy: ei.id,
    createdAt: x.now,
    createdBy: x.by,
    expiresAt: Math.max(x.now, expiry.dueAt),
    endedAt: null,
  };
  putMessage(x, x.rootId, message);
  return undefined;
}

/** With the match that tries it for the first time. */
export function putMessage({ set, facts }: Pick<Execution, 'set' | 'facts'>, treeId: number, message: Message): Ref {
  const { id, tenantId, name, correlationKey, createdBy } = message;
  set.put('message', message);
  holdMessageKey(set, message);
  const match: MessageMatch = { type: 'MATCH_MESSAGE', name, correlationKey, messageId: id };
  return putTreelessTask(set, facts, { treeId, tenantId, by: createdBy }, match);
}

function addressOf(x: Execution, ei: ElementInstance, event: MessageEvent): Address | MappingFailure {
  const name = textOf(x, ei, event.name ?? '', 'message name');
  if (typeof name === 'object') return name;
  const correlationKey = textOf(x, ei, event.correlationKey ?? '', 'correlation key');
  return typeof correlationKey === 'object' ? correlationKey : { name, correlationKey };
}

/** A whole number is its digits, as people write it in a call. */
export function textOf(x: Execution, ei: ElementInstance, source: Text, what: string): string | MappingFailure {
  const shown = typeof source === 'string' ? source : source.text;
  let value: unknown = source;
  if (typeof source === 'object') {
    const evaluation = evaluate(x, ei, source);
    if (!evaluation.ok) return { reason: evaluation.reason, message: `${what} "${shown}": ${evaluation.message}` };
    value = evaluation.value;
  }
  const text = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value;
  if (typeof text === 'string' && text !== '' && text.length <= MOST_CHARACTERS) return text;
  const message = `${what} "${shown}" must be text of 1 to ${MOST_CHARACTERS} characters, but is ${JSON.stringify(value)}`;
  return { reason: 'CORRELATION_FAILED', message };
}
