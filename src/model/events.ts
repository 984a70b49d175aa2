/** What events wait for and what they throw, and which events BPMN has in which place (BPMN 2.0.2, 10.5, table 10.93). */
import type { Expression } from './expression.js';

/** What an event reacts to or throws, as the model says; undefined where the model leaves it open. */
export type EventDefinition =
  | { readonly kind: 'TIMER'; readonly timer: TimerText }
  | {
      readonly kind: 'MESSAGE';
      readonly name: Text | undefined;
      readonly correlationKey: Text | undefined;
      /** Throwing: how long it waits for a receiver; without it, it is tried once. */
      readonly timeToLive?: Text;
    }
  | { readonly kind: 'SIGNAL'; readonly name: Text | undefined }
  /** Without a code it catches all. */
  | { readonly kind: 'ERROR' | 'ESCALATION'; readonly code: Text | undefined }
  | { readonly kind: 'CONDITIONAL'; readonly condition: Expression }
  | { readonly kind: 'LINK'; readonly name: string }
  /** Throwing: the BPMN id of the activity to compensate; without it all of the scope. `waits` until that is done. */
  | { readonly kind: 'COMPENSATION'; readonly activity: string | undefined; readonly waits: boolean }
  | { readonly kind: 'CANCEL' | 'TERMINATE' }
  /** Any of them, or with `parallel` all of them. */
  | { readonly kind: 'MULTIPLE'; readonly definitions: readonly EventDefinition[]; readonly parallel: boolean };

export type EventKind = EventDefinition['kind'];

/** What an event waits for or throws, one by one. */
export function definitionsIn(event: EventDefinition | undefined): readonly EventDefinition[] {
  if (event === undefined) return [];
  return event.kind === 'MULTIPLE' ? event.definitions : [event];
}

/** The definition that a wait is for; one of several has a place. */
export function definitionAt(event: EventDefinition, place: number | undefined): EventDefinition {
  return event.kind === 'MULTIPLE' ? (event.definitions[place ?? 0] ?? event) : event;
}

/** One of its definitions is not enough: all must have happened. */
export function needsAll(event: EventDefinition): event is MultipleEvent {
  return event.kind === 'MULTIPLE' && event.parallel;
}

export type MultipleEvent = Extract<EventDefinition, { readonly kind: 'MULTIPLE' }>;

/** What waits for it goes on waiting when it has happened. */
export function happensAgain(catching: { readonly event: EventDefinition; readonly interrupting?: boolean }): boolean {
  return catching.interrupting === false && !needsAll(catching.event);
}

/** Text as it stands, or an expression that gives it. */
export type Text = string | Expression;

export interface TimerText {
  /** A point in time, a duration, or a repetition. */
  readonly type: 'DATE' | 'DURATION' | 'CYCLE';
  /** '' where the model leaves it open. */
  readonly text: Text;
  readonly catchUp: CatchUp;
}

/** Of the times of a cycle that were missed while no server ran: all happen, or the last alone, or none. */
export type CatchUp = 'ALL' | 'LAST' | 'NONE';

const EVENTS = {
  START: ['NONE', 'MESSAGE', 'TIMER', 'SIGNAL', 'CONDITIONAL', 'ERROR', 'ESCALATION', 'COMPENSATION', 'MULTIPLE'],
  CATCH: ['MESSAGE', 'TIMER', 'SIGNAL', 'CONDITIONAL', 'LINK', 'MULTIPLE'],
  THROW: ['NONE', 'MESSAGE', 'SIGNAL', 'ESCALATION', 'COMPENSATION', 'LINK', 'MULTIPLE'],
  BOUNDARY: ['MESSAGE', 'TIMER', 'SIGNAL', 'CONDITIONAL', 'ERROR', 'ESCALATION', 'COMPENSATION', 'CANCEL', 'MULTIPLE'],
  END: ['NONE', 'MESSAGE', 'SIGNAL', 'ERROR', 'ESCALATION', 'COMPENSATION', 'CANCEL', 'TERMINATE', 'MULTIPLE'],
} as const;

export type EventPosition = keyof typeof EVENTS;

/** The element types of events that stand in a position, in the words of the API. */
export type EventTypeAt<P extends EventPosition> = `${(typeof EVENTS)[P][number]}_${P}_EVENT`;

export type EventType = { readonly [P in EventPosition]: EventTypeAt<P> }[EventPosition];

export const EVENT_TYPES: readonly EventType[] = Object.entries(EVENTS).flatMap(([position, kinds]) =>
  kinds.map((kind) => `${kind}_${position}_EVENT` as EventType),
);

const ALL: ReadonlySet<string> = new Set(EVENT_TYPES);

export function isEventType(type: string): type is EventType {
  return ALL.has(type);
}

/** Undefined when BPMN has no such event. */
export function eventTypeOf(kind: EventKind | 'NONE', position: EventPosition): EventType | undefined {
  const type = `${kind}_${position}_EVENT`;
  return isEventType(type) ? type : undefined;
}

export function isEventAt<P extends EventPosition>(type: string, position: P): type is EventTypeAt<P> {
  return isEventType(type) && type.endsWith(`_${position}_EVENT`);
}

/**
 * I9: events that can be read, and that the engine does not run yet. They are refused at deployment; whoever builds one
 * takes it out of this list.
 */
export const NOT_RUN = [] as const satisfies readonly EventType[];

/** The core has a behaviour for every element type but these. */
export type NotRun = (typeof NOT_RUN)[number];
