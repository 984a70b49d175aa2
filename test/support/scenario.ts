/**
 * Runs a model in a world without a database: commands go in, rows change, and after each command everything that must
 * always hold is checked. It decides like a commit group does: load, decide, load the tree if asked to, write.
 */
import type {
  Command,
  CompleteJob,
  DeliverSignal,
  ExecuteTask,
  FailJob,
  JobCompletion,
  MatchMessages,
  Replies,
  SendMessage,
  UpdateUserTask,
  UserTaskChange,
  UserTaskOutcome,
  VariableChange,
} from '../../src/core/command.js';
import { type Decision, decide } from '../../src/core/decide.js';
import {
  type CalledProcess,
  type Candidates,
  type DeployedProcess,
  elementOf,
  type Facts,
} from '../../src/core/facts.js';
import { isRefusal, type Refusal } from '../../src/core/refusal.js';
import {
  type Changes,
  hasEnded,
  type Incident,
  type Job,
  type OpenJob,
  type Owner,
  type Ref,
  type Signal,
  type Task,
  type UserTask,
} from '../../src/core/state.js';
import { variablesText } from '../../src/core/variables-text.js';
import { WorkingSet } from '../../src/core/working-set.js';
import type { Expression } from '../../src/model/expression.js';
import { readModel } from '../../src/model/read-model.js';
import { messageStarts } from './message-starts.js';
import { changeNumberFaults, faultsOf } from './scenario-checks.js';
import { linesOf } from './scenario-log.js';
import { audienceOf, delivery, freeze } from './scenario-signals.js';
import { World, waits } from './scenario-world.js';

export const PARTITION = '2026-11-23';
export const NOW = Date.UTC(2026, 10, 23, 8);

const FIRST_COUNTER = 1_000_000;

export type Values = Readonly<Record<string, unknown>>;

export interface Completion {
  readonly variables?: Values;
  readonly processVariables?: Values;
  /** By BPMN element id; '' is the element itself. */
  readonly elementVariables?: Readonly<Record<string, Values>>;
  /** One target of an exclusive gateway, or those of an inclusive one. */
  readonly decision?: string | readonly string[];
  readonly token?: string;
}

export interface Failure {
  readonly retryLimit?: number;
  readonly retryTimer?: string;
  readonly variables?: Values;
}

export interface UserTaskUpdate {
  readonly revision?: number;
  readonly change?: UserTaskChange;
  readonly outcome?: UserTaskOutcome;
  readonly variables?: Values;
}

/** `undefined` deletes. */
export function changesOf(values: Values): readonly VariableChange[] {
  return Object.entries(values).map(([name, value]) => ({
    name,
    data: value === undefined ? null : { encoding: 'json', value: JSON.stringify(value), encrypted: false },
  }));
}

/** `deployment`: processes of one file have the same. */
type Deployed = DeployedProcess & { readonly deployment: string };

export class Scenario {
  readonly world = new World();
  readonly processes = new Map<number, Deployed>();
  readonly exceeding = new Set<Expression>();
  /** BPMN ids of processes of which no new instances may start. */
  readonly disabled = new Set<string>();
  now = NOW;
  /** The process that is started. */
  starts = 'p';
  /** Tenants that the caller may see; null is the engine itself. */
  tenantIds: readonly string[] | null = null;
  /** The latest instance that was started. */
  instance: Ref = { partition: PARTITION, id: 0 };
  /** Trees that were loaded whole because a decision asked for it. */
  needs = 0;
  /** Element instances of which all that hangs on them was loaded because a decision asked for it. */
  ownersNeeded = 0;
  /** Rounds in which called processes were looked up because a decision asked for it. */
  lookUps = 0;
  /** Called processes that were looked up for the present command. */
  private known: CalledProcess[] = [];
  private counter = 0;
  private latest: Changes = new WorkingSet().changes();

  constructor(xml: string, tenantId = '') {
    this.deploy(xml, tenantId);
  }

  /** All processes of a file; the first comes back. */
  deploy(xml: string, tenantId = ''): DeployedProcess {
    const reading = readModel(xml);
    if ('problems' in reading) throw new Error(`the model is refused: ${JSON.stringify(reading.problems, null, 2)}`);
    const [first] = reading.graphs.map((graph) => {
      const id = this.processes.size + 1;
      const { bpmnProcessId } = graph;
      const version = String(id);
      const process = { id, tenantId, bpmnProcessId, version, firstElementId: id * 1000, graph, deployment: xml };
      this.processes.set(id, process);
      return process;
    });
    if (first === undefined) throw new Error('the model has no process');
    return first;
  }

  // --- Deciding ------------------------------------------------------------------------------------------------------

  /** One command, and one flush. */
  decide<C extends Command>(command: C): Decision<C> {
    return this.group([command])[0] as Decision<C>;
  }

  /** Several commands on one working set, and one flush (I4). */
  group(commands: readonly Command[]): readonly Decision[] {
    const set = new WorkingSet();
    for (const command of commands) set.load(this.world.loadFor(command));
    const decisions = commands.map((command) => this.decideOn(set, command));
    this.latest = set.changes();
    this.world.write(this.latest);
    this.check();
    return decisions;
  }

  /** A command that is told no, that needs more or that throws leaves no trace (I4). */
  private decideOn(set: WorkingSet, command: Command): Decision {
    const place = this.world.place(command);
    const own = place !== undefined || ADDRESSES_NOTHING.has(command.type) ? set : new WorkingSet();
    const context = { set: own, facts: this.facts(command), tenantIds: this.tenantIds };
    const before = JSON.stringify(own.changes());
    const untouched = () => {
      if (JSON.stringify(own.changes()) !== before) throw new Error(`${command.type} was not decided and left a trace`);
    };
    try {
      this.known = [];
      for (;;) {
        const decision = decide(context, command);
        if (isRefusal(decision)) untouched();
        if (!('needs' in decision)) return decision;
        untouched();
        if (decision.needs === 'tree') this.bringTrees(own, this.rootsOf(command, place?.rootId ?? 0));
        else if (decision.needs === 'owner') this.bringOwner(own, decision.owner);
        else this.lookUp(decision.processes);
      }
    } catch (error) {
      untouched();
      throw error;
    }
  }

  private rootsOf(command: Command, rootId: number): readonly number[] {
    if (command.type !== 'matchMessages' && command.type !== 'deliverSignal') return [rootId];
    const { world } = this;
    const reached = command.type === 'matchMessages' ? world.subscriptionsFor(command) : world.targetsOf(command);
    return [...new Set(reached.map((each) => each.rootId))];
  }

  /** Asked for twice, they would be asked for for ever. */
  private bringTrees(set: WorkingSet, rootIds: readonly number[]): void {
    const missing = rootIds.filter((id) => !set.isWhole(id));
    if (missing.length === 0) throw new Error(`trees ${rootIds} are needed, but are there`);
    for (const id of missing) {
      set.load(this.world.loadTree(id));
      set.markWhole(id);
    }
    this.needs += 1;
  }

  private bringOwner(set: WorkingSet, { id }: Owner): void {
    const owner = this.world.rows.elementInstance.get(id);
    if (owner === undefined || set.holdsAllOf(owner))
      throw new Error(`${id} and what hangs on it is needed, but is there`);
    set.load(this.world.loadOwner(id));
    set.markOwner(id);
    this.ownersNeeded += 1;
  }

  private lookUp(names: readonly CalledProcess[]): void {
    if (names.some((name) => this.called(name) !== undefined)) throw new Error('what is needed is known already');
    this.known.push(...names);
    this.lookUps += 1;
  }

  private called(name: CalledProcess): DeployedProcess | null | undefined {
    const { tenantId, bpmnProcessId, version, versionTag, deployedWith } = name;
    if (!this.known.some((known) => JSON.stringify(known) === JSON.stringify(name))) return undefined;
    const fits = (process: Deployed) =>
      process.tenantId === tenantId &&
      process.bpmnProcessId === bpmnProcessId &&
      (version === null || process.version === version) &&
      (versionTag === null || process.graph.versionTag === versionTag) &&
      (deployedWith === null || process.deployment === this.processes.get(deployedWith)?.deployment);
    return [...this.processes.values()].findLast(fits) ?? null;
  }

  private check(): void {
    const faults = [...faultsOf(this.world, this.processes), ...changeNumberFaults(this.latest, this.world)];
    if (faults.length > 0) throw new Error(`after the command:\n${faults.join('\n')}`);
  }

  facts(command?: Command): Facts {
    return {
      now: this.now,
      partition: PARTITION,
      newRoot: { partition: PARTITION, id: this.nextId() },
      selected: [...this.processes.values()].findLast(({ bpmnProcessId }) => bpmnProcessId === this.starts) ?? null,
      newId: () => this.nextId(),
      process: (id) => {
        const process = this.processes.get(id);
        if (process === undefined) throw new Error(`process ${id} is not deployed`);
        return process;
      },
      called: (name) => this.called(name),
      isDisabled: ({ bpmnProcessId }) => this.disabled.has(bpmnProcessId),
      keyHolder: null,
      candidates: command?.type === 'matchMessages' ? this.candidatesOf(command) : null,
      matches: null,
      audience: command?.type === 'deliverSignal' ? audienceOf(this.world, command.signalId) : null,
      exceeding: this.exceeding,
      evaluating: () => undefined,
    };
  }

  /** No start is taken: unique ones are not the subject here. */
  private candidatesOf(command: MatchMessages): Candidates {
    const messages = this.world.messagesFor(command).map(({ id }) => id);
    const subscriptions = this.world.subscriptionsFor(command).map(({ id }) => id);
    const starts = messageStarts(this.processes.values(), command.name);
    return { messages, subscriptions, starts, more: false };
  }

  /** Shard 7 for all; no other number in a row looks like an id. */
  private nextId(): number {
    this.counter += 1;
    return (FIRST_COUNTER + this.counter) * 256 + 7;
  }

  /** By the latest command. */
  rowsWritten(): number {
    let rows = 0;
    for (const { born, changed, gone } of Object.values(this.latest))
      rows += born.length + changed.length + gone.length;
    return rows;
  }

  // --- Commands ------------------------------------------------------------------------------------------------------

  /** Carries a command out; a refusal is a failed test. */
  run<C extends Command>(command: C): Replies[C['type']] {
    const decision = this.decide(command);
    if (isRefusal(decision)) throw new Error(`${command.type} was refused: ${decision.message}`);
    return decision as Replies[C['type']];
  }

  start(variables: Values = {}): Ref {
    this.instance = this.run({
      type: 'createProcessInstance',
      process: { bpmnProcessId: this.starts, version: null },
      tenantId: '',
      correlationKey: null,
      tags: {},
      contextType: null,
      contextId: null,
      traceParent: null,
      variables: changesOf(variables),
      by: 'tester',
    }).instance;
    return this.instance;
  }

  /** The open job of the oldest visit of an element, held by a worker: leasing writes the lock and nothing else (I5). */
  lease(bpmnElementId: string): OpenJob & { readonly token: string } {
    const open = this.openJob(bpmnElementId);
    const token = open.lock?.token ?? `token-${open.id}`;
    const lock = { token, lockedBy: 'worker', lockedAt: this.now, owner: null, until: this.now + 60_000 };
    if (open.lock === null) this.world.rows.openJob.set(open.id, { ...open, lock });
    return { ...open, lock: open.lock ?? lock, token };
  }

  openJob(bpmnElementId: string): OpenJob {
    const [open] = this.world
      .all('openJob')
      .filter((each) => this.nameOf(this.world.rows.job.get(each.id) as Job) === bpmnElementId)
      .sort((one, other) => one.elementInstanceId - other.elementInstanceId);
    if (open === undefined)
      throw new Error(`${bpmnElementId} has no open job; there are: ${this.waitsAt().join(', ')}`);
    return open;
  }

  completion(bpmnElementId: string, completion: Completion = {}): CompleteJob {
    const { partition, id, token } = this.lease(bpmnElementId);
    const { variables = {}, processVariables = {}, elementVariables = {}, decision } = completion;
    return {
      type: 'completeJob',
      job: { partition, id },
      lockToken: completion.token ?? token,
      variables: changesOf(variables),
      processVariables: changesOf(processVariables),
      elementVariables: Object.entries(elementVariables).flatMap(([scope, values]) =>
        changesOf(values).map((change) => ({ ...change, bpmnElementId: scope === '' ? null : scope })),
      ),
      completion: decisionOf(decision),
      by: 'worker',
    };
  }

  /** Leases the element's job if nobody holds it, and completes it. */
  complete(bpmnElementId: string, variables: Values = {}): void {
    this.run(this.completion(bpmnElementId, { variables }));
  }

  /** Of several open jobs of one element this one. */
  completeJob({ partition, id }: OpenJob, variables: Values = {}): void {
    const open = this.world.rows.openJob.get(id) as OpenJob;
    const lock = {
      token: `token-${id}`,
      lockedBy: 'worker',
      lockedAt: this.now,
      owner: null,
      until: this.now + 60_000,
    };
    this.world.rows.openJob.set(id, { ...open, lock });
    this.run({
      type: 'completeJob',
      job: { partition, id },
      lockToken: lock.token,
      variables: changesOf(variables),
      processVariables: [],
      elementVariables: [],
      completion: null,
      by: 'worker',
    });
  }

  /** Completes the element's job with the result that it asks for. */
  answer(bpmnElementId: string, completion: JobCompletion | null): void {
    this.run({ ...this.completion(bpmnElementId), completion });
  }

  choose(bpmnElementId: string, decision: string | readonly string[]): void {
    this.run(this.completion(bpmnElementId, { decision }));
  }

  failure(bpmnElementId: string, message = 'it broke', failure: Failure = {}): FailJob {
    const { partition, id, token } = this.lease(bpmnElementId);
    return {
      type: 'failJob',
      job: { partition, id },
      lockToken: token,
      message,
      retryLimit: failure.retryLimit ?? null,
      retryTimer: failure.retryTimer ?? null,
      variables: changesOf(failure.variables ?? {}),
      by: 'worker',
    };
  }

  fail(bpmnElementId: string, message?: string, failure?: Failure): void {
    this.run(this.failure(bpmnElementId, message, failure));
  }

  /** The newest user task of an element, an open one if there is any. */
  userTask(bpmnElementId: string): UserTask {
    const all = this.world.all('userTask').filter((each) => this.nameOf(each) === bpmnElementId);
    const found = all.findLast(({ state }) => !hasEnded(state)) ?? all.at(-1);
    if (found === undefined) throw new Error(`${bpmnElementId} has no user task`);
    return found;
  }

  /** A change of the newest user task of an element, based on its present revision. */
  userTaskUpdate(bpmnElementId: string, update: UserTaskUpdate = {}): UpdateUserTask {
    const { partition, id, revision } = this.userTask(bpmnElementId);
    return {
      type: 'updateUserTask',
      userTask: { partition, id },
      revision: update.revision ?? revision,
      change: update.change ?? {},
      outcome: update.outcome ?? null,
      variables: changesOf(update.variables ?? {}),
      processVariables: [],
      elementVariables: [],
      by: 'somebody',
    };
  }

  updateUserTask(bpmnElementId: string, change: UserTaskChange): void {
    this.run(this.userTaskUpdate(bpmnElementId, { change }));
  }

  claim(bpmnElementId: string, assignee: string): void {
    const { partition, id } = this.userTask(bpmnElementId);
    this.run({ type: 'claimUserTask', userTask: { partition, id }, assignee, by: assignee });
  }

  completeUserTask(bpmnElementId: string, variables: Values = {}): void {
    this.run(this.userTaskUpdate(bpmnElementId, { variables, outcome: { type: 'COMPLETION' } }));
  }

  /** The element's worker throws a BPMN error. */
  throwError(bpmnElementId: string, errorCode: string, variables: Values = {}): void {
    const { partition, id, token } = this.lease(bpmnElementId);
    const job = { partition, id };
    const thrown = { errorCode, message: '', variables: changesOf(variables) };
    this.run({ type: 'throwJobError', job, lockToken: token, ...thrown, by: 'worker' });
  }

  /** The element's worker throws a BPMN escalation. */
  throwEscalation(bpmnElementId: string, escalationCode: string, variables: Values = {}, retryTimer?: string): void {
    const { partition, id, token } = this.lease(bpmnElementId);
    const thrown = { escalationCode, variables: changesOf(variables), retryTimer: retryTimer ?? null };
    this.run({ type: 'throwJobEscalation', job: { partition, id }, lockToken: token, ...thrown, by: 'worker' });
  }

  cancel(reason: string | null = null): void {
    this.run({ type: 'cancelProcessInstance', instance: this.instance, reason, by: 'operator' });
  }

  suspend(includeCalled = false, instance: Ref = this.instance): void {
    this.run({ type: 'suspendProcessInstance', instance: refOf(instance), includeCalled, by: 'operator' });
  }

  resume(includeCalled = false, instance: Ref = this.instance): void {
    this.run({ type: 'resumeProcessInstance', instance: refOf(instance), includeCalled, by: 'operator' });
  }

  /** Resolves the oldest open incident, or that of an element. */
  resolve(
    options: { readonly at?: string; readonly variables?: Values; readonly retryTimer?: string } = {},
  ): Ref | null {
    const incident = this.openIncidents().find((each) => options.at === undefined || this.nameOf(each) === options.at);
    if (incident === undefined) throw new Error('there is no such incident');
    return this.run({
      type: 'resolveIncident',
      incident: { partition: incident.partition, id: incident.id },
      retryTimer: options.retryTimer ?? null,
      retryLimit: null,
      variables: changesOf(options.variables ?? {}),
      by: 'operator',
    }).job;
  }

  /** Sets variables of the process, or of an element that lives. */
  setVariables(values: Values, bpmnElementId?: string): void {
    const kind = bpmnElementId === undefined ? 'processInstance' : 'elementInstance';
    const scope = bpmnElementId === undefined ? this.instance : this.living(bpmnElementId);
    const variables = changesOf(values).map((change) => ({ ...change, bpmnElementId: null }));
    this.run({ type: 'setVariables', kind, scope, variables, by: 'operator' });
  }

  /** Executes what is due, and what becomes due by that; answers how many tasks there were. */
  executeTasks(most = Number.POSITIVE_INFINITY): number {
    let count = 0;
    const due = () => this.world.all('task').find(({ dueAt }) => dueAt <= this.now);
    for (let task = due(); task !== undefined && count < most; task = due()) {
      this.executeOne(task);
      count += 1;
    }
    return count;
  }

  /** What a task is executed by. */
  execution({ partition, id, payload, tenantId }: Task): ExecuteTask | MatchMessages | DeliverSignal {
    if (payload.type === 'DELIVER_SIGNAL') {
      return { ...payload, type: 'deliverSignal', failure: null, task: { partition, id }, tenantId, by: 'engine' };
    }
    if (payload.type !== 'MATCH_MESSAGE') return { type: 'executeTask', task: { partition, id }, by: 'engine' };
    return { ...payload, type: 'matchMessages', task: { partition, id }, tenantId, by: 'engine' };
  }

  /** Tasks that are due, the earliest first; of the same time what was written first. */
  dueTasks(): readonly Task[] {
    const tasks = this.world.all('task').filter(({ dueAt }) => dueAt <= this.now);
    return tasks.sort((one, other) => one.dueAt - other.dueAt || one.id - other.id);
  }

  /** Executes what is due, and what becomes due by that; false when that does not come to rest soon. */
  settle(most = 50): boolean {
    for (let count = 0; count < most; count++) {
      const [task] = this.dueTasks();
      if (task === undefined) return true;
      if (task.type === 'CONTINUE') return false;
      this.executeOne(task);
    }
    return false;
  }

  /** Somebody receives it at once; an instance that it starts is the one that is looked at. */
  send(name: string, correlationKey: string, values: Values = {}): void {
    const { id } = this.run(this.message(name, correlationKey, values));
    this.executeTasks();
    const delivery = this.world.all('messageDelivery').findLast(({ messageId }) => messageId === id);
    if (delivery === undefined) throw new Error(`nobody receives "${name}" with the key "${correlationKey}"`);
    if (delivery.started) this.instance = { partition: delivery.partition, id: delivery.processInstanceId };
  }

  /** Nobody has to be there for it, if it may wait for a day. */
  message(name: string, correlationKey: string, values: Values = {}, waits = false): SendMessage {
    return {
      type: 'sendMessage',
      ...{ tenantId: '', name, correlationKey, uniqueKey: '', onePerProcess: false, uniqueStart: false },
      expiration: waits ? { duration: 'P1D' } : null,
      variables: changesOf(values),
      traceParent: null,
      by: 'sender',
    };
  }

  private executeOne(task: Task): void {
    const { payload } = task;
    if (payload.type !== 'SEND_SIGNAL') {
      this.run(this.execution(task));
      return;
    }
    const signal = this.world.rows.signal.get(payload.signalId);
    this.world.rows.task.delete(task.id);
    if (signal !== undefined) this.sendToAll(signal, payload.rootId);
  }

  /** To all who wait now; `executeTasks` reaches them. */
  sendSignal(name: string, variables: Values = {}, tenantId = ''): void {
    const signal = {
      ...{ id: this.nextId(), tenantId, name, variables: variablesText(changesOf(variables)), traceParent: null },
      ...{ thrownBy: null, createdAt: this.now, createdBy: 'sender', subscriberCount: null },
    };
    this.sendToAll(signal, null);
  }

  private sendToAll(signal: Signal, thrownIn: number | null): void {
    freeze(this.world, this.processes.values(), signal, thrownIn);
    const task = delivery(signal, this.nextId(), PARTITION);
    this.world.rows.task.set(task.id, task);
  }

  later(milliseconds: number): void {
    this.now += milliseconds;
  }

  // --- Looking -------------------------------------------------------------------------------------------------------

  /** BPMN ids of the elements that are at work, without the scopes around them; sorted. */
  waitsAt(): readonly string[] {
    const living = this.world.all('elementInstance').filter(({ state }) => !hasEnded(state));
    const scopes = new Set(this.world.all('elementInstance').map(({ parentId }) => parentId));
    return living
      .filter(({ id, parentId }) => parentId !== null && !scopes.has(id))
      .map((each) => this.nameOf(each))
      .sort();
  }

  /** BPMN ids of the elements that have open jobs; sorted. */
  jobsAt(): readonly string[] {
    return this.world
      .all('openJob')
      .map(({ elementInstanceId }) => this.elementId(elementInstanceId))
      .sort();
  }

  /** BPMN ids of the flows on which a token waits; sorted. */
  tokens(): readonly string[] {
    return this.world
      .all('arrival')
      .filter(waits)
      .map((arrival) => this.flowOf(arrival))
      .sort();
  }

  /** How often each element was visited and how the visits stand: `pick COMPLETED`, in order of birth. */
  visits(): readonly string[] {
    return this.world.all('elementInstance').map((ei) => `${this.nameOf(ei)} ${ei.state}`);
  }

  /** Variables of the newest element instance of an element; of the process when none is named. */
  variables(bpmnElementId = this.starts): Values {
    const scope = this.world.all('elementInstance').findLast((each) => this.nameOf(each) === bpmnElementId);
    const own = this.world.all('variable').filter(({ scopeId, data }) => scopeId === scope?.id && data !== null);
    return Object.fromEntries(own.map(({ name, data }) => [name, JSON.parse(data?.value ?? 'null')]));
  }

  state(): string {
    return this.world.rows.processInstance.get(this.instance.id)?.state ?? 'no instance';
  }

  openIncidents(): readonly Incident[] {
    return this.world.all('incident').filter(({ resolvedAt }) => resolvedAt === null);
  }

  /** Open incidents as people read them. */
  incidents(): readonly string[] {
    return this.openIncidents().map((each) => `${this.nameOf(each)} ${each.phase} ${each.reason}: ${each.message}`);
  }

  /** What the last command changed. */
  log(): readonly string[] {
    return linesOf(this.latest, {
      element: (row) => this.nameOf(row),
      elementInstance: (id) => this.elementId(id),
      flow: (row) => this.flowOf(row),
    });
  }

  living(bpmnElementId: string): Ref {
    const found = this.world
      .all('elementInstance')
      .find((each) => this.nameOf(each) === bpmnElementId && !hasEnded(each.state));
    if (found === undefined) throw new Error(`${bpmnElementId} does not live`);
    return { partition: found.partition, id: found.id };
  }

  elementId(elementInstanceId: number): string {
    const ei = this.world.rows.elementInstance.get(elementInstanceId);
    if (ei === undefined) throw new Error(`element instance ${elementInstanceId} does not exist`);
    return this.nameOf(ei);
  }

  nameOf(row: { readonly processInstanceId: number | null; readonly elementId: number | null }): string {
    return elementOf(this.processOf(row), row.elementId ?? 0).id;
  }

  private flowOf(row: { readonly processInstanceId: number; readonly flow: number }): string {
    return this.processOf(row).graph.flows[row.flow]?.id ?? '';
  }

  private processOf({ processInstanceId }: { readonly processInstanceId: number | null }): DeployedProcess {
    const process = this.processes.get(this.world.rows.processInstance.get(processInstanceId ?? 0)?.processId ?? 0);
    if (process === undefined) throw new Error(`process instance ${processInstanceId} has no process`);
    return process;
  }
}

/** Nothing has to be there for these. */
const ADDRESSES_NOTHING: ReadonlySet<string> = new Set([
  'createProcessInstance',
  'sendMessage',
  'matchMessages',
  'deliverSignal',
]);

const refOf = ({ partition, id }: Ref): Ref => ({ partition, id });

/** The refusal of a command, as a test compares it. */
function decisionOf(decision: string | readonly string[] | undefined): JobCompletion | null {
  if (decision === undefined) return null;
  if (typeof decision === 'string') return { type: 'exclusiveGatewayDecision', target: decision };
  return { type: 'inclusiveGatewayDecision', targets: decision };
}

export function refusalOf(decision: Decision): Refusal {
  if (isRefusal(decision)) return decision;
  throw new Error(`not refused: ${JSON.stringify(decision)}`);
}
