/** Reading jobs: their history, and the lock of those that a worker holds. */
import type { Ref } from '../core/state.js';
import type { JobFilter, JobView, SeenVariables } from '../engine/reader.js';
import { calledBy } from './called.js';
import { numberOrNull, textArray, textAt, textOrNull } from './cells.js';
import { type Database, runTogether } from './database.js';
import { jobs, openJobs } from './jobs.js';
import {
  day,
  isDay,
  isGiven,
  isNumber,
  isOfTenant,
  isOneOfTexts,
  isOneOfWords,
  isText,
  knex,
  type Query,
  rootOf,
} from './read-filters.js';
import { type DayList, SNAPSHOT } from './read-lists.js';
import { readSeen, seenVariables } from './read-variables.js';
import { type Call, type Cells, call, unprepared } from './statement.js';

export const JOB_COLUMNS =
  `${jobs.selectList('j')}, d.bpmn_process_id, d.version, el.bpmn_element_id, pi.correlation_key, pi.trace_parent, ` +
  `case when j.type = 'PASS_VARIABLES' then ${calledBy('j', 'j.element_instance_id')} end, ` +
  openJobs.selectList('o');

const namesAt = jobs.columns.length;
const openAt = namesAt + 6;

export function readJobView(cells: Cells): JobView {
  return {
    row: jobs.read(cells),
    bpmnProcessId: textAt(cells, namesAt),
    version: textAt(cells, namesAt + 1),
    bpmnElementId: textAt(cells, namesAt + 2),
    correlationKey: textOrNull(cells, namesAt + 3),
    traceParent: textOrNull(cells, namesAt + 4),
    calledId: numberOrNull(cells, namesAt + 5),
    lock: textOrNull(cells, openAt) === null ? null : openJobs.read(cells, openAt).lock,
  };
}

/** What the columns need beside `job j`. */
export const JOB_JOINS =
  'join process_instance pi on pi.partition = j.partition and pi.id = j.process_instance_id ' +
  'join process d on d.id = j.process_id join element el on el.id = j.element_id ' +
  'left join open_job o on o.partition = j.partition and o.id = j.id';

export const jobList: DayList<JobFilter, JobView> = {
  name: 'jobs',
  order: 'asc',
  key: [{ sql: 'j.id', type: 'number' }],
  keyOf: ({ row }) => [row.partition, row.id],
  columns: JOB_COLUMNS,
  read: readJobView,
  query: (filter) => {
    const query = knex.from({ j: 'job' }).joinRaw(JOB_JOINS).whereRaw('j.partition = ?', [day]);
    isOfTenant(query, 'j.tenant_id', filter.tenantIds);
    isNumber(query, 'j.id', filter.id);
    isNumber(query, 'j.element_id', filter.elementId);
    isNumber(query, 'j.process_id', filter.processId);
    isText(query, 'j.topic', filter.topic);
    isOneOfWords(query, 'j.type', 'job_type', filter.types);
    isText(query, 'el.bpmn_element_id', filter.bpmnElementId);
    isText(query, 'o.locked_by', filter.lockedBy);
    isOf(query, filter);
    hasState(query, filter);
    if (isOpen(filter)) query.whereRaw(CAN_BE_OPEN, [day, day]);
    return query;
  },
  ofOneDay: ({ id, elementInstanceId, processInstanceId }) => isGiven(id, elementInstanceId, processInstanceId),
  narrow: (filter) =>
    filter.processInstanceId !== undefined || filter.elementInstanceId !== undefined || isOpen(filter),
  days: (filter) => (isOpen(filter) ? OPEN_DAYS : null),
};

/** Not ended: such jobs are few among those of a day, and are found by the narrow tables. */
function isOpen({ states, lockedBy }: JobFilter): boolean {
  if (lockedBy !== undefined) return true;
  const asked = states ?? [];
  return asked.length > 0 && asked.every((state) => state === 'CREATED' || state === 'LOCKED');
}

/** A job that has not ended is open, or a task will make it so. */
const CAN_BE_OPEN =
  'j.id = any(array(select n.id from open_job n where n.partition = ? union all ' +
  "select (t.payload::json->>'jobId')::int8 from task t where t.partition = ? and t.type = 'ACTIVATE_JOB'))";

const OPEN_DAYS = call(unprepared('select n.partition from open_job n union select t.partition from task t'));

function isOf(query: Query, { processInstanceId, elementInstanceId }: JobFilter): void {
  isNumber(query, 'j.process_instance_id', processInstanceId);
  isNumber(query, 'j.element_instance_id', elementInstanceId);
  if (processInstanceId !== undefined) {
    query.whereRaw('j.root_id = ?', [rootOf('process_instance', processInstanceId)]);
  }
  if (elementInstanceId !== undefined) {
    query.whereRaw('j.root_id = ?', [rootOf('element_instance', elementInstanceId)]);
  }
}

/** As it is shown: a job that a worker holds is LOCKED, not CREATED. */
function hasState(query: Query, { states }: JobFilter): void {
  isOneOfTexts(query, "case when o.lock_token is null then j.state::text else 'LOCKED' end", states);
}

const byKey = unprepared(
  `select ${JOB_COLUMNS} from job j ${JOB_JOINS} ` +
    'where j.partition = $1::date and j.id = $2::int8 and j.tenant_id = any($3::text[])',
);

function jobCall({ partition, id }: Ref, tenantIds: readonly string[]): Call {
  return call(byKey, partition, id, textArray(tenantIds));
}

export async function readJob(
  database: Database,
  ref: Ref,
  names: readonly string[],
  tenantIds: readonly string[],
): Promise<(JobView & SeenVariables) | null> {
  if (!isDay(ref.partition)) return null;
  const calls = [SNAPSHOT, jobCall(ref, tenantIds), seenVariables(ref, names)];
  const [, job, variables] = await runTogether(database, 'lists', calls);
  const cells = job?.rows[0];
  return cells === undefined ? null : { ...readJobView(cells), variables: (variables?.rows ?? []).map(readSeen) };
}
