/** What the naive interpreter remembers: visits of elements as objects in a tree, and the data in them. */
import type { Expression } from '../../src/model/expression.js';
import type { Element, Graph } from '../../src/model/process.js';

export type Values = Record<string, unknown>;

export interface Visit {
  readonly born: number;
  readonly graph: Graph;
  readonly element: Element;
  readonly parent: Visit | undefined;
  /** Of a process that was called: the call activity. */
  readonly caller: Visit | undefined;
  readonly variables: Values;
  readonly children: Set<Visit>;
  /** Of a call activity: the process that it called. */
  called: Visit | undefined;
  /** Tokens on the flows inside, from the moment they set out. */
  tokens: Token[];
  lives: boolean;
  /** Since when something has gone wrong with it; 0: nothing. */
  incident: number;
  /** Of the body of a loop. */
  repeated: Repeated | undefined;
  /** Of an instance in it, from 0. */
  place: number;
  /** Of a process: it is suspended. */
  halted: boolean;
  /** Tries of its work that have failed, and whether the next one is still to come. */
  failures: number;
  isAway: boolean;
  /** Of a complex gateway that waits for its reset: the flows that it has taken a token from. */
  taken: readonly number[] | undefined;
  /** The execution listener whose turn it is. */
  listening: { readonly phase: 'start' | 'end'; readonly place: number } | undefined;
  /** Of an ad-hoc sub-process: a worker is asked what begins, or nothing begins any more. */
  asks: boolean;
  over: 'COMPLETE' | 'INTERRUPTED' | undefined;
  /** What has completed in it and can be undone, the first first. */
  done: Done[];
  /** What is undone in it. */
  undoes: Done | undefined;
}

/** An activity that has completed. */
export interface Done {
  readonly activity: Element;
  /** The event at its border that begins what undoes it; else that is inside. */
  readonly border: Element | undefined;
  readonly order: number;
  readonly own: Values;
  readonly seen: Values;
  readonly inside: readonly Done[];
  /** The event, or the sub-process that is undone, that has it undone. */
  taker: Visit | undefined;
  isRunning: boolean;
}

export interface Repeated {
  /** Undefined: as long as a condition holds. */
  readonly items: readonly unknown[] | undefined;
  readonly results: unknown[];
  opened: number;
  enough: boolean;
}

export interface Token {
  /** Undefined for one that jumps from link to link. */
  readonly flow: number | undefined;
  readonly target: Element;
  readonly born: number;
}

/** It does not come to rest soon. */
export class Runaway extends Error {}

const SCOPES: ReadonlySet<string> = new Set([
  ...['SUB_PROCESS', 'TRANSACTION', 'AD_HOC_SUB_PROCESS', 'EVENT_SUB_PROCESS', 'MULTI_INSTANCE_BODY'],
  // It is there only while something is undone in it.
  'COMPENSATION_BOUNDARY_EVENT',
]);

export function elementAt({ elements }: Graph, index: number | undefined): Element {
  const element = elements[index ?? -1];
  if (element === undefined) throw new Error(`there is no element ${index}`);
  return element;
}

export function targetOf(graph: Graph, flow: number | undefined): Element {
  return elementAt(graph, graph.flows[flow ?? -1]?.target);
}

export function isEmpty({ children, tokens }: Visit): boolean {
  return children.size === 0 && tokens.length === 0;
}

export function newVisit(
  born: number,
  graph: Graph,
  element: Element,
  parent: Visit | undefined,
  caller: Visit | undefined,
): Visit {
  return {
    born,
    graph,
    element,
    parent,
    caller,
    variables: {},
    children: new Set<Visit>(),
    called: undefined,
    tokens: [],
    lives: true,
    incident: 0,
    repeated: undefined,
    place: 0,
    halted: caller !== undefined && isHalted(caller),
    failures: 0,
    isAway: false,
    taken: undefined,
    asks: false,
    listening: undefined,
    over: undefined,
    done: [],
    undoes: undefined,
  };
}

/** It and all in it, called processes too. */
export function* visitsIn(visit: Visit): Generator<Visit> {
  yield visit;
  for (const child of visit.children) yield* visitsIn(child);
  if (visit.called !== undefined) yield* visitsIn(visit.called);
}

/** It is at work itself, and no scope around that. */
export function isLeaf({ parent, element }: Visit): boolean {
  return parent !== undefined && !SCOPES.has(element.type);
}

export function processOf(visit: Visit): Visit {
  return visit.parent === undefined ? visit : processOf(visit.parent);
}

/** The process that was started, over all calls. */
export function rootOf(visit: Visit): Visit {
  const process = processOf(visit);
  return process.caller === undefined ? process : rootOf(process.caller);
}

export function isHalted(visit: Visit): boolean {
  return processOf(visit).halted;
}

/** The event sub-process that undoes the sub-process around it. */
export function isUnit({ elements }: Graph, element: Element): boolean {
  return element.type === 'EVENT_SUB_PROCESS' && elements[element.start]?.type === 'COMPENSATION_START_EVENT';
}

// --- Data ------------------------------------------------------------------------------------------------------------

/** Where it already exists, searching outwards, or else in the process. What is only remembered changes on the way. */
export function assign(from: Visit, name: string, value: unknown): void {
  for (let at: Visit | undefined = from; at !== undefined; at = at.parent) {
    if (!(name in at.variables) && at.parent !== undefined) continue;
    at.variables[name] = value;
    if (at.element.type !== 'COMPENSATION_BOUNDARY_EVENT' && !isUnit(at.graph, at.element)) return;
  }
}

function ownerOf(from: Visit, name: string): Visit | undefined {
  if (name in from.variables) return from;
  return from.parent === undefined ? undefined : ownerOf(from.parent, name);
}

/** Of equal names the innermost. */
export function visibleFrom(visit: Visit): Values {
  return visit.parent === undefined ? visit.variables : { ...visibleFrom(visit.parent), ...visit.variables };
}

export function resultOf(visit: Visit, expression: Expression | undefined, extra: Values = {}): unknown {
  if (expression === undefined) return undefined;
  const evaluation = evaluate(visit, expression, extra);
  if (!evaluation.ok) throw new Error(evaluation.message);
  return evaluation.value;
}

/** What is not there makes nothing true. */
export function holds(visit: Visit, condition: Expression): boolean {
  const evaluation = evaluate(visit, condition, {});
  return evaluation.ok && evaluation.value === true;
}

function evaluate(visit: Visit, expression: Expression, extra: Values) {
  return expression.evaluate({
    now: 0,
    variable: (name) => {
      if (name in extra) return { value: extra[name] };
      const owner = ownerOf(visit, name);
      return owner === undefined ? undefined : { value: owner.variables[name] };
    },
  });
}
