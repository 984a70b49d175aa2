/** Reading variables: lists, those of a process instance, and those that an element instance sees. */
import type { Ref, VariableData } from '../core/state.js';
import type { VariableFilter, VariableView } from '../engine/reader.js';
import { textArray, textAt, variableDataAt } from './cells.js';
import { type Database, runTogether } from './database.js';
import { day, isDay, isGiven, isNumber, isOfTenant, isOneOfTexts, knex, rootOf } from './read-filters.js';
import { type DayList, SNAPSHOT } from './read-lists.js';
import { type Call, type Cells, call, type Result, unprepared } from './statement.js';
import { variables } from './variables.js';

export const VARIABLE_COLUMNS = `${variables.selectList('v')}, el.bpmn_element_id`;

export function readVariableView(cells: Cells): VariableView {
  return { row: variables.read(cells), bpmnElementId: textAt(cells, variables.columns.length) };
}

/** The element of a scope, beside `variable v` and its scope `e`. */
const ELEMENT_JOIN = 'join element el on el.id = e.element_id';

const JOINS =
  `join element_instance e on e.partition = v.partition and e.id = v.scope_id ${ELEMENT_JOIN} ` +
  'join process_instance pi on pi.partition = v.partition and pi.id = v.process_instance_id';

const OF_INSTANCE =
  'v.scope_id in (select s.id from element_instance s ' +
  'where s.partition = ? and s.root_id = ? and s.process_instance_id = ?::int8)';

export const variableList: DayList<VariableFilter, VariableView> = {
  name: 'variables',
  order: 'asc',
  key: [
    { sql: 'v.scope_id', type: 'number' },
    { sql: 'v.name', type: 'text' },
  ],
  keyOf: ({ row }) => [row.partition, row.scopeId, row.name],
  columns: VARIABLE_COLUMNS,
  read: readVariableView,
  query: (filter) => {
    const { processInstanceId } = filter;
    const query = knex.from({ v: 'variable' }).joinRaw(JOINS).whereRaw('v.partition = ?', [day]);
    query.whereRaw('v.encoding is not null');
    isOfTenant(query, 'pi.tenant_id', filter.tenantIds);
    isNumber(query, 'v.scope_id', filter.elementInstanceId);
    isOneOfTexts(query, 'v.name', filter.names);
    if (processInstanceId !== undefined) {
      query.whereRaw(OF_INSTANCE, [day, rootOf('process_instance', processInstanceId), processInstanceId]);
    }
    return query;
  },
  ofOneDay: ({ elementInstanceId, processInstanceId }) => isGiven(elementInstanceId, processInstanceId),
  narrow: ({ processInstanceId }) => processInstanceId !== undefined,
};

// --- What an element instance sees ------------------------------------------------------------------------------------

/** No names: all. */
const NAMED = 'v.encoding is not null and (cardinality($3::text[]) = 0 or v.name = any($3::text[]))';

/**
 * `scope (id, up, element_id, depth)`: from the element instance that `$2` leads to outwards, up to its process scope.
 * Rows of a scope are found by `any(array[...])`, which leaves the planner nothing but the index.
 */
function scopesFrom(start: string): string {
  const columns = 'e.id, e.parent_id, e.element_id';
  return (
    `with recursive scope (id, up, element_id, depth) as (select ${columns}, 0 from element_instance e ` +
    `where e.partition = $1::date and e.id = ${start} union all select ${columns}, s.depth + 1 from scope s ` +
    'join element_instance e on e.partition = $1::date and e.id = any(array[s.up])) '
  );
}

const OF_SCOPE = 'join variable v on v.partition = $1::date and v.scope_id = any(array[e.id])';

const seen = unprepared(
  scopesFrom('(select j.element_instance_id from job j where j.partition = $1::date and j.id = $2::int8)') +
    `select distinct on (v.name collate "C") v.name, v.encoding, v.value, v.encrypted from scope e ${OF_SCOPE} ` +
    `where ${NAMED} order by v.name collate "C", e.depth`,
);

/** The variables that a job's element sees: of equal names the innermost. */
export function seenVariables({ partition, id }: Ref, names: readonly string[]): Call {
  return call(seen, partition, id, textArray(names));
}

export function readSeen(cells: Cells): { readonly name: string; readonly data: VariableData } {
  const data = variableDataAt(cells, 1);
  if (data === null) throw new Error('A deleted variable was read.');
  return { name: textAt(cells, 0), data };
}

const ofScopes = unprepared(
  `${scopesFrom('$2::int8')}select ${VARIABLE_COLUMNS} from scope e ${OF_SCOPE} ${ELEMENT_JOIN} ` +
    `where ${NAMED} and (e.depth = 0 or $4::bool) order by e.depth, v.name collate "C"`,
);

const elementInstanceIsThere = unprepared(
  'select 1 from element_instance e join process_instance pi on pi.partition = e.partition ' +
    'and pi.id = e.process_instance_id ' +
    'where e.partition = $1::date and e.id = $2::int8 and pi.tenant_id = any($3::text[])',
);

const processInstanceIsThere = unprepared(
  'select 1 from process_instance pi ' +
    'where pi.partition = $1::date and pi.id = $2::int8 and pi.tenant_id = any($3::text[])',
);

export async function readElementVariables(
  database: Database,
  ref: Ref,
  names: readonly string[],
  excludeParents: boolean,
  tenantIds: readonly string[],
): Promise<readonly VariableView[] | null> {
  if (!isDay(ref.partition)) return null;
  const { partition, id } = ref;
  const there = call(elementInstanceIsThere, partition, id, textArray(tenantIds));
  const calls = [SNAPSHOT, there, call(ofScopes, partition, id, textArray(names), !excludeParents)];
  return viewsIfThere(await runTogether(database, 'lists', calls));
}

/** The process scope has its process instance's id. */
export async function readProcessVariables(
  database: Database,
  ref: Ref,
  names: readonly string[],
  tenantIds: readonly string[],
): Promise<readonly VariableView[] | null> {
  if (!isDay(ref.partition)) return null;
  const { partition, id } = ref;
  const there = call(processInstanceIsThere, partition, id, textArray(tenantIds));
  const calls = [SNAPSHOT, there, call(ofScopes, partition, id, textArray(names), false)];
  return viewsIfThere(await runTogether(database, 'lists', calls));
}

function viewsIfThere([, there, found]: readonly Result[]): readonly VariableView[] | null {
  return there?.rows.length === 1 ? (found?.rows ?? []).map(readVariableView) : null;
}
