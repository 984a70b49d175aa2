/**
 * The vocabularies of Camunda's modelers (`zeebe:` for version 8, `camunda:` for version 7, and the two that share its
 * words): what is read, what has no meaning for execution, and what is refused by name (I9). Extensions of other tools
 * are theirs alone and are skipped.
 */
import type { Extensions, OwnerKind } from './draft.js';
import { KIND_WORDS } from './draft.js';
import { EVENT_TYPES } from './events.js';
import { ACTIVITI, BPMN, CAMUNDA, FLOWABLE, qualified, ZEEBE } from './namespaces.js';
import type { Problems } from './problems.js';
import type { XmlElement } from './xml.js';

/** Kinds that read it; 'skip' for what only tools and forms use; else what to do instead. */
type Meaning = ReadonlySet<OwnerKind> | 'skip' | { readonly help: string };

type Vocabulary = ReadonlyMap<string, Meaning>;

const WORKER_TASKS: ReadonlySet<OwnerKind> = new Set(['SERVICE_TASK', 'SEND_TASK', 'BUSINESS_RULE_TASK']);
const SENDING: readonly OwnerKind[] = ['MESSAGE_THROW_EVENT', 'MESSAGE_END_EVENT'];
/** Where the model leaves the definition of an event open, a worker is asked for it. */
const ASKING = EVENT_TYPES.filter((type) => /^(MESSAGE|TIMER|SIGNAL|ERROR|ESCALATION)_/.test(type));
const JOBS: ReadonlySet<OwnerKind> = new Set<OwnerKind>([
  ...WORKER_TASKS,
  ...ASKING,
  'RECEIVE_TASK',
  'SCRIPT_TASK',
  'EXCLUSIVE_GATEWAY',
  'INCLUSIVE_GATEWAY',
  'AD_HOC_SUB_PROCESS',
]);
const USER_TASKS: ReadonlySet<OwnerKind> = new Set(['USER_TASK']);
const WORK: ReadonlySet<OwnerKind> = new Set([...JOBS, ...USER_TASKS]);
/** Anything may have a form; only user tasks show one. */
const ANYTHING: ReadonlySet<OwnerKind> = new Set(Object.keys(KIND_WORDS) as OwnerKind[]);
const SENT_BY_WORKERS: ReadonlySet<OwnerKind> = new Set([...WORKER_TASKS, ...SENDING]);
const PUBLISHING: ReadonlySet<OwnerKind> = new Set<OwnerKind>(['SEND_TASK', ...SENDING]);
const SCRIPTS: ReadonlySet<OwnerKind> = new Set(['SCRIPT_TASK']);
const CALLS: ReadonlySet<OwnerKind> = new Set(['CALL_ACTIVITY']);
const PROCESSES: ReadonlySet<OwnerKind> = new Set(['PROCESS']);
export const ACTIVITIES: ReadonlySet<OwnerKind> = new Set([
  ...WORKER_TASKS,
  'SCRIPT_TASK',
  'USER_TASK',
  'RECEIVE_TASK',
  'TASK',
  'MANUAL_TASK',
  'SUB_PROCESS',
  'TRANSACTION',
  'AD_HOC_SUB_PROCESS',
  'CALL_ACTIVITY',
]);
const LOOPS: ReadonlySet<OwnerKind> = new Set(['MULTI_INSTANCE_BODY']);
const AD_HOC: ReadonlySet<OwnerKind> = new Set(['AD_HOC_SUB_PROCESS']);

/** Events with a definition carry data in or out; not those that undo. */
const WITHOUT_DATA = /^(NONE|COMPENSATION|CANCEL)_/;
const MAPPED: ReadonlySet<OwnerKind> = new Set([
  ...ACTIVITIES,
  ...EVENT_TYPES.filter((type) => !WITHOUT_DATA.test(type)),
]);
const MESSAGES: ReadonlySet<OwnerKind> = new Set(['MESSAGE']);

const USE_WORKER: Meaning = { help: 'remove it; the work is done by a worker that takes jobs of the topic' };
const USE_TOPIC: Meaning = {
  help: 'use camunda:type="external" with a camunda:topic, and a worker that takes jobs of the topic',
};
const USE_MAPPINGS: Meaning = { help: 'use zeebe:ioMapping with FEEL expressions' };
/** Whatever a process visits; a complex gateway is visited once for its activation and its reset. */
const LISTENED: ReadonlySet<OwnerKind> = new Set<OwnerKind>([
  ...ACTIVITIES,
  ...EVENT_TYPES,
  'PROCESS',
  'EVENT_SUB_PROCESS',
  'EXCLUSIVE_GATEWAY',
  'PARALLEL_GATEWAY',
  'INCLUSIVE_GATEWAY',
  'EVENT_BASED_GATEWAY',
]);
const USE_LISTENERS: Meaning = {
  help: 'use zeebe:executionListeners, whose jobs a worker does, or a service task before or behind this element',
};

const ZEEBE_ELEMENTS: Vocabulary = new Map<string, Meaning>([
  ['taskDefinition', JOBS],
  ['taskHeaders', WORK],
  ['jobPriorityDefinition', JOBS],
  ['priorityDefinition', WORK],
  ['ioMapping', MAPPED],
  ['script', SCRIPTS],
  ['properties', 'skip'],
  ['versionTag', PROCESSES],
  ['formDefinition', ANYTHING],
  ['userTaskForm', 'skip'],
  [
    'calledDecision',
    { help: 'remove it, and let a worker evaluate the decision (a zeebe:taskDefinition names its topic)' },
  ],
  ['calledElement', CALLS],
  ['executionListeners', LISTENED],
  ['taskListeners', USE_LISTENERS],
  ['userTask', USER_TASKS],
  ['assignmentDefinition', USER_TASKS],
  ['taskSchedule', USER_TASKS],
  ['subscription', MESSAGES],
  ['publishMessage', PUBLISHING],
  ['loopCharacteristics', LOOPS],
  ['linkedResources', { help: 'remove it, and give the worker what it needs in zeebe:taskHeaders' }],
  ['adHoc', AD_HOC],
  ['conditionalFilter', { help: 'remove it; the condition is asked when a variable that it reads changes' }],
]);

const ZEEBE_ATTRIBUTES: Vocabulary = new Map<string, Meaning>([
  ['modelerTemplate', 'skip'],
  ['modelerTemplateVersion', 'skip'],
  ['modelerTemplateIcon', 'skip'],
]);

const CAMUNDA_ELEMENTS: Vocabulary = new Map<string, Meaning>([
  ['properties', 'skip'],
  ['formData', 'skip'],
  ['formProperty', 'skip'],
  ['potentialStarter', 'skip'],
  ['inputOutput', MAPPED],
  ['in', CALLS],
  ['out', CALLS],
  ['executionListener', USE_LISTENERS],
  ['taskListener', USE_LISTENERS],
  ['failedJobRetryTimeCycle', JOBS],
  ['connector', USE_WORKER],
  ['field', USE_WORKER],
  ['errorEventDefinition', { help: 'remove it, and let the worker throw the error; a boundary event catches it' }],
]);

const CAMUNDA_ATTRIBUTES: Vocabulary = new Map<string, Meaning>([
  ['topic', SENT_BY_WORKERS],
  ['type', SENT_BY_WORKERS],
  ['taskPriority', SENT_BY_WORKERS],
  ['resultVariable', SCRIPTS],
  ['collection', LOOPS],
  ['elementVariable', LOOPS],
  ['modelerTemplate', 'skip'],
  ['modelerTemplateVersion', 'skip'],
  ['modelerTemplateIcon', 'skip'],
  ['historyTimeToLive', 'skip'],
  ['versionTag', PROCESSES],
  ['isStartableInTasklist', 'skip'],
  ['candidateStarterGroups', 'skip'],
  ['candidateStarterUsers', 'skip'],
  ['formKey', ANYTHING],
  ['formRef', ANYTHING],
  ['formRefBinding', 'skip'],
  ['formRefVersion', 'skip'],
  ['formHandlerClass', 'skip'],
  ['diagramRelationId', 'skip'],
  ['exclusive', 'skip'],
  ['jobPriority', 'skip'],
  ['asyncBefore', 'skip'],
  ['asyncAfter', 'skip'],
  ['async', 'skip'],
  ['class', USE_TOPIC],
  ['delegateExpression', USE_TOPIC],
  ['expression', USE_TOPIC],
  ['resource', USE_WORKER],
  ['decisionRef', USE_WORKER],
  ['decisionRefBinding', USE_WORKER],
  ['decisionRefVersion', USE_WORKER],
  ['decisionRefVersionTag', USE_WORKER],
  ['decisionRefTenantId', USE_WORKER],
  ['mapDecisionResult', USE_WORKER],
  ['calledElementBinding', CALLS],
  ['calledElementVersion', CALLS],
  ['calledElementVersionTag', CALLS],
  ['calledElementTenantId', { help: 'remove it; a process is called in the tenant of its caller' }],
  ['variableMappingClass', USE_MAPPINGS],
  ['variableMappingDelegateExpression', USE_MAPPINGS],
  ['caseRef', { help: 'call a process' }],
  ['variableName', { help: 'remove it; the condition is asked when a variable that it reads changes' }],
  ['variableEvents', { help: 'remove it; the condition is asked when a variable that it reads changes' }],
  ['errorCodeVariable', { help: 'remove it, and catch each code by an event of its own' }],
  ['errorMessageVariable', { help: 'remove it, and let the worker give a variable with the error' }],
  ['escalationCodeVariable', { help: 'remove it, and catch each code by an event of its own' }],
  ['initiator', { help: 'remove it, and pass the name as a variable when starting' }],
  ['assignee', USER_TASKS],
  ['candidateGroups', USER_TASKS],
  ['candidateUsers', USER_TASKS],
  ['dueDate', USER_TASKS],
  ['followUpDate', USER_TASKS],
  ['priority', USER_TASKS],
]);

/** May come any number of times; whoever reads them finds them with `repeatedExtensions`. */
const REPEATED: ReadonlySet<string> = new Set(['camunda:in', 'camunda:out']);

export interface Vocabularies {
  readonly elements: Vocabulary;
  readonly attributes: Vocabulary;
  /** The prefix under which what is read is known afterwards. */
  readonly prefix: 'zeebe' | 'camunda';
}

export const CAMUNDA_WORDS: Vocabularies = {
  elements: CAMUNDA_ELEMENTS,
  attributes: CAMUNDA_ATTRIBUTES,
  prefix: 'camunda',
};

export const ZEEBE_WORDS: Vocabularies = { elements: ZEEBE_ELEMENTS, attributes: ZEEBE_ATTRIBUTES, prefix: 'zeebe' };

const VOCABULARIES: ReadonlyMap<string, Vocabularies> = new Map([
  [ZEEBE, ZEEBE_WORDS],
  [CAMUNDA, CAMUNDA_WORDS],
  [FLOWABLE, CAMUNDA_WORDS],
  [ACTIVITI, CAMUNDA_WORDS],
]);

/** Whether an attribute of the vocabulary of Camunda 7 or its relatives is read, on whatever element. */
export function isReadAttribute(namespace: string, name: string): boolean {
  const meaning = VOCABULARIES.get(namespace)?.attributes.get(name);
  return namespace !== ZEEBE && meaning instanceof Set;
}

/** Reads the extensions of an element; what would change its meaning and is not supported becomes a problem. */
export function readExtensions(
  xml: XmlElement,
  kind: OwnerKind,
  id: string | undefined,
  problems: Problems,
): Extensions {
  const elements = new Map<string, XmlElement>();
  const attributes = new Map<string, string>();
  const carriers = carriersOf(xml, kind);
  for (const place of carriers) {
    for (const each of place.attributes) {
      const key = understand('attributes', each.namespace, each.name, place, kind, id, problems);
      if (key !== undefined) {
        attributes.set(key, each.value.trim());
      }
    }
  }
  for (const holder of carriers.flatMap(({ children }) => children)) {
    if (holder.namespace !== BPMN || holder.name !== 'extensionElements') {
      continue;
    }
    for (const each of holder.children) {
      const key = understand('elements', each.namespace, each.name, each, kind, id, problems);
      if (key === undefined) {
        continue;
      }
      if (elements.has(key) && !REPEATED.has(key)) {
        const message = `${qualified(each.namespace, each.name)} is given twice`;
        problems.add('EXTENSION_NOT_SUPPORTED', each, id, message, 'leave one of the two');
      }
      elements.set(key, each);
    }
  }
  return { elements, attributes };
}

/** The element itself; of an event that sends a message also its definition, where Camunda 7 says who sends it. */
export function carriersOf(xml: XmlElement, kind: OwnerKind): readonly XmlElement[] {
  if (!SENDING.includes(kind)) return [xml];
  return [xml, ...xml.children.filter((each) => each.namespace === BPMN && each.name === 'messageEventDefinition')];
}

/** All extensions of an element that go by this key, in the order of the file. */
export function repeatedExtensions(xml: XmlElement, key: string): readonly XmlElement[] {
  const holders = xml.children.filter((each) => each.namespace === BPMN && each.name === 'extensionElements');
  const keyOf = ({ namespace, name }: XmlElement) => `${VOCABULARIES.get(namespace)?.prefix}:${name}`;
  return holders.flatMap((holder) => holder.children.filter((each) => keyOf(each) === key));
}

/** The key to read it by; undefined when there is nothing to read. */
function understand(
  part: 'elements' | 'attributes',
  namespace: string,
  name: string,
  place: XmlElement,
  kind: OwnerKind,
  id: string | undefined,
  problems: Problems,
): string | undefined {
  const vocabularies = VOCABULARIES.get(namespace);
  if (vocabularies === undefined) {
    return undefined;
  }
  const meaning = vocabularies[part].get(name);
  const written = qualified(namespace, name);
  if (meaning === undefined) {
    const message = `${written} is not known to this version`;
    problems.add('EXTENSION_NOT_SUPPORTED', place, id, message, 'remove it');
    return undefined;
  }
  if (meaning === 'skip') {
    return undefined;
  }
  if ('help' in meaning) {
    // What is written in Flowable's words is answered in them.
    const help =
      vocabularies === CAMUNDA_WORDS ? meaning.help.replaceAll('camunda:', qualified(namespace, '')) : meaning.help;
    problems.add('EXTENSION_NOT_SUPPORTED', place, id, `${written} is not supported by this version`, help);
    return undefined;
  }
  if (!meaning.has(kind)) {
    const message = `${written} is not supported on a ${KIND_WORDS[kind]}`;
    const help = `remove it; it is read on: ${[...meaning].map((each) => KIND_WORDS[each]).join(', ')}`;
    problems.add('EXTENSION_NOT_SUPPORTED', place, id, message, help);
    return undefined;
  }
  return `${vocabularies.prefix}:${name}`;
}
