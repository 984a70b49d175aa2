/** Bulk writes: one statement for each kind of change, arrays as parameters, prepared. */
import type { Partition, TableChanges } from '../core/state.js';
import { byPartition, type DayStatement, type PartitionedTable, perDay } from './days.js';
import { type Call, prepared, type Statement } from './statement.js';
import { arrays, type RowColumn, RowsStatement, type RowTable } from './table.js';

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
  const insert = new RowsStatement(table.columns, (rows, suffix) =>
    prepared(`${table.name}_born${suffix}`, table.insertText(key.shardOf, rows)),
  );
  const changed = changing.flatMap((name) => table.columnsOf(name));
  const sent = [...key.columns.flatMap((name) => table.columnsOf(name)), ...changed];
  const update = updateOf(table, changed, sent);
  return ({ born, changed: pairs, gone }, calls) => {
    if (gone.length > 0) throw new Error(`Rows of ${table.name} are history and are not deleted.`);
    if (born.length > 0) calls.push({ statement: insert.for(born), values: insert.values(born) });
    if (pairs.length === 0) return;
    checkUnchanged(table.name, pairs, changing);
    for (const [partition, rows] of byPartition(pairs.map((pair) => pair.after))) {
      calls.push({ statement: update.for(rows)(partition), values: [rows.length, ...update.values(rows)] });
    }
  };
}

function updateOf<Row>(
  table: { readonly name: PartitionedTable },
  changed: readonly RowColumn<Row>[],
  sent: readonly RowColumn<Row>[],
): RowsStatement<Row, DayStatement> {
  const keys = sent
    .slice(0, sent.length - changed.length)
    .map((column) => `t.${column.name} = any(array[u.${column.name}])`);
  const set = changed.map((column) => `${column.name} = ${column.type.sql(`u.${column.name}`)}`);
  const write = (day: string, rows: string) =>
    `with done as (update ${day} t set ${set.join(', ')} from ${rows} ` +
    `where ${keys.join(' and ')} returning 1) select expect_rows(count(*), $1) from done`;
  return new RowsStatement(
    sent,
    (rows, suffix) => perDay(`${table.name}_changed${suffix}`, (of) => write(of(table.name), rows)),
    2,
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
  const insert = new RowsStatement(table.columns, (rows, suffix) =>
    prepared(`${name}${suffix}`, table.insertText('id', rows)),
  );
  return (rows) => ({ statement: insert.for(rows), values: insert.values(rows) });
}

/** A statement that must write as many rows as it is given: else the group decides again. */
export function exactly<Row>(
  name: string,
  columns: readonly RowColumn<Row>[],
  write: string,
): (rows: readonly Row[]) => Call {
  const statement: Statement = prepared(
    name,
    `with done as (${write} returning 1) select expect_rows(count(*), $1) from done`,
  );
  return (rows) => ({ statement, values: [rows.length, ...arrays(columns, rows)] });
}
