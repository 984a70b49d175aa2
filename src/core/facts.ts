/** All that a decision takes from outside besides state and command: time, fresh ids, deployed processes (I2). */
import type { Expression } from '../model/expression.js';
import type { Element, Graph } from '../model/process.js';
import type { HeldKey, Partition, Ref } from './state.js';

export interface Facts {
  /** Engine time, epoch milliseconds. */
  readonly now: number;
  /** The UTC day of `now`. */
  readonly partition: Partition;
  /** The identity that a new root instance gets; only createProcessInstance uses it. */
  readonly newRoot: Ref;
  /** What the command's process selector stands for at this moment; null when there is no such process. */
  readonly selected: DeployedProcess | null;
  /** Of a send: who has its unique key; null: nobody, or there is none. */
  readonly keyHolder: KeyHolder | null;
  /** Of a match: who may send and receive, the oldest first. */
  readonly candidates: Candidates | null;
  /** Of a search: what is to be matched. */
  readonly matches: FoundMatches | null;
  /** Of a signal's delivery: whom it reaches now. */
  readonly audience: Audience | null;
  /** Fresh and never given twice; the low 8 bits are the shard of `treeId`. */
  newId(treeId: number): number;
  process(id: number): DeployedProcess;
  /** What a call names at this moment; null when there is no such process, undefined when nobody has looked yet. */
  called(name: CalledProcess): DeployedProcess | null | undefined;
  /** No new instances of it may start now. */
  isDisabled(process: DeployedProcess): boolean;
  /** Expressions that were shown to exceed the time limit: they are not evaluated, they fail (design section 11). */
  readonly exceeding: ReadonlySet<Expression>;
  /** Told before each evaluation, so that one that never returns can be named. */
  evaluating(expression: Expression): void;
}

export interface KeyHolder {
  readonly key: HeldKey;
  /** False when its time is over and nobody has noted it yet. */
  readonly holds: boolean;
}

export interface Candidates {
  /** Ids of messages and subscriptions; their rows are in the set, unless they went meanwhile. */
  readonly messages: readonly number[];
  readonly subscriptions: readonly number[];
  /** One of each process, in the order of their names. */
  readonly starts: readonly MessageStart[];
  /** There may be more than these. */
  readonly more: boolean;
}

/** A message start event of a process's latest version. */
export interface MessageStart {
  readonly bpmnProcessId: string;
  readonly processId: number;
  readonly elementId: number;
  /** An instance holds the key of a unique start. */
  readonly taken: boolean;
  /** The latest instance of this key that needed several events to start; null: none is there. */
  readonly joint: number | null;
  /** Such an instance waits for the message, and is suspended: the message is for it when it is resumed. */
  readonly halted: boolean;
}

export interface FoundMatches {
  readonly pairs: readonly { readonly name: string; readonly correlationKey: string }[];
  /** The last correlation key that was looked at; null: there are no more. */
  readonly last: string | null;
}

/** A part of those to whom a signal goes: subscriptions are in the set, unless they went meanwhile. */
export interface Audience {
  readonly variables: string | null;
  readonly traceParent: string | null;
  readonly targets: readonly AudienceTarget[];
  /** The last of them; null: there are no more in the chain. */
  readonly last: number | null;
}

export interface AudienceTarget {
  /** As in `SignalTarget`. */
  readonly id: number;
  /** Of a start event. */
  readonly start: { readonly processId: number; readonly elementId: number } | null;
}

export interface DeployedProcess {
  readonly id: number;
  readonly tenantId: string;
  readonly bpmnProcessId: string;
  readonly version: string;
  /** Element id of graph index 0. */
  readonly firstElementId: number;
  readonly graph: Graph;
}

/** A process as a call activity names it. With neither version nor tag nor deployment it is the latest. */
export interface CalledProcess {
  /** Of the caller. */
  readonly tenantId: string;
  readonly bpmnProcessId: string;
  readonly version: string | null;
  readonly versionTag: string | null;
  /** The process whose file it must be from: that of the caller. */
  readonly deployedWith: number | null;
}

export function elementOf(process: DeployedProcess, elementId: number): Element {
  const element = process.graph.elements[elementId - process.firstElementId];
  if (element === undefined) throw new Error(`process ${process.id} has no element ${elementId}`);
  return element;
}

/** The database id of the element. */
export function elementIdOf({ firstElementId }: DeployedProcess, { index }: { readonly index: number }): number {
  return firstElementId + index;
}

/** Its element instances may have others inside. */
export function holdsOthers(element: Element): boolean {
  return 'eventSubProcesses' in element || 'inner' in element || element.type === 'CALL_ACTIVITY';
}
