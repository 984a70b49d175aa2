/**
 * Inclusive joins: a token that waits at one goes on when no other token of its scope can come to a flow that is still
 * empty (BPMN 2.0.2, 13.4.3). Whether that is so depends on tokens elsewhere, so it is asked at the end of each command
 * that has moved one in the scope, not only on arrival: a token that ended elsewhere releases the join. A complex gateway
 * is reset by the same rule.
 */
import { type InclusiveJoin, inclusiveJoinsIn } from '../model/inclusive-joins.js';
import { isSequence } from './ad-hoc.js';
import { isCompensated } from './compensation.js';
import { activate, activationOf, complexVisits, reset } from './complex-gateways.js';
import type { Execution } from './execution.js';
import { NeedsTree } from './needs.js';
import type { Arrival, ElementInstance } from './state.js';

/** Opens one join that waits in vain for more; undefined when there is none in the scopes where tokens have moved: the oldest first. */
export function openReadyJoin(x: Execution): ElementInstance | undefined {
  for (const scopeId of [...x.moved].sort((one, other) => one - other)) {
    const scope = x.elementInstance(scopeId);
    const opened = scope.endedAt === null && !x.isSuspended(scope) ? openIn(x, scope) : undefined;
    if (opened !== undefined) return opened;
    x.moved.delete(scopeId);
  }
  return undefined;
}

/** Scopes whose joins were not asked, and whose next activity did not begin: the step cap came first. */
export function scopesToAsk(x: Execution): readonly number[] {
  return [...x.moved].filter((id) => {
    const scope = x.elementInstance(id);
    const joins = inclusiveJoinsIn(x.processOf(scope).graph, x.elementOf(scope).index);
    return scope.endedAt === null && (joins.length > 0 || isSequence(x, scope));
  });
}

/** A join at which tokens wait, or a complex gateway that waits to be reset. */
interface Candidate {
  readonly join: InclusiveJoin;
  readonly arrivals: readonly Arrival[];
  readonly visit?: ElementInstance;
  /** The flows from which it has taken a token already. */
  readonly taken: readonly number[];
}

/**
 * Of several the one whose token has waited longest; the others are asked again when its tokens have moved on. Joins that
 * only wait for each other would do so for ever: then the first goes on, too.
 */
function openIn(x: Execution, scope: ElementInstance): ElementInstance | undefined {
  const joins = inclusiveJoinsIn(x.processOf(scope).graph, x.elementOf(scope).index);
  if (joins.length === 0) return undefined;
  const waiting = waitingAt(x, scope);
  const visits = complexVisits(x, scope, joins);
  const activated = firstActivated(x, scope, joins, waiting, visits);
  if (activated !== undefined) return activated;
  const asked = joins
    .flatMap((join) => candidates(x, join, waiting.get(join.element.index) ?? [], visits.get(join.element.index)))
    .sort((one, other) => idOf(one) - idOf(other));
  const isAsked = new Set(asked.map(({ join }) => join.element.index));
  const waitInCircle = () => asked.every((each) => isReady(x, scope, each, waiting, isAsked));
  const ready = asked.find((each) => isReady(x, scope, each, waiting)) ?? (waitInCircle() ? asked[0] : undefined);
  if (ready === undefined) return undefined;
  const oldest = oldestOfEachFlow(ready.arrivals);
  return ready.visit === undefined ? x.open(ready.join.element, scope, oldest) : reset(x, ready.visit, oldest);
}

function firstActivated(
  x: Execution,
  scope: ElementInstance,
  joins: readonly InclusiveJoin[],
  waiting: ReadonlyMap<number, readonly Arrival[]>,
  visits: ReadonlyMap<number, ElementInstance>,
): ElementInstance | undefined {
  for (const { element } of joins) {
    const arrivals = waiting.get(element.index);
    if (element.type !== 'COMPLEX_GATEWAY' || arrivals === undefined || visits.has(element.index)) continue;
    const activated = activate(x, element, scope, oldestOfEachFlow(arrivals));
    if (activated !== undefined) return activated;
  }
  return undefined;
}

function candidates(
  x: Execution,
  join: InclusiveJoin,
  arrivals: readonly Arrival[],
  visit: ElementInstance | undefined,
): readonly Candidate[] {
  if (join.element.type === 'INCLUSIVE_GATEWAY') return arrivals.length === 0 ? [] : [{ join, arrivals, taken: [] }];
  const activation = visit && activationOf(x, visit)?.payload;
  if (visit === undefined || activation?.step !== 'WAITING') return [];
  const taken = activation.flows;
  return [{ join, arrivals: arrivals.filter(({ flow }) => !taken.includes(flow)), visit, taken }];
}

/** The tokens that wait in the scope, by the element at which they wait or arrive; the oldest first, however loaded (I2). */
function waitingAt(x: Execution, scope: ElementInstance): ReadonlyMap<number, readonly Arrival[]> {
  const { firstElementId } = x.processOf(scope);
  const waiting = new Map<number, Arrival[]>();
  const arrivals = [...x.set.arrivalsIn(scope.id)].filter(
    (each) => each.consumedBy === null && each.withdrawnBy === null,
  );
  for (const arrival of arrivals.sort((one, other) => one.id - other.id)) {
    const index = arrival.elementId - firstElementId;
    const others = waiting.get(index);
    if (others === undefined) waiting.set(index, [arrival]);
    else others.push(arrival);
  }
  return waiting;
}

function isReady(
  x: Execution,
  scope: ElementInstance,
  { join: { element, reachedFrom }, arrivals, taken }: Candidate,
  waiting: ReadonlyMap<number, readonly Arrival[]>,
  ignored: ReadonlySet<number> = new Set([element.index]),
): boolean {
  const filled = new Set([...taken, ...arrivals.map(({ flow }) => flow)]);
  const reaches = (index: number, isFilled: boolean) =>
    element.incoming.some((flow, place) => filled.has(flow) === isFilled && reachedFrom[place]?.has(index));
  /** One that can come to an empty flow, unless it can come to a filled one as well. */
  const blocks = (index: number) => reaches(index, false) && !reaches(index, true);
  for (const index of waiting.keys()) if (!ignored.has(index) && blocks(index)) return false;
  const { firstElementId } = x.processOf(scope);
  for (const child of x.set.childrenOf(scope.id)) {
    const index = child.elementId - firstElementId;
    if (child.endedAt !== null || !blocks(index) || (ignored.has(index) && isWaiting(x, child))) continue;
    // What is compensated once more goes nowhere.
    if (!isCompensated(x, child)) return false;
  }
  // What is known to live in the scope does not stand against it; only then must all be known.
  if (filled.size < element.incoming.length && !x.set.isWhole(x.rootId)) throw new NeedsTree();
  return true;
}

function oldestOfEachFlow(arrivals: readonly Arrival[]): readonly Arrival[] {
  const oldest = new Map<number, Arrival>();
  for (const arrival of arrivals) if (!oldest.has(arrival.flow)) oldest.set(arrival.flow, arrival);
  return [...oldest.values()];
}

/** A complex gateway that only waits to be reset. */
function isWaiting(x: Execution, ei: ElementInstance): boolean {
  return activationOf(x, ei)?.payload.step === 'WAITING';
}

function idOf({ visit, arrivals: [first] }: Candidate): number {
  return visit?.id ?? first?.id ?? 0;
}
