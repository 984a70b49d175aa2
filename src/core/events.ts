/**
 * Events: what waits for one, what happens when one comes, and who catches what is thrown.
 *
 * A boundary event, and the start event of an event sub-process, are no element instances while they wait. What waits
 * hangs as a row on its owner and names the element that catches it: the owner is the activity, the scope that holds the
 * event sub-process, or the instance of an intermediate catch event itself. Errors and escalations need no row: the
 * graph says who catches them.
 */

import { definitionsIn, type EventDefinition, type EventKind, isEventAt, needsAll } from '../model/events.js';
import type {
  BoundaryEvent,
  CatchEvent,
  Element,
  EventBasedGateway,
  ReceiveTask,
  StartEvent,
} from '../model/process.js';
import type { VariableChange } from './command.js';
import { isCompensated } from './compensation.js';
import { conditionsHold, openCondition } from './conditions.js';
import { type Execution, found, scopeOf } from './execution.js';
import { around } from './instances.js';
import { subscribe } from './messages.js';
import { gather } from './multiple-events.js';
import { needAllOf } from './needs.js';
import { areKnown, ask, givenCode } from './open-definitions.js';
import { awaitSignal } from './signals.js';
import type { ElementInstance } from './state.js';
import { openTimer } from './timers.js';
import { type MappingFailure, setResults } from './variables.js';

export type CatchingElement = BoundaryEvent | StartEvent | CatchEvent | ReceiveTask;

// --- Waiting ---------------------------------------------------------------------------------------------------------

/** Opens the row that waits for an event. A failure is an incident of the owner, which then has not begun. */
export type OpenWait<K extends EventKind> = (
  x: Execution,
  owner: ElementInstance,
  catching: CatchingElement,
  event: Extract<EventDefinition, { readonly kind: K }>,
  /** The place of the event among several of which the catching element waits for any or for all. */
  definition?: number,
) => MappingFailure | undefined;

/** Kinds of events that come from outside the tree or from the clock: each has rows that wait. */
const waits: { readonly [K in EventKind]?: OpenWait<K> } = {
  CONDITIONAL: openCondition,
  MESSAGE: subscribe,
  MULTIPLE: (x, owner, catching, { definitions }) => {
    for (const [place, definition] of definitions.entries()) {
      const failure = openDefinition(x, owner, catching, definition, place);
      if (failure !== undefined) return failure;
    }
    return undefined;
  },
  SIGNAL: awaitSignal,
  TIMER: openTimer,
};

function isAwaited({ event, job }: CatchingElement): boolean {
  return job !== undefined || definitionsIn(event).some(({ kind }) => kind in waits);
}

/** Opens all that waits while `owner` is at work. */
export function openWaits(x: Execution, owner: ElementInstance, element: Element): MappingFailure | undefined {
  for (const catching of catchersOf(x, owner, element)) {
    const failure = openWait(x, owner, catching);
    if (failure !== undefined) return failure;
  }
  return undefined;
}

export function openWait(x: Execution, owner: ElementInstance, catching: CatchingElement): MappingFailure | undefined {
  if (catching.job !== undefined) return ask(x, owner, catching, catching.job);
  return openKnown(x, owner, catching);
}

/** Where a worker has given what the model leaves open, `catching` is what it came to. */
export function openKnown(x: Execution, owner: ElementInstance, catching: CatchingElement): MappingFailure | undefined {
  return openDefinition(x, owner, catching, catching.event);
}

/** One of several has a `place`. */
export function openDefinition(
  x: Execution,
  owner: ElementInstance,
  catching: CatchingElement,
  event: EventDefinition,
  place?: number,
): MappingFailure | undefined {
  const open = waits[event.kind] as OpenWait<EventKind> | undefined;
  return open?.(x, owner, catching, event, place);
}

/** Whether a worker is still to say what is attached to the activity; it does not begin before. */
export function isAsking(x: Execution, owner: ElementInstance, element: Element): boolean {
  const attached = 'boundaryEvents' in element ? element.boundaryEvents : NOTHING;
  return attached.length > 0 && !areKnown(x, owner, boundaryEventsOf(x, owner, attached));
}

/** Whether workers were asked before the activity began, and have answered: all waits are open then. */
export function hasAsked(x: Execution, owner: ElementInstance, element: Element): boolean {
  const attached = 'boundaryEvents' in element ? element.boundaryEvents : NOTHING;
  if (owner.startedAt !== null || attached.length === 0) return false;
  const events = boundaryEventsOf(x, owner, attached);
  return events.some(({ job }) => job !== undefined) && areKnown(x, owner, events);
}

/** The owner's work is done: nothing waits for it any more. */
export function closeWaits(x: Execution, owner: ElementInstance, element: Element): void {
  if (!catchersOf(x, owner, element).some(isAwaited)) return;
  needAllOf(x.set, owner);
  x.release(owner);
}

const NOTHING: readonly never[] = [];

/** What may catch an event while the element is at work: what is inside it comes before what is attached to it. */
function catchersOf(x: Execution, owner: ElementInstance, element: Element): readonly CatchingElement[] {
  const inside = 'eventSubProcesses' in element ? element.eventSubProcesses : NOTHING;
  const attached = 'boundaryEvents' in element ? element.boundaryEvents : NOTHING;
  if (inside.length === 0 && attached.length === 0) return NOTHING;
  return [...startsOf(x, owner, inside), ...boundaryEventsOf(x, owner, attached)];
}

function boundaryEventsOf(x: Execution, ei: ElementInstance, indexes: readonly number[]): readonly BoundaryEvent[] {
  const { elements } = x.processOf(ei).graph;
  return indexes.map((index) => found(elements[index], 'boundary event', index) as BoundaryEvent);
}

/** The start events of event sub-processes. */
function startsOf(x: Execution, ei: ElementInstance, indexes: readonly number[]): readonly StartEvent[] {
  const { elements } = x.processOf(ei).graph;
  return indexes.map((index) => {
    const subProcess = elements[index];
    const start = subProcess?.type === 'EVENT_SUB_PROCESS' ? subProcess.start : -1;
    return found(elements[start], 'start event', start) as StartEvent;
  });
}

// --- Happening -------------------------------------------------------------------------------------------------------

/**
 * The event has happened. An intermediate event goes on; for the others an element instance is opened, and what they
 * interrupt ends because of it. The variables go outwards from there, or stay local where there are output mappings.
 */
export function trigger(
  x: Execution,
  owner: ElementInstance,
  catching: CatchingElement,
  variables: readonly VariableChange[],
  cause: ElementInstance = owner,
): void {
  if (!needsAll(catching.event)) {
    happen(x, owner, catching, variables, cause);
    return;
  }
  const all = gather(x, owner, catching, catching.event, variables);
  if (all === undefined) return;
  happen(x, owner, catching, all, cause);
  if (!('interrupting' in catching)) return;
  // A process that needs several events to start begins.
  if (x.elementOf(owner).index === catching.index)
    x.agenda.push({ type: 'openWaits', elementInstanceId: scopeOf(owner) });
  else if (!catching.interrupting) waitAgain(x, owner, catching);
}

function happen(
  x: Execution,
  owner: ElementInstance,
  catching: CatchingElement,
  variables: readonly VariableChange[],
  cause: ElementInstance,
): void {
  const isOwn = x.elementOf(owner).index === catching.index;
  const ei = isOwn ? owner : begun(x, owner, catching, cause);
  if (isOwn) closeOwn(x, owner, catching);
  setResults(x, ei, catching, variables);
  x.agenda.push({ type: isOwn || isEventAt(catching.type, 'CATCH') ? 'leave' : 'enter', elementInstanceId: ei.id });
}

/** Of several events that it waited for, those that have not happened are not loaded with the one that has. */
function closeOwn(x: Execution, owner: ElementInstance, { event }: CatchingElement): void {
  if (event.kind === 'MULTIPLE') needAllOf(x.set, owner);
  x.release(owner);
}

/** All have happened, and nothing was interrupted: it waits for all of them once more. */
function waitAgain(x: Execution, owner: ElementInstance, catching: CatchingElement): void {
  const failure = openWait(x, owner, catching);
  if (failure !== undefined) x.record(owner, failure.reason, failure.message);
  conditionsHold(x, owner, catching);
}

/** The boundary event, or the event sub-process, that begins. */
function begun(
  x: Execution,
  owner: ElementInstance,
  catching: CatchingElement,
  cause: ElementInstance,
): ElementInstance {
  if ('attachedTo' in catching) {
    const ei = x.openCaused(catching, x.elementInstance(scopeOf(owner)), cause);
    if (catching.interrupting) x.interrupt(owner, ei);
    return ei;
  }
  const element = x.elementOf(owner);
  if (element.type === 'EVENT_BASED_GATEWAY') return afterGateway(x, element, owner, catching);
  const subProcess = found(x.processOf(owner).graph.elements[catching.scope], 'element', catching.scope);
  const ei = x.openCaused(subProcess, owner, cause);
  if ('interrupting' in catching && catching.interrupting) x.endChildren(owner, 'TERMINATED', ei);
  return ei;
}

/**
 * The first event decides: the gateway is left towards it, and nothing waits for the others any more. A parallel one is
 * left with the last of its messages.
 */
function afterGateway(
  x: Execution,
  { parallel }: EventBasedGateway,
  gateway: ElementInstance,
  catching: CatchingElement,
): ElementInstance {
  needAllOf(x.set, gateway);
  const ei = x.openCaused(catching, x.elementInstance(scopeOf(gateway)), gateway);
  if (parallel && [...x.set.messageSubscriptionsOf(gateway.id)].length > 0) return ei;
  x.release(gateway);
  x.leave(gateway, []);
  return ei;
}

// --- Throwing --------------------------------------------------------------------------------------------------------

export type Thrown = Extract<EventKind, 'ERROR' | 'ESCALATION'>;

export interface Catcher {
  readonly owner: ElementInstance;
  readonly element: BoundaryEvent | StartEvent;
}

/**
 * Who catches what `from` throws: outwards, scope by scope, first what is inside and then what is attached; in each
 * place the exact code before the one that catches all (BPMN 2.0.2, 10.5.1 and 13.5.4).
 */
export function catcherOf(x: Execution, from: ElementInstance, kind: Thrown, code: string): Catcher | undefined {
  let child: ElementInstance | undefined;
  for (let owner: ElementInstance | undefined = from; owner !== undefined; owner = around(x, owner)) {
    const element = x.elementOf(owner);
    const within = child;
    child = owner;
    // What has completed catches nothing while it is compensated.
    if (isCompensated(x, owner)) continue;
    const inside = 'eventSubProcesses' in element ? startsInside(x, owner, element.eventSubProcesses, within) : NOTHING;
    const attached = 'boundaryEvents' in element ? boundaryEventsOf(x, owner, element.boundaryEvents) : NOTHING;
    const caught = matching(x, owner, inside, kind, code) ?? matching(x, owner, attached, kind, code);
    if (caught !== undefined) return { owner, element: caught };
  }
  return undefined;
}

/** An event sub-process does not catch what it throws itself; where it has interrupted the scope, no other one begins. */
function startsInside(
  x: Execution,
  scope: ElementInstance,
  indexes: readonly number[],
  child: ElementInstance | undefined,
): readonly StartEvent[] {
  const starts = startsOf(x, scope, indexes);
  const within = child === undefined ? undefined : x.elementOf(child);
  if (within?.type !== 'EVENT_SUB_PROCESS') return starts;
  const running = starts.find(({ scope: index }) => index === within.index);
  return running?.interrupting === true ? NOTHING : starts.filter((start) => start !== running);
}

function matching<E extends BoundaryEvent | StartEvent>(
  x: Execution,
  owner: ElementInstance,
  events: readonly E[],
  kind: Thrown,
  code: string,
): E | undefined {
  const codes = new Map<unknown, E>();
  for (const each of events) {
    for (const definition of definitionsIn(each.event)) {
      if (definition.kind !== kind || !('code' in definition)) continue;
      if (each.job === undefined) codes.set(definition.code, each);
      else codes.set(givenCode(x, owner, each) ?? NOBODY_CATCHES, each);
    }
  }
  return codes.get(code) ?? codes.get(undefined) ?? codes.get('');
}

const NOBODY_CATCHES = Symbol('nobody has given the code yet');
