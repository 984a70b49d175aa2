/** Messages, who received them, what waits for them, and the keys that they hold: the rows and their bulk writes. */
import type {
  HeldKey,
  Message,
  MessageDelivery,
  MessageSubscription,
  Partition,
  Ref,
  TableChanges,
} from '../core/state.js';
import { plainArray, TEXT, textAt } from './cells.js';
import { type Call, prepared } from './statement.js';
import {
  arrays,
  boolean,
  day,
  integer,
  integerOrNull,
  optionalText,
  optionalTime,
  type Property,
  RowTable,
  text,
  time,
  unnest,
  word,
} from './table.js';
import { exactly } from './write-rows.js';

export const messages = new RowTable<Message, 'message'>('message', {
  id: integer('id'),
  tenantId: text('tenant_id'),
  name: text('name'),
  correlationKey: text('correlation_key'),
  uniqueKey: text('unique_key'),
  onePerProcess: boolean('one_per_process'),
  uniqueStart: boolean('unique_start'),
  variables: optionalText('variables'),
  traceParent: optionalText('trace_parent'),
  thrownBy: integerOrNull('thrown_by'),
  createdAt: time('created_at'),
  createdBy: text('created_by'),
  expiresAt: optionalTime('expires_at'),
  endedAt: optionalTime('ended_at'),
});

export const messageDeliveries = new RowTable<MessageDelivery, 'message_delivery'>('message_delivery', {
  messageId: integer('message_id'),
  bpmnProcessId: text('bpmn_process_id'),
  partition: day('partition'),
  processInstanceId: integer('process_instance_id'),
  elementInstanceId: integer('element_instance_id'),
  started: boolean('started'),
  createdAt: time('created_at'),
});

export const path: Property<readonly number[]> = {
  columns: [{ name: 'path', type: TEXT, get: (value) => value.join(',') }],
  read: (cells, at) => textAt(cells, at).split(',').map(Number),
};

export const messageSubscriptions = new RowTable<MessageSubscription, 'message_subscription'>('message_subscription', {
  partition: day('partition'),
  id: integer('id'),
  rootId: integer('root_id'),
  processInstanceId: integer('process_instance_id'),
  elementInstanceId: integer('element_instance_id'),
  elementId: integer('element_id'),
  processId: integer('process_id'),
  bpmnProcessId: text('bpmn_process_id'),
  tenantId: text('tenant_id'),
  name: text('name'),
  correlationKey: text('correlation_key'),
  path,
  suspended: boolean('suspended'),
  createdAt: time('created_at'),
  createdBy: text('created_by'),
});

export const heldKeys = new RowTable<HeldKey, 'held_key'>('held_key', {
  kind: word('kind', 'held_key_kind'),
  tenantId: text('tenant_id'),
  name: text('name'),
  correlationKey: text('correlation_key'),
  uniqueKey: text('unique_key'),
  holder: integer('holder'),
  messageId: integerOrNull('message_id'),
});

// --- Writing ---------------------------------------------------------------------------------------------------------

const insertMessages = prepared('message_born', messages.insertText('id'));
const changing = [...messages.columnsOf('expiresAt'), ...messages.columnsOf('endedAt')];
const changeKey = [...messages.columnsOf('id'), ...changing];
const changeMessages = exactly(
  'message_changed',
  changeKey,
  `update message t set ${changing.map(({ name, type }) => `${name} = ${type.sql(`u.${name}`)}`).join(', ')} ` +
    `from ${unnest(changeKey, 2)} where t.id = any(array[u.id])`,
);

export function writeMessages({ born, changed }: TableChanges<Message>, calls: Call[]): void {
  if (born.length > 0) calls.push({ statement: insertMessages, values: arrays(messages.columns, born) });
  if (changed.length > 0) calls.push(changeMessages(changed.map(({ after }) => after)));
}

const insertDeliveries = prepared('message_delivery_born', messageDeliveries.insertText('message_id'));

export function writeMessageDeliveries({ born }: TableChanges<MessageDelivery>, calls: Call[]): void {
  if (born.length > 0) calls.push({ statement: insertDeliveries, values: arrays(messageDeliveries.columns, born) });
}

const insertSubscriptions = prepared('message_subscription_born', messageSubscriptions.insertText('id'));
const subscriptionKey = [...messageSubscriptions.columnsOf('id'), ...messageSubscriptions.columnsOf('partition')];
const removeSubscriptions = exactly(
  'message_subscription_gone',
  subscriptionKey,
  `delete from message_subscription t using ${unnest(subscriptionKey, 2)} ` +
    'where t.id = any(array[u.id]) and t.partition = u.partition',
);

const haltKey = [...subscriptionKey, ...messageSubscriptions.columnsOf('suspended')];
const changeSubscriptions = exactly(
  'message_subscription_changed',
  haltKey,
  `update message_subscription t set suspended = u.suspended from ${unnest(haltKey, 2)} ` +
    'where t.id = any(array[u.id]) and t.partition = u.partition',
);

export function writeMessageSubscriptions(
  { born, changed, gone }: TableChanges<MessageSubscription>,
  calls: Call[],
): void {
  if (born.length > 0) {
    calls.push({ statement: insertSubscriptions, values: arrays(messageSubscriptions.columns, born) });
  }
  if (changed.length > 0) calls.push(changeSubscriptions(changed.map(({ after }) => after)));
  if (gone.length > 0) calls.push(removeSubscriptions(gone));
}

/** Whoever finds a key taken meanwhile decides again. */
const insertKeys = exactly(
  'held_key_born',
  heldKeys.columns,
  `${heldKeys.insertText('holder', unnest(heldKeys.columns, 2))} on conflict do nothing`,
);
const heldKey = [...heldKeys.columnsOf('holder'), ...heldKeys.columnsOf('kind')];
const removeKeys = prepared(
  'held_key_gone',
  `delete from held_key t using ${unnest(heldKey, 1)} where t.holder = any(array[u.holder]) and t.kind = u.kind::held_key_kind`,
);

/** What is free may be taken again in the same group. */
export function writeHeldKeys({ born, gone }: TableChanges<HeldKey>, calls: Call[]): void {
  if (gone.length > 0) {
    calls.push({ statement: removeKeys, values: arrays(heldKey, gone) });
  }
  if (born.length > 0) calls.push(insertKeys([...born].sort(inOrder)));
}

/** All groups take keys in one order, so that they never wait for each other in a circle. */
function inOrder(one: HeldKey, other: HeldKey): number {
  return textOf(one) < textOf(other) ? -1 : 1;
}

function textOf({ tenantId, correlationKey, name, uniqueKey, kind }: HeldKey): string {
  return JSON.stringify([tenantId, correlationKey, name, uniqueKey, kind]);
}

// --- Loading ---------------------------------------------------------------------------------------------------------

/** After the roots: the lock that says who delivers it. */
const loadLocked = prepared(
  'load_messages',
  `select ${messages.selectList('m')} from message m where m.id = any($1::int8[]) order by m.id for update`,
);

const loadDeliveries = prepared(
  'load_message_deliveries',
  `select ${messageDeliveries.selectList('d')} from message_delivery d where d.message_id = any($1::int8[])`,
);

export function loadMessages(ids: readonly number[]): Call {
  return { statement: loadLocked, values: [plainArray(ids)] };
}

export function loadMessageDeliveries(ids: readonly number[]): Call {
  return { statement: loadDeliveries, values: [plainArray(ids)] };
}

const loadById = prepared(
  'load_message_subscriptions',
  `select ${messageSubscriptions.selectList('s')} from message_subscription s ` +
    'where s.id = any($1::int8[]) and s.partition = any($2::date[])',
);

export function loadMessageSubscriptions(refs: readonly Ref[]): Call {
  return {
    statement: loadById,
    values: [plainArray(refs.map(({ id }) => id)), plainArray(refs.map(({ partition }) => partition))],
  };
}

const loadTree = prepared(
  'load_tree_message_subscriptions',
  `select ${messageSubscriptions.selectList('s')} from message_subscription s ` +
    'where s.root_id = any($1::int8[]) and s.partition = $2::date',
);

export function loadTreeMessageSubscriptions(partition: Partition, rootIds: readonly number[]): Call {
  return { statement: loadTree, values: [plainArray(rootIds), partition] };
}
