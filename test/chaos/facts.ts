/** What the database holds at the end of a round: the other half of what the checker compares. */
import pg from 'pg';

export interface InstanceFact {
  readonly instance: string;
  readonly process: string;
  /** The element instance that called it. */
  readonly caller: string | null;
  /** Each start gives its request id as correlation key: it is in the instance itself, whatever the request rows say. */
  readonly requestId: string;
  readonly state: string;
  /** How often its end event was reached. */
  readonly ends: number;
}

export interface JobFact {
  readonly job: string;
  readonly instance: string;
  readonly element: string;
  readonly state: string;
  readonly retryCount: number;
  /** The token with which it ended. */
  readonly token: string | null;
  /** Milliseconds of the database's clock. */
  readonly dueAt: number;
  readonly lockedAt: number | null;
}

/** A visit of an element that waits for an event, or for what it has called. */
export interface WaitFact {
  readonly elementInstance: string;
  readonly instance: string;
  readonly element: string;
  readonly type: string;
  readonly state: string;
  /** Milliseconds of the database's clock. */
  readonly startedAt: number;
  readonly endedAt: number | null;
}

export interface MessageFact {
  readonly key: string;
  /** Who has received it. */
  readonly receivers: readonly string[];
}

export interface Facts {
  readonly instances: readonly InstanceFact[];
  readonly jobs: readonly JobFact[];
  readonly waits: readonly WaitFact[];
  readonly messages: readonly MessageFact[];
  /** Rows that should be gone when everything has ended, by table. */
  readonly leftOver: Readonly<Record<string, number>>;
}

const INSTANCES = `
  select i.partition || '/' || i.id as instance, p.bpmn_process_id as process,
    i.partition || '/' || i.parent_element_instance_id as caller, coalesce(i.correlation_key, '') as "requestId", i.state,
    (select count(*)::int from element_instance e join element d on d.id = e.element_id
      where e.root_id = i.root_id and e.partition = i.partition and e.process_instance_id = i.id
      and d.type = 'NONE_END_EVENT' and e.state = 'COMPLETED') as ends
  from process_instance i join process p on p.id = i.process_id`;

const WAITS = `
  select e.partition || '/' || e.id as "elementInstance", e.partition || '/' || e.process_instance_id as instance,
    d.bpmn_element_id as element, d.type, e.state, extract(epoch from e.started_at)::float8 * 1000 as "startedAt",
    extract(epoch from e.ended_at)::float8 * 1000 as "endedAt"
  from element_instance e join element d on d.id = e.element_id
  where d.type in ('TIMER_CATCH_EVENT', 'MESSAGE_CATCH_EVENT', 'SIGNAL_CATCH_EVENT', 'CALL_ACTIVITY')`;

const MESSAGES = `
  select m.correlation_key as key, array(
    select d.partition || '/' || d.process_instance_id from message_delivery d where d.message_id = m.id) as receivers
  from message m`;

const JOBS = `
  select j.partition || '/' || j.id as job, j.partition || '/' || j.process_instance_id as instance,
    d.bpmn_element_id as element, j.state, j.retry_count as "retryCount", j.lock_token as token,
    extract(epoch from j.due_at)::float8 * 1000 as "dueAt", extract(epoch from j.locked_at)::float8 * 1000 as "lockedAt"
  from job j join element d on d.id = j.element_id`;

const LEFT_OVER = `
  select (select count(*)::int from open_job) as open_job, (select count(*)::int from task) as task,
    (select count(*)::int from incident) as incident,
    (select count(*)::int from message_subscription) as message_subscription,
    (select count(*)::int from signal_subscription) as signal_subscription,
    (select count(*)::int from signal_target) as signal_target`;

export async function readFacts(url: string): Promise<Facts> {
  return withClient(url, async (client) => {
    const instances = await client.query<InstanceFact>(INSTANCES);
    const jobs = await client.query<JobFact>(JOBS);
    const waits = await client.query<WaitFact>(WAITS);
    const messages = await client.query<MessageFact>(MESSAGES);
    const leftOver = await client.query<Record<string, number>>(LEFT_OVER);
    return {
      instances: instances.rows,
      jobs: jobs.rows,
      waits: waits.rows,
      messages: messages.rows,
      leftOver: leftOver.rows[0] ?? {},
    };
  });
}

/** What has not ended, in words. */
export async function readUnended(url: string): Promise<readonly string[]> {
  return withClient(url, async (client) => {
    const { rows } = await client.query<{ what: string }>(unended);
    return rows.map(({ what }) => what);
  });
}

/** A match or a delivery may outlive its instances, until the claim of a server that died has ended. */
const unended =
  "select state::text || ': ' || count(*) || ' instances' as what from process_instance where state <> 'COMPLETED' group by state " +
  "union all select type::text || ': ' || count(*) || ' tasks' from task group by type";

/** Process ids of all that PostgreSQL runs beside its postmaster. */
export async function readProcesses(url: string): Promise<readonly number[]> {
  return withClient(url, async (client) => {
    const { rows } = await client.query<{ pid: number }>('select pid from pg_stat_activity');
    return rows.map(({ pid }) => pid);
  });
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
