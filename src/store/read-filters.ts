/** Filters of lists, built with Knex: which rows, without columns, order and page. */
import createKnex, { type Knex } from 'knex';
import type { Partition } from '../core/state.js';
import type { TagFilter } from '../engine/reader.js';
import { plainArray, textArray } from './cells.js';
import { type Call, unprepared } from './statement.js';

export type Query = Knex.QueryBuilder;

/** It only writes SQL: connections are the store's own. */
export const knex = createKnex({ client: 'pg' });

/**
 * Stands for the day in a query that is asked for several days: it is built once, and the day is set in each call. No
 * text of a caller is this one, since PostgreSQL's text has no NUL.
 */
const DAY = '\u0000day';

/** The day of the statement, in SQL that takes bindings. */
export const day: Knex.Raw = knex.raw('?::date', [DAY]);

/** Whether a text can be a day: others would be an error in the database, and have no rows. */
export function isDay(partition: Partition): boolean {
  const time = Date.parse(`${partition}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(partition) && !partition.startsWith('0000');
}

/** Makes calls of a query: of one without day, and of any day. */
export function callsOf(query: Query): (partition?: Partition) => Call {
  const { sql, bindings } = query.toSQL().toNative();
  const statement = unprepared(sql);
  const values = bindings as readonly (string | number | boolean | null)[];
  return (partition) => ({
    statement,
    values: partition === undefined ? values : values.map((value) => (value === DAY ? partition : value)),
  });
}

// --- Conditions: an absent value, or an empty list, does not restrict --------------------------------------------------

/** Tenants always restrict. */
export function isOfTenant(query: Query, column: string, tenantIds: readonly string[]): void {
  query.whereRaw(`${column} = any(?::text[])`, [textArray(tenantIds)]);
}

export function isGiven(...ids: readonly (number | undefined)[]): boolean {
  return ids.some((id) => id !== undefined);
}

/** Ids of the API are larger than the columns of definitions: the comparison is in int8. */
export function isNumber(query: Query, column: string, value: number | undefined): void {
  if (value !== undefined) query.whereRaw(`${column} = ?::int8`, [value]);
}

export function isText(query: Query, column: string, value: string | undefined): void {
  if (value !== undefined) query.whereRaw(`${column} = ?::text`, [value]);
}

export function isOneOfWords(query: Query, column: string, type: string, words: readonly string[] | undefined): void {
  if (words !== undefined && words.length > 0) query.whereRaw(`${column} = any(?::${type}[])`, [plainArray(words)]);
}

export function isOneOfTexts(query: Query, column: string, texts: readonly string[] | undefined): void {
  if (texts !== undefined && texts.length > 0) query.whereRaw(`${column} = any(?::text[])`, [textArray(texts)]);
}

export function hasTags(query: Query, column: string, tags: readonly TagFilter[] | undefined): void {
  for (const { name, value } of tags ?? []) {
    if (value === null) query.whereRaw(`jsonb_exists(${column}, ?)`, [name]);
    else query.whereRaw(`${column} @> ?::jsonb`, [JSON.stringify({ [name]: value })]);
  }
}

type TreeTable = 'process_instance' | 'element_instance' | 'job';

/** The root of a row of the day: trees are found by their roots, which have indexes. */
export function rootOf(table: TreeTable, id: number): Knex.Raw {
  return knex.raw(`(select t.root_id from ${table} t where t.partition = ? and t.id = ?::int8)`, [day, id]);
}
