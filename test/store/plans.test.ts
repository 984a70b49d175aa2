import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Store } from '../../src/engine/ports/store.js';
import type { Database } from '../../src/store/database.js';
import { run } from '../../src/store/database.js';
import { type Call, unprepared } from '../../src/store/statement.js';
import { openDatabase, storeOn } from '../../src/store/store.js';
import { type FreshDatabase, freshDatabase } from '../support/databases.js';
import { changes, NOTHING, NOWHERE } from './support/opened.js';
import { recording, type Scan, scansOf } from './support/plans.js';
import { born, idSource, TODAY, type Tree, tree } from './support/rows.js';

let fresh: FreshDatabase;
let database: Database;
let store: Store;
let one: Tree;
const calls = new Map<string, Call>();

beforeAll(async () => {
  fresh = await freshDatabase();
  database = await openDatabase({ database: fresh.settings, lanes: 2, migrations: 'run', warn: console.error });
  store = await storeOn(recording(database, (call) => calls.set(call.statement.name ?? '', call)));
  await store.preparePartitions(1);
  one = tree(await idSource(store));
  await everything();
}, 60_000);
afterAll(async () => {
  await store.close();
  await fresh.drop();
});

/** Each statement of lanes, leases, tasks and servers, once. */
async function everything(): Promise<void> {
  const request = { tenantId: '', principal: 'p', rpc: 'r', requestId: '1', hash: 'h', reference: 1, partition: null };
  const lane = await store.openLane();
  await lane.begin({ ...NOWHERE, requests: [request] });
  const made = { changes: changes(born([one])), mark: 'a', oldMark: 'z', refusedRequests: [request] };
  await lane.commit(made);
  await lane.begin({
    requests: [],
    processInstances: [one.root],
    elementInstances: [one.task],
    jobs: [one.job],
    incidents: [one.incident],
    tasks: [one.later],
    userTasks: [one.userTask],
    names: [{ tenantId: '', bpmnProcessId: 'p', version: null }],
    processIds: [1],
    called: [{ tenantId: '', bpmnProcessId: 'p', version: null, versionTag: null, deployedWith: null }],
    remembered: [one.root],
  });
  const load = {
    ...{ path: [one.task], jobs: [one.job], incidents: [one.incident], tasks: [one.later] },
    ...{ userTasks: [one.userTask], trees: [one.root], owners: [one.task] },
  };
  await lane.lockAndLoad([one.root], 'skip', load);
  await lane.lockAndLoad([one.root], 'wait', NOTHING);
  await lane.loadProcesses([1]);
  const same = <Row>(row: Row) => ({ changed: [{ before: row, after: row }] });
  await lane.commit({
    changes: changes({
      processInstance: same(one.root),
      elementInstance: same(one.task),
      arrival: same(one.arrival),
      variable: { changed: one.variables.slice(0, 1).map((row) => ({ before: row, after: row })) },
      job: same(one.job),
      openJob: same(one.openJob),
      incident: same(one.incident),
      task: same(one.later),
      userTask: same(one.userTask),
    }),
    mark: 'b',
    oldMark: 'a',
    refusedRequests: [],
  });
  await shortTransactions();
  await lane.begin(NOWHERE);
  const gone = changes({ openJob: { gone: [one.openJob] }, task: { gone: [one.later] } });
  await lane.commit({ changes: gone, mark: 'c', oldMark: null, refusedRequests: [] }).catch(() => lane.rollback());
  await lane.close();
}

async function shortTransactions(): Promise<void> {
  const { leases, servers, tasks } = store;
  const epoch = await servers.register('s');
  const owner = { serverId: 's', serverEpoch: epoch, sessionId: 'x', sessionGeneration: 1 };
  const handle = { ...one.job, lockToken: 'none' };
  const request = { tenantIds: [''], limit: 1, lockedBy: 'w', lock: { owner } };
  const topics = [{ topic: 'work', variables: null }];
  const none = { job: null, processIds: [], processInstance: null };
  await leases.lease({ ...request, topics, filter: null });
  await leases.lease({ ...request, topics: [], filter: { ...none, job: one.job } });
  await leases.lease({ ...request, topics, filter: { ...none, processIds: [1] } });
  await leases.lease({ ...request, topics: [], filter: none });
  await leases.lease({ ...request, topics: [], filter: { ...none, processInstance: one.root } });
  await leases.extend([handle], 1);
  await leases.release([handle]);
  await leases.releaseWorker('nobody', {});
  await leases.endSession(owner, 0);
  await leases.resumeSession(owner, [handle]);
  await leases.collectEnded();
  const key = { tenantId: '', principal: 'p', rpc: 'LockJobs', requestId: 'once', hash: 'h' };
  for (const _time of ['first', 'again']) {
    await leases.leaseOnce({ ...request, topics, lock: { durationMs: 60_000 }, filter: null }, key);
  }
  await leases.readyTopics([{ tenantId: '', topic: 'work' }]);
  await tasks.claimDue('s', epoch, 1, -1);
  await tasks.nextDueIn();
  await servers.beat('s', epoch);
  await servers.leave('s', epoch, 0);
  await servers.declareDead('s', epoch);
  await store.wasCommitted('nothing');
}

/** Tables that have few rows whatever happens; and those of a handful of rows that deployments write. */
const SMALL = new Set(['engine', 'element_counter', 'partition', 'server']);

/** Partial indexes that hold only what is asked for, or an order of which the first is taken: no condition is needed. */
const WITHOUT_CONDITION: readonly (readonly [statement: string, index: string])[] = [
  ['collect_orphans', 'open_job_session'],
  ['release_server', 'open_job_session'],
  ['end_server', 'open_job_session'],
  ['beat_facts', 'open_job_session'],
  ['beat_facts', 'task_due'],
  ['beat_facts', 'task_claimed'],
  ['release_worker', 'open_job_until'],
  ['next_due', 'task_due'],
  ['next_due', 'task_claimed'],
  ['release_tasks', 'task_claimed'],
];

function isGood({ statement, table, index, condition }: Scan): boolean {
  if (SMALL.has(table)) return true;
  if (index === null) return false;
  return condition || WITHOUT_CONDITION.some(([name, allowed]) => name === statement && index.startsWith(allowed));
}

async function scans(analyze = false): Promise<readonly Scan[]> {
  const connection = await database.connect('keys');
  const found: Scan[] = [];
  for (const call of calls.values()) found.push(...(await scansOf(connection, call, analyze)));
  connection.release();
  return found;
}

async function sql(text: string): Promise<void> {
  await run(database, 'lists', [{ statement: unprepared(text), values: [] }]);
}

test('every statement of lanes, leases, tasks and servers goes by an index, on empty tables', async () => {
  const all = await scans();
  expect(new Set(all.map(({ table }) => table)).size).toBeGreaterThan(12);
  expect(all.filter((scan) => !isGood(scan))).toEqual([]);
});

test('rows are found by their keys: nobody asks for a whole day', async () => {
  const all = await scans();
  const indexOf = (statement: string, table: string) =>
    new Set(all.filter((scan) => scan.statement === statement && scan.table === table).map(({ index }) => index));
  const expected: readonly (readonly [statement: string, table: string, index: string])[] = [
    ['place_jobs', 'job', 'job_pkey'],
    ['place_jobs', 'element_instance', 'element_instance_pkey'],
    ['lock_roots', 'process_instance', 'process_instance_pkey'],
    ['load_element_instances', 'element_instance', 'element_instance_pkey'],
    ['load_arrivals', 'arrival', 'arrival_scope_id_idx'],
    ['load_variables', 'variable', 'variable_pkey'],
    ['load_jobs', 'job', 'job_pkey'],
    ['load_open_jobs', 'open_job', 'open_job_pkey'],
    ['load_tree_elements', 'element_instance', 'element_instance_root_id_idx'],
    ['load_tree_variables', 'variable', 'variable_pkey'],
    ['lease_topics', 'open_job', 'open_job_ready'],
    ['lease_any_topic', 'open_job', 'open_job_ready'],
    ['end_session', 'open_job', 'open_job_session'],
    ['collect_ended', 'open_job', 'open_job_until'],
    ['claim_tasks', 'task', 'task_due'],
    ['heads_by_name', 'process', 'process_latest'],
  ];
  for (const [statement, table, index] of expected) expect([statement, ...indexOf(statement, table)]).toContain(index);
});

/** Rows of other trees, beside which those of one must be found. */
const FILLED = 1_000_000;

async function fill(): Promise<void> {
  const day = TODAY.replaceAll('-', '');
  const id = '(1000000000 + g) * 256::int8';
  await sql(
    `insert into element_instance_${day} (partition, id, shard, root_id, process_instance_id, element_id, state, ` +
      'live_children, attempt, created_at, change_number) ' +
      `select '${TODAY}', ${id}, 0, (1000000000 + g / 4) * 256::int8, 1, 1, 'STARTED', 0, 1, now(), 1 ` +
      `from generate_series(1, ${FILLED}) g`,
  );
  await sql(
    'insert into open_job (partition, id, shard, root_id, process_id, process_instance_id, element_instance_id, ' +
      'tenant_id, topic, type, priority, due_at, suspended) ' +
      `select '${TODAY}', ${id}, 0, ${id}, 1, 1, 1, '', 'topic ' || g % 20, 'EXECUTE', g % 3, ` +
      `now() - g * interval '1 millisecond', false from generate_series(1, ${FILLED}) g`,
  );
}

async function fourHundredDays(): Promise<void> {
  for (const table of ['process_instance', 'element_instance', 'job']) {
    await sql(
      "do $$ begin for g in 1..400 loop execute format('create table %s partition of " +
        `${table} for values in (%L)', '${table}_' || to_char(date '2024-01-01' + g, 'YYYYMMDD'), ` +
        "date '2024-01-01' + g); end loop; end $$",
    );
  }
}

test('the same beside a million rows and 400 days, without statistics and with them', async ({ skip }) => {
  if (database.kind === 'pglite') skip('a million rows take PGlite too long; the planner is the same');
  await fill();
  await fourHundredDays();
  expect((await scans()).filter((scan) => !isGood(scan))).toEqual([]);
  await sql(`analyze element_instance_${TODAY.replaceAll('-', '')}, open_job`);
  expect((await scans()).filter((scan) => !isGood(scan))).toEqual([]);
}, 120_000);

test('a million timers that wait are not met until they are due', async ({ skip }) => {
  if (database.kind === 'pglite') skip('a million rows take PGlite too long; the planner is the same');
  await sql(
    'insert into task (partition, id, shard, root_id, tenant_id, type, due_at, payload, created_at, created_by) ' +
      `select '${TODAY}', (2000000000 + g) * 256::int8, 0, (2000000000 + g) * 256::int8, '', 'TRIGGER_TIMER', ` +
      `now() + interval '1 day' + g * interval '1 second', '{"type":"TRIGGER_TIMER","cycle":null}', now(), 'test' ` +
      `from generate_series(1, ${FILLED}) g`,
  );
  const connection = await database.connect('keys');
  for (const name of ['claim_tasks', 'next_due', 'beat_facts']) {
    const call = calls.get(name);
    if (call === undefined) throw new Error(`${name} was not sent`);
    const met = (await scansOf(connection, call, true)).filter(({ table }) => table === 'task');
    expect(met.length, name).toBeGreaterThan(0);
    expect(met.filter((scan) => !isGood(scan))).toEqual([]);
    expect(
      met.reduce((sum, scan) => sum + (scan.rows ?? 0), 0),
      name,
    ).toBeLessThanOrEqual(4);
  }
  connection.release();
}, 120_000);

test('a lease out of a million jobs meets only those that it takes', async ({ skip }) => {
  if (database.kind === 'pglite') skip('a million rows take PGlite too long; the planner is the same');
  const topics = ['topic 1', 'topic 2'].map((topic) => ({ topic, variables: null }));
  const request = { tenantIds: [''], limit: 100, lockedBy: 'w', lock: { durationMs: 1 } };
  const none = { job: null, processIds: [], processInstance: null };
  for (const filter of [null, { ...none, processIds: [1] }]) {
    await store.leases.lease({ ...request, topics, filter }).catch(() => undefined);
  }
  await store.leases.lease({ ...request, topics: [], filter: none }).catch(() => undefined);
  const connection = await database.connect('keys');
  for (const name of ['lease_topics', 'lease_processes', 'lease_any_topic']) {
    const call = calls.get(name);
    if (call === undefined) throw new Error(`${name} was not sent`);
    const met = (await scansOf(connection, call, true)).filter(({ table }) => table === 'open_job');
    const rows = met.reduce((sum, scan) => sum + (scan.rows ?? 0), 0);
    // Of 2 topics, or of each of 20, as many as may be taken in all; then those that are.
    expect(rows, name).toBeLessThanOrEqual((name === 'lease_any_topic' ? 20 : 2) * 100 + 200);
  }
  connection.release();
});
