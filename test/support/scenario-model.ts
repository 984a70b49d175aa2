/**
 * Models as tests write them: arrows between ids, and beside them what each id is. A model is BPMN XML, read like any
 * other.
 *
 *     model('start -> check; check -[amount > 10]-> approve -> end; check -[default]-> end')
 *
 * An id says what it is by how it begins: start, end, terminate, fork, join (parallel), choose (exclusive), merge
 * (exclusive), split, gather (inclusive); all others are service tasks. What else an element is, or more of it, stands
 * in the second argument, and so does what no flow leads to.
 */
export {
  type ElementSpec,
  type Elements,
  file,
  type JobSpec,
  type Mappings,
  model,
  type ProcessSpec,
} from './scenario-xml.js';

import {
  type ElementSpec,
  type Elements,
  escaped,
  type JobSpec,
  jobOf,
  type Mappings,
  mappingsOf,
  part,
  scopeOf,
} from './scenario-xml.js';

export function service(spec: JobSpec = {}): ElementSpec {
  return { tag: 'serviceTask', extensions: jobOf(spec) + mappingsOf(spec) };
}

export function send(spec: JobSpec = {}): ElementSpec {
  return { ...service(spec), tag: 'sendTask' };
}

export function businessRule(spec: JobSpec = {}): ElementSpec {
  return { ...service(spec), tag: 'businessRuleTask' };
}

export function task(spec: Mappings = {}): ElementSpec {
  return { tag: 'task', extensions: mappingsOf(spec) };
}

export function manual(spec: Mappings = {}): ElementSpec {
  return { tag: 'manualTask', extensions: mappingsOf(spec) };
}

export function script(resultVariable: string, expression: string, spec: Mappings = {}): ElementSpec {
  const written = `<zeebe:script expression="${escaped(`=${expression}`)}" resultVariable="${resultVariable}"/>`;
  return { tag: 'scriptTask', extensions: written + mappingsOf(spec) };
}

export function jobScript(spec: JobSpec = {}): ElementSpec {
  return { ...service(spec), tag: 'scriptTask' };
}

export interface UserTaskSpec extends Mappings {
  /** Attributes of zeebe:assignmentDefinition, zeebe:taskSchedule, zeebe:priorityDefinition and zeebe:formDefinition. */
  readonly assignment?: Readonly<Record<string, string>>;
  readonly schedule?: Readonly<Record<string, string>>;
  readonly priority?: string;
  readonly form?: Readonly<Record<string, string>>;
  /** Attributes of the element itself, such as camunda:assignee. */
  readonly attributes?: Readonly<Record<string, string>>;
}

export function user(spec: UserTaskSpec = {}): ElementSpec {
  const { assignment, schedule, priority, form, attributes = {} } = spec;
  const parts = { assignmentDefinition: assignment, taskSchedule: schedule, formDefinition: form };
  const all = { ...parts, priorityDefinition: priority === undefined ? undefined : { priority } };
  const written = Object.entries(all).map(([name, values]) => (values === undefined ? '' : zeebe(name, values)));
  return { tag: 'userTask', attributes, extensions: `<zeebe:userTask/>${written.join('')}${mappingsOf(spec)}` };
}

function zeebe(name: string, values: Readonly<Record<string, string>>): string {
  const attributes = Object.entries(values).map(([key, value]) => ` ${key}="${escaped(value)}"`);
  return `<zeebe:${name}${attributes.join('')}/>`;
}

export function exclusive(spec: JobSpec = {}): ElementSpec {
  return { tag: 'exclusiveGateway', extensions: jobOf(spec) };
}

export function inclusive(spec: JobSpec = {}): ElementSpec {
  return { tag: 'inclusiveGateway', extensions: jobOf(spec) };
}

/** A complex gateway that goes on when the condition is true. */
export function complex(activation: string): ElementSpec {
  return { tag: 'complexGateway', body: part('activationCondition', activation) };
}

export function subProcess(arrows: string, elements: Elements = {}, spec: Mappings = {}): ElementSpec {
  return { tag: 'subProcess', extensions: mappingsOf(spec), body: scopeOf(arrows, elements) };
}

/** Execution listeners, each as its event and its topic: `start check`. */
export function listeners(...all: readonly string[]): string {
  const written = all.map((each) => {
    const [event = '', ...topic] = each.split(' ');
    return zeebe('executionListener', { eventType: event, type: topic.join(' '), retries: '1' });
  });
  return `<zeebe:executionListeners>${written.join('')}</zeebe:executionListeners>`;
}

/** The element with listeners. */
export function listening(element: ElementSpec, ...all: readonly string[]): ElementSpec {
  return { ...element, extensions: (element.extensions ?? '') + listeners(...all) };
}

export interface AdHocSpec extends Mappings {
  /** The expression of what begins. */
  readonly active?: string;
  /** The collection, and what each path adds to it. */
  readonly output?: readonly [collection: string, element: string];
  readonly topic?: string;
  readonly until?: string;
  readonly cancelsRemaining?: boolean;
  readonly sequential?: boolean;
}

export function adHoc(arrows: string, spec: AdHocSpec = {}, elements: Elements = {}): ElementSpec {
  const { active, output, topic, until, cancelsRemaining, sequential = false } = spec;
  const list = {
    ...(active === undefined ? {} : { activeElementsCollection: `=${active}` }),
    ...(output === undefined ? {} : { outputCollection: output[0], outputElement: `=${output[1]}` }),
  };
  return {
    tag: 'adHocSubProcess',
    attributes: {
      ordering: sequential ? 'Sequential' : 'Parallel',
      ...(cancelsRemaining === undefined ? {} : { cancelRemainingInstances: String(cancelsRemaining) }),
    },
    extensions:
      (Object.keys(list).length === 0 ? '' : zeebe('adHoc', list)) +
      jobOf(topic === undefined ? {} : { topic }) +
      mappingsOf(spec),
    body: scopeOf(arrows, elements) + part('completionCondition', until),
  };
}

// --- Events ----------------------------------------------------------------------------------------------------------

/** An event definition; what it refers to is added to the file. */
export type Definition = string;

/** Without a code it catches all. */
export function error(code = ''): Definition {
  return `<bpmn:errorEventDefinition${reference('error', code)}/>`;
}

export function escalation(code = ''): Definition {
  return `<bpmn:escalationEventDefinition${reference('escalation', code)}/>`;
}

export function signal(name = ''): Definition {
  return `<bpmn:signalEventDefinition${reference('signal', name)}/>`;
}

export function condition(expression: string): Definition {
  return `<bpmn:conditionalEventDefinition><bpmn:condition>=${escaped(expression)}</bpmn:condition></bpmn:conditionalEventDefinition>`;
}

/** Throwing: of one activity, or of all that the event reaches. */
export function compensation(activityRef?: string, waitForCompletion?: boolean): Definition {
  const attributes = Object.entries({ activityRef, waitForCompletion }).filter(([, value]) => value !== undefined);
  return `<bpmn:compensateEventDefinition${attributes.map(([name, value]) => ` ${name}="${value}"`).join('')}/>`;
}

export const CANCEL: Definition = '<bpmn:cancelEventDefinition/>';

/** Undoes the activity that has the compensation boundary event that the association leads from. */
export function handler(element: ElementSpec = service()): ElementSpec {
  return { ...element, attributes: { ...element.attributes, isForCompensation: 'true' } };
}

/** Of an activity: its compensation boundary event and its handler, by their ids and with the line between them. */
export function undoneBy(activity: string, by: string, element: ElementSpec = service()): Elements {
  const event = `on-${by}`;
  const line = { sourceRef: event, targetRef: by, associationDirection: 'One' };
  return {
    [event]: boundary(activity, compensation()),
    [by]: handler(element),
    [`${event}-line`]: { tag: 'association', attributes: line },
  };
}

export function transaction(arrows: string, elements: Elements = {}, spec: Mappings = {}): ElementSpec {
  return { ...subProcess(arrows, elements, spec), tag: 'transaction' };
}

/** An event that waits for all of its definitions. */
export function all(event: ElementSpec): ElementSpec {
  return { ...event, attributes: { ...event.attributes, parallelMultiple: 'true' } };
}

export function eventGateway(): ElementSpec {
  return { tag: 'eventBasedGateway' };
}

export function link(name: string): Definition {
  return `<bpmn:linkEventDefinition name="${escaped(name)}"/>`;
}

/** A message and, where something waits for it, the FEEL expression of its key. */
export function message(name: string, key = ''): Definition {
  return `<bpmn:messageEventDefinition messageRef="${messageId(name, key)}"/>`;
}

function messageId(name: string, key: string): string {
  return `message-of-${name}-by-${Buffer.from(key).toString('hex')}`;
}

export function receive(name: string, key: string, spec: Mappings = {}): ElementSpec {
  return { tag: 'receiveTask', attributes: { messageRef: messageId(name, key) }, extensions: mappingsOf(spec) };
}

export function timer(kind: 'Date' | 'Duration' | 'Cycle', text: string): Definition {
  return `<bpmn:timerEventDefinition><bpmn:time${kind}>${escaped(text)}</bpmn:time${kind}></bpmn:timerEventDefinition>`;
}

export interface EventSpec extends Mappings {
  /** Whether it interrupts; it does unless this is false. */
  readonly interrupting?: boolean;
}

export function boundary(attachedToRef: string, definition: Definition, spec: EventSpec = {}): ElementSpec {
  const cancelActivity = String(spec.interrupting ?? true);
  return { ...event('boundaryEvent', definition, spec), attributes: { attachedToRef, cancelActivity } };
}

export function startOn(definition: Definition, spec: EventSpec = {}): ElementSpec {
  const isInterrupting = String(spec.interrupting ?? true);
  return { ...event('startEvent', definition, spec), attributes: { isInterrupting } };
}

export function endWith(definition: Definition, spec: Mappings = {}): ElementSpec {
  return event('endEvent', definition, spec);
}

export function catching(definition: Definition, spec: Mappings = {}): ElementSpec {
  return event('intermediateCatchEvent', definition, spec);
}

export function throwing(definition: Definition, spec: Mappings = {}): ElementSpec {
  return event('intermediateThrowEvent', definition, spec);
}

export function eventSubProcess(arrows: string, elements: Elements = {}, spec: Mappings = {}): ElementSpec {
  return { ...subProcess(arrows, elements, spec), attributes: { triggeredByEvent: 'true' } };
}

function event(tag: string, definition: Definition, spec: Mappings): ElementSpec {
  return { tag, extensions: mappingsOf(spec), body: definition };
}

function reference(kind: string, code: string): string {
  return code === '' ? '' : ` ${kind}Ref="${kind}-of-${escaped(code)}"`;
}

export interface CallSpec extends Mappings {
  readonly binding?: string;
  readonly allIn?: boolean;
  readonly allOut?: boolean;
}

/** As Camunda 8 models write it: the process as text, or as an expression after `=`. */
export function callOf(process: string, { binding, allIn, allOut, ...mappings }: CallSpec = {}): ElementSpec {
  const flags = { propagateAllParentVariables: allIn, propagateAllChildVariables: allOut };
  const written = Object.entries(flags).map(([name, value]) => (value === undefined ? '' : ` ${name}="${value}"`));
  const bound = binding === undefined ? '' : ` ${binding}`;
  const called = `<zeebe:calledElement processId="${escaped(process)}"${bound}${written.join('')}/>`;
  return { tag: 'callActivity', extensions: called + mappingsOf(mappings) };
}

/** A call activity that names no process: workers do. */
export function callByWorker(mappings: Mappings = {}): ElementSpec {
  return { tag: 'callActivity', extensions: mappingsOf(mappings) };
}

// --- Loops -----------------------------------------------------------------------------------------------------------

export interface MultiInstanceSpec {
  readonly collection?: string;
  readonly cardinality?: string;
  readonly item?: string;
  /** The variable of the list, and what each instance adds to it. */
  readonly output?: readonly [collection: string, element: string];
  readonly until?: string;
  readonly sequential?: boolean;
}

/** The element, once for each item. */
export function each(element: ElementSpec, spec: MultiInstanceSpec): ElementSpec {
  const { collection, cardinality, item, output, until, sequential = false } = spec;
  const attributes = {
    inputCollection: collection === undefined ? undefined : `=${collection}`,
    inputElement: item,
    outputCollection: output?.[0],
    outputElement: output === undefined ? undefined : `=${output[1]}`,
  };
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}="${escaped(value ?? '')}"`);
  const marker = `<bpmn:multiInstanceLoopCharacteristics isSequential="${sequential}">
    <bpmn:extensionElements><zeebe:loopCharacteristics${written.join('')}/></bpmn:extensionElements>
    ${part('loopCardinality', cardinality)}${part('completionCondition', until)}
  </bpmn:multiInstanceLoopCharacteristics>`;
  return { ...element, body: (element.body ?? '') + marker };
}

export interface LoopSpec {
  readonly condition?: string;
  readonly testBefore?: boolean;
  readonly maximum?: number;
}

/** The element, again and again. */
export function repeat(element: ElementSpec, { condition, testBefore = false, maximum }: LoopSpec): ElementSpec {
  const most = maximum === undefined ? '' : ` loopMaximum="${maximum}"`;
  const marker = `<bpmn:standardLoopCharacteristics testBefore="${testBefore}"${most}>${part('loopCondition', condition)}
  </bpmn:standardLoopCharacteristics>`;
  return { ...element, body: (element.body ?? '') + marker };
}
