/** One table of a working set: rows as stored, rows as they are now, and an index by what they hang on. */
import type { TableChanges } from './state.js';

type Key = number | string;

export interface Entry<Row> {
  /** As in the database; undefined for a row born in this group. */
  readonly stored: Row | undefined;
  now: Row | undefined;
}

/** What a working set does with each of its tables. */
export interface AnyTable<Row> {
  /** A row that this group has already changed keeps its newer value. */
  load(row: Row): void;
  /** What the row was before, for `restore`. */
  put(row: Row): Row | undefined;
  remove(row: Row): Row | undefined;
  /** Takes back a `put` or a `remove` of this row. */
  restore(row: Row, was: Row | undefined): void;
  changes(): TableChanges<Row>;
  /** Rows as they are now. */
  each(visit: (row: Row) => void): void;
}

export function changesOf<Row>(tables: Iterable<Map<Key, Entry<Row>>>): TableChanges<Row> {
  const born: Row[] = [];
  const changed: { before: Row; after: Row }[] = [];
  const gone: Row[] = [];
  for (const entries of tables) {
    for (const { stored, now } of entries.values()) {
      if (stored === now) continue;
      if (stored === undefined) born.push(now as Row);
      else if (now === undefined) gone.push(stored);
      else changed.push({ before: stored, after: now });
    }
  }
  return { born, changed, gone };
}

/** One table in memory; with an index by what its rows hang on, made when it is first asked for. */
export class RowTable<Row> implements AnyTable<Row> {
  private readonly entries = new Map<Key, Entry<Row>>();
  private groups: Map<number, Map<Key, Row>> | undefined;
  private readonly keyOf: (row: Row) => Key;
  private readonly groupOf: (row: Row) => number | null;

  constructor(keyOf: (row: Row) => Key, groupOf: (row: Row) => number | null) {
    this.keyOf = keyOf;
    this.groupOf = groupOf;
  }

  load(row: Row): void {
    const key = this.keyOf(row);
    if (this.entries.has(key)) return;
    this.entries.set(key, { stored: row, now: row });
    this.index(key, row);
  }

  get(key: Key): Row | undefined {
    return this.entries.get(key)?.now;
  }

  isBorn(key: Key): boolean {
    const entry = this.entries.get(key);
    return entry !== undefined && entry.stored === undefined;
  }

  of(group: number): Iterable<Row> {
    this.groups ??= this.indexAll();
    return this.groups.get(group)?.values() ?? NO_ROWS;
  }

  put(row: Row): Row | undefined {
    const key = this.keyOf(row);
    const entry = this.entries.get(key);
    const was = entry?.now;
    if (entry === undefined) this.entries.set(key, { stored: undefined, now: row });
    else entry.now = row;
    this.index(key, row);
    return was;
  }

  remove(row: Row): Row | undefined {
    const key = this.keyOf(row);
    const entry = this.entries.get(key);
    if (entry === undefined) throw new Error(`row ${key} is not loaded`);
    const was = entry.now;
    entry.now = undefined;
    this.unindex(key, row);
    return was;
  }

  restore(row: Row, was: Row | undefined): void {
    const key = this.keyOf(row);
    const entry = this.entries.get(key);
    if (entry === undefined) throw new Error(`row ${key} was not written`);
    entry.now = was;
    if (was === undefined) this.unindex(key, row);
    else this.index(key, was);
    if (was === undefined && entry.stored === undefined) this.entries.delete(key);
  }

  changes(): TableChanges<Row> {
    return changesOf([this.entries]);
  }

  each(visit: (row: Row) => void): void {
    for (const { now } of this.entries.values()) if (now !== undefined) visit(now);
  }

  private indexAll(): Map<number, Map<Key, Row>> {
    this.groups = new Map();
    for (const [key, { now }] of this.entries) if (now !== undefined) this.index(key, now);
    return this.groups;
  }

  private index(key: Key, row: Row): void {
    if (this.groups === undefined) return;
    const group = this.groupOf(row);
    if (group === null) return;
    const rows = this.groups.get(group);
    if (rows === undefined) this.groups.set(group, new Map([[key, row]]));
    else rows.set(key, row);
  }

  private unindex(key: Key, row: Row): void {
    const group = this.groups === undefined ? null : this.groupOf(row);
    if (group !== null) this.groups?.get(group)?.delete(key);
  }
}

const NO_ROWS: readonly never[] = [];
