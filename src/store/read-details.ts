/**
 * A process instance with all that lives in it: one transaction, one snapshot, one wait. All is found by the root's tree;
 * what the planner could walk a day for is kept from it (`+ 0`, `any(array[...])`).
 */
import type { Arrival, ElementInstance, Ref } from '../core/state.js';
import type { ArrivalView, ElementInstanceView, ProcessInstanceDetails } from '../engine/reader.js';
import { arrivals } from './arrivals.js';
import { type Database, runTogether } from './database.js';
import { ELEMENT_INSTANCE_COLUMNS, ELEMENT_INSTANCE_JOINS, readElementInstanceView } from './read-element-instances.js';
import { isDay } from './read-filters.js';
import { INCIDENT_COLUMNS, INCIDENT_JOINS, readIncidentView } from './read-incidents.js';
import { JOB_COLUMNS, JOB_JOINS, readJobView } from './read-jobs.js';
import { SNAPSHOT } from './read-lists.js';
import { processInstanceCall, readProcessInstanceView } from './read-process-instances.js';
import { ELEMENT_COLUMNS, readElement } from './read-processes.js';
import { readVariableView, VARIABLE_COLUMNS } from './read-variables.js';
import { type Cells, call, type Result, type Statement, unprepared } from './statement.js';

/** Rows of one kind. */
const MOST = 1_000;

/** Rows of the instance `$2` of the day `$1`. */
function ofInstance(alias: string): string {
  return (
    `where ${alias}.partition = $1::date and ${alias}.root_id = (select r.root_id from process_instance r ` +
    `where r.partition = $1::date and r.id = $2::int8) and ${alias}.process_instance_id = $2::int8 `
  );
}

function first(order: string): string {
  return `order by ${order} limit ${MOST + 1}`;
}

/** The process scope is there when the instance has ended, too. */
const LIVING_SCOPES = `${ofInstance('e')} and (e.ended_at is null or e.id = $2::int8) `;

const living = unprepared(
  `select ${ELEMENT_INSTANCE_COLUMNS} from element_instance e ${ELEMENT_INSTANCE_JOINS} ${LIVING_SCOPES}` +
    first('e.id = $2::int8 desc, e.id'),
);

const waiting = unprepared(
  `select ${arrivals.selectList('a')}, ${ELEMENT_COLUMNS} from element_instance e ` +
    'join arrival a on a.partition = $1::date and a.scope_id = any(array[e.id]) ' +
    'and a.consumed_by is null and a.withdrawn_by is null ' +
    `join element el on el.id = a.element_id ${LIVING_SCOPES}${first('a.id + 0')}`,
);

const notEnded = unprepared(
  `select ${JOB_COLUMNS} from job j ${JOB_JOINS} ${ofInstance('j')} and j.state = 'CREATED' ${first('j.id + 0')}`,
);

const open = unprepared(
  `select ${INCIDENT_COLUMNS} from incident i ${INCIDENT_JOINS} ${ofInstance('i')} and i.resolved_at is null ` +
    first('i.id + 0'),
);

const known = unprepared(
  `select ${VARIABLE_COLUMNS} from element_instance e ` +
    'join variable v on v.partition = $1::date and v.scope_id = any(array[e.id]) and v.encoding is not null ' +
    `join element el on el.id = e.element_id ${LIVING_SCOPES}${first('v.scope_id + 0, v.name collate "C"')}`,
);

export async function readProcessInstanceDetails(
  database: Database,
  ref: Ref,
  tenantIds: readonly string[],
): Promise<ProcessInstanceDetails | null> {
  if (!isDay(ref.partition)) return null;
  const of = (statement: Statement) => call(statement, ref.partition, ref.id);
  const calls = [of(living), of(waiting), of(notEnded), of(open), of(known)];
  const results = await runTogether(database, 'lists', [SNAPSHOT, processInstanceCall(ref, tenantIds), ...calls]);
  const [, instance, ...lists] = results;
  const cells = instance?.rows[0];
  if (cells === undefined) return null;
  const [elementInstances, tokens, jobs, incidents, variables] = lists;
  return {
    instance: readProcessInstanceView(cells),
    elementInstances: scopesFirst(views(elementInstances, readElementInstanceView)),
    arrivals: views(tokens, readArrivalView),
    jobs: views(jobs, readJobView),
    incidents: views(incidents, readIncidentView),
    variables: views(variables, readVariableView),
    truncated: lists.some((list) => list.rows.length > MOST),
  };
}

function views<View>(result: Result | undefined, read: (cells: Cells) => View): readonly View[] {
  return (result?.rows ?? []).slice(0, MOST).map(read);
}

function readArrivalView(cells: Cells): ArrivalView {
  const row: Arrival = arrivals.read(cells);
  return { row, ...readElement(cells, arrivals.columns.length) };
}

/** By id, and each scope before what it encloses: servers have blocks of ids, so that a child's id can be the lower one. */
function scopesFirst(found: readonly ElementInstanceView[]): readonly ElementInstanceView[] {
  const left = new Map(found.map((view) => [view.row.id, view]));
  const ordered: ElementInstanceView[] = [];
  const place = ({ id, parentId }: ElementInstance): void => {
    const view = left.get(id);
    if (view === undefined) return;
    left.delete(id);
    const parent = parentId === null ? undefined : left.get(parentId);
    if (parent !== undefined) place(parent.row);
    ordered.push(view);
  };
  for (const view of found) place(view.row);
  return ordered;
}
