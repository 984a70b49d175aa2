/** Signals, what waits for them, and whom they have not reached yet: the rows and their bulk writes. */
import type { Partition, Ref, Signal, SignalSubscription, SignalTarget, TableChanges } from '../core/state.js';
import { plainArray } from './cells.js';
import { path } from './messages.js';
import { type Call, prepared } from './statement.js';
import { day, integer, integerOrNull, optionalText, RowTable, text, time, unnest } from './table.js';
import { exactly, insertOf } from './write-rows.js';

export const signals = new RowTable<Signal, 'signal'>('signal', {
  id: integer('id'),
  tenantId: text('tenant_id'),
  name: text('name'),
  variables: optionalText('variables'),
  traceParent: optionalText('trace_parent'),
  thrownBy: integerOrNull('thrown_by'),
  createdAt: time('created_at'),
  createdBy: text('created_by'),
  subscriberCount: integerOrNull('subscriber_count'),
});

export const signalSubscriptions = new RowTable<SignalSubscription, 'signal_subscription'>('signal_subscription', {
  partition: day('partition'),
  id: integer('id'),
  rootId: integer('root_id'),
  processInstanceId: integer('process_instance_id'),
  elementInstanceId: integer('element_instance_id'),
  elementId: integer('element_id'),
  processId: integer('process_id'),
  tenantId: text('tenant_id'),
  name: text('name'),
  path,
  createdAt: time('created_at'),
  createdBy: text('created_by'),
});

/** Of targets: start events have negative ids. */
export const BEFORE_ALL = Number.MIN_SAFE_INTEGER;

const targets = new RowTable<SignalTarget, 'signal_target'>('signal_target', {
  signalId: integer('signal_id'),
  id: integer('id'),
  failure: optionalText('failure'),
});

// --- Writing ---------------------------------------------------------------------------------------------------------

const insertSignals = insertOf(signals, 'signal_born');

/** One that is thrown; what is known of its receivers is written where they are settled. */
export function writeSignals({ born }: TableChanges<Signal>, calls: Call[]): void {
  if (born.length > 0) calls.push(insertSignals(born));
}

const insertSubscriptions = insertOf(signalSubscriptions, 'signal_subscription_born');
const subscriptionKey = [...signalSubscriptions.columnsOf('id'), ...signalSubscriptions.columnsOf('partition')];
const removeSubscriptions = exactly(
  'signal_subscription_gone',
  subscriptionKey,
  `delete from signal_subscription t using ${unnest(subscriptionKey, 2)} ` +
    'where t.id = any(array[u.id]) and t.partition = u.partition',
);

export function writeSignalSubscriptions({ born, gone }: TableChanges<SignalSubscription>, calls: Call[]): void {
  if (born.length > 0) calls.push(insertSubscriptions(born));
  if (gone.length > 0) calls.push(removeSubscriptions(gone));
}

const targetKey = [...targets.columnsOf('signalId'), ...targets.columnsOf('id')];
const sameTarget = 'where t.signal_id = u.signal_id and t.id = any(array[u.id]) and t.failure is null';

/** Nobody is reached twice: who does not find its rows any more decides again. */
const removeTargets = exactly(
  'signal_target_gone',
  targetKey,
  `delete from signal_target t using ${unnest(targetKey, 2)} ${sameTarget}`,
);
const passTargets = exactly(
  'signal_target_passed',
  targets.columns,
  `update signal_target t set failure = u.failure from ${unnest(targets.columns, 2)} ${sameTarget}`,
);

export function writeSignalTargets({ changed, gone }: TableChanges<SignalTarget>, calls: Call[]): void {
  if (changed.length > 0) calls.push(passTargets(changed.map(({ after }) => after)));
  if (gone.length > 0) calls.push(removeTargets(gone));
}

// --- Loading ---------------------------------------------------------------------------------------------------------

const loadById = prepared(
  'load_signal_subscriptions',
  `select ${signalSubscriptions.selectList('s')} from signal_subscription s ` +
    'where s.id = any($1::int8[]) and s.partition = any($2::date[])',
);

export function loadSignalSubscriptions(refs: readonly Ref[]): Call {
  const days = [...new Set(refs.map(({ partition }) => partition))];
  return { statement: loadById, values: [plainArray(refs.map(({ id }) => id)), plainArray(days)] };
}

const loadTree = prepared(
  'load_tree_signal_subscriptions',
  `select ${signalSubscriptions.selectList('s')} from signal_subscription s ` +
    'where s.root_id = any($1::int8[]) and s.partition = $2::date',
);

export function loadTreeSignalSubscriptions(partition: Partition, rootIds: readonly number[]): Call {
  return { statement: loadTree, values: [plainArray(rootIds), partition] };
}
