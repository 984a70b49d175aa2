// BPMN files from the random choices of one input: files that modelers wrote, with damage; well-formed files without
// sense; models that run and are made of odd parts; and tricks against the reader itself.
import { readFileSync } from 'node:fs';
import { BPMN_ELEMENTS } from '../../src/model/bpmn-elements.js';
import { expressionText } from './feel-expressions.js';
import type { Random } from './random.js';
import { mutated, ODD_NAMES, oddText } from './texts.js';

const WRITTEN: readonly string[] = [
  '../model/files/bpmn-io.bpmn',
  '../model/files/camunda-modeler.bpmn',
  '../model/files/default-namespace.bpmn',
  '../../examples/order-fulfilment.bpmn',
].map((path) => readFileSync(new URL(path, import.meta.url), 'utf8'));

const ELEMENTS: readonly string[] = [...BPMN_ELEMENTS.keys()];

const EXTENSIONS = [
  'taskDefinition',
  'script',
  'ioMapping',
  'input',
  'output',
  'header',
  'formDefinition',
  'properties',
];
const ATTRIBUTES = ['id', 'sourceRef', 'targetRef', 'default', 'isExecutable', 'attachedToRef', 'implementation'];
const MORE_ATTRIBUTES = ['name', 'type', 'retries', 'source', 'target', 'expression', 'resultVariable', 'xsi:type'];
const REFERENCES = ['start', 'end', 'a', 'b', 'flow', 'p', 'constructor', '__proto__'];

const TOKENS: readonly string[] = [
  ...[
    '<',
    '>',
    '/>',
    '</',
    '<a',
    '&',
    '&amp;',
    '&lt;',
    '&#0;',
    '&#x41;',
    '&#xD800;',
    '&#x110000;',
    '&#',
    '&x;',
    '"',
    "'",
  ],
  ...['<!--', '-->', '--', '<![CDATA[', ']]>', '<!DOCTYPE a [', '<!ENTITY e "', '<?xml version="1.0"?>', '<?', '?>'],
  ...[' xmlns=""', ' xmlns:x="', ' xmlns:xml="x"', ' xml:space="preserve"', ' constructor:a="1"', ' a=b', ' a', '='],
  ...['\uFEFF', '\u0000', '\uD800', '\uFFFE', '\r', '\n', '\t', '\u2028', 'encoding="UTF-16"', 'version="1.1"'],
  ...['<bpmn:subProcess id="s">', '</bpmn:subProcess>', 'isExecutable="false"', 'id=""', 'sourceRef="end"'],
  ...ELEMENTS.map((name) => `bpmn:${name}`),
];

export function xmlText(random: Random): string {
  return random.way<string>([
    [40, () => mutated(random, random.pick(WRITTEN), TOKENS, WRITTEN)],
    [25, () => tree(random)],
    [25, () => modelText(random)],
    [8, () => trick(random)],
    [2, () => oddText(random)],
  ]);
}

const ROOT = [
  'xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"',
  'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"',
  'xmlns:camunda="http://camunda.org/schema/1.0/bpmn"',
  'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"',
].join(' ');

function definitions(body: string): string {
  return `<bpmn:definitions ${ROOT} id="definitions" targetNamespace="fuzz">${body}</bpmn:definitions>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

/** Any element inside any other one. */
function tree(random: Random): string {
  const children = random.list(6, () => element(random, random.between(0, 5))).join('');
  return definitions(`<bpmn:process id="${random.pick(REFERENCES)}" isExecutable="true">${children}</bpmn:process>`);
}

function element(random: Random, depth: number): string {
  const name = random.oneIn(6)
    ? `${random.pick(['zeebe', 'camunda'])}:${random.pick(EXTENSIONS)}`
    : `bpmn:${random.pick(ELEMENTS)}`;
  const attributes = [...new Set(random.list(5, () => random.pick([...ATTRIBUTES, ...MORE_ATTRIBUTES])))];
  const written = attributes.map((each) => ` ${each}="${escaped(attributeValue(random, each))}"`).join('');
  const children = depth === 0 ? [] : random.list(4, () => element(random, depth - 1));
  if (random.oneIn(6)) children.push(escaped(random.oneIn(2) ? expressionText(random) : oddText(random)));
  return `<${name}${written}>${children.join('')}</${name}>`;
}

function attributeValue(random: Random, name: string): string {
  if (random.oneIn(10)) return oddText(random);
  if (name === 'isExecutable') return random.pick(['true', 'false', '1', 'TRUE']);
  if (name === 'retries') return random.pick(['3', '-1', '1e9', '=a', '99999999999999']);
  if (name === 'expression' || name === 'source') return `=${expressionText(random)}`;
  return random.pick(REFERENCES);
}

/** A model that mostly deploys: a row of parts from start to end, with odd names, conditions, mappings and scripts. */
export function modelText(random: Random, id = 'p'): string {
  const parts = random.list(5, () => random.pick(PARTS));
  const ids = parts.map((_part, index) => (random.oneIn(8) ? `${random.pick(ODD_IDS)}${index}` : `e${index}`));
  const all = ['start', ...ids, 'end'];
  const flows = ids.concat('end').map((target, index) => flow(`f${index}`, all[index] ?? '', target));
  const body = parts.map((part, index) => part(random, ids[index] ?? '')).join('\n');
  const whole = `<bpmn:startEvent id="start"/>\n${body}\n<bpmn:endEvent id="end"/>\n${flows.join('\n')}`;
  return definitions(`<bpmn:process id="${id}" isExecutable="true">\n${whole}\n</bpmn:process>`);
}

const ODD_IDS = ['constructor', 'toString', 'größe', '_', 'x'.repeat(200), 'a.b-c'] as const;

type Part = (random: Random, id: string) => string;

const PARTS: readonly Part[] = [
  (_random, id) => `<bpmn:task id="${id}"/>`,
  (random, id) => `<bpmn:serviceTask id="${id}">${extensions(random)}</bpmn:serviceTask>`,
  (random, id) =>
    `<bpmn:scriptTask id="${id}"><bpmn:extensionElements>${script(random)}</bpmn:extensionElements></bpmn:scriptTask>`,
  (random, id) => {
    const condition = escaped(expressionText(random));
    return `<bpmn:exclusiveGateway id="${id}" default="${id}-no"/>
      <bpmn:sequenceFlow id="${id}-yes" sourceRef="${id}" targetRef="end"><bpmn:conditionExpression>${condition}</bpmn:conditionExpression></bpmn:sequenceFlow>
      ${flow(`${id}-no`, id, `${id}-next`)}<bpmn:manualTask id="${id}-next"/>${flow(`${id}-on`, `${id}-next`, 'end')}`;
  },
  (random, id) => `<bpmn:parallelGateway id="${id}"/>${flow(`${id}-back`, id, random.pick([id, 'end', 'e0']))}`,
  (random, id) =>
    `<bpmn:subProcess id="${id}"><bpmn:startEvent id="${id}-s"/>${flow(`${id}-f`, `${id}-s`, `${id}-e`)}${random.pick(PARTS)(random, `${id}-e`)}</bpmn:subProcess>`,
  (_random, id) =>
    `<bpmn:endEvent id="${id}-stop"><bpmn:terminateEventDefinition/></bpmn:endEvent><bpmn:task id="${id}"/>${flow(`${id}-t`, id, `${id}-stop`)}`,
];

function flow(id: string, source: string, target: string): string {
  return `<bpmn:sequenceFlow id="${id}" sourceRef="${source}" targetRef="${target}"/>`;
}

function script(random: Random): string {
  return `<zeebe:script expression="=${escaped(expressionText(random))}" resultVariable="${random.pick(['a', 's', 'xs', 'o.a', 'o.b.c'])}"/>`;
}

function extensions(random: Random): string {
  const topic = random.pick([
    'work',
    '="work"',
    '=s',
    '=a',
    '=missing',
    escaped(oddText(random)),
    `=${escaped(expressionText(random))}`,
  ]);
  const retries = random.pick(['3', '0', '=a', '=s', '-5', '9999999999']);
  const mapping = (name: string) =>
    `<zeebe:${name} source="=${escaped(expressionText(random))}" target="${random.pick(['a', 'o.a', 's', escaped(random.pick(ODD_NAMES))])}"/>`;
  const mappings = [...random.list(2, () => mapping('input')), ...random.list(2, () => mapping('output'))].join('');
  return `<bpmn:extensionElements><zeebe:taskDefinition type="${topic}" retries="${retries}"/><zeebe:ioMapping>${mappings}</zeebe:ioMapping></bpmn:extensionElements>`;
}

/** What is small to write and would be expensive, or wrong, to read. */
function trick(random: Random): string {
  const size = random.pick([10, 199, 201, 300, 2_000]);
  return random.pick<(n: number) => string>([
    (n) => definitions('<bpmn:subProcess>'.repeat(n) + '</bpmn:subProcess>'.repeat(n)),
    (n) => '<a>'.repeat(n),
    (n) => `<a ${Array.from({ length: n }, (_each, index) => `a${index}="1"`).join(' ')}/>`,
    (n) => `<a ${Array.from({ length: n }, (_each, index) => `xmlns:a${index}="u"`).join(' ')}/>`,
    (n) => `<a ${'a="1" '.repeat(n)}/>`,
    (n) => Array.from({ length: n }, (_each, index) => `<a xmlns:n${index}="u${index}">`).join(''),
    (n) => definitions(`<bpmn:process id="p" name="${'x'.repeat(n * 50)}" isExecutable="true"/>`),
    (n) => `<!DOCTYPE a [${'<!ENTITY e "eeeeeeeeee">'.repeat(n)}]><a>&e;</a>`,
    (n) => `<!DOCTYPE ${'['.repeat(n)}`,
    (n) => `<a>${'&#x41;&amp;'.repeat(n)}</a>`,
    (n) => `<a>${'<![CDATA[x]]>'.repeat(n)}</a>`,
    (n) => `<a><!--${'- '.repeat(n)}--></a>`,
    (n) => `<a>${'<?x y?>'.repeat(n)}</a>`,
    (n) => `\uFEFF\uFEFF${'\n'.repeat(n)}<a/>`,
    (n) => `<?xml version="1.0" encoding="${'U'.repeat(n)}"?><a/>`,
    (n) => `${'<a/>'.repeat(n)}`,
    (n) => `<${'a'.repeat(n)}:${'b'.repeat(n)}/>`,
    (n) => Buffer.from(random.pick(WRITTEN).slice(0, n * 20), 'utf16le').toString('latin1'),
    (n) => Buffer.from(random.pick(WRITTEN).slice(0, n * 20), 'latin1').toString('utf8'),
  ])(size);
}
