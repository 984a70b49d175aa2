/** Finding the next receivers of a signal: before the locks, so subscriptions are read again. */
import { SIGNAL_CHAINS } from '../core/signal-rows.js';
import type { FoundAudience, FoundSubscription, WantedAudience } from '../engine/ports/lane.js';
import { numberAt, numberOrNull, textAt, textOrNull } from './cells.js';
import { BEFORE_ALL } from './signals.js';
import { type Call, type Cells, call, prepared, type Result } from './statement.js';

/** Statements of each audience. */
export const AUDIENCE_CALLS = 2;

const sent = prepared('sent_signal', 'select g.variables, g.trace_parent from signal g where g.id = $1::int8');

/**
 * A start event has a process instead of a subscription. The planner, which knows nothing of so new a signal, takes its targets
 * for a few, and would join and sort all that are left for each part. So they are picked before the join, in the order of
 * the index; and the bounds are pairs, of which it expects so many that it does not sort.
 */
const receivers = prepared(
  'signal_receivers',
  'with picked as materialized (select t.id, t.process_id, t.partition from signal_target t ' +
    `where (t.signal_id, t.id) > ($1::int8, $2::int8) and (t.signal_id, t.id) < ($1::int8 + 1, ${BEFORE_ALL}) ` +
    `and t.shard % ${SIGNAL_CHAINS} = $3::int4 ` +
    'order by t.signal_id, t.id limit $4::int8) ' +
    'select t.id, t.process_id, s.partition, s.root_id, s.path from picked t ' +
    'left join signal_subscription s on s.id = any(array[t.id]) and s.partition = t.partition order by t.id',
);

export function findAudience({ signalId, chain, after, most }: WantedAudience): readonly Call[] {
  return [call(sent, signalId), call(receivers, signalId, after, chain, most)];
}

/** The results of each audience follow each other. */
export function readAudiences(wanted: readonly WantedAudience[], results: readonly Result[]): readonly FoundAudience[] {
  return wanted.map(({ most }, place) => {
    const at = place * AUDIENCE_CALLS;
    const signal = results[at]?.rows[0] ?? [null, null];
    const rows = results[at + 1]?.rows ?? [];
    const last = rows.length < most ? null : numberAt(rows[rows.length - 1] ?? [], 0);
    const variables = textOrNull(signal, 0);
    return { variables, traceParent: textOrNull(signal, 1), targets: rows.map(readTarget), last };
  });
}

function readTarget(cells: Cells): FoundAudience['targets'][number] {
  const id = numberAt(cells, 0);
  const processId = numberOrNull(cells, 1);
  return {
    id,
    start: processId === null ? null : { processId, elementId: -id },
    subscription: textOrNull(cells, 2) === null ? null : readSubscription(id, cells),
  };
}

function readSubscription(id: number, cells: Cells): FoundSubscription {
  const partition = textAt(cells, 2);
  return {
    subscription: { partition, id },
    root: { partition, id: numberAt(cells, 3) },
    path: textAt(cells, 4).split(',').map(Number),
  };
}
