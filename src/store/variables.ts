/** Variables: one row for each name of a scope; a deleted one stays, without data. */
import type { Partition, Variable, VariableData } from '../core/state.js';
import { BOOLEAN, plainArray, TEXT, variableDataAt } from './cells.js';
import { perDay } from './days.js';
import type { Call } from './statement.js';
import { day, integer, type Property, RowTable, text, time } from './table.js';
import { writeHistory } from './write-rows.js';

const data: Property<VariableData | null> = {
  columns: [
    { name: 'encoding', type: TEXT, get: (value) => (value === null ? null : value.encoding) },
    { name: 'value', type: TEXT, get: (value) => (value === null ? null : value.value) },
    { name: 'encrypted', type: BOOLEAN, get: (value) => (value === null ? null : value.encrypted) },
  ],
  read: variableDataAt,
};

export const variables = new RowTable<Variable, 'variable'>('variable', {
  partition: day('partition'),
  scopeId: integer('scope_id'),
  name: text('name'),
  rootId: integer('root_id'),
  processInstanceId: integer('process_instance_id'),
  data,
  createdAt: time('created_at'),
  createdBy: text('created_by'),
  updatedAt: time('updated_at'),
  updatedBy: text('updated_by'),
  changeNumber: integer('change_number'),
});

export const writeVariables = writeHistory(variables, { shardOf: 'scope_id', columns: ['scopeId', 'name'] }, [
  'data',
  'updatedAt',
  'updatedBy',
  'changeNumber',
]);

const load = perDay(
  'load_variables',
  (of) => `select ${variables.selectList('v')} from ${of('variable')} v where v.scope_id = any($1::int8[])`,
);

/** All variables of these scopes, deleted ones too: setting one again changes its row. */
export function loadVariables(partition: Partition, scopeIds: readonly number[]): Call {
  return { statement: load(partition), values: [plainArray(scopeIds)] };
}

const loadTree = perDay(
  'load_tree_variables',
  (of) =>
    `select ${variables.selectList('v')} from ${of('element_instance')} e ` +
    `join ${of('variable')} v on v.scope_id = any(array[e.id]) ` +
    'where e.root_id = any($1::int8[]) and e.ended_at is null',
);

/** Those of all that live in these trees. */
export function loadTreeVariables(partition: Partition, rootIds: readonly number[]): Call {
  return { statement: loadTree(partition), values: [plainArray(rootIds)] };
}
