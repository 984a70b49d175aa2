/** Keys that one holder has at a time: unique keys of messages, and the keys of unique starts. */
import type { Facts } from './facts.js';
import type { HeldKey, Message, ProcessInstance } from './state.js';
import { putTreelessTask } from './treeless-tasks.js';
import type { WorkingSet } from './working-set.js';

/** A message holds its unique key while it waits. */
export function holdMessageKey(set: WorkingSet, message: Message): void {
  if (message.uniqueKey !== '') set.put('heldKey', messageKey(message, message.id));
}

/** It was received or has expired; `instance`: the one that it started holds the key from now on. */
export function passMessageKey(set: WorkingSet, message: Message, instance: number | null): void {
  if (message.uniqueKey === '') return;
  releaseKey(set, messageKey(message, message.id));
  if (instance !== null) set.put('heldKey', messageKey(message, instance));
}

/** What is removed needs no reading: the holder says all. */
export function releaseKey(set: WorkingSet, key: HeldKey): void {
  set.know('heldKey', key);
  set.remove('heldKey', key);
}

/** At most one instance of a process with this key that was started uniquely. */
export function holdStartKey(set: WorkingSet, message: Message, bpmnProcessId: string, instance: number): void {
  set.put('heldKey', startKey('START', message, bpmnProcessId, instance));
}

/**
 * Two messages that come at once must not each start an instance that then waits for the other: both write this row, and
 * who finds it written decides again, now with the instance in sight. `before`: who has held the key until now.
 */
export function holdJointStart(
  set: WorkingSet,
  message: Message,
  bpmnProcessId: string,
  before: number | null,
  instance: number,
): void {
  if (before !== null) releaseKey(set, startKey('JOINT_START', message, bpmnProcessId, before));
  set.put('heldKey', startKey('JOINT_START', message, bpmnProcessId, instance));
}

/** An instance was started in this group, which is not yet in sight of those that look for who waits. */
export function isJointlyStarted(set: WorkingSet, message: Message, bpmnProcessId: string): boolean {
  const { tenantId, correlationKey } = message;
  return set
    .changesOf('heldKey')
    .born.some(
      (key) =>
        key.kind === 'JOINT_START' &&
        key.name === bpmnProcessId &&
        key.correlationKey === correlationKey &&
        key.tenantId === tenantId,
    );
}

function startKey(
  kind: 'START' | 'JOINT_START',
  { id: messageId, tenantId, correlationKey }: Message,
  name: string,
  holder: number,
): HeldKey {
  return { kind, tenantId, name, correlationKey, uniqueKey: '', holder, messageId };
}

/** The instance has ended: all that it holds is free, and messages that waited for that are looked for. */
export function freeKeys(set: WorkingSet, facts: Facts, instance: ProcessInstance, by: string): void {
  const { id, tenantId, correlationKey, messageId } = instance;
  const { bpmnProcessId } = facts.process(instance.processId);
  const key = correlationKey ?? '';
  const of = { tenantId, name: bpmnProcessId, correlationKey: key, uniqueKey: '', holder: id, messageId };
  for (const kind of ['MESSAGE', 'START', 'JOINT_START'] as const) releaseKey(set, { ...of, kind });
  putTreelessTask(
    set,
    facts,
    { treeId: id, tenantId, by },
    {
      type: 'FIND_MESSAGES',
      of: { bpmnProcessId, correlationKey: key },
      after: null,
    },
  );
}

function messageKey({ id, tenantId, name, correlationKey, uniqueKey }: Message, holder: number): HeldKey {
  return { kind: 'MESSAGE', tenantId, name, correlationKey, uniqueKey, holder, messageId: id };
}
