/**
 * What a commit group has loaded, kept current as its commands are decided (I4).
 *
 * Every change is a row before and a row after. A command writes straight into the set, and each write is noted in a
 * log; a command that is refused, fails or needs more is undone by reading its log backwards, so that it leaves no
 * trace. What the group has to flush is the difference between the rows as stored and the rows as they are now.
 */
import { type AnyTable, RowTable } from './row-table.js';
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
import { VariableTable } from './variable-table.js';

export function deliveryKey(row: { readonly messageId: number; readonly bpmnProcessId: string }): string {
  return `${row.messageId} ${row.bpmnProcessId}`;
}

export function targetKey(row: { readonly signalId: number; readonly id: number }): string {
  return `${row.signalId} ${row.id}`;
}

/** A write of the present command: the row that was written or removed, and what it was before. */
interface Written {
  readonly table: AnyTable<never>;
  readonly row: never;
  readonly was: undefined;
}

type Tables = { readonly [T in Exclude<Table, 'variable'>]: RowTable<Rows[T]> } & { readonly variable: VariableTable };

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
    variable: new VariableTable(),
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
    message: new RowTable(
      (row) => row.id,
      () => null,
    ),
    messageDelivery: new RowTable<Rows['messageDelivery']>(deliveryKey, (row) => row.messageId),
    messageSubscription: new RowTable(
      (row) => row.id,
      (row) => row.elementInstanceId,
    ),
    heldKey: new RowTable(
      (row) => `${row.holder} ${row.kind}`,
      () => null,
    ),
    signal: new RowTable(
      (row) => row.id,
      () => null,
    ),
    signalSubscription: new RowTable(
      (row) => row.id,
      (row) => row.elementInstanceId,
    ),
    signalTarget: new RowTable<Rows['signalTarget']>(targetKey, () => null),
  };
}

/** Rows that a load brought, per table. */
export type LoadedRows = { readonly [T in Exclude<Table, SentTable> as `${T}s`]: readonly Rows[T][] } & {
  readonly messages?: readonly Rows['message'][];
  readonly messageDeliveries?: readonly Rows['messageDelivery'][];
  readonly messageSubscriptions?: readonly Rows['messageSubscription'][];
  readonly signalSubscriptions?: readonly Rows['signalSubscription'][];
};

/** Tables of what is sent between trees: most loads have none of their rows. */
type SentTable =
  | ('message' | 'messageDelivery' | 'messageSubscription' | 'heldKey')
  | ('signal' | 'signalSubscription' | 'signalTarget');

export class WorkingSet {
  private readonly tables = emptyTables();
  private readonly whole = new Set<number>();
  private readonly owners = new Set<number>();
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
    for (const row of rows.messages ?? []) tables.message.load(row);
    for (const row of rows.messageDeliveries ?? []) tables.messageDelivery.load(row);
    for (const row of rows.messageSubscriptions ?? []) tables.messageSubscription.load(row);
    for (const row of rows.signalSubscriptions ?? []) tables.signalSubscription.load(row);
  }

  /** A row that is known without being read: its key says all that it is removed by. */
  know<T extends 'heldKey' | 'signalTarget'>(table: T, row: Rows[T]): void {
    this.rowsOf(table).load(row);
  }

  /** All that lives of a tree is in the set: it was loaded whole, or it was born in this group. */
  isWhole(rootId: number): boolean {
    return this.whole.has(rootId) || this.tables.processInstance.isBorn(rootId);
  }

  markWhole(rootId: number): void {
    this.whole.add(rootId);
  }

  /** All that hangs on the element instance is in the set. */
  holdsAllOf({ id, rootId }: ElementInstance): boolean {
    return this.isWhole(rootId) || this.owners.has(id) || this.tables.elementInstance.isBorn(id);
  }

  markOwner(elementInstanceId: number): void {
    this.owners.add(elementInstanceId);
  }

  get<T extends Exclude<Table, 'variable' | 'messageDelivery' | 'heldKey' | 'signalTarget'>>(
    table: T,
    id: number,
  ): Rows[T] | undefined {
    return this.tables[table].get(id) as Rows[T] | undefined;
  }

  variable(scopeId: number, name: string): Variable | undefined {
    return this.tables.variable.get(scopeId, name);
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

  deliveriesOf(messageId: number): Iterable<Rows['messageDelivery']> {
    return this.tables.messageDelivery.of(messageId);
  }

  messageSubscriptionsOf(elementInstanceId: number): Iterable<Rows['messageSubscription']> {
    return this.tables.messageSubscription.of(elementInstanceId);
  }

  signalSubscriptionsOf(elementInstanceId: number): Iterable<Rows['signalSubscription']> {
    return this.tables.signalSubscription.of(elementInstanceId);
  }

  put<T extends Table>(table: T, row: Rows[T]): void {
    const rows = this.rowsOf(table);
    this.note(rows, row, rows.put(row));
  }

  remove<T extends Table>(table: T, row: Rows[T]): void {
    const rows = this.rowsOf(table);
    this.note(rows, row, rows.remove(row));
  }

  private rowsOf<T extends Table>(table: T): AnyTable<Rows[T]> {
    return this.tables[table] as unknown as AnyTable<Rows[T]>;
  }

  private note<Row>(table: AnyTable<Row>, row: Row, was: Row | undefined): void {
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
    this.tables.processInstance.each((row) => {
      if (row.id === row.rootId) trees.set(row.id, new WholeTree(row, this.isWhole(row.id)));
    });
    for (const table of TABLES) {
      const lives: (row: Rows[typeof table], set: WorkingSet) => boolean = isLiving[table] as never;
      this.rowsOf(table).each((row) => {
        if (lives(row, this)) trees.get(rootIdOf(row))?.add(table, row);
      });
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

/** 0 for what belongs to no tree. */
function rootIdOf(row: Rows[Table]): number {
  return 'rootId' in row ? (row.rootId ?? 0) : 0;
}

/** What a command may still need: a variable as long as its tree lives, an instance of a loop as long as its body. */
const isLiving: { readonly [T in Table]: (row: Rows[T], set: WorkingSet) => boolean } = {
  processInstance: ({ endedAt }) => endedAt === null,
  elementInstance: ({ endedAt, loop, parentId }, set) =>
    endedAt === null || (loop !== null && set.get('elementInstance', parentId ?? 0)?.endedAt === null),
  arrival: ({ consumedBy, withdrawnBy }) => consumedBy === null && withdrawnBy === null,
  variable: () => true,
  job: ({ state }) => state === 'CREATED',
  openJob: () => true,
  incident: ({ resolvedAt }) => resolvedAt === null,
  task: () => true,
  userTask: ({ state }) => state === 'STARTED',
  // Messages belong to no tree; what holds keys is known without them.
  message: () => false,
  messageDelivery: () => false,
  messageSubscription: () => true,
  heldKey: () => false,
  signal: () => false,
  signalSubscription: () => true,
  signalTarget: () => false,
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
    message: make('message'),
    messageDelivery: make('messageDelivery'),
    messageSubscription: make('messageSubscription'),
    heldKey: make('heldKey'),
    signal: make('signal'),
    signalSubscription: make('signalSubscription'),
    signalTarget: make('signalTarget'),
  };
}
