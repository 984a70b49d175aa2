/**
 * Where rows belong: from an element instance up to the process scope of its root, also out of called processes.
 *
 * Parents never change, so that paths are read before the root is locked.
 */
import type { Partition, Ref } from '../core/state.js';
import type { Place } from '../engine/ports/lane.js';
import { numberAt, plainArray, textOrNull } from './cells.js';
import { type DayStatement, type DayTables, perDay } from './days.js';
import type { Call, Cells } from './statement.js';

/** How far outwards: a job sees the variables of its own process instance only. */
export type Reach = 'root' | 'processInstance';

/** The next element instance outwards: of a called process's scope it is the call activity. */
function outwards(of: DayTables, reach: Reach): string {
  if (reach === 'processInstance') return 'e.parent_id';
  return (
    'coalesce(e.parent_id, case when e.id <> e.root_id then (select i.parent_element_instance_id ' +
    `from ${of('process_instance')} i where i.id = e.id) end)`
  );
}

/**
 * `path (origin, root_id, extra, id, up, depth)`: the element instances from each start outwards.
 *
 * `start` selects (origin, root_id, extra, at); a start without element instance gives one row without id.
 */
export function pathText(start: string, of: DayTables, reach: Reach): string {
  const up = outwards(of, reach);
  const elementAt = (id: string): string => `${of('element_instance')} e on e.id = any(array[${id}])`;
  return (
    `recursive start as (${start}), path(origin, root_id, extra, id, up, depth) as (` +
    `select s.origin, s.root_id, s.extra, e.id, ${up}, 1 from start s left join ${elementAt('s.at')} ` +
    `union all select p.origin, p.root_id, p.extra, e.id, ${up}, p.depth + 1 from path p join ${elementAt('p.up')})`
  );
}

function placesText(start: string, of: DayTables): string {
  return (
    `with ${pathText(start, of, 'root')} select origin, root_id, extra, ` +
    'array_agg(id order by depth) filter (where id is not null) from path group by origin, root_id, extra'
  );
}

/** `from` selects of `u(id)` and the table `t` of the day. */
function placesOf(name: string, from: (of: DayTables, partition: Partition) => string): DayStatement {
  return perDay(name, (of, partition) => placesText(from(of, partition), of));
}

function ofDay(table: string): string {
  return `from ${table} t where t.id = any($1::int8[])`;
}

const statements = {
  processInstances: placesOf(
    'place_process_instances',
    (of) => `select t.id origin, t.root_id, null::text extra, t.id at ${ofDay(of('process_instance'))}`,
  ),
  elementInstances: placesOf(
    'place_element_instances',
    (of) => `select t.id origin, t.root_id, null::text extra, t.id at ${ofDay(of('element_instance'))}`,
  ),
  jobs: placesOf(
    'place_jobs',
    (of) => `select t.id origin, t.root_id, null::text extra, t.element_instance_id at ${ofDay(of('job'))}`,
  ),
  incidents: placesOf(
    'place_incidents',
    (of) => `select t.id origin, t.root_id, t.job_id::text extra, t.element_instance_id at ${ofDay(of('incident'))}`,
  ),
  userTasks: placesOf(
    'place_user_tasks',
    (of) => `select t.id origin, t.root_id, null::text extra, t.element_instance_id at ${ofDay(of('user_task'))}`,
  ),
  tasks: placesOf(
    'place_tasks',
    (_of, partition) =>
      'select t.id origin, t.root_id, t.payload extra, coalesce(t.element_instance_id, t.process_instance_id) at ' +
      ofDay('task') +
      ` and t.partition = '${partition}'`,
  ),
} as const;

export type Placed = keyof typeof statements;

export function places(kind: Placed, partition: Partition, refs: readonly Ref[]): Call {
  return { statement: statements[kind](partition), values: [plainArray(refs.map((ref) => ref.id))] };
}

export interface ReadPlace {
  readonly id: number;
  readonly place: Place;
  readonly extra: string | null;
}

export function readPlace(cells: Cells, partition: Partition): ReadPlace {
  return {
    id: numberAt(cells, 0),
    place: { root: { partition, id: numberAt(cells, 1) }, path: idList(textOrNull(cells, 3)) },
    extra: textOrNull(cells, 2),
  };
}

/** `{3,2,1}` */
function idList(literal: string | null): number[] {
  return literal === null ? [] : literal.slice(1, -1).split(',').map(Number);
}
