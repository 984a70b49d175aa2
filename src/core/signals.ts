/**
 * Signals as trees see them: waiting for one, and throwing one.
 *
 * A signal goes to all who wait at one moment. For one that is thrown it is the moment at which its task runs, right
 * after the commit: the transaction of a tree must not read, or write for, all who wait (design section 6).
 */

import type { EventDefinition } from '../model/events.js';
import type { Execution } from './execution.js';
import { elementIdOf } from './facts.js';
import { pathOf } from './instances.js';
import { textOf } from './messages.js';
import type { ElementInstance } from './state.js';
import { putTreelessTask } from './treeless-tasks.js';
import type { MappingFailure } from './variables.js';
import { variablesText } from './variables-text.js';

export type SignalEvent = Extract<EventDefinition, { readonly kind: 'SIGNAL' }>;

/** `owner` waits for a signal on behalf of the catching element; see `events.ts`. */
export function awaitSignal(
  x: Execution,
  owner: ElementInstance,
  catching: { readonly index: number },
  event: SignalEvent,
): MappingFailure | undefined {
  const name = nameOf(x, owner, event);
  if (typeof name === 'object') return name;
  const process = x.processOf(owner);
  x.set.put('signalSubscription', {
    partition: owner.partition,
    id: x.newId(),
    rootId: x.rootId,
    processInstanceId: owner.processInstanceId,
    elementInstanceId: owner.id,
    elementId: elementIdOf(process, catching),
    processId: process.id,
    tenantId: process.tenantId,
    name,
    path: pathOf(x, owner),
    createdAt: x.now,
    createdBy: x.by,
  });
  return undefined;
}

/** What the element instance has in its own scope goes with the signal. */
export function throwSignal(x: Execution, ei: ElementInstance, event: SignalEvent): MappingFailure | undefined {
  const name = nameOf(x, ei, event);
  if (typeof name === 'object') return name;
  const { tenantId } = x.processOf(ei);
  const signalId = x.newId();
  x.set.put('signal', {
    id: signalId,
    tenantId,
    name,
    variables: variablesText([...x.set.variablesOf(ei.id)]),
    traceParent: x.instance(ei.processInstanceId).traceParent,
    thrownBy: ei.id,
    createdAt: x.now,
    createdBy: x.by,
    subscriberCount: null,
  });
  const sending = { type: 'SEND_SIGNAL', signalId, rootId: x.rootId } as const;
  putTreelessTask(x.set, x.facts, { treeId: x.rootId, tenantId, by: x.by }, sending);
  return undefined;
}

function nameOf(x: Execution, ei: ElementInstance, event: SignalEvent): string | MappingFailure {
  const name = textOf(x, ei, event.name ?? '', 'signal name');
  if (typeof name === 'string' || name.reason !== 'CORRELATION_FAILED') return name;
  return { ...name, reason: 'EXPRESSION_FAILED' };
}
