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
  ProcessInstance,
  Rows,
  Table,
  TableChanges,
  Task,
  UserTask,
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

/** One table in memory; with an index by what its rows hang on, made when it is first asked for. */
class RowTable<Row> {
  readonly entries = new Map<Key, Entry<Row>>();
  private groups: Map<number, Map<Key, Row>> | undefined;
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
    this.groups ??= this.indexAll();
    return this.groups.get(group)?.values() ?? NO_ROWS;
  }

  /** What the row was before, for `restore`. */
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

  /** Takes back a `put` or a `remove` of this row. */
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

/** A write of the present command: the row that was written or removed, and what it was before. */
interface Written {
  readonly table: RowTable<never>;
  readonly row: never;
  readonly was: undefined;
}

type Tables = { readonly [T in Table]: RowTable<Rows[T]> };

function emptyTables(): Tables {
  return {
    processInstance: new RowTable(
      (row) => row.id,
      (row) => row.parentElementInstanceId,
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
    userTask: new RowTable(
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
  private log: Written[] = [];

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
    for (const row of rows.userTasks) tables.userTask.load(row);
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

  /** What a call activity's element instance has called. */
  calledBy(elementInstanceId: number): Iterable<ProcessInstance> {
    return this.tables.processInstance.of(elementInstanceId);
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

  userTasksOf(elementInstanceId: number): Iterable<UserTask> {
    return this.tables.userTask.of(elementInstanceId);
  }

  put<T extends Table>(table: T, row: Rows[T]): void {
    const rows = this.rowsOf(table);
    this.note(rows, row, rows.put(row));
  }

  remove<T extends Table>(table: T, row: Rows[T]): void {
    const rows = this.rowsOf(table);
    this.note(rows, row, rows.remove(row));
  }

  private rowsOf<T extends Table>(table: T): RowTable<Rows[T]> {
    return this.tables[table] as unknown as RowTable<Rows[T]>;
  }

  private note<Row>(table: RowTable<Row>, row: Row, was: Row | undefined): void {
    this.log.push({ table, row, was } as unknown as Written);
  }

  /** Ends a command's writes: they stay. */
  accept(): void {
    this.log.length = 0;
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
    for (let last = this.log.length - 1; last >= length; last--) {
      const written = this.log[last];
      written?.table.restore(written.row, written.was);
    }
    this.log.length = Math.min(this.log.length, length);
  }

  changes(): Changes {
    return mapTables((table) => this.changesOf(table)) as unknown as Changes;
  }

  changesOf<T extends Table>(table: T): TableChanges<Rows[T]> {
    return this.rowsOf(table).changes();
  }

  /** Every tree whose root is here, with those of its rows that live. */
  trees(): Iterable<WholeTree> {
    const trees = new Map<number, WholeTree>();
    for (const { now } of this.tables.processInstance.entries.values()) {
      if (now !== undefined && now.id === now.rootId) trees.set(now.id, new WholeTree(now, this.isWhole(now.id)));
    }
    for (const table of TABLES) {
      const lives: (row: Rows[typeof table]) => boolean = isLiving[table] as never;
      for (const { now } of this.rowsOf(table).entries.values()) {
        if (now !== undefined && lives(now)) trees.get(now.rootId)?.add(table, now);
      }
    }
    return trees.values();
  }

  /** A tree as `trees` gave it: all that lives of it is in the set now. */
  recall({ root, rows }: WholeTree): void {
    for (const table of TABLES) for (const row of rows[table]) this.rowsOf(table).load(row);
    this.markWhole(root.id);
  }
}

type LivingRows = { readonly [T in Table]: Rows[T][] };

/** All that lives of one tree, when it is whole. */
export class WholeTree {
  readonly root: ProcessInstance;
  readonly isWhole: boolean;
  readonly rows: LivingRows = mapTables((): never[] => []);
  rowCount = 0;

  constructor(root: ProcessInstance, isWhole: boolean) {
    this.root = root;
    this.isWhole = isWhole;
  }

  add<T extends Table>(table: T, row: Rows[T]): void {
    (this.rows[table] as Rows[T][]).push(row);
    this.rowCount += 1;
  }
}

/** What a command may still need; a variable may be needed as long as its tree lives. */
const isLiving: { readonly [T in Table]: (row: Rows[T]) => boolean } = {
  processInstance: ({ endedAt }) => endedAt === null,
  elementInstance: ({ endedAt }) => endedAt === null,
  arrival: ({ consumedBy, withdrawnBy }) => consumedBy === null && withdrawnBy === null,
  variable: () => true,
  job: ({ state }) => state === 'CREATED',
  openJob: () => true,
  incident: ({ resolvedAt }) => resolvedAt === null,
  task: () => true,
  userTask: ({ state }) => state === 'STARTED',
};

const TABLES = Object.keys(isLiving) as Table[];

function mapTables<T>(make: (table: Table) => T): { [Name in Table]: T } {
  return {
    processInstance: make('processInstance'),
    elementInstance: make('elementInstance'),
    arrival: make('arrival'),
    variable: make('variable'),
    job: make('job'),
    openJob: make('openJob'),
    incident: make('incident'),
    task: make('task'),
    userTask: make('userTask'),
  };
}
