/** Finding what messages and those who wait for them have in common: before the locks, so all of it is read again. */
import type { FoundMatches, KeyHolder, MessageStart } from '../core/facts.js';
import type { HeldKey } from '../core/state.js';
import type { FoundMatch, MessageKey, WantedMatch, WantedSearch } from '../engine/ports/lane.js';
import { booleanAt, numberAt, numberOrNull, plainArray, textArray, textAt } from './cells.js';
import { isEnabled } from './disabled-processes.js';
import { ENGINE_NOW } from './engine-row.js';
import { heldKeys, messageSubscriptions } from './messages.js';
import { type Call, type Cells, call, prepared, type Result } from './statement.js';

/** Messages and subscriptions of one name and key that one match takes: bounds one transaction. */
export const MATCH_CHUNK = 50;

/** Pairs of name and key that one search writes matches for. */
export const SEARCH_CHUNK = 500;

const wanted =
  'unnest($1::text[], $2::text[], $3::text[], $4::int8[]) with ordinality u(tenant_id, name, correlation_key, message_id, at)';
const same = 'tenant_id = u.tenant_id and m.name = u.name and m.correlation_key = u.correlation_key';

/**
 * The oldest that wait, and the one that the match is about. Its own end is hidden from the planner, which would else walk the
 * whole index of those that wait in search of an id.
 */
const matchedMessages =
  `(select m.id, m.one_per_process, m.created_at from message m where m.${same} and m.ended_at is null ` +
  `and m.expires_at > ${ENGINE_NOW} order by m.created_at, m.id limit ${MATCH_CHUNK}) ` +
  'union select m.id, m.one_per_process, m.created_at from message m where m.id = any(array[u.message_id]) ' +
  "and coalesce(m.ended_at, 'infinity') = 'infinity'";

const waitingMessages = prepared(
  'waiting_messages',
  `select u.at, m.id, m.one_per_process from ${wanted} cross join lateral ` +
    `(${matchedMessages}) m order by u.at, m.created_at, m.id`,
);

/** The oldest; and where one of these messages goes to each process, the oldest of each. */
const columns = messageSubscriptions.selectList('m');
const waitingSubscriptions = prepared(
  'waiting_message_subscriptions',
  `select u.at, m.id, m.partition, m.root_id, m.path from ${wanted} cross join lateral (` +
    `(select ${columns} from message_subscription m where m.${same} and not m.suspended order by m.created_at, m.id limit ${MATCH_CHUNK}) ` +
    `union (select distinct on (m.bpmn_process_id) ${columns} from message_subscription m where m.${same} ` +
    `and not m.suspended and exists (select 1 from (${matchedMessages}) g ` +
    'where g.one_per_process) order by m.bpmn_process_id, m.created_at, m.id)) m order by u.at, m.created_at, m.id',
);

const held = (kind: HeldKey['kind']) =>
  'from held_key k where k.tenant_id = u.tenant_id and k.correlation_key = u.correlation_key ' +
  `and k.name = m.bpmn_process_id and k.unique_key = '' and k.kind = '${kind}'`;

const starts = prepared(
  'message_starts',
  `select u.at, m.bpmn_process_id, m.process_id, m.element_id, exists (select 1 ${held('START')}), j.holder, ` +
    'j.holder is not null and exists (select 1 from message_subscription s where s.tenant_id = u.tenant_id ' +
    'and s.name = u.name and s.correlation_key = u.correlation_key and s.bpmn_process_id = m.bpmn_process_id and s.suspended) ' +
    `from ${wanted} join message_start m on m.tenant_id = u.tenant_id and m.name = u.name ` +
    `left join lateral (select k.holder ${held('JOINT_START')} limit 1) j on true ` +
    `where ${isEnabled('m')} order by u.at, m.bpmn_process_id`,
);

/**
 * Starts first: where a process needs several messages to start, who reads that no instance has begun with the key, and
 * then finds nobody who waits, is not told that another has begun one in between before it writes the key itself.
 */
export function findCandidates(matches: readonly WantedMatch[]): readonly Call[] {
  const values = [
    textArray(matches.map(({ tenantId }) => tenantId)),
    textArray(matches.map(({ name }) => name)),
    textArray(matches.map(({ correlationKey }) => correlationKey)),
    plainArray(matches.map(({ messageId }) => messageId)),
  ];
  return [waitingMessages, starts, waitingSubscriptions].map((statement) => call(statement, ...values));
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer E)[] ? E[] : T[K] };

/** Parallel to the wanted ones; of subscriptions no more than there are messages for. */
export function readCandidates(count: number, results: readonly Result[]): readonly FoundMatch[] {
  const found = Array.from({ length: count }, (): Mutable<FoundMatch> & { each: boolean } => ({
    ...{ messages: [], subscriptions: [], starts: [], more: false, each: false },
  }));
  const each = (result: Result | undefined, take: (match: (typeof found)[number], cells: Cells) => void) => {
    for (const cells of result?.rows ?? []) {
      const match = found[numberAt(cells, 0) - 1];
      if (match !== undefined) take(match, cells);
    }
  };
  each(results[0], (match, cells) => {
    match.messages.push(numberAt(cells, 1));
    if (booleanAt(cells, 2)) match.each = true;
    match.more = match.messages.length >= MATCH_CHUNK;
  });
  each(results[2], (match, cells) => {
    if (!match.each && match.subscriptions.length >= match.messages.length) return;
    const partition = textAt(cells, 2);
    match.subscriptions.push({
      subscription: { partition, id: numberAt(cells, 1) },
      root: { partition, id: numberAt(cells, 3) },
      path: textAt(cells, 4).split(',').map(Number),
    });
  });
  each(results[1], (match, cells) => {
    if (match.messages.length > 0) match.starts.push(readStart(cells));
  });
  return found;
}

function readStart(cells: Cells): MessageStart {
  return {
    bpmnProcessId: textAt(cells, 1),
    processId: numberAt(cells, 2),
    elementId: numberAt(cells, 3),
    taken: booleanAt(cells, 4),
    joint: numberOrNull(cells, 5),
    halted: booleanAt(cells, 6),
  };
}

// --- Unique keys -----------------------------------------------------------------------------------------------------

/** A message whose time is over holds nothing, though nobody has noted it; one that is tried once waits for its match. */
const holders = prepared(
  'message_key_holders',
  `select u.at, ${heldKeys.selectList('k')}, m.id is null or k.holder <> m.id ` +
    `or (m.ended_at is null and (m.expires_at > ${ENGINE_NOW} or m.expires_at = m.created_at)) ` +
    'from unnest($1::text[], $2::text[], $3::text[], $4::text[]) with ordinality ' +
    'u(tenant_id, name, correlation_key, unique_key, at) join held_key k on k.tenant_id = u.tenant_id ' +
    "and k.correlation_key = u.correlation_key and k.name = u.name and k.unique_key = u.unique_key and k.kind = 'MESSAGE' " +
    'left join message m on m.id = any(array[k.message_id])',
);

export function findKeyHolders(keys: readonly MessageKey[]): Call {
  return call(
    holders,
    textArray(keys.map(({ tenantId }) => tenantId)),
    textArray(keys.map(({ name }) => name)),
    textArray(keys.map(({ correlationKey }) => correlationKey)),
    textArray(keys.map(({ uniqueKey }) => uniqueKey)),
  );
}

export function readKeyHolders(count: number, result: Result): readonly (KeyHolder | null)[] {
  const found = new Array<KeyHolder | null>(count).fill(null);
  for (const cells of result.rows) {
    const key = heldKeys.read(cells, 1);
    found[numberAt(cells, 0) - 1] = { key, holds: booleanAt(cells, 1 + heldKeys.columns.length) };
  }
  return found;
}

// --- Searches --------------------------------------------------------------------------------------------------------

const keysOfName = (bound: string) =>
  'select distinct m.name, m.correlation_key from message m where m.tenant_id = $1 and m.name = $2 and m.ended_at is null ' +
  `and m.expires_at > ${ENGINE_NOW} ${bound} order by m.correlation_key limit ${SEARCH_CHUNK}`;
const ofName = prepared('find_messages_of_name', keysOfName(''));
const ofNameAfter = prepared('find_messages_of_name_after', keysOfName('and m.correlation_key > $3'));

/** As many as the process has start events, so these are never too many. */
const ofProcess = prepared(
  'find_messages_of_process',
  'select distinct s.name, $3::text from message_start s where s.tenant_id = $1 and s.bpmn_process_id = $2 and exists ' +
    '(select 1 from message m where m.tenant_id = s.tenant_id and m.name = s.name and m.correlation_key = $3 ' +
    `and m.ended_at is null and m.expires_at > ${ENGINE_NOW})`,
);

export function findMatches({ tenantId, of, after }: WantedSearch): Call {
  if ('bpmnProcessId' in of) return call(ofProcess, tenantId, of.bpmnProcessId, of.correlationKey);
  return after === null ? call(ofName, tenantId, of.name) : call(ofNameAfter, tenantId, of.name, after);
}

export function readMatches({ of }: WantedSearch, result: Result | undefined): FoundMatches {
  const pairs = (result?.rows ?? []).map((cells) => ({ name: textAt(cells, 0), correlationKey: textAt(cells, 1) }));
  const isLast = 'bpmnProcessId' in of || pairs.length < SEARCH_CHUNK;
  return { pairs, last: isLast ? null : (pairs[pairs.length - 1]?.correlationKey ?? null) };
}
