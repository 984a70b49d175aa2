/**
 * Runs a model in a world without a database: commands go in, rows change, and after each command everything that must
 * always hold is checked.
 */
import type {
  CompleteJob,
  FailJob,
  JobCompletion,
  UpdateUserTask,
  UserTaskChange,
  UserTaskOutcome,
} from '../../src/core/command.js';
import type { Decision } from '../../src/core/decide.js';
import { isRefusal, type Refusal } from '../../src/core/refusal.js';
import { hasEnded, type Job, type OpenJob, type Ref, type UserTask } from '../../src/core/state.js';
import { changesOf, Executing } from './scenario-executing.js';
import type { Values } from './scenario-looking.js';

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

export class Scenario extends Executing {
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
}

const refOf = ({ partition, id }: Ref): Ref => ({ partition, id });

function decisionOf(decision: string | readonly string[] | undefined): JobCompletion | null {
  if (decision === undefined) return null;
  if (typeof decision === 'string') return { type: 'exclusiveGatewayDecision', target: decision };
  return { type: 'inclusiveGatewayDecision', targets: decision };
}

/** The refusal of a command, as a test compares it. */
export function refusalOf(decision: Decision): Refusal {
  if (isRefusal(decision)) return decision;
  throw new Error(`not refused: ${JSON.stringify(decision)}`);
}
