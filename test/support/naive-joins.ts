/** Where tokens meet in the naive interpreter: what a join waits for, and which flows a token takes from there. */
import type { Element, Graph } from '../../src/model/process.js';
import { elementAt, resultOf, type Token, targetOf, type Values, type Visit } from './naive-visits.js';

export function oneOfEach(scope: Visit, { incoming }: Element): readonly Token[] | undefined {
  const first = firstOfEach(scope, incoming);
  return first.length === incoming.length ? first : undefined;
}

export function isInclusiveJoin({ type, incoming }: Element): boolean {
  return type === 'INCLUSIVE_GATEWAY' && incoming.length > 1;
}

/** Not one that only splits. */
export function isComplexJoin(element: Element): boolean {
  return element.type === 'COMPLEX_GATEWAY' && element.activation !== undefined;
}

/** A join that opens, or a complex gateway that is activated or reset: the visit of one that was there already. */
export interface Opening {
  readonly join: Element;
  readonly tokens: readonly Token[];
  readonly visit: Visit | undefined;
}

/** The one in the scope whose turn it is when nothing moves any more. */
export function nextOpening(scope: Visit): Opening | undefined {
  return activation(scope) ?? completeJoin(scope);
}

function activation(scope: Visit): Opening | undefined {
  const targets = [...new Set(scope.tokens.map(({ target }) => target))].filter(isComplexJoin);
  for (const join of targets.sort((one, other) => one.index - other.index)) {
    if (visitOf(scope, join) !== undefined || join.type !== 'COMPLEX_GATEWAY') continue;
    const tokens = firstOfEach(scope, join.incoming);
    if (resultOf(scope, join.activation, { activationCount: tokens.length, waitingForStart: true }) !== true) continue;
    return { join, tokens, visit: undefined };
  }
  return undefined;
}

interface Waiting extends Opening {
  /** The flows on which a token has come. */
  readonly filled: readonly number[];
  /** For order: the oldest first. */
  readonly since: number;
}

function completeJoin(scope: Visit): Opening | undefined {
  const joins = waitingIn(scope).sort((one, other) => one.since - other.since);
  const ready = joins.find((each) => hasAll(scope, each, [each]));
  if (ready !== undefined) return ready;
  return joins.every((each) => hasAll(scope, each, joins)) ? joins[0] : undefined;
}

function waitingIn(scope: Visit): Waiting[] {
  const targets = [...new Set(scope.tokens.map(({ target }) => target))].filter(isInclusiveJoin);
  const joins = targets.map((join): Waiting => {
    const tokens = firstOfEach(scope, join.incoming);
    return {
      join,
      tokens,
      visit: undefined,
      filled: flowsOf(tokens),
      since: Math.min(...tokens.map(({ born }) => born)),
    };
  });
  for (const visit of scope.children) {
    const { taken, element: join } = visit;
    if (taken === undefined) continue;
    const late = firstOfEach(
      scope,
      join.incoming.filter((flow) => !taken.includes(flow)),
    );
    joins.push({ join, tokens: late, visit, filled: [...taken, ...flowsOf(late)], since: visit.born });
  }
  return joins;
}

function visitOf(scope: Visit, join: Element): Visit | undefined {
  return [...scope.children].find(({ element }) => element === join);
}

function firstOfEach(scope: Visit, flows: readonly number[]): readonly Token[] {
  return flows.flatMap((flow) => scope.tokens.find((token) => token.flow === flow) ?? []);
}

function flowsOf(tokens: readonly Token[]): readonly number[] {
  return tokens.flatMap(({ flow }) => flow ?? []);
}

/** Follows every path of every token that is not at one of these joins, forwards. */
function hasAll(scope: Visit, { join, filled }: Waiting, without: readonly Waiting[]): boolean {
  const has = (flow: number) => filled.includes(flow);
  const isWithout = (place: Element) => without.some((each) => each.join === place);
  const tokens = scope.tokens.map(({ target }) => target);
  // What is undone goes nowhere.
  const visits = [...scope.children].filter(({ undoes }) => undoes === undefined);
  const places = [...tokens, ...visits.map(({ element }) => element)];
  return places.every((place) => {
    if (isWithout(place)) return true;
    const reached = flowsReached(scope.graph, place, join, new Set());
    return reached.every(has) || reached.some(has);
  });
}

function flowsReached(graph: Graph, from: Element, join: Element, seen: Set<Element>): readonly number[] {
  if (seen.has(from) || from === join) return [];
  seen.add(from);
  const attached = 'boundaryEvents' in from ? from.boundaryEvents.map((index) => elementAt(graph, index)) : [];
  const linked = from.type === 'LINK_THROW_EVENT' ? linkedFrom(graph, from) : undefined;
  const beside = [...attached, ...(linked === undefined ? [] : [linked])];
  const behind = from.outgoing.flatMap((flow) => {
    const target = targetOf(graph, flow);
    return target === join ? [flow] : flowsReached(graph, target, join, seen);
  });
  return [...behind, ...beside.flatMap((each) => flowsReached(graph, each, join, seen))];
}

export function linkedFrom({ elements }: Graph, element: Element): Element | undefined {
  const nameOf = (each: Element) => ('event' in each && each.event?.kind === 'LINK' ? each.event.name : undefined);
  return elements.find(
    (each) => each.type === 'LINK_CATCH_EVENT' && each.scope === element.scope && nameOf(each) === nameOf(element),
  );
}

export function flowsOut(visit: Visit, extra: Values = {}): readonly number[] {
  const { element, graph } = visit;
  const conditionOf = (flow: number) => graph.flows[flow]?.condition;
  if (element.outgoing.every((flow) => conditionOf(flow) === undefined)) return element.outgoing;
  const taken = element.outgoing.filter(
    (flow) => conditionOf(flow) !== undefined && resultOf(visit, conditionOf(flow), extra) === true,
  );
  const fallback = 'defaultFlow' in element && element.defaultFlow !== undefined ? [element.defaultFlow] : [];
  if (taken.length === 0) return fallback;
  return element.type === 'EXCLUSIVE_GATEWAY' ? taken.slice(0, 1) : taken;
}

/** At the reset of a complex gateway: only flows that ask for it. */
export function lateFlowsOut({ element, graph }: Visit, from: Visit): readonly number[] {
  return element.outgoing.filter((flow) => {
    const condition = graph.flows[flow]?.condition;
    return (
      condition?.reads.includes('waitingForStart') && resultOf(from, condition, { waitingForStart: false }) === true
    );
  });
}
