/**
 * What a commit group has loaded, kept current as its commands are decided (I4).
 *
 * Every change is a row before and a row after. A command writes straight into the set, and each write is noted in a
 * log; a command that is refused, fails or needs more is undone by reading its log backwards, so that it leaves no
 * trace. What the group has to flush is the difference between the rows as stored and the rows as they are now.
 */
import type {
  Arrival,
  Changes,
  ElementInstance,
  Incident,
  OpenJob,
  Rows,
  Table,
  TableChanges,
  Task,
  Variable,
} from './state.js';

type Key = number | string;

interface Entry<Row> {
  /** As in the database; undefined for a row born in this group. */
  readonly stored: Row | undefined;
  now: Row | undefined;
}

export function variableKey(scopeId: number, name: string): string {
  return `${scopeId} ${name}`;
}

/** One table in memory, with an index by what its rows hang on. */
class RowTable<Row> {
  readonly entries = new Map<Key, Entry<Row>>();
  private readonly groups = new Map<number, Map<Key, Row>>();
  private readonly keyOf: (row: Row) => Key;
  private readonly groupOf: (row: Row) => number | null;

  constructor(keyOf: (row: Row) => Key, groupOf: (row: Row) => number | null) {
    this.keyOf = keyOf;
    this.groupOf = groupOf;
  }

  /** A row that this group has already changed keeps its newer value. */
  load(row: Row): void {
    const key = this.keyOf(row);
    if (this.entries.has(key)) return;
    this.entries.set(key, { stored: row, now: row });
    this.index(key, row);
  }

  get(key: Key): Row | undefined {
    return this.entries.get(key)?.now;
  }

  of(group: number): Iterable<Row> {
    return this.groups.get(group)?.values() ?? [];
  }

  put(row: Row): UndoWrite {
    const key = this.keyOf(row);
    const entry = this.entries.get(key);
    if (entry === undefined) {
      this.entries.set(key, { stored: undefined, now: row });
      this.index(key, row);
      return () => this.forget(key, row);
    }
    const was = entry.now;
    entry.now = row;
    this.index(key, row);
    return () => this.restore(key, entry, was, row);
  }

  remove(row: Row): UndoWrite {
    const key = this.keyOf(row);
    const entry = this.entries.get(key);
    if (entry === undefined) throw new Error(`row ${key} is not loaded`);
    const was = entry.now;
    entry.now = undefined;
    this.unindex(key, row);
    return () => this.restore(key, entry, was, row);
  }

  changes(): TableChanges<Row> {
    const born: Row[] = [];
    const changed: { before: Row; after: Row }[] = [];
    const gone: Row[] = [];
    for (const { stored, now } of this.entries.values()) {
      if (stored === now) continue;
      if (stored === undefined) born.push(now as Row);
      else if (now === undefined) gone.push(stored);
      else changed.push({ before: stored, after: now });
    }
    return { born, changed, gone };
  }

  private forget(key: Key, row: Row): void {
    this.entries.delete(key);
    this.unindex(key, row);
  }

  private restore(key: Key, entry: Entry<Row>, was: Row | undefined, written: Row): void {
    entry.now = was;
    if (was === undefined) this.unindex(key, written);
    else this.index(key, was);
  }

  private index(key: Key, row: Row): void {
    const group = this.groupOf(row);
    if (group === null) return;
    const rows = this.groups.get(group);
    if (rows === undefined) this.groups.set(group, new Map([[key, row]]));
    else rows.set(key, row);
  }

  private unindex(key: Key, row: Row): void {
    const group = this.groupOf(row);
    if (group !== null) this.groups.get(group)?.delete(key);
  }
}

type UndoWrite = () => void;

type Tables = { readonly [T in Table]: RowTable<Rows[T]> };

function emptyTables(): Tables {
  return {
    processInstance: new RowTable(
      (row) => row.id,
      () => null,
    ),
    elementInstance: new RowTable(
      (row) => row.id,
      (row) => row.parentId,
    ),
    arrival: new RowTable(
      (row) => row.id,
      (row) => row.scopeId,
    ),
    variable: new RowTable(
      (row) => variableKey(row.scopeId, row.name),
      (row) => row.scopeId,
    ),
    job: new RowTable(
      (row) => row.id,
      () => null,
    ),
    openJob: new RowTable(
      (row) => row.id,
      (row) => row.elementInstanceId,
    ),
    incident: new RowTable(
      (row) => row.id,
      (row) => row.elementInstanceId,
    ),
    task: new RowTable(
      (row) => row.id,
      (row) => row.elementInstanceId,
    ),
  };
}

/** Rows that a load brought, per table. */
export type LoadedRows = { readonly [T in Table as `${T}s`]: readonly Rows[T][] };

export class WorkingSet {
  private readonly tables = emptyTables();
  private readonly whole = new Set<number>();
  private log: UndoWrite[] = [];

  load(rows: LoadedRows): void {
    const { tables } = this;
    for (const row of rows.processInstances) tables.processInstance.load(row);
    for (const row of rows.elementInstances) tables.elementInstance.load(row);
    for (const row of rows.arrivals) tables.arrival.load(row);
    for (const row of rows.variables) tables.variable.load(row);
    for (const row of rows.jobs) tables.job.load(row);
    for (const row of rows.openJobs) tables.openJob.load(row);
    for (const row of rows.incidents) tables.incident.load(row);
    for (const row of rows.tasks) tables.task.load(row);
  }

  /** All that lives of a tree is in the set: it was loaded whole, or it was born in this group. */
  isWhole(rootId: number): boolean {
    if (this.whole.has(rootId)) return true;
    const root = this.tables.processInstance.entries.get(rootId);
    return root !== undefined && root.stored === undefined;
  }

  markWhole(rootId: number): void {
    this.whole.add(rootId);
  }

  get<T extends Exclude<Table, 'variable'>>(table: T, id: number): Rows[T] | undefined {
    return this.tables[table].get(id) as Rows[T] | undefined;
  }

  variable(scopeId: number, name: string): Variable | undefined {
    return this.tables.variable.get(variableKey(scopeId, name));
  }

  variablesOf(scopeId: number): Iterable<Variable> {
    return this.tables.variable.of(scopeId);
  }

  /** Element instances in a scope: all of them when the tree is whole, else those that were loaded. */
  childrenOf(scopeId: number): Iterable<ElementInstance> {
    return this.tables.elementInstance.of(scopeId);
  }

  arrivalsIn(scopeId: number): Iterable<Arrival> {
    return this.tables.arrival.of(scopeId);
  }

  openJobsOf(elementInstanceId: number): Iterable<OpenJob> {
    return this.tables.openJob.of(elementInstanceId);
  }

  incidentsOf(elementInstanceId: number): Iterable<Incident> {
    return this.tables.incident.of(elementInstanceId);
  }

  tasksOf(elementInstanceId: number): Iterable<Task> {
    return this.tables.task.of(elementInstanceId);
  }

  put<T extends Table>(table: T, row: Rows[T]): void {
    this.log.push((this.tables[table] as unknown as RowTable<Rows[T]>).put(row));
  }

  remove<T extends Table>(table: T, row: Rows[T]): void {
    this.log.push((this.tables[table] as unknown as RowTable<Rows[T]>).remove(row));
  }

  /** Ends a command's writes: they stay. */
  accept(): void {
    this.log = [];
  }

  /** Ends a command's writes: none of them was. */
  undo(): void {
    this.undoTo(0);
  }

  /** For part of a command: calling what comes back undoes the writes since. */
  savepoint(): () => void {
    const { length } = this.log;
    return () => this.undoTo(length);
  }

  private undoTo(length: number): void {
    while (this.log.length > length) this.log.pop()?.();
  }

  changes(): Changes {
    const { tables } = this;
    return {
      processInstance: tables.processInstance.changes(),
      elementInstance: tables.elementInstance.changes(),
      arrival: tables.arrival.changes(),
      variable: tables.variable.changes(),
      job: tables.job.changes(),
      openJob: tables.openJob.changes(),
      incident: tables.incident.changes(),
      task: tables.task.changes(),
    };
  }
}
