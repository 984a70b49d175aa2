/** A process while it is being read: nodes and flows with their XML, before the graph that the core walks is made. */
import type { Expression } from './expression.js';
import type { ElementType } from './process.js';
import type { XmlElement } from './xml.js';

/** REFUSED stands for an element that is refused: others may be linked to it without being called wrong as well. */
export type DraftKind = ElementType | 'REFUSED';

/** Whatever has extensions and parts of its own. */
export type OwnerKind = DraftKind | 'SEQUENCE_FLOW';

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
}

/** How a kind is called in messages. */
export const KIND_WORDS: Readonly<Record<OwnerKind, string>> = {
  PROCESS: 'process',
  SUB_PROCESS: 'sub-process',
  NONE_START_EVENT: 'start event',
  NONE_END_EVENT: 'end event',
  TERMINATE_END_EVENT: 'terminate end event',
  TASK: 'task',
  MANUAL_TASK: 'manual task',
  SERVICE_TASK: 'service task',
  SEND_TASK: 'send task',
  BUSINESS_RULE_TASK: 'business rule task',
  SCRIPT_TASK: 'script task',
  USER_TASK: 'user task',
  EXCLUSIVE_GATEWAY: 'exclusive gateway',
  PARALLEL_GATEWAY: 'parallel gateway',
  INCLUSIVE_GATEWAY: 'inclusive gateway',
  REFUSED: 'element',
  SEQUENCE_FLOW: 'sequence flow',
};
