/** A process while it is being read: nodes and flows with their XML, before the graph that the core walks is made. */
import { EVENT_TYPES, type EventDefinition, type EventType, isEventAt, isEventType } from './events.js';
import type { Expression } from './expression.js';
import type { ElementType } from './process.js';
import { attribute, isTrue, type XmlElement } from './xml.js';

/** REFUSED stands for an element that is refused: others may be linked to it without being called wrong as well. */
export type DraftKind = Exclude<ElementType, 'MULTI_INSTANCE_BODY'> | 'REFUSED';

/** Whatever has extensions and parts of its own. */
export type OwnerKind = DraftKind | 'SEQUENCE_FLOW' | 'EVENT_DEFINITION' | 'MESSAGE' | 'MULTI_INSTANCE_BODY';

export interface DraftNode {
  readonly kind: DraftKind;
  readonly xml: XmlElement;
  readonly index: number;
  /** '' when it is missing, which is a problem that was noted. */
  readonly id: string;
  readonly name: string | undefined;
  /** Index of the scope that holds it; -1 for the process. */
  readonly scope: number;
  readonly extensions: Extensions;
  /** Of an event; undefined for one without definition. */
  readonly event: EventDefinition | undefined;
  readonly incoming: DraftFlow[];
  readonly outgoing: DraftFlow[];
}

/** What the extensions of other tools' vocabularies mean here, by qualified name (`zeebe:taskDefinition`). */
export interface Extensions {
  readonly elements: ReadonlyMap<string, XmlElement>;
  readonly attributes: ReadonlyMap<string, string>;
}

export interface DraftFlow {
  readonly xml: XmlElement;
  readonly index: number;
  readonly id: string;
  readonly scope: number;
  /** Whether it has a condition; `condition` is undefined all the same when that does not compile. */
  readonly conditional: boolean;
  readonly condition: Expression | undefined;
}

export interface DraftProcess {
  /** Index 0 is the process itself. */
  readonly nodes: readonly DraftNode[];
  readonly flows: readonly DraftFlow[];
  readonly associations: readonly DraftAssociation[];
}

/** A line without direction for execution: only between a compensation event and its handler it has a meaning. */
export interface DraftAssociation {
  readonly source: string;
  readonly target: string;
}

/** Holds other elements. */
export function isScope(kind: DraftKind): boolean {
  return kind === 'PROCESS' || kind === 'EVENT_SUB_PROCESS' || isSubProcess(kind);
}

/** A scope that is an activity, too. */
export function isSubProcess(kind: DraftKind): boolean {
  return kind === 'SUB_PROCESS' || kind === 'TRANSACTION' || kind === 'AD_HOC_SUB_PROCESS';
}

/** It undoes what it is associated with, and is no part of the normal flow. */
export function isHandler({ kind, xml }: DraftNode): boolean {
  return isActivity(kind) && isTrue(attribute(xml, 'isForCompensation'));
}

/** What events may be attached to. */
export function isActivity(kind: DraftKind): boolean {
  const isOther = kind === 'PROCESS' || kind === 'EVENT_SUB_PROCESS' || kind === 'REFUSED';
  return !isOther && !isEventType(kind) && !kind.endsWith('_GATEWAY');
}

/** Whether an event that happens ends what it happens to. */
export function isInterrupting({ kind, xml }: DraftNode): boolean {
  const value = attribute(xml, isEventAt(kind, 'BOUNDARY') ? 'cancelActivity' : 'isInterrupting');
  return value === undefined || isTrue(value);
}

/** How a kind is called in messages. */
export const KIND_WORDS: Readonly<Record<OwnerKind, string>> = {
  ...eventWords(),
  PROCESS: 'process',
  SUB_PROCESS: 'sub-process',
  EVENT_SUB_PROCESS: 'event sub-process',
  TRANSACTION: 'transaction',
  AD_HOC_SUB_PROCESS: 'ad-hoc sub-process',
  CALL_ACTIVITY: 'call activity',
  TASK: 'task',
  MANUAL_TASK: 'manual task',
  SERVICE_TASK: 'service task',
  SEND_TASK: 'send task',
  RECEIVE_TASK: 'receive task',
  BUSINESS_RULE_TASK: 'business rule task',
  SCRIPT_TASK: 'script task',
  USER_TASK: 'user task',
  EXCLUSIVE_GATEWAY: 'exclusive gateway',
  PARALLEL_GATEWAY: 'parallel gateway',
  EVENT_BASED_GATEWAY: 'event-based gateway',
  INCLUSIVE_GATEWAY: 'inclusive gateway',
  COMPLEX_GATEWAY: 'complex gateway',
  REFUSED: 'element',
  SEQUENCE_FLOW: 'sequence flow',
  EVENT_DEFINITION: 'event definition',
  MESSAGE: 'message',
  MULTI_INSTANCE_BODY: 'multi-instance marker',
};

/** `an error boundary event`. */
export function aKind(kind: OwnerKind): string {
  const words = KIND_WORDS[kind];
  return `${/^[aeiou]/.test(words) ? 'an' : 'a'} ${words}`;
}

/** `NONE_THROW_EVENT`: throw event; `ERROR_BOUNDARY_EVENT`: error boundary event. */
function eventWords(): Record<EventType, string> {
  const words = (type: EventType) => type.toLowerCase().replace('none_', '').replaceAll('_', ' ');
  return Object.fromEntries(EVENT_TYPES.map((type) => [type, words(type)])) as Record<EventType, string>;
}
