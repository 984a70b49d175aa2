/** The rows that a group needs: by path, by reference and by whole tree; one statement per table and day. */
import type { Owner, Partition, ProcessInstance, Ref } from '../core/state.js';
import type { Load, Loaded } from '../engine/ports/lane.js';
import { arrivals, loadArrivals, loadTreeArrivals } from './arrivals.js';
import { byPartition } from './days.js';
import { elementInstances, loadElementInstances, loadTreeElements } from './element-instances.js';
import { incidents, loadIncidents, loadTreeIncidents } from './incidents.js';
import { jobs, loadJobs, loadOpenJobs, loadTreeJobs, loadTreeOpenJobs, openJobs } from './jobs.js';
import { OF_OWNERS } from './load-owners.js';
import {
  loadMessageDeliveries,
  loadMessageSubscriptions,
  loadMessages,
  loadTreeMessageSubscriptions,
  messageDeliveries,
  messageSubscriptions,
  messages,
} from './messages.js';
import type { Partitions } from './partitions.js';
import { loadInnerInstances, loadTreeInstances, processInstances } from './process-instances.js';
import { loadSignalSubscriptions, loadTreeSignalSubscriptions, signalSubscriptions } from './signals.js';
import type { Call, Result } from './statement.js';
import type { RowTable } from './table.js';
import { loadTasks, loadTreeTasks, tasks } from './tasks.js';
import { loadTreeUserTasks, loadUserTasks, userTasks } from './user-tasks.js';
import { loadTreeVariables, loadVariables, variables } from './variables.js';

type Kind = keyof Loaded;

export class LoadBatch {
  readonly calls: Call[] = [];
  private readonly kinds: Kind[] = [];
  private readonly partitions: Partitions;

  constructor(load: Load, partitions: Partitions) {
    this.partitions = partitions;
    this.byDay(load.path, (day, ids) => {
      this.ask('elementInstances', loadElementInstances(day, ids));
      this.ask('arrivals', loadArrivals(day, ids));
      this.ask('variables', loadVariables(day, ids));
      this.ask('processInstances', loadInnerInstances(day, ids));
    });
    this.byDay(load.jobs, (day, ids) => this.ask('jobs', loadJobs(day, ids)));
    if (load.jobs.length > 0) this.ask('openJobs', loadOpenJobs(load.jobs));
    this.byDay(load.incidents, (day, ids) => this.ask('incidents', loadIncidents(day, ids)));
    if (load.tasks.length > 0) this.ask('tasks', loadTasks(load.tasks));
    this.byDay(load.userTasks, (day, ids) => this.ask('userTasks', loadUserTasks(day, ids)));
    const { messages: ids = [], messageSubscriptions: waiting = [], signalSubscriptions: signalled = [] } = load;
    if (ids.length > 0) {
      this.ask('messages', loadMessages(ids));
      this.ask('messageDeliveries', loadMessageDeliveries(ids));
    }
    if (waiting.length > 0) this.ask('messageSubscriptions', loadMessageSubscriptions(waiting));
    if (signalled.length > 0) this.ask('signalSubscriptions', loadSignalSubscriptions(signalled));
    this.byDay(load.trees, (day, ids) => this.tree(day, ids));
    for (const [day, owners] of byPartition(load.owners ?? [])) if (partitions.has(day)) this.owners(day, owners);
  }

  private owners(day: Partition, owners: readonly Owner[]): void {
    for (const [kind, load] of OF_OWNERS) this.ask(kind, load(day, owners));
  }

  private tree(day: Partition, ids: readonly number[]): void {
    this.ask('processInstances', loadTreeInstances(day, ids));
    this.ask('elementInstances', loadTreeElements(day, ids));
    this.ask('arrivals', loadTreeArrivals(day, ids));
    this.ask('variables', loadTreeVariables(day, ids));
    this.ask('jobs', loadTreeJobs(day, ids));
    this.ask('openJobs', loadTreeOpenJobs(day, ids));
    this.ask('incidents', loadTreeIncidents(day, ids));
    this.ask('tasks', loadTreeTasks(day, ids));
    this.ask('userTasks', loadTreeUserTasks(day, ids));
    this.ask('messageSubscriptions', loadTreeMessageSubscriptions(day, ids));
    this.ask('signalSubscriptions', loadTreeSignalSubscriptions(day, ids));
  }

  private byDay(refs: readonly Ref[], ask: (day: Partition, ids: readonly number[]) => void): void {
    if (refs.length === 0) return;
    for (const [day, ofDay] of byPartition(refs)) {
      if (!this.partitions.has(day)) continue;
      ask(
        day,
        ofDay.map((ref) => ref.id),
      );
    }
  }

  private ask(kind: Kind, call: Call): void {
    this.kinds.push(kind);
    this.calls.push(call);
  }

  /** Rows of trees that are not locked are left out: they may be stale. One that is in a path and in a tree comes twice. */
  read(results: readonly Result[], roots: readonly ProcessInstance[], locked: ReadonlySet<number>): Loaded {
    const all = <Row extends object>(kind: Kind, table: RowTable<Row>): Row[] => {
      const found: Row[] = [];
      results.forEach((result, index) => {
        if (this.kinds[index] === kind) for (const cells of result.rows) found.push(table.read(cells));
      });
      return found;
    };
    const rows = <Row extends { readonly rootId: number | null }>(kind: Kind, table: RowTable<Row>): Row[] =>
      all(kind, table).filter(({ rootId }) => rootId === null || locked.has(rootId));
    return {
      processInstances: [...roots, ...rows('processInstances', processInstances)],
      elementInstances: rows('elementInstances', elementInstances),
      arrivals: rows('arrivals', arrivals),
      variables: rows('variables', variables),
      jobs: rows('jobs', jobs),
      openJobs: rows('openJobs', openJobs),
      incidents: rows('incidents', incidents),
      tasks: rows('tasks', tasks),
      userTasks: rows('userTasks', userTasks),
      messages: all('messages', messages),
      messageDeliveries: all('messageDeliveries', messageDeliveries),
      messageSubscriptions: rows('messageSubscriptions', messageSubscriptions),
      signalSubscriptions: rows('signalSubscriptions', signalSubscriptions),
    };
  }
}
