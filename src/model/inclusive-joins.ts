/**
 * From where in a graph the incoming flows of its inclusive joins can still be reached (BPMN 2.0.2, 13.4.3). Complex
 * gateways that wait are among them: they are reset by the same rule (13.4.5).
 */
import type { ComplexGateway, Element, Graph, InclusiveGateway } from './process.js';

export interface InclusiveJoin {
  readonly element: InclusiveGateway | ComplexGateway;
  /** For each incoming flow, in order: the elements from which a token can come onto it without passing the join. */
  readonly reachedFrom: readonly ReadonlySet<number>[];
}

/** By the index of the scope that holds them. */
type JoinsByScope = ReadonlyMap<number, readonly InclusiveJoin[]>;

/** A graph never changes, so what is found is kept with it; most graphs have none. */
const known = new WeakMap<Graph, JoinsByScope>();

export function inclusiveJoinsIn(graph: Graph, scope: number): readonly InclusiveJoin[] {
  let joins = known.get(graph);
  if (joins === undefined) {
    joins = findJoins(graph);
    known.set(graph, joins);
  }
  return joins.get(scope) ?? [];
}

function findJoins(graph: Graph): JoinsByScope {
  const joins = new Map<number, InclusiveJoin[]>();
  for (const element of graph.elements.filter(isJoin)) {
    const join = { element, reachedFrom: element.incoming.map((flow) => leadingTo(graph, flow, element)) };
    const others = joins.get(element.scope);
    if (others === undefined) joins.set(element.scope, [join]);
    else others.push(join);
  }
  return joins;
}

/** Where a token jumps from to a link catch event. */
function linkedTo(elements: Graph['elements'], { type, scope, ...catching }: Element): readonly number[] {
  const nameOf = (each: object) => ('event' in each ? (each.event as { name?: unknown }).name : undefined);
  if (type !== 'LINK_CATCH_EVENT') return [];
  const isThrow = (each: Element) => each.type === 'LINK_THROW_EVENT' && each.scope === scope;
  return elements.filter((each) => isThrow(each) && nameOf(each) === nameOf(catching)).map(({ index }) => index);
}

export function isInclusiveJoin(element: Element): element is InclusiveGateway {
  return element.type === 'INCLUSIVE_GATEWAY' && element.incoming.length > 1;
}

function isJoin(element: Element): element is InclusiveJoin['element'] {
  return isInclusiveJoin(element) || (element.type === 'COMPLEX_GATEWAY' && element.activation !== undefined);
}

function leadingTo({ elements, flows }: Graph, flow: number, join: Element): ReadonlySet<number> {
  const found = new Set<number>();
  const sourceOf = (each: number) => flows[each]?.source ?? -1;
  const open = [sourceOf(flow)];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const source = elements[next];
    if (source === undefined || source === join || found.has(source.index)) continue;
    found.add(source.index);
    open.push(...source.incoming.map(sourceOf));
    // What is at work in an activity may still come out of an event attached to it.
    if ('attachedTo' in source) open.push(source.attachedTo);
    open.push(...linkedTo(elements, source));
  }
  return found;
}
