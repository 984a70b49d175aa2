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
  set.put('heldKey', {
    kind: 'START',
    tenantId: message.tenantId,
    name: bpmnProcessId,
    correlationKey: message.correlationKey,
    uniqueKey: '',
    holder: instance,
    messageId: message.id,
  });
}

/** The instance has ended: all that it holds is free, and messages that waited for that are looked for. */
export function freeKeys(set: WorkingSet, facts: Facts, instance: ProcessInstance, by: string): void {
  const { id, tenantId, correlationKey, messageId } = instance;
  const { bpmnProcessId } = facts.process(instance.processId);
  const key = correlationKey ?? '';
  const of = { tenantId, name: bpmnProcessId, correlationKey: key, uniqueKey: '', holder: id, messageId };
  for (const kind of ['MESSAGE', 'START'] as const) releaseKey(set, { ...of, kind });
  putTreelessTask(
    set,
    facts,
    { treeId: id, tenantId, by },
    {
      type: 'FIND_MESSAGES',
      of: { bpmnProcessId, correlationKey: key },
      after: 0,
    },
  );
}

function messageKey({ id, tenantId, name, correlationKey, uniqueKey }: Message, holder: number): HeldKey {
  return { kind: 'MESSAGE', tenantId, name, correlationKey, uniqueKey, holder, messageId: id };
}
