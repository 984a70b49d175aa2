/** The statements that lease: of topics (the hot one), of one job, of one instance, of whatever a tenant has. */
import type { LeaseRequest } from '../engine/ports/leases.js';
import { plainArray, textArray } from './cells.js';
import { perDay } from './days.js';
import { openJobs } from './jobs.js';
import { DUE, HAND_OUT_ORDER, READY } from './open-jobs.js';
import type { Partitions } from './partitions.js';
import { type Call, type Parameter, prepared } from './statement.js';

/** $1 limit, $2 locked by, $3 server, $4 epoch, $5 session, $6 generation, $7 duration: the same for all. */
const SET =
  'lock_token = gen_random_uuid()::text, locked_by = $2, locked_at = now(), server_id = $3, ' +
  'server_epoch = $4::int8, session_id = $5, session_generation = $6::int4, ' +
  "lock_until = now() + $7::float8 * interval '1 millisecond'";

/** I5: who was declared dead and does not know it yet takes nothing: it would be free at once, and be handed out again. */
const ALIVE = '($3::text is null or exists (select from server s where s.id = $3 and s.epoch = $4::int8))';

/** What one server has locked, others skip: they take the next ones. `candidates` selects from open_job o. */
function leaseText(candidates: string): string {
  return (
    `with picked as materialized (${candidates}) update open_job o set ${SET} from picked u ` +
    `where o.id = any(array[u.id]) and o.partition = u.partition and ${ALIVE} returning ${openJobs.selectList('o')}`
  );
}

/** $8 tenants, $9 topics; for each pair the first ones in the index's order, then the first of all. */
function firstOf(pairs: string, filter: string): string {
  return (
    `select o.id, o.partition from ${pairs} cross join lateral (` +
    'select o.id, o.partition, o.priority, o.due_at from open_job o ' +
    `where o.tenant_id = t.tenant_id and o.topic = w.topic and ${READY} and ${DUE} ${filter}` +
    `order by ${HAND_OUT_ORDER} limit $1::int8 for update skip locked) o order by ${HAND_OUT_ORDER} limit $1::int8`
  );
}

const PAIRS = 'unnest($8::text[]) t(tenant_id) cross join unnest($9::text[]) w(topic)';

const ofTopics = prepared('lease_topics', leaseText(firstOf(PAIRS, '')));

/** $10: process ids. */
const ofProcesses = prepared('lease_processes', leaseText(firstOf(PAIRS, 'and o.process_id = any($10::int8[]) ')));

/** Topics that have ready jobs, found by skipping through the index, so that no order over the whole backlog is made. */
const anyTopic =
  'unnest($8::text[]) t(tenant_id) cross join lateral (with recursive topics(topic) as (' +
  `(select o.topic from open_job o where o.tenant_id = t.tenant_id and ${READY} order by o.topic limit 1) ` +
  'union all select (select o.topic from open_job o where o.tenant_id = t.tenant_id ' +
  `and o.topic > p.topic and ${READY} order by o.topic limit 1) from topics p where p.topic is not null) ` +
  'select topic from topics where topic is not null) w';

/** $9: process ids; empty for any. */
const ofAnyTopic = prepared(
  'lease_any_topic',
  leaseText(firstOf(anyTopic, 'and (cardinality($9::int8[]) = 0 or o.process_id = any($9::int8[])) ')),
);

/** $8 tenants, $9 topics, $10 process ids; an empty list is no filter. */
const LISTED =
  `${READY} and ${DUE} and o.tenant_id = any($8::text[]) ` +
  'and (cardinality($9::text[]) = 0 or o.topic = any($9::text[])) ' +
  'and (cardinality($10::int8[]) = 0 or o.process_id = any($10::int8[]))';

const oneJob = prepared(
  'lease_job',
  leaseText(
    'select o.id, o.partition from open_job o where o.id = $11::int8 and o.partition = $12::date ' +
      `and ($13::int8 is null or o.process_instance_id = $13) and ${LISTED} limit $1::int8 for update skip locked`,
  ),
);

/** By the tree's index of the day's jobs. */
const ofInstance = perDay('lease_instance', (of, partition) =>
  leaseText(
    `select o.id, o.partition from ${of('process_instance')} i ` +
      `join ${of('job')} j on j.root_id = any(array[i.root_id]) and j.state = 'CREATED' ` +
      'and j.process_instance_id = i.id cross join lateral (select o.id, o.partition, o.priority, o.due_at ' +
      `from open_job o where o.id = j.id and o.partition = '${partition}' and ${LISTED} limit 1 for update skip locked) o ` +
      `where i.id = $11::int8 order by ${HAND_OUT_ORDER} limit $1::int8`,
  ),
);

/** Null: nothing can match. */
export async function leaseCall(request: LeaseRequest, partitions: Partitions): Promise<Call | null> {
  const { topics, filter, tenantIds } = request;
  const names = [...new Set(topics.map((wish) => wish.topic))];
  const common = [...lockOf(request), textArray(tenantIds)];
  const processIds = plainArray(filter?.processIds ?? []);
  const listed = [...common, textArray(names), processIds];
  if (filter?.job) {
    const { id, partition } = filter.job;
    const instance = filter.processInstance;
    if (instance !== null && instance.partition !== partition) return null;
    return { statement: oneJob, values: [...listed, id, partition, instance?.id ?? null] };
  }
  if (filter?.processInstance) {
    const { id, partition } = filter.processInstance;
    if (!partitions.has(partition)) await partitions.refresh();
    return partitions.has(partition) ? { statement: ofInstance(partition), values: [...listed, id] } : null;
  }
  if (names.length === 0) return { statement: ofAnyTopic, values: [...common, processIds] };
  if (filter?.processIds.length) return { statement: ofProcesses, values: listed };
  return { statement: ofTopics, values: [...common, textArray(names)] };
}

function lockOf({ limit, lockedBy, lock }: LeaseRequest): Parameter[] {
  if ('durationMs' in lock) return [limit, lockedBy, null, null, null, null, lock.durationMs];
  const { serverId, serverEpoch, sessionId, sessionGeneration } = lock.owner;
  return [limit, lockedBy, serverId, serverEpoch, sessionId, sessionGeneration, null];
}
