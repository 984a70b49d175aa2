/** Bulk writes: one statement for each kind of change, arrays as parameters, prepared. */
import type { Partition, TableChanges } from '../core/state.js';
import { byPartition, type DayStatement, type PartitionedTable, perDay } from './days.js';
import { type Call, prepared, type Statement } from './statement.js';
import { arrays, type RowColumn, type RowTable, unnest } from './table.js';

/** Adds the statements that write these changes. */
export type Write<Row> = (changes: TableChanges<Row>, calls: Call[]) => void;

export interface HistoryRow {
  readonly partition: Partition;
}

/**
 * Rows of a table of history: they are born and changed, and never deleted by a command.
 *
 * `changing` names all that may change: the rest is not written again, and a change of it is a bug that must not pass.
 */
export function writeHistory<Row extends HistoryRow>(
  table: RowTable<Row, PartitionedTable>,
  key: { readonly shardOf: string; readonly columns: readonly (keyof Row)[] },
  changing: readonly (keyof Row)[],
): Write<Row> {
  const insert = prepared(`${table.name}_born`, table.insertText(key.shardOf));
  const changed = changing.flatMap((name) => table.columnsOf(name));
  const sent = [...key.columns.flatMap((name) => table.columnsOf(name)), ...changed];
  const update = updateOf(table, changed, sent);
  return ({ born, changed: pairs, gone }, calls) => {
    if (gone.length > 0) throw new Error(`Rows of ${table.name} are history and are not deleted.`);
    if (born.length > 0) calls.push({ statement: insert, values: arrays(table.columns, born) });
    if (pairs.length === 0) return;
    checkUnchanged(table.name, pairs, changing);
    for (const [partition, rows] of byPartition(pairs.map((pair) => pair.after))) {
      calls.push({ statement: update(partition), values: [rows.length, ...arrays(sent, rows)] });
    }
  };
}

function updateOf<Row>(
  table: { readonly name: PartitionedTable },
  changed: readonly RowColumn<Row>[],
  sent: readonly RowColumn<Row>[],
): DayStatement {
  const keys = sent
    .slice(0, sent.length - changed.length)
    .map((column) => `t.${column.name} = any(array[u.${column.name}])`);
  const set = changed.map((column) => `${column.name} = ${column.type.sql(`u.${column.name}`)}`);
  return perDay(
    `${table.name}_changed`,
    (of) =>
      `with done as (update ${of(table.name)} t set ${set.join(', ')} from ${unnest(sent, 2)} ` +
      `where ${keys.join(' and ')} returning 1) select expect_rows(count(*), $1) from done`,
  );
}

/** A column that nobody wrote again would be lost silently. */
function checkUnchanged<Row>(
  name: string,
  pairs: readonly { readonly before: Row; readonly after: Row }[],
  changing: readonly (keyof Row)[],
): void {
  const may = new Set<keyof Row>(changing);
  for (const { before, after } of pairs) {
    for (const property in after) {
      if (before[property] !== after[property] && !may.has(property)) {
        throw new Error(`${name}.${property} of a row changed, which the store does not write.`);
      }
    }
  }
}

export function insertOf<Row extends object>(table: RowTable<Row>, name: string): (rows: readonly Row[]) => Call {
  const statement: Statement = prepared(name, table.insertText('id'));
  return (rows) => ({ statement, values: arrays(table.columns, rows) });
}
