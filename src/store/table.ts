/**
 * How rows of `core/state.ts` are kept: each property is one column or several, once for reading and for writing.
 *
 * The mapped type makes the compiler ask for every property, so a row type can not grow without its table.
 */

import { arrayOf, type CellValue } from './arrays.js';
import {
  BOOLEAN,
  booleanAt,
  type ColumnType,
  DAY,
  enumType,
  INTEGER,
  JSON_OBJECT,
  numberAt,
  numberOrNull,
  TEXT,
  TIME,
  tagsAt,
  textAt,
  textOrNull,
  timeAt,
  timeOrNull,
} from './cells.js';
import type { Cells, Parameter, Statement } from './statement.js';

export interface Column<Value> {
  readonly name: string;
  readonly type: ColumnType;
  readonly get: (value: Value) => CellValue;
}

export interface Property<Value> {
  readonly columns: readonly Column<Value>[];
  readonly read: (cells: Cells, at: number) => Value;
}

export type Properties<Row> = { readonly [K in keyof Row]-?: Property<Row[K]> };

function single<Value extends CellValue>(
  name: string,
  type: ColumnType,
  read: (cells: Cells, at: number) => Value,
): Property<Value> {
  return { columns: [{ name, type, get: (value) => value }], read };
}

export const integer = (name: string): Property<number> => single(name, INTEGER, numberAt);
export const integerOrNull = (name: string): Property<number | null> => single(name, INTEGER, numberOrNull);
export const text = (name: string): Property<string> => single(name, TEXT, textAt);
export const optionalText = (name: string): Property<string | null> => single(name, TEXT, textOrNull);
export const time = (name: string): Property<number> => single(name, TIME, timeAt);
export const optionalTime = (name: string): Property<number | null> => single(name, TIME, timeOrNull);
export const optionalJson = <Value extends object>(name: string): Property<Value | null> => ({
  columns: [{ name, type: TEXT, get: (value) => (value === null ? null : JSON.stringify(value)) }],
  read: (cells, at) => {
    const json = textOrNull(cells, at);
    return json === null ? null : (JSON.parse(json) as Value);
  },
});
export const boolean = (name: string): Property<boolean> => single(name, BOOLEAN, booleanAt);
export const trueOrNull = (name: string): Property<true | null> =>
  single(name, BOOLEAN, (cells, at) => (cells[at] === 't' ? true : null));
export const day = (name: string): Property<string> => single(name, DAY, textAt);

/** The enum type's words are those of the TypeScript union: a test compares them. */
export function word<Word extends string>(name: string, type: string): Property<Word> {
  return single(name, enumType(type), (cells, at) => textAt(cells, at) as Word);
}

export const tags = (name: string): Property<Readonly<Record<string, string>>> => ({
  columns: [{ name, type: JSON_OBJECT, get: (value) => JSON.stringify(value) }],
  read: tagsAt,
});

interface RowColumn<Row> {
  readonly name: string;
  readonly type: ColumnType;
  readonly of: (row: Row) => CellValue;
}

/** A table of rows: its columns in the order of its properties. */
export class RowTable<Row extends object, Name extends string = string> {
  readonly name: Name;
  readonly columns: readonly RowColumn<Row>[];
  private readonly readers: readonly { key: keyof Row; at: number; read: (cells: Cells, at: number) => unknown }[];
  private readonly properties: Properties<Row>;

  constructor(name: Name, properties: Properties<Row>) {
    this.name = name;
    this.properties = properties;
    const keys = Object.keys(properties) as (keyof Row)[];
    this.columns = keys.flatMap((key) => this.columnsOf(key));
    let at = 0;
    this.readers = keys.map((key) => {
      const reader = { key, at, read: properties[key].read };
      at += properties[key].columns.length;
      return reader;
    });
  }

  /** The row's columns as a select list; `read` takes its cells. */
  selectList(alias: string): string {
    return this.columns.map((column) => `${alias}.${column.name}`).join(', ');
  }

  /** `at`: where the row's columns begin among the cells. */
  read(cells: Cells, at = 0): Row {
    const row: Partial<Row> = {};
    for (const reader of this.readers) row[reader.key] = reader.read(cells, at + reader.at) as Row[keyof Row];
    return row as Row;
  }

  columnsOf<K extends keyof Row>(key: K): readonly RowColumn<Row>[] {
    return this.properties[key].columns.map(({ name, type, get }) => ({ name, type, of: (row) => get(row[key]) }));
  }

  /** `shardOf` is the column whose low 8 bits are the tree's shard; `rows` stands in FROM for what is inserted. */
  insertText(shardOf: string, rows = unnest(this.columns, 1)): string {
    const names = this.columns.map((column) => column.name);
    const values = this.columns.map((column) => column.type.sql(`u.${column.name}`));
    return (
      `insert into ${this.name} (${names.join(', ')}, shard) ` +
      `select ${values.join(', ')}, (u.${shardOf} & 255)::smallint from ${rows}`
    );
  }
}

/** `unnest($1::int8[], ...) u(id, ...)` */
export function unnest<Row>(columns: readonly RowColumn<Row>[], firstParameter: number): string {
  const arrays = columns.map((column, index) => `$${firstParameter + index}::${column.type.array}[]`);
  return `unnest(${arrays.join(', ')}) ${named(columns)}`;
}

export function arrays<Row>(columns: readonly RowColumn<Row>[], rows: readonly Row[]): Parameter[] {
  return columns.map((column) => arrayOf(column.type.array, rows, column.of));
}

function named<Row>(columns: readonly RowColumn<Row>[]): string {
  return `u(${columns.map((column) => column.name).join(', ')})`;
}

/**
 * A statement over rows, for many and for one: a row alone travels as values, since arrays of one element for each column
 * cost the database two to five times as much. `S` is a statement, or one for each day.
 */
export class RowsStatement<Row, S = Statement> {
  private readonly columns: readonly RowColumn<Row>[];
  private readonly many: S;
  private readonly one: S;

  /** `make` is given what stands in FROM for the rows, called u, and what tells the names of both forms apart. */
  constructor(columns: readonly RowColumn<Row>[], make: (rows: string, suffix: string) => S, firstParameter = 1) {
    const values = columns.map((column, index) => `$${firstParameter + index}::${column.type.array}`);
    this.columns = columns;
    this.many = make(unnest(columns, firstParameter), '');
    this.one = make(`(values (${values.join(', ')})) ${named(columns)}`, '_one');
  }

  for(rows: readonly Row[]): S {
    return rows.length === 1 ? this.one : this.many;
  }

  values(rows: readonly Row[]): Parameter[] {
    const [row] = rows;
    if (row === undefined || rows.length > 1) return arrays(this.columns, rows);
    return this.columns.map((column) => column.of(row));
  }
}

export type { RowColumn };
