/**
 * The rows of a world without a database. It brings to a decision what the engine would bring and nothing more, so that
 * a rule of loading that the core breaks is seen as a missing row.
 */
import type { Command, DeliverSignal, MatchMessages } from '../../src/core/command.js';
import type {
  Changes,
  ElementInstance,
  Message,
  MessageSubscription,
  Rows,
  SignalSubscription,
  Table,
  TableChanges,
} from '../../src/core/state.js';
import { deliveryKey, type LoadedRows, targetKey } from '../../src/core/working-set.js';

export type Store = { readonly [T in Table]: Map<number | string, Rows[T]> };

type MutableRows = { [K in keyof Required<LoadedRows>]: Required<LoadedRows>[K][number][] };

export const TABLES = [
  'processInstance',
  'elementInstance',
  'arrival',
  'variable',
  'job',
  'openJob',
  'incident',
  'task',
  'userTask',
  'message',
  'messageDelivery',
  'messageSubscription',
  'heldKey',
  'signal',
  'signalSubscription',
  'signalTarget',
] as const satisfies readonly Table[];

export class World {
  readonly rows: Store = {
    processInstance: new Map(),
    elementInstance: new Map(),
    arrival: new Map(),
    variable: new Map(),
    job: new Map(),
    openJob: new Map(),
    incident: new Map(),
    task: new Map(),
    userTask: new Map(),
    message: new Map(),
    messageDelivery: new Map(),
    messageSubscription: new Map(),
    heldKey: new Map(),
    signal: new Map(),
    signalSubscription: new Map(),
    signalTarget: new Map(),
  };

  all<T extends Table>(table: T): Rows[T][] {
    return [...this.rows[table].values()] as Rows[T][];
  }

  write(changes: Changes): void {
    for (const table of TABLES) this.writeTable(table, changes[table] as TableChanges<Rows[typeof table]>);
  }

  /** A row that is born exists nowhere before; one that changes or goes is as it was loaded. */
  private writeTable<T extends Table>(table: T, { born, changed, gone }: TableChanges<Rows[T]>): void {
    const rows = this.rows[table] as Map<number | string, Rows[T]>;
    for (const row of born) {
      if (rows.has(keyOf(row))) throw new Error(`${table} ${keyOf(row)} is born twice`);
      rows.set(keyOf(row), deepFrozen(row));
    }
    for (const { before, after } of changed) {
      if (rows.get(keyOf(before)) !== before) throw new Error(`${table} ${keyOf(before)} is not as it was loaded`);
      rows.set(keyOf(after), deepFrozen(after));
    }
    for (const row of gone) {
      // An instance that ends frees whatever keys it may hold.
      const isThere = rows.delete(keyOf(row)) || table === 'heldKey';
      if (!isThere) throw new Error(`${table} ${keyOf(row)} goes, but is not there`);
    }
  }

  // --- Loading, as the engine does it --------------------------------------------------------------------------------

  /** The row that a command addresses: its root, and the element instances from its own up to the process scope. */
  place(command: Command): Place | undefined {
    const [elementInstanceId, jobId] = this.addressed(command);
    if (elementInstanceId === undefined) return undefined;
    const path = this.path(elementInstanceId);
    const root = path.at(-1)?.rootId;
    return root === undefined ? undefined : { rootId: root, path, jobId };
  }

  /** The subscriptions that a match may give to, the oldest first: all of its name and key. */
  subscriptionsFor({ tenantId, name, correlationKey }: MatchMessages): readonly MessageSubscription[] {
    return this.all('messageSubscription')
      .filter((each) => each.tenantId === tenantId && each.name === name && each.correlationKey === correlationKey)
      .filter(({ suspended }) => !suspended)
      .sort((one, other) => one.id - other.id);
  }

  messagesFor({ tenantId, name, correlationKey }: MatchMessages): readonly Message[] {
    return this.all('message')
      .filter((each) => each.tenantId === tenantId && each.name === name && each.correlationKey === correlationKey)
      .filter(({ endedAt }) => endedAt === null)
      .sort((one, other) => one.id - other.id);
  }

  private addressed(command: Command): readonly [elementInstanceId: number | undefined, jobId?: number | undefined] {
    const { rows } = this;
    switch (command.type) {
      case 'createProcessInstance':
      case 'sendMessage':
      case 'expireMessage':
      case 'matchMessages':
      case 'findMessages':
      case 'startByTimer':
      case 'deliverSignal':
        return [undefined];
      case 'cancelProcessInstance':
      case 'suspendProcessInstance':
      case 'resumeProcessInstance':
        return [rows.processInstance.get(command.instance.id)?.id];
      case 'setVariables':
        return [rows.elementInstance.get(command.scope.id)?.id];
      case 'resolveIncident': {
        const incident = rows.incident.get(command.incident.id);
        return [incident?.elementInstanceId, incident?.jobId ?? undefined];
      }
      case 'executeTask': {
        const task = rows.task.get(command.task.id);
        const jobId = task?.payload.type === 'ACTIVATE_JOB' ? task.payload.jobId : undefined;
        return [task?.elementInstanceId ?? undefined, jobId];
      }
      case 'updateUserTask':
      case 'claimUserTask':
        return [rows.userTask.get(command.userTask.id)?.elementInstanceId];
      case 'completeJob':
      case 'failJob':
      case 'throwJobError':
      case 'throwJobEscalation':
      case 'rejectJob':
        return [rows.job.get(command.job.id)?.elementInstanceId, command.job.id];
    }
  }

  /** An instance of a loop lives on with its body, which collects what it adds. */
  private isNeeded({ endedAt, loop, parentId }: ElementInstance): boolean {
    return endedAt === null || (loop !== null && this.rows.elementInstance.get(parentId ?? 0)?.endedAt === null);
  }

  private path(elementInstanceId: number): readonly ElementInstance[] {
    const path: ElementInstance[] = [];
    for (let id: number | null = elementInstanceId; id !== null; ) {
      const ei = this.rows.elementInstance.get(id);
      if (ei === undefined) throw new Error(`element instance ${id} is a parent that does not exist`);
      path.push(ei);
      // Out of a called process it goes on at the call activity.
      id = ei.parentId ?? this.rows.processInstance.get(ei.id)?.parentElementInstanceId ?? null;
    }
    return path;
  }

  /** The path of the addressed row with its waiting arrivals and variables; of other rows only the addressed ones. */
  loadFor(command: Command): LoadedRows {
    return reversed(this.rowsFor(command));
  }

  private rowsFor(command: Command): LoadedRows {
    if (command.type === 'matchMessages') return this.rowsToMatch(command);
    if (command.type === 'deliverSignal') return this.rowsToSignal(command);
    const place = this.place(command);
    const loaded = nothing();
    if (place === undefined) return loaded;
    this.addPath(loaded, place.path);
    loaded.jobs.push(...this.all('job').filter(({ id }) => id === place.jobId));
    loaded.openJobs.push(...this.all('openJob').filter(({ id }) => id === place.jobId));
    if (command.type === 'resolveIncident') {
      loaded.incidents.push(...this.all('incident').filter(({ id }) => id === command.incident.id));
    }
    if (command.type === 'executeTask') {
      loaded.tasks.push(...this.all('task').filter(({ id }) => id === command.task.id));
    }
    if (command.type === 'updateUserTask' || command.type === 'claimUserTask') {
      loaded.userTasks.push(...this.all('userTask').filter(({ id }) => id === command.userTask.id));
    }
    return loaded;
  }

  private rowsToMatch(command: MatchMessages): LoadedRows {
    const loaded = nothing();
    const subscriptions = this.subscriptionsFor(command);
    this.addPath(
      loaded,
      subscriptions.flatMap(({ elementInstanceId }) => this.path(elementInstanceId)),
    );
    const messages = this.messagesFor(command);
    const ids = new Set(messages.map(({ id }) => id));
    loaded.tasks.push(...this.all('task').filter(({ id }) => id === command.task.id));
    loaded.messages.push(...messages);
    loaded.messageDeliveries.push(...this.all('messageDelivery').filter(({ messageId }) => ids.has(messageId)));
    loaded.messageSubscriptions.push(...subscriptions);
    return loaded;
  }

  private rowsToSignal(command: DeliverSignal): LoadedRows {
    const loaded = nothing();
    const subscriptions = this.targetsOf(command);
    this.addPath(
      loaded,
      subscriptions.flatMap(({ elementInstanceId }) => this.path(elementInstanceId)),
    );
    loaded.tasks.push(...this.all('task').filter(({ id }) => id === command.task.id));
    loaded.signalSubscriptions.push(...subscriptions);
    return loaded;
  }

  /** What still waits of those to whom the signal goes. */
  targetsOf({ signalId }: DeliverSignal): readonly SignalSubscription[] {
    const targets = this.all('signalTarget').filter((target) => target.signalId === signalId);
    return targets.flatMap(({ id }) => this.rows.signalSubscription.get(id) ?? []);
  }

  private addPath(loaded: MutableRows, path: readonly ElementInstance[]): void {
    const onPath = new Set(path);
    const ids = new Set(path.map(({ id }) => id));
    const instances = new Set(path.map(({ processInstanceId }) => processInstanceId));
    loaded.elementInstances.push(...onPath);
    loaded.processInstances.push(...this.all('processInstance').filter(({ id }) => instances.has(id)));
    loaded.arrivals.push(...this.all('arrival').filter((each) => ids.has(each.scopeId) && waits(each)));
    loaded.variables.push(...this.all('variable').filter(({ scopeId }) => ids.has(scopeId)));
  }

  /** All that hangs on an element instance. */
  loadOwner(owner: number): LoadedRows {
    const hangs = ({ elementInstanceId }: { readonly elementInstanceId: number | null }) => elementInstanceId === owner;
    return reversed({
      ...nothing(),
      jobs: this.all('job').filter((each) => hangs(each) && each.state === 'CREATED'),
      openJobs: this.all('openJob').filter(hangs),
      incidents: this.all('incident').filter((each) => hangs(each) && each.resolvedAt === null),
      tasks: this.all('task').filter(hangs),
      userTasks: this.all('userTask').filter((each) => hangs(each) && each.state === 'STARTED'),
      messageSubscriptions: this.all('messageSubscription').filter(hangs),
      signalSubscriptions: this.all('signalSubscription').filter(hangs),
    });
  }

  /** All that lives in a tree. */
  loadTree(root: number): LoadedRows {
    const ofTree = ({ rootId }: { readonly rootId: number | null }) => rootId === root;
    const lives = (id: number) => this.rows.elementInstance.get(id)?.endedAt === null;
    return reversed({
      processInstances: this.all('processInstance').filter(ofTree),
      elementInstances: this.all('elementInstance').filter((each) => ofTree(each) && this.isNeeded(each)),
      arrivals: this.all('arrival').filter((each) => ofTree(each) && waits(each)),
      variables: this.all('variable').filter((each) => ofTree(each) && lives(each.scopeId)),
      jobs: this.all('job').filter((each) => ofTree(each) && each.state === 'CREATED'),
      openJobs: this.all('openJob').filter(ofTree),
      incidents: this.all('incident').filter((each) => ofTree(each) && each.resolvedAt === null),
      tasks: this.all('task').filter(ofTree),
      userTasks: this.all('userTask').filter((each) => ofTree(each) && each.state === 'STARTED'),
      messages: [],
      messageDeliveries: [],
      messageSubscriptions: this.all('messageSubscription').filter(ofTree),
      signalSubscriptions: this.all('signalSubscription').filter(ofTree),
    });
  }
}

export interface Place {
  readonly rootId: number;
  readonly path: readonly ElementInstance[];
  readonly jobId: number | undefined;
}

export function keyOf(row: Rows[Table]): number | string {
  if ('signalId' in row) return targetKey(row);
  if ('id' in row) return row.id;
  if ('scopeId' in row) return `${row.scopeId} ${row.name}`;
  return 'holder' in row ? `${row.holder} ${row.kind}` : deliveryKey(row);
}

export function waits(arrival: { readonly consumedBy: number | null; readonly withdrawnBy: number | null }): boolean {
  return arrival.consumedBy === null && arrival.withdrawnBy === null;
}

function nothing(): MutableRows {
  return {
    processInstances: [],
    elementInstances: [],
    arrivals: [],
    variables: [],
    jobs: [],
    openJobs: [],
    incidents: [],
    tasks: [],
    userTasks: [],
    messages: [],
    messageDeliveries: [],
    messageSubscriptions: [],
    signalSubscriptions: [],
  };
}

/** A database promises no order; the reverse of what a birth would give finds those who rely on one (I2). */
function reversed(rows: LoadedRows): LoadedRows {
  return {
    processInstances: rows.processInstances.toReversed(),
    elementInstances: rows.elementInstances.toReversed(),
    arrivals: rows.arrivals.toReversed(),
    variables: rows.variables.toReversed(),
    jobs: rows.jobs.toReversed(),
    openJobs: rows.openJobs.toReversed(),
    incidents: rows.incidents.toReversed(),
    tasks: rows.tasks.toReversed(),
    userTasks: rows.userTasks.toReversed(),
    messages: (rows.messages ?? []).toReversed(),
    messageDeliveries: (rows.messageDeliveries ?? []).toReversed(),
    messageSubscriptions: (rows.messageSubscriptions ?? []).toReversed(),
    signalSubscriptions: (rows.signalSubscriptions ?? []).toReversed(),
  };
}

/** Rows are replaced, never modified: whoever modifies one fails here. */
function deepFrozen<T extends object>(row: T): T {
  for (const value of Object.values(row)) if (typeof value === 'object' && value !== null) deepFrozen(value);
  return Object.freeze(row);
}
