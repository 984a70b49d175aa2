/** Runs the agenda until everything waits, or until the step limits say that the rest is for later. */

import { admits, continueSequence } from './ad-hoc.js';
import type { AgendaItem } from './agenda.js';
import { hasCompensated } from './compensation.js';
import { nextCondition } from './conditions.js';
import { behaviorOf } from './elements/index.js';
import { type CatchingElement, openWaits, trigger } from './events.js';
import { type Execution, found } from './execution.js';
import { openReadyJoin, scopesToAsk } from './inclusive-joins.js';
import { STEPS_PER_COMMAND, STEPS_WITHOUT_WAIT } from './limits.js';
import { openInstance, progressOf } from './loops.js';
import { NeedsProcesses } from './needs.js';
import type { ElementInstance } from './state.js';
import { putTask } from './tasks.js';

type OpenInstance = Extract<AgendaItem, { type: 'openInstance' }>;
/** What the step cap may put off. */
type Postponed = Extract<AgendaItem, { type: 'arrive' | 'openInstance' }>;

export function advance(x: Execution): void {
  const rest: Postponed[] = [];
  const cap = x.steps + STEPS_PER_COMMAND;
  do {
    for (let item = x.agenda.shift(); item !== undefined; item = x.agenda.shift()) {
      if ((item.type === 'arrive' || item.type === 'openInstance') && x.steps >= cap) rest.push(item);
      else take[item.type](x, item as never);
    }
  } while (x.steps < cap && (continueSequence(x) || enterReadyJoin(x) || triggerCondition(x)));
  if (x.unknown.length > 0) throw new NeedsProcesses(x.unknown);
  postpone(x, rest);
}

/** When no token can go on by itself, one inclusive join may have become ready; then there is more to do. */
function enterReadyJoin(x: Execution): boolean {
  const join = openReadyJoin(x);
  if (join === undefined) return false;
  x.steps += 1;
  enter(x, join);
  return true;
}

/** Conditions are asked when all else is done: what the command changed in between does not count by itself. */
function triggerCondition(x: Execution): boolean {
  const happened = nextCondition(x);
  if (happened === undefined) return false;
  trigger(x, happened.owner, happened.element as CatchingElement, []);
  return true;
}

const take: { readonly [T in AgendaItem['type']]: (x: Execution, item: Extract<AgendaItem, { type: T }>) => void } = {
  /** A token may have been taken by a join or withdrawn since it set out; in a suspended instance it stops here. */
  arrive(x, { arrivalId }) {
    const arrival = found(x.set.get('arrival', arrivalId), 'arrival', arrivalId);
    if (arrival.consumedBy !== null || arrival.withdrawnBy !== null || x.isSuspended(arrival)) return;
    const element = x.elementOf(arrival);
    const scope = x.elementInstance(arrival.scopeId);
    if (!admits(x, scope, element, arrival)) return;
    x.steps += 1;
    behaviorOf(element).arrive(x, element, scope, arrival);
  },
  /** It may have been interrupted since the event happened. */
  enter(x, { elementInstanceId }) {
    const ei = x.elementInstance(elementInstanceId);
    if (ei.endedAt === null) enter(x, ei);
  },
  leave(x, { elementInstanceId }) {
    const ei = x.elementInstance(elementInstanceId);
    if (ei.endedAt === null) leave(x, ei);
  },
  openWaits(x, { elementInstanceId }) {
    const ei = x.elementInstance(elementInstanceId);
    const failure = openWaits(x, ei, x.elementOf(ei));
    if (failure === undefined) return;
    x.release(ei);
    x.raise(ei, 'ENTER', failure.reason, failure.message);
  },
  /** One at a time, so that each gets as far as it can before the step cap comes. */
  openInstance(x, { bodyId, items, first }) {
    const body = x.elementInstance(bodyId);
    const at = progressOf(body).opened + 1 - first;
    const ei = openInstance(x, body, items[at] ?? null);
    if (ei === undefined) return;
    x.steps += 1;
    enter(x, ei);
    if (at + 1 < items.length) x.agenda.push({ type: 'openInstance', bodyId, items, first });
  },
  /** Since it became empty, the scope may have been ended from outside, or an event may have begun something in it. */
  scopeEmptied(x, { scopeId, by }) {
    const scope = x.elementInstance(scopeId);
    if (scope.endedAt !== null || scope.liveChildren > 0) return;
    if (hasCompensated(x, scope, by)) return;
    const element = x.elementOf(scope);
    behaviorOf(element).emptied?.(x, element, scope, by);
  },
};

/** The element instance begins its work, or begins it again. */
export function enter(x: Execution, ei: ElementInstance): void {
  const element = x.elementOf(ei);
  behaviorOf(element).enter(x, element, ei);
}

/** The element instance's work is done. */
export function leave(x: Execution, ei: ElementInstance): void {
  const element = x.elementOf(ei);
  behaviorOf(element).leave(x, element, ei);
}

/** What is left over goes on in a task of the same tree, one for each scope; a loop that never waits is stopped. */
function postpone(x: Execution, rest: readonly Postponed[]): void {
  const toAsk = [...scopesToAsk(x), ...x.watched];
  const byScope = new Map<number, Rest>(toAsk.map((id) => [id, { arrivals: [] }]));
  for (const item of rest) {
    if (item.type === 'openInstance') {
      byScope.set(item.bodyId, { arrivals: [], items: itemsLeft(x, item) });
      continue;
    }
    const arrival = found(x.set.get('arrival', item.arrivalId), 'arrival', item.arrivalId);
    if (arrival.consumedBy !== null || arrival.withdrawnBy !== null) continue;
    const others = byScope.get(arrival.scopeId);
    if (others === undefined) byScope.set(arrival.scopeId, { arrivals: [item.arrivalId] });
    else others.arrivals.push(item.arrivalId);
  }
  for (const [scopeId, left] of byScope) {
    const scope = x.elementInstance(scopeId);
    if (scope.endedAt !== null) continue;
    if (x.steps >= STEPS_WITHOUT_WAIT && !isParallelBody(x, scope)) stop(x, scope);
    else continueLater(x, scope, left);
  }
}

/** Its instances are no loop: they are opened, however many there are. */
function isParallelBody(x: Execution, scope: ElementInstance): boolean {
  const element = x.elementOf(scope);
  return element.type === 'MULTI_INSTANCE_BODY' && element.loop.type === 'PARALLEL';
}

/** What is left over in one scope. */
interface Rest {
  readonly arrivals: number[];
  readonly items?: readonly (string | null)[];
}

function itemsLeft(x: Execution, { bodyId, items, first }: OpenInstance): readonly (string | null)[] {
  return items.slice(progressOf(x.elementInstance(bodyId)).opened + 1 - first);
}

function stop(x: Execution, scope: ElementInstance): void {
  const message = `${x.steps} steps without a wait state: a loop that never waits?`;
  x.raise(scope, 'CONTINUE', 'STEP_LIMIT', message);
}

function continueLater(x: Execution, scope: ElementInstance, left: Rest): void {
  putTask(x, { ...scope, elementInstanceId: scope.id }, x.now, { type: 'CONTINUE', ...left, steps: x.steps });
}
