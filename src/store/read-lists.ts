/**
 * How lists are read. Tables of history are walked day by day, in the order of the list: PostgreSQL would sort the rows
 * of all days for a page of the first. All days of an answer are read in one snapshot.
 */
import { isRefusal, type Refusal } from '../core/refusal.js';
import type { Partition } from '../core/state.js';
import type { Page, PageRequest } from '../engine/reader.js';
import { numberAt, textAt } from './cells.js';
import { type Database, runTogether, type Statements, transact } from './database.js';
import { type Key, type KeyType, keyOf, type PageOf, pageOf } from './pages.js';
import { callsOf, isDay, knex, type Query } from './read-filters.js';
import { type Call, type Cells, call, type Result, resultAt, unprepared } from './statement.js';

export interface List<Filter extends object, View> {
  readonly name: string;
  readonly order: 'asc' | 'desc';
  /** The select list; `read` takes its cells. */
  readonly columns: string;
  readonly read: (cells: Cells) => View;
  /** What orders the rows, and is unique; of a day's table without the day. */
  readonly key: readonly KeyColumn[];
  readonly keyOf: (view: View) => Key;
  /** The rows, of the day that `day` stands for. */
  readonly query: (filter: Filter) => Query;
  /**
   * An index of the filter finds few rows. Then the key's index is kept out: the planner, which knows nothing of a day's
   * fresh tables, would walk it for the order's sake until it met enough of them.
   */
  readonly narrow?: (filter: Filter) => boolean;
}

export interface KeyColumn {
  readonly sql: string;
  readonly type: KeyType;
}

/** Of a table with partitions. `keyOf` of its views begins with the day. */
export interface DayList<Filter extends DayFilter, View> extends List<Filter, View> {
  /** The days that can have such rows; left out: all. */
  readonly days?: (filter: Filter) => Call | null;
  /** Later days have no such rows. */
  readonly lastDay?: (filter: Filter) => Partition | null;
  /** The filter names a tree, or a row of one: all of it lies in one day. */
  readonly ofOneDay: (filter: Filter) => boolean;
}

export interface DayFilter {
  readonly partition?: Partition;
}

/**
 * The first statement of a transaction: all that follow see the same. The planner knows nothing of a day's fresh tables,
 * and would read, hash and sort them whole for a page: rows come in the order of an index, and are joined by theirs.
 */
export const SNAPSHOT = call(
  unprepared(
    'set transaction isolation level repeatable read, read only; set local jit = off; set local enable_seqscan = off; ' +
      'set local enable_hashjoin = off; set local enable_mergejoin = off; set local enable_sort = off',
  ),
);

const ALL_DAYS = call(unprepared('select day from partition'));

const SQL_TYPES: { readonly [T in KeyType]: string } = { day: 'date', number: 'int8', text: 'text' };

/** Rows after a key, in the list's order. */
function rows<Filter extends object, View>(list: List<Filter, View>, filter: Filter, after: Key | null): Query {
  const query = list.query(filter);
  const narrow = list.narrow?.(filter) ?? false;
  const columns = list.key.map(({ sql, type }) => (narrow && type === 'number' ? `(${sql} + 0)` : sql));
  if (after !== null) {
    const values = list.key.map(({ type }) => `?::${SQL_TYPES[type]}`);
    const beyond = list.order === 'asc' ? '>' : '<';
    query.whereRaw(`(${columns.join(', ')}) ${beyond} (${values.join(', ')})`, [...after]);
  }
  return query.orderByRaw(columns.map((column) => `${column} ${list.order}`).join(', '));
}

function rowCalls<Filter extends object, View>(
  list: List<Filter, View>,
  filter: Filter,
  after: Key | null,
  limit: number,
  offset: number,
): (partition?: Partition) => Call {
  return callsOf(rows(list, filter, after).select(knex.raw(list.columns)).limit(limit).offset(offset));
}

/** A list of one table, in one statement. */
export async function readPage<Filter extends object, View>(
  database: Database,
  list: List<Filter, View>,
  filter: Filter,
  page: PageRequest,
): Promise<Page<View> | Refusal> {
  const of: PageOf = { list: list.name, filter };
  const after = keyOf(of, types(list), page.token);
  if (after !== null && isRefusal(after)) return after;
  const calls = rowCalls(list, filter, after, page.size + 1, offsetOf(page));
  const results = await runTogether(database, 'lists', [SNAPSHOT, calls()]);
  return pageOf(of, page.size, viewsOf(list, results), list.keyOf);
}

/** An offset counts from the first page. */
function offsetOf({ token, offset }: PageRequest): number {
  return token === '' ? offset : 0;
}

function types<Filter extends object, View>(list: List<Filter, View>): readonly KeyType[] {
  return list.key.map(({ type }) => type);
}

function viewsOf<Filter extends object, View>(
  list: List<Filter, View>,
  results: readonly (Result | undefined)[],
): readonly View[] {
  return results.flatMap((result) => result?.rows.map(list.read) ?? []);
}

/** A list of a table with partitions. */
export async function readDayPage<Filter extends DayFilter, View>(
  database: Database,
  list: DayList<Filter, View>,
  filter: Filter,
  page: PageRequest,
): Promise<Page<View> | Refusal> {
  const of: PageOf = { list: list.name, filter };
  const after = keyOf(of, ['day', ...types(list)], page.token);
  if (after !== null && isRefusal(after)) return after;
  const walk = new DayWalk(list, filter, after, page.size + 1);
  const found = await walk.find(database, offsetOf(page));
  return pageOf(of, page.size, found, list.keyOf);
}

/** Days that are asked in one wait: few at first, since most pages end there; never many, for the locks' sake. */
const FIRST_DAYS = 4;
const MOST_DAYS = 16;

/** Going back to it gives back the locks of tables: PostgreSQL has not many, and commands need them. */
const SAVEPOINT = call(unprepared('savepoint days'));
const BACK = call(unprepared('rollback to savepoint days'));

class DayWalk<Filter extends DayFilter, View> {
  private readonly list: DayList<Filter, View>;
  private readonly filter: Filter;
  private readonly after: Key | null;
  private readonly wanted: number;

  constructor(list: DayList<Filter, View>, filter: Filter, after: Key | null, wanted: number) {
    this.list = list;
    this.filter = filter;
    this.after = after;
    this.wanted = wanted;
  }

  async find(database: Database, offset: number): Promise<readonly View[]> {
    const { list, filter, after, wanted } = this;
    const { partition } = filter;
    if (partition === undefined) return transact(database, 'lists', (statements) => this.walk(statements, offset));
    if (!isDay(partition)) return [];
    const calls = rowCalls(list, filter, after?.slice(1) ?? null, wanted, offset);
    return viewsOf(list, await runTogether(database, 'lists', [SNAPSHOT, calls(partition)]));
  }

  private async walk(statements: Statements, offset: number): Promise<readonly View[]> {
    const { list, filter, after, wanted } = this;
    const [, known] = await statements(SNAPSHOT, list.days?.(filter) ?? ALL_DAYS);
    const all = this.inOrder(known?.rows.map((cells) => textAt(cells, 0)) ?? []);
    const { days, left } = offset > 0 ? await this.skip(statements, all, offset) : { days: all, left: 0 };
    const [first] = days;
    if (first === undefined) return [];
    // Only the first day begins in its midst.
    const midst = left > 0 || first === after?.[0];
    const firstCalls = midst ? rowCalls(list, filter, after?.slice(1) ?? null, wanted, left) : null;
    const calls = rowCalls(list, filter, null, wanted, 0);
    const found: View[] = [];
    const oneDay = list.ofOneDay(filter);
    for (const batch of batches(days)) {
      const asked = batch.map((day) => (day === first && firstCalls !== null ? firstCalls(day) : calls(day)));
      found.push(...viewsOf(list, await together(statements, asked)));
      if (found.length >= wanted || (oneDay && found.length > 0)) break;
    }
    return found.slice(0, wanted);
  }

  /** Days in the list's order, from that of the last key on. */
  private inOrder(days: readonly Partition[]): readonly Partition[] {
    const { list, filter, after } = this;
    const last = list.lastDay?.(filter) ?? null;
    const sorted = days.filter((day) => last === null || day <= last).sort();
    const from = after?.[0];
    const oneDay = list.ofOneDay(filter);
    // Of a single day the order makes no difference, and what is asked for is rarely old.
    if (list.order === 'desc' || oneDay) sorted.reverse();
    if (typeof from !== 'string') return sorted;
    if (oneDay) return sorted.filter((day) => day === from);
    return sorted.filter((day) => (list.order === 'asc' ? day >= from : day <= from));
  }

  /** The days from the one on where an offset ends, and what is left of it there. */
  private async skip(
    statements: Statements,
    days: readonly Partition[],
    offset: number,
  ): Promise<{ readonly days: readonly Partition[]; readonly left: number }> {
    const matching = this.list.query(this.filter).select(knex.raw('1')).limit(offset);
    const calls = callsOf(knex.count('*').from(matching.as('matching')));
    let left = offset;
    let passed = 0;
    for (const batch of batches(days)) {
      const results = await together(
        statements,
        batch.map((day) => calls(day)),
      );
      for (const index of batch.keys()) {
        const count = numberAt(resultAt(results, index).rows[0] ?? [], 0);
        if (count >= left) return { days: days.slice(passed), left };
        left -= count;
        passed += 1;
      }
    }
    return { days: [], left: 0 };
  }
}

/** One wait. */
async function together(statements: Statements, calls: readonly Call[]): Promise<readonly Result[]> {
  const results = await statements(SAVEPOINT, ...calls, BACK);
  return results.slice(1, -1);
}

function* batches(days: readonly Partition[]): Generator<readonly Partition[]> {
  let width = FIRST_DAYS;
  for (let at = 0; at < days.length; at += width, width = Math.min(width * 2, MOST_DAYS)) {
    yield days.slice(at, at + width);
  }
}
