/**
 * Every element name of BPMN 2.0.2 that can stand in a process, and what this version does with it: a node of the
 * graph, a flow, a part that its owner reads, something without meaning for execution, or a refusal with its reason.
 * I9: a name that is not in this table is refused too.
 */

import type { OwnerKind } from './draft.js';
import { EVENT_TYPES, type EventKind, type EventPosition, type EventType } from './events.js';
import { ACTIVITIES } from './extensions.js';
import type { ProblemRule } from './problems.js';
import type { ElementType } from './process.js';

/** What stands in a graph as an element; an event becomes what it is by its definitions. */
export type NodeKind = Exclude<ElementType, 'PROCESS' | 'MULTI_INSTANCE_BODY' | EventType>;

export interface Refusal {
  readonly rule: ProblemRule;
  /** In the plural: `boundary events`. */
  readonly what: string;
  readonly help: string;
  /** Whether other elements may be linked to it by flows, so that these are not called dangling as well. */
  readonly node: boolean;
}

export type Handling =
  | { readonly as: 'node'; readonly kind: NodeKind }
  | { readonly as: 'event'; readonly position: EventPosition }
  | { readonly as: 'flow' | 'association' | 'skip' }
  /** Read by the element that has it; elsewhere it has no meaning. Undefined when anything may have it. */
  | { readonly as: 'part'; readonly of: ReadonlySet<OwnerKind> | undefined }
  | { readonly as: 'refuse'; readonly refusal: Refusal };

const SKIP: Handling = { as: 'skip' };
const PART: Handling = { as: 'part', of: undefined };

function partOf(...kinds: readonly OwnerKind[]): Handling {
  return { as: 'part', of: new Set(kinds) };
}

function node(kind: NodeKind): Handling {
  return { as: 'node', kind };
}

function refuseNode(what: string, help: string, rule: ProblemRule = 'ELEMENT_NOT_SUPPORTED'): Handling {
  return { as: 'refuse', refusal: { rule, what, help, node: true } };
}

function event(position: EventPosition): Handling {
  return { as: 'event', position };
}

const EVENT_DEFINITION = partOf(...EVENT_TYPES);

const LOOP: Handling = { as: 'part', of: new Set([...ACTIVITIES, 'REFUSED']) };

export const BPMN_ELEMENTS: ReadonlyMap<string, Handling> = new Map<string, Handling>([
  ['sequenceFlow', { as: 'flow' }],
  ['association', { as: 'association' }],
  ['startEvent', event('START')],
  ['intermediateCatchEvent', event('CATCH')],
  ['intermediateThrowEvent', event('THROW')],
  ['boundaryEvent', event('BOUNDARY')],
  ['endEvent', event('END')],
  ['subProcess', node('SUB_PROCESS')],
  ['transaction', node('TRANSACTION')],
  ['adHocSubProcess', node('AD_HOC_SUB_PROCESS')],
  ['callActivity', node('CALL_ACTIVITY')],
  ['task', node('TASK')],
  ['manualTask', node('MANUAL_TASK')],
  ['serviceTask', node('SERVICE_TASK')],
  ['sendTask', node('SEND_TASK')],
  ['receiveTask', node('RECEIVE_TASK')],
  ['businessRuleTask', node('BUSINESS_RULE_TASK')],
  ['scriptTask', node('SCRIPT_TASK')],
  ['userTask', node('USER_TASK')],
  ['exclusiveGateway', node('EXCLUSIVE_GATEWAY')],
  ['parallelGateway', node('PARALLEL_GATEWAY')],
  ['eventBasedGateway', node('EVENT_BASED_GATEWAY')],
  ['inclusiveGateway', node('INCLUSIVE_GATEWAY')],
  ['complexGateway', node('COMPLEX_GATEWAY')],

  // Parts, read or checked by the element that has them.
  ['extensionElements', PART],
  ['script', partOf('SCRIPT_TASK')],
  ['activationCondition', partOf('COMPLEX_GATEWAY')],
  ['completionCondition', partOf('AD_HOC_SUB_PROCESS')],
  ['multiInstanceLoopCharacteristics', LOOP],
  ['standardLoopCharacteristics', LOOP],
  ['conditionExpression', partOf('SEQUENCE_FLOW')],
  ['dataInputAssociation', PART],
  ['dataOutputAssociation', PART],
  ['messageEventDefinition', EVENT_DEFINITION],
  ['timerEventDefinition', EVENT_DEFINITION],
  ['signalEventDefinition', EVENT_DEFINITION],
  ['conditionalEventDefinition', EVENT_DEFINITION],
  ['errorEventDefinition', EVENT_DEFINITION],
  ['escalationEventDefinition', EVENT_DEFINITION],
  ['compensateEventDefinition', EVENT_DEFINITION],
  ['cancelEventDefinition', EVENT_DEFINITION],
  ['linkEventDefinition', EVENT_DEFINITION],
  ['terminateEventDefinition', EVENT_DEFINITION],
  ['eventDefinition', EVENT_DEFINITION],
  ['eventDefinitionRef', EVENT_DEFINITION],

  // Without meaning for execution here: flow comes from sequenceFlow alone; data and people belong to the workers.
  ['incoming', SKIP],
  ['outgoing', SKIP],
  ['documentation', SKIP],
  ['auditing', SKIP],
  ['monitoring', SKIP],
  ['categoryValueRef', SKIP],
  ['laneSet', SKIP],
  ['group', SKIP],
  ['textAnnotation', SKIP],
  ['artifact', SKIP],
  ['dataObject', SKIP],
  ['dataObjectReference', SKIP],
  ['dataStoreReference', SKIP],
  ['property', SKIP],
  ['ioSpecification', SKIP],
  ['ioBinding', SKIP],
  ['dataInput', SKIP],
  ['dataOutput', SKIP],
  ['inputSet', SKIP],
  ['outputSet', SKIP],
  ['resourceRole', SKIP],
  ['performer', SKIP],
  ['humanPerformer', SKIP],
  ['potentialOwner', SKIP],
  ['supports', SKIP],
  ['supportedInterfaceRef', SKIP],
  ['correlationSubscription', SKIP],

  ['implicitThrowEvent', refuseNode('implicit throw events', 'remove it', 'EVENT_NOT_SUPPORTED')],
  ['event', refuseNode('events without a kind', 'use a start event or an end event', 'EVENT_NOT_SUPPORTED')],
  ['choreographyTask', refuseNode('choreography tasks', 'model a process with tasks')],
  ['callChoreography', refuseNode('call choreographies', 'model a process with tasks')],
  ['subChoreography', refuseNode('sub-choreographies', 'model a process with tasks')],
]);

/** What may stand beside the processes of a file; nothing of it is executed by itself. */
export const ROOT_ELEMENTS: ReadonlySet<string> = new Set([
  'import',
  'documentation',
  'extensionElements',
  'relationship',
  'category',
  'collaboration',
  'globalConversation',
  'choreography',
  'globalChoreographyTask',
  'correlationProperty',
  'dataStore',
  'endPoint',
  'error',
  'escalation',
  'message',
  'signal',
  'interface',
  'itemDefinition',
  'partnerEntity',
  'partnerRole',
  'resource',
  'globalTask',
  'globalBusinessRuleTask',
  'globalManualTask',
  'globalScriptTask',
  'globalUserTask',
  'eventDefinition',
  'cancelEventDefinition',
  'compensateEventDefinition',
  'conditionalEventDefinition',
  'errorEventDefinition',
  'escalationEventDefinition',
  'linkEventDefinition',
  'messageEventDefinition',
  'signalEventDefinition',
  'terminateEventDefinition',
  'timerEventDefinition',
]);

/** The elements that define events. */
export const EVENT_DEFINITIONS: ReadonlyMap<string, EventKind> = new Map<string, EventKind>([
  ['messageEventDefinition', 'MESSAGE'],
  ['timerEventDefinition', 'TIMER'],
  ['signalEventDefinition', 'SIGNAL'],
  ['conditionalEventDefinition', 'CONDITIONAL'],
  ['errorEventDefinition', 'ERROR'],
  ['escalationEventDefinition', 'ESCALATION'],
  ['compensateEventDefinition', 'COMPENSATION'],
  ['cancelEventDefinition', 'CANCEL'],
  ['linkEventDefinition', 'LINK'],
  ['terminateEventDefinition', 'TERMINATE'],
]);
