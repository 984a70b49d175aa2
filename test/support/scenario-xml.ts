/** Writes elements and arrows between them as BPMN XML. */

export interface ElementSpec {
  readonly tag: string;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly extensions?: string;
  readonly body?: string;
}

export type Elements = Readonly<Record<string, ElementSpec>>;

export interface Mappings {
  /** Target to source. */
  readonly inputs?: Readonly<Record<string, string>>;
  readonly outputs?: Readonly<Record<string, string>>;
}

export interface JobSpec extends Mappings {
  readonly topic?: string;
  /** Tries, the first one included, as models write it. */
  readonly retries?: string;
  readonly priority?: string;
}

export interface ProcessSpec {
  readonly id: string;
  readonly arrows: string;
  readonly elements?: Elements;
  readonly extensions?: string;
}

/** A file with one executable process `p`. */
export function model(arrows: string, elements: Elements = {}): string {
  return file({ id: 'p', arrows, elements });
}

/** A file with these executable processes; ids of elements are unique among them all. */
export function file(...processes: readonly ProcessSpec[]): string {
  const written = processes.map(processXml).join('\n');
  return `<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
  xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" id="definitions" targetNamespace="http://example.com">
${written}
${rootsOf(written)}
</bpmn:definitions>
`;
}

function processXml({ id, arrows, elements = {}, extensions = '' }: ProcessSpec): string {
  const written = extensions === '' ? '' : `<bpmn:extensionElements>${extensions}</bpmn:extensionElements>`;
  return `<bpmn:process id="${id}" isExecutable="true">\n${written}${scopeOf(arrows, elements)}\n</bpmn:process>`;
}

const KINDS: readonly (readonly [RegExp, ElementSpec])[] = [
  [/^start/, { tag: 'startEvent' }],
  [/^end/, { tag: 'endEvent' }],
  [/^terminate/, { tag: 'endEvent', body: '<bpmn:terminateEventDefinition/>' }],
  [/^(fork|join)/, { tag: 'parallelGateway' }],
  [/^(choose|merge)/, { tag: 'exclusiveGateway' }],
  [/^(split|gather)/, { tag: 'inclusiveGateway' }],
];

interface Arrow {
  readonly source: string;
  readonly target: string;
  readonly label: string | undefined;
}

export function scopeOf(arrows: string, elements: Elements): string {
  const flows = arrows.split(/[;\n]/).flatMap(chain);
  const ids = new Set([...flows.flatMap(({ source, target }) => [source, target]), ...Object.keys(elements)]);
  const defaults = new Map<string, string>();
  const written = flows.map((arrow, index) => {
    const twins = flows.slice(0, index).filter((each) => each.source === arrow.source && each.target === arrow.target);
    const id = [arrow.source, arrow.target, ...(twins.length > 0 ? [twins.length + 1] : [])].join('_');
    if (arrow.label === 'default') defaults.set(arrow.source, id);
    return flowXml(id, arrow);
  });
  const nodes = [...ids].map((id) => elementXml(id, elements[id] ?? kindOf(id), defaults.get(id)));
  return [...nodes, ...written].join('\n');
}

/** `a -> b -[x > 1]-> c`: two arrows. */
function chain(line: string): readonly Arrow[] {
  const [first, ...rest] = line.trim().split(/\s*-(?:\[(.*?)\]-)?>\s*/);
  const arrows: Arrow[] = [];
  for (let source = first ?? '', index = 0; index < rest.length; index += 2) {
    const target = rest[index + 1] ?? '';
    arrows.push({ source, target, label: rest[index] });
    source = target;
  }
  return arrows;
}

function kindOf(id: string): ElementSpec {
  return KINDS.find(([pattern]) => pattern.test(id))?.[1] ?? { tag: 'serviceTask' };
}

function flowXml(id: string, { source, target, label }: Arrow): string {
  const opening = `<bpmn:sequenceFlow id="${id}" sourceRef="${source}" targetRef="${target}"`;
  if (label === undefined || label === 'default') return `${opening}/>`;
  const condition = `<bpmn:conditionExpression>=${escaped(label)}</bpmn:conditionExpression>`;
  return `${opening}>${condition}</bpmn:sequenceFlow>`;
}

function elementXml(id: string, spec: ElementSpec, defaultFlow: string | undefined): string {
  const attributes = { id, ...spec.attributes, ...(defaultFlow === undefined ? {} : { default: defaultFlow }) };
  const written = Object.entries(attributes).map(([name, value]) => ` ${name}="${escaped(value)}"`);
  const extensions = spec.extensions ? extensionElements(spec.extensions) : '';
  return `<bpmn:${spec.tag}${written.join('')}>${extensions}${spec.body ?? ''}</bpmn:${spec.tag}>`;
}

export function extensionElements(content: string): string {
  return `<bpmn:extensionElements>${content}</bpmn:extensionElements>`;
}

export function jobOf({ topic, retries, priority }: JobSpec): string {
  const attributes = Object.entries({ type: topic, retries }).filter(([, value]) => value !== undefined);
  const definition = attributes.map(([name, value]) => ` ${name}="${escaped(value ?? '')}"`).join('');
  const prioritized = priority === undefined ? '' : `<zeebe:jobPriorityDefinition priority="${escaped(priority)}"/>`;
  return (definition === '' ? '' : `<zeebe:taskDefinition${definition}/>`) + prioritized;
}

export function mappingsOf({ inputs = {}, outputs = {} }: Mappings): string {
  const one =
    (name: string) =>
    ([target, source]: [string, string]) =>
      `<zeebe:${name} source="${escaped(source)}" target="${target}"/>`;
  const all = [...Object.entries(inputs).map(one('input')), ...Object.entries(outputs).map(one('output'))];
  return all.length === 0 ? '' : `<zeebe:ioMapping>${all.join('')}</zeebe:ioMapping>`;
}

export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** The root elements that definitions refer to. */
function rootsOf(scope: string): string {
  const names = new Set(scope.match(/(error|escalation|signal)-of-[^"]*(?=")/g));
  const roots = [...names].map((id) => {
    const [kind = '', code = ''] = id.split('-of-');
    return `<bpmn:${kind} id="${id}" ${kind === 'signal' ? 'name' : `${kind}Code`}="${code}"/>`;
  });
  return [...roots, ...messagesOf(scope)].join('\n');
}

function messagesOf(scope: string): readonly string[] {
  const ids = new Set(scope.match(/message-of-[^"]*(?=")/g));
  return [...ids].map((id) => {
    const [, name = '', key = ''] = /^message-of-(.*)-by-(.*)$/.exec(id) ?? [];
    const correlationKey = escaped(`=${Buffer.from(key, 'hex').toString()}`);
    const subscription = extensionElements(`<zeebe:subscription correlationKey="${correlationKey}"/>`);
    return `<bpmn:message id="${id}" name="${name}">${key === '' ? '' : subscription}</bpmn:message>`;
  });
}

export function part(name: string, expression: string | undefined): string {
  return expression === undefined ? '' : `<bpmn:${name}>${escaped(expression)}</bpmn:${name}>`;
}
