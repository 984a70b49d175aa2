/**
 * One command at work on one tree: the life cycle that all elements share, and the agenda of what happens next.
 *
 * Owns: element instances and arrivals coming and going, the counters of scopes, the change number. Does not own: what
 * an element does (`elements/`), which is called through the agenda by `advance.ts`; so elements may use this file and
 * this file need not know them.
 *
 * Counters: a scope's `liveChildren` counts its living element instances and its tokens on flows. A token that enters an
 * element, waits at a join or travels is one; a join takes several and leaves one; the scope ends when none is left.
 */
import type { Element } from '../model/process.js';
import type { AgendaItem } from './agenda.js';
import { newArrival } from './arrivals.js';
import { type CalledProcess, type DeployedProcess, elementOf, type Facts, holdsOthers } from './facts.js';
import { freeKeys } from './held-keys.js';
import { newIncident } from './incidents.js';
import { attachedTo, freeCompletions, type Hanging, isCompletion } from './kept-tasks.js';
import { NeedsTree, needAllOf } from './needs.js';
import type {
  Arrival,
  ElementInstance,
  IncidentPhase,
  IncidentReason,
  InstanceState,
  Job,
  OpenJob,
  ProcessInstance,
  Ref,
  UserTask,
} from './state.js';
import type { WorkingSet } from './working-set.js';

/** The flow of a token that took none: an event happened. */
export const NO_FLOW = -1;

/** How what did not complete ends: by the model or the parent, or by a command. */
type EndedEarly = Extract<InstanceState, 'TERMINATED' | 'CANCELED'>;

export class Execution {
  readonly set: WorkingSet;
  readonly facts: Facts;
  readonly by: string;
  readonly rootId: number;
  readonly agenda: AgendaItem[] = [];
  /** Steps taken since the last wait state, over continued commands too. */
  steps = 0;
  /** Scopes in which a token has moved: their inclusive joins are asked at the end. */
  readonly moved = new Set<number>();
  /** Called processes that nobody has looked up yet: what was decided is not kept, but decided again with them. */
  readonly unknown: CalledProcess[] = [];
  /** Process instances in which a conditional event may have happened. */
  readonly watched = new Set<number>();
  /** Element instances that go on behind their listeners, with the job of the last: `listened.ts`. */
  readonly listened = new Map<number, Job>();
  private changeNumberTaken: number | undefined;

  constructor(set: WorkingSet, facts: Facts, by: string, rootId: number) {
    this.set = set;
    this.facts = facts;
    this.by = by;
    this.rootId = rootId;
  }

  get now(): number {
    return this.facts.now;
  }

  /** Raised once by each command that changes the tree; the root's row carries the newest. */
  get changeNumber(): number {
    if (this.changeNumberTaken === undefined) {
      const root = this.instance(this.rootId);
      this.changeNumberTaken = root.changeNumber + 1;
      this.set.put('processInstance', { ...root, changeNumber: this.changeNumberTaken });
    }
    return this.changeNumberTaken;
  }

  /** For changes of rows that do not carry it: who remembers the tree must see that it is another one. */
  touch(): void {
    this.changeNumber;
  }

  /** A root born by this command starts at change number 1. */
  born(root: ProcessInstance): void {
    this.set.put('processInstance', root);
    this.changeNumberTaken = root.changeNumber;
  }

  /** Calling what comes back undoes the writes since; the change number stays taken. */
  savepoint(): () => void {
    this.touch();
    return this.set.savepoint();
  }

  newId(): number {
    return this.facts.newId(this.rootId);
  }

  instance(id: number): ProcessInstance {
    return found(this.set.get('processInstance', id), 'process instance', id);
  }

  elementInstance(id: number): ElementInstance {
    return found(this.set.get('elementInstance', id), 'element instance', id);
  }

  /** Its tokens stop on their flows, its jobs are not handed out, its triggers wait. */
  isSuspended(row: { readonly processInstanceId: number }): boolean {
    return this.instance(row.processInstanceId).state === 'SUSPENDED';
  }

  processOf(row: { readonly processInstanceId: number }): DeployedProcess {
    return this.facts.process(this.instance(row.processInstanceId).processId);
  }

  elementOf(row: { readonly processInstanceId: number; readonly elementId: number }): Element {
    return elementOf(this.processOf(row), row.elementId);
  }

  /** The one writer of element instances. Callers may hold an older row; the change goes onto the newest. */
  change(ei: ElementInstance, change: Partial<ElementInstance>): ElementInstance {
    const row = { ...this.elementInstance(ei.id), ...change, changeNumber: this.changeNumber };
    this.set.put('elementInstance', row);
    return row;
  }

  changeInstance(instance: ProcessInstance, change: Partial<ProcessInstance>): void {
    const { changeNumber } = this;
    this.set.put('processInstance', { ...this.instance(instance.id), ...change, changeNumber });
    if (change.endedAt && instance.holdsKeys) freeKeys(this.set, this.facts, instance, this.by);
  }

  /** The one writer of user tasks that are there. What one command does to a user task is one revision. */
  changeUserTask(userTask: UserTask, change: Partial<UserTask>): UserTask {
    const { changeNumber } = this;
    const revision = userTask.revision + (userTask.changeNumber === changeNumber ? 0 : 1);
    const row = { ...userTask, ...change, revision, changeNumber };
    this.set.put('userTask', row);
    return row;
  }

  // --- Entering ------------------------------------------------------------------------------------------------------

  /** Makes the element instance of a visit. `consumed` are the arrivals that it takes; the scope's counter follows. */
  open(element: Element, scope: ElementInstance, consumed: readonly Arrival[]): ElementInstance {
    const process = this.processOf(scope);
    const ei: ElementInstance = {
      partition: scope.partition,
      id: this.newId(),
      rootId: this.rootId,
      processInstanceId: scope.processInstanceId,
      parentId: scope.id,
      elementId: process.firstElementId + element.index,
      state: 'STARTED',
      liveChildren: 0,
      attempt: 1,
      replaces: null,
      cancelledBy: null,
      supersededBy: null,
      endedByElement: null,
      inputs: null,
      loop: null,
      createdAt: this.now,
      startedAt: this.now,
      endedAt: null,
      changeNumber: this.changeNumber,
    };
    this.set.put('elementInstance', ei);
    for (const arrival of consumed) {
      this.set.put('arrival', { ...arrival, consumedBy: ei.id, changeNumber: ei.changeNumber });
    }
    if (consumed.length !== 1) this.count(scope.id, 1 - consumed.length);
    return ei;
  }

  /** An element instance that is at work takes more tokens. */
  take(ei: ElementInstance, arrivals: readonly Arrival[]): ElementInstance {
    const row = this.change(ei, {});
    for (const each of arrivals)
      this.set.put('arrival', { ...each, consumedBy: ei.id, changeNumber: row.changeNumber });
    if (arrivals.length > 0) this.count(scopeOf(ei), -arrivals.length);
    return row;
  }

  /** The visit of an event that no flow leads to: what caused it is kept as a token that took no flow (I11). */
  openCaused(element: Element, scope: ElementInstance, ...causes: readonly Ref[]): ElementInstance {
    const ei = this.open(element, scope, []);
    for (const cause of causes) {
      const arrival = newArrival(this, cause, scope, NO_FLOW, ei.elementId);
      this.set.put('arrival', { ...arrival, consumedBy: ei.id });
    }
    return ei;
  }

  /** A token that jumps to an element of its scope without a flow. */
  jump(ei: ElementInstance, element: Element): void {
    const ended = this.change(ei, { state: 'COMPLETED', endedAt: this.now });
    const scope = this.elementInstance(scopeOf(ended));
    this.setOut(ended, scope, NO_FLOW, element.index);
    this.moved.add(scope.id);
  }

  // --- Leaving -------------------------------------------------------------------------------------------------------

  /** Ends the element instance; one token goes out on each of the flows. */
  leave(ei: ElementInstance, flows: readonly number[]): void {
    const ended = this.change(ei, { state: 'COMPLETED', endedAt: this.now });
    for (const flow of flows) this.produce(ended, flow);
    this.moved.add(scopeOf(ended));
    if (flows.length !== 1) this.count(scopeOf(ended), flows.length - 1, ended);
  }

  /** Tokens go out, and the element instance stays. */
  send(ei: ElementInstance, flows: readonly number[]): void {
    for (const flow of flows) this.produce(ei, flow);
    this.moved.add(scopeOf(ei));
    this.count(scopeOf(ei), flows.length);
  }

  private produce(from: ElementInstance, flow: number): void {
    const { target } = found(this.processOf(from).graph.flows[flow], 'flow', flow);
    this.setOut(from, this.elementInstance(scopeOf(from)), flow, target);
  }

  /** A token sets out. It is a row from the start, so that nothing that travels is without a cause (I11). */
  setOut(from: ElementInstance, scope: ElementInstance, flow: number, target: number): void {
    const arrival = newArrival(this, from, scope, flow, this.processOf(scope).firstElementId + target);
    this.set.put('arrival', arrival);
    this.agenda.push({ type: 'arrive', arrivalId: arrival.id });
  }

  /** Moves a scope's counter; at 0 the scope has ended because of `by`. */
  count(scopeId: number, difference: number, by?: ElementInstance): void {
    const scope = this.elementInstance(scopeId);
    const liveChildren = scope.liveChildren + difference;
    if (liveChildren < 0) throw new Error(`scope ${scopeId} counts ${liveChildren} children`);
    this.change(scope, { liveChildren });
    if (liveChildren === 0 && by !== undefined) this.agenda.push({ type: 'scopeEmptied', scopeId, by });
  }

  /**
   * Every token that waits in the scope is offered to its element again, the oldest first, in whatever order they were
   * loaded (I2); a join that is not complete lets it wait.
   */
  offerTokens(scope: ElementInstance): void {
    for (const arrival of [...this.set.arrivalsIn(scope.id)].sort((one, other) => one.id - other.id)) {
      const waits = arrival.consumedBy === null && arrival.withdrawnBy === null;
      if (waits) this.agenda.push({ type: 'arrive', arrivalId: arrival.id });
    }
  }

  // --- Ending without completing ---------------------------------------------------------------------------------------

  /** Ends an element instance with all that lives in it, because of `by`. */
  interrupt(ei: ElementInstance, by: ElementInstance): void {
    if (holdsOthers(this.elementOf(ei))) this.end(ei, 'TERMINATED', by);
    else this.endAlone(ei, 'TERMINATED', by);
    this.count(scopeOf(ei), -1, by);
    this.moved.add(scopeOf(ei));
  }

  private end(ei: ElementInstance, state: EndedEarly, by: ElementInstance | null): void {
    this.endCalled(ei, state, by);
    this.endInside(ei, state, by);
    this.endAlone(ei, state, by);
  }

  private endAlone(ei: ElementInstance, state: EndedEarly, by: ElementInstance | null): void {
    needAllOf(this.set, ei);
    this.release(ei, state);
    this.change(ei, { state, endedAt: this.now, cancelledBy: by?.id ?? null });
  }

  /**
   * Ends all that lives in a scope, and what hangs on the inside of the scope. The scope itself stays, with the events
   * attached to it. A process has none, so one that can not be read can be canceled.
   */
  endChildren(scope: ElementInstance, state: EndedEarly, by: ElementInstance | null): void {
    this.endInside(scope, state, by);
    // What has completed in it stays so, and can be compensated; a command ends that too.
    if (by !== null) freeCompletions(this.set, scope.id);
    const attached = scope.parentId === null ? null : attachedTo(this.processOf(scope), this.elementOf(scope));
    const isAttached = (row: Hanging) => 'elementId' in row && attached?.has(row.elementId) === true;
    this.release(scope, state, (row) => isAttached(row) || (by !== null && isCompletion(row)));
  }

  /**
   * Ends all that lives in a scope, inside out: element instances, waiting arrivals, and what hangs on them. Of its
   * children only `by` survives, if it is one, and the counter falls to what that is worth.
   */
  private endInside(scope: ElementInstance, state: EndedEarly, by: ElementInstance | null): void {
    if (!this.set.isWhole(this.rootId)) throw new NeedsTree();
    for (const child of [...this.set.childrenOf(scope.id)]) {
      if (child.endedAt === null && child.id !== by?.id) this.end(child, state, by);
    }
    for (const arrival of [...this.set.arrivalsIn(scope.id)]) {
      if (arrival.consumedBy !== null || arrival.withdrawnBy !== null) continue;
      const withdrawnBy = by?.id ?? scope.id;
      this.set.put('arrival', { ...arrival, withdrawnBy, changeNumber: this.changeNumber });
    }
    const liveChildren = by?.parentId === scope.id ? 1 : 0;
    if (this.elementInstance(scope.id).liveChildren !== liveChildren) this.change(scope, { liveChildren });
  }

  /** What a call activity has called ends with it, however deep. */
  private endCalled(caller: ElementInstance, state: EndedEarly, by: ElementInstance | null): void {
    for (const called of [...this.set.calledBy(caller.id)]) {
      if (called.endedAt !== null) continue;
      this.end(this.elementInstance(called.id), state, by);
      this.changeInstance(called, { state, endedAt: this.now, endedBy: this.by });
    }
  }

  /**
   * Closes the jobs, tasks, incidents and user tasks that hang on an element instance which is no longer at work. What
   * waits for an event names the element that catches it: what is kept goes on waiting.
   */
  release(ei: ElementInstance, state: EndedEarly = 'TERMINATED', keeps: (row: Hanging) => boolean = () => false): void {
    for (const userTask of [...this.set.userTasksOf(ei.id)]) {
      if (userTask.state === 'STARTED') this.changeUserTask(userTask, { state, endedAt: this.now, endedBy: this.by });
    }
    for (const task of [...this.set.tasksOf(ei.id)]) {
      if (keeps(task)) continue;
      if (task.payload.type === 'ACTIVATE_JOB') this.cancelJob(task.payload.jobId);
      this.set.remove('task', task);
    }
    for (const openJob of [...this.set.openJobsOf(ei.id)]) if (!keeps(openJob)) this.takeBack(openJob);
    for (const subscription of [...this.set.messageSubscriptionsOf(ei.id)]) {
      if (!keeps(subscription)) this.set.remove('messageSubscription', subscription);
    }
    for (const row of [...this.set.signalSubscriptionsOf(ei.id)]) {
      if (!keeps(row)) this.set.remove('signalSubscription', row);
    }
    for (const incident of [...this.set.incidentsOf(ei.id)]) {
      if (incident.resolvedAt !== null || keeps(incident)) continue;
      const { now: resolvedAt, by: resolvedBy, changeNumber } = this;
      this.set.put('incident', { ...incident, resolvedAt, resolvedBy, changeNumber });
    }
  }

  /** Nobody is to do the job any more. */
  takeBack(openJob: OpenJob): void {
    this.cancelJob(openJob.id);
    this.set.remove('openJob', openJob);
  }

  private cancelJob(id: number): void {
    const job = found(this.set.get('job', id), 'job', id);
    this.set.put('job', {
      ...job,
      state: 'CANCELED',
      completedAt: this.now,
      completedBy: this.by,
      changeNumber: this.changeNumber,
    });
  }

  // --- Trouble -------------------------------------------------------------------------------------------------------

  /** The element instance stays as it is and waits for an operator. */
  raise(
    ei: ElementInstance,
    phase: IncidentPhase,
    reason: IncidentReason,
    message: string,
    jobId: number | null = null,
  ): void {
    this.set.put('incident', newIncident(this, ei, { phase, reason, message, jobId }));
  }

  /** Nobody has to do anything about it, but it is not lost: an incident that is resolved from the start. */
  record(ei: ElementInstance, reason: IncidentReason, message: string): void {
    const incident = newIncident(this, ei, { phase: 'LEAVE', reason, message, jobId: null });
    this.set.put('incident', { ...incident, resolvedAt: this.now, resolvedBy: this.by });
  }
}

/** Only process scopes have no parent, and they never leave by a flow. */
export function scopeOf(ei: ElementInstance): number {
  if (ei.parentId === null) throw new Error(`element instance ${ei.id} is a process scope`);
  return ei.parentId;
}

/** A row that must be loaded by the rules of loading; its absence is a bug, not a refusal (I6). */
export function found<T>(row: T | undefined, noun: string, id: number): T {
  if (row === undefined) throw new Error(`${noun} ${id} is not loaded`);
  return row;
}
