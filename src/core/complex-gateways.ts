/**
 * Complex gateways (BPMN 2.0.2, 13.4.5). Tokens wait at one until its activation condition is true; then it takes one
 * from each flow that has any, and waits to be reset: for the flows that it took none from, as an inclusive join does.
 * What it has taken is kept with its visit, which lives from the activation to the reset.
 */
import type { InclusiveJoin } from '../model/inclusive-joins.js';
import type { ComplexGateway } from '../model/process.js';
import type { Activated } from './activated.js';
import type { Execution } from './execution.js';
import { NeedsTree } from './needs.js';
import type { Arrival, ElementInstance, Task } from './state.js';
import { NEVER, putTask } from './tasks.js';
import { evaluateCondition } from './variables.js';

type Remembered = Task & { readonly payload: Activated };

export function activationOf(x: Execution, ei: ElementInstance): Remembered | undefined {
  for (const task of x.set.tasksOf(ei.id)) if (task.payload.type === 'ACTIVATED') return task as Remembered;
  return undefined;
}

export function goOn(x: Execution, activation: Remembered, step: Activated['step']): void {
  x.set.put('task', { ...activation, payload: { ...activation.payload, step } });
}

/** The visits of the complex gateways in a scope that are not over, by the gateway. */
export function complexVisits(
  x: Execution,
  scope: ElementInstance,
  joins: readonly InclusiveJoin[],
): ReadonlyMap<number, ElementInstance> {
  const gateways = new Set(joins.flatMap(({ element }) => (element.type === 'COMPLEX_GATEWAY' ? [element.index] : [])));
  const visits = new Map<number, ElementInstance>();
  if (gateways.size === 0) return visits;
  if (!x.set.isWhole(x.rootId)) throw new NeedsTree();
  const { firstElementId } = x.processOf(scope);
  for (const child of x.set.childrenOf(scope.id)) {
    const index = child.elementId - firstElementId;
    if (child.endedAt === null && gateways.has(index)) visits.set(index, child);
  }
  return visits;
}

/** Opens the visit if the activation condition is true. `arrivals`: the oldest token of each flow that has one. */
export function activate(
  x: Execution,
  element: ComplexGateway,
  scope: ElementInstance,
  arrivals: readonly Arrival[],
): ElementInstance | undefined {
  const { activation } = element;
  if (activation === undefined || isStopped(x, scope)) return undefined;
  const named = (text: string) => `activation condition "${text}" of ${element.id}`;
  const counts = { activationCount: arrivals.length, waitingForStart: true };
  const holds = evaluateCondition(x, scope, activation, named, counts);
  if (typeof holds === 'object') x.raise(scope, 'CONTINUE', holds.reason, holds.message);
  if (holds !== true) return undefined;
  const ei = x.open(element, scope, arrivals);
  const flows = arrivals.map(({ flow }) => flow);
  const payload = { type: 'ACTIVATED', flows, step: 'ACTIVATED' } as const;
  putTask(x, { ...ei, elementInstanceId: ei.id }, NEVER, payload);
  return ei;
}

/** No visit is there that could have an incident, so its scope has it: nobody is asked again until it is resolved. */
function isStopped(x: Execution, scope: ElementInstance): boolean {
  return [...x.set.incidentsOf(scope.id)].some(({ phase, resolvedAt }) => phase === 'CONTINUE' && resolvedAt === null);
}

/** Nothing more can come: the late tokens are taken, and the visit goes on to its end. */
export function reset(x: Execution, ei: ElementInstance, late: readonly Arrival[]): ElementInstance {
  const activation = activationOf(x, ei);
  if (activation === undefined) throw new Error(`element instance ${ei.id} was not activated`);
  goOn(x, activation, 'RESET');
  return x.take(ei, late);
}
