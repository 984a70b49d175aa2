/** What a call activity calls, which version of it, and what goes in and out. */
import type { DraftNode } from './draft.js';
import type { Expression } from './expression.js';
import { repeatedExtensions } from './extensions.js';
import type { Problems } from './problems.js';
import type { CallActivity, CallBinding, CalledElement, Mapping } from './process.js';
import { readExpression } from './read-expression.js';
import { type Mappings, VARIABLE_NAME } from './read-input-output.js';
import { readJob } from './read-job.js';
import { attribute, type XmlElement } from './xml.js';

type Call = Pick<CallActivity, 'called' | 'job' | 'inputs' | 'outputs'>;

/** `zeebe:calledElement`, or `calledElement` with what `camunda:` says about it; neither of them: a worker decides. */
export function readCall(node: DraftNode, { inputs, outputs }: Mappings, problems: Problems): Call {
  const zeebe = node.extensions.elements.get('zeebe:calledElement');
  const plain = attribute(node.xml, 'calledElement') ?? '';
  if (zeebe !== undefined && plain !== '') {
    const message = 'the call activity has both a calledElement and a zeebe:calledElement';
    problems.add('CALL_INVALID', zeebe, node.id, message, 'leave one of the two');
  }
  if (zeebe !== undefined) {
    return { called: readZeebe(zeebe, outputs.length > 0, node, problems), job: undefined, inputs, outputs };
  }
  const camundaIn = readPassing('in', node, problems);
  const camundaOut = readPassing('out', node, problems);
  if (plain === '') {
    refuseWithoutProcess(node, problems);
    return { called: undefined, job: readJob(node, problems), inputs, outputs };
  }
  const called: CalledElement = {
    ...readPlain(plain, node, problems),
    allVariablesIn: camundaIn.all,
    allVariablesOut: camundaOut.all,
    sameCorrelationKey: camundaIn.correlationKey,
  };
  return {
    called,
    job: undefined,
    inputs: [...inputs, ...camundaIn.mappings],
    outputs: [...outputs, ...camundaOut.mappings],
  };
}

/** The tag of a process, by which call activities may choose its version. */
export function versionTagOf(process: DraftNode | undefined): string | undefined {
  const zeebe = process?.extensions.elements.get('zeebe:versionTag');
  const tag =
    zeebe === undefined ? process?.extensions.attributes.get('camunda:versionTag') : attribute(zeebe, 'value');
  return tag || undefined;
}

// --- zeebe: ----------------------------------------------------------------------------------------------------------

/** Output mappings say what goes out, and then nothing else does (Zeebe's rule). */
function readZeebe(xml: XmlElement, mapsOutputs: boolean, node: DraftNode, problems: Problems): CalledElement {
  return {
    bpmnProcessId: readValue(attribute(xml, 'processId') ?? '', 'the called process', xml, node, problems),
    binding: readZeebeBinding(xml, node, problems),
    allVariablesIn: readFlag(xml, 'propagateAllParentVariables', node, problems),
    allVariablesOut: readFlag(xml, 'propagateAllChildVariables', node, problems) && !mapsOutputs,
    sameCorrelationKey: false,
  };
}

function readZeebeBinding(xml: XmlElement, node: DraftNode, problems: Problems): CallBinding {
  const type = attribute(xml, 'bindingType') || 'latest';
  if (type === 'latest') return { type: 'LATEST' };
  if (type === 'deployment') return { type: 'DEPLOYMENT' };
  if (type === 'versionTag') {
    const value = readValue(attribute(xml, 'versionTag') ?? '', 'the version tag', xml, node, problems);
    return { type: 'VERSION_TAG', value };
  }
  problems.add('CALL_INVALID', xml, node.id, `the binding type "${type}" is not known`, BINDING_HELP);
  return { type: 'LATEST' };
}

const BINDING_HELP = 'use latest, deployment or versionTag';

/** Both flags are on by default. */
function readFlag(xml: XmlElement, name: string, node: DraftNode, problems: Problems): boolean {
  const text = attribute(xml, name) || 'true';
  if (text !== 'true' && text !== 'false') {
    problems.add('CALL_INVALID', xml, node.id, `${name}="${text}" is neither true nor false`, 'use true or false');
  }
  return text === 'true';
}

// --- calledElement and camunda: ----------------------------------------------------------------------------------------

/** `id`, `id:version` of the first seed, or an expression. */
function readPlain(
  text: string,
  node: DraftNode,
  problems: Problems,
): Pick<CalledElement, 'bpmnProcessId' | 'binding'> {
  const { attributes } = node.extensions;
  const [id = '', version] = text.startsWith('=') ? [text] : text.split(/:(.*)/s, 2);
  if (version !== undefined && attributes.has('camunda:calledElementBinding')) {
    const message = `calledElement "${text}" names a version, and so does camunda:calledElementBinding`;
    problems.add('CALL_INVALID', node.xml, node.id, message, 'leave one of the two');
  }
  const bpmnProcessId = readValue(id, 'the called process', node.xml, node, problems);
  if (version === undefined) return { bpmnProcessId, binding: readCamundaBinding(node, problems) };
  const value = readValue(version, 'the version of the called process', node.xml, node, problems);
  return { bpmnProcessId, binding: { type: 'VERSION', value } };
}

function readCamundaBinding(node: DraftNode, problems: Problems): CallBinding {
  const { attributes } = node.extensions;
  const type = attributes.get('camunda:calledElementBinding') || 'latest';
  const value = (name: string) =>
    readValue(attributes.get(`camunda:${name}`) ?? '', `camunda:${name}`, node.xml, node, problems);
  if (type === 'latest') return { type: 'LATEST' };
  if (type === 'deployment') return { type: 'DEPLOYMENT' };
  if (type === 'version') return { type: 'VERSION', value: value('calledElementVersion') };
  if (type === 'versionTag') return { type: 'VERSION_TAG', value: value('calledElementVersionTag') };
  const help = 'use latest, deployment, version or versionTag';
  problems.add('CALL_INVALID', node.xml, node.id, `the binding "${type}" is not known`, help);
  return { type: 'LATEST' };
}

interface Passing {
  readonly all: boolean;
  readonly correlationKey: boolean;
  readonly mappings: readonly Mapping[];
}

/** The simple forms of `camunda:in` and `camunda:out`; what they name is mapped as by `zeebe:ioMapping`. */
function readPassing(direction: 'in' | 'out', node: DraftNode, problems: Problems): Passing {
  let all = false;
  let correlationKey = false;
  const mappings: Mapping[] = [];
  for (const xml of repeatedExtensions(node.xml, `camunda:${direction}`)) {
    if (attribute(xml, 'local') === 'true') {
      const message = `camunda:${direction} with local="true" is not supported by this version`;
      problems.add('MAPPING_INVALID', xml, node.id, message, 'name the variables, or use zeebe:ioMapping');
    } else if (attribute(xml, 'businessKey') !== undefined) {
      correlationKey = true;
      checkBusinessKey(xml, direction, node, problems);
    } else if (attribute(xml, 'variables') === 'all') {
      all = true;
    } else {
      const mapping = readOne(xml, direction, node, problems);
      if (mapping !== undefined) mappings.push(mapping);
    }
  }
  return { all, correlationKey, mappings };
}

/** The one form that models have: the business key of the caller. */
function checkBusinessKey(xml: XmlElement, direction: string, node: DraftNode, problems: Problems): void {
  const text = attribute(xml, 'businessKey') ?? '';
  if (direction === 'in' && /^[#$]\{\s*execution\.(processB|b)usinessKey\s*\}$/.test(text)) return;
  const message = `the business key "${text}" is not supported by this version`;
  const help = 'use camunda:in businessKey="#{execution.processBusinessKey}", which passes the correlation key on';
  problems.add('MAPPING_INVALID', xml, node.id, message, help);
}

function readOne(xml: XmlElement, direction: string, node: DraftNode, problems: Problems): Mapping | undefined {
  const source = attribute(xml, 'source');
  const text = attribute(xml, 'sourceExpression') ?? source ?? '';
  const target = attribute(xml, 'target') ?? '';
  const isNamed = source === undefined ? text !== '' : VARIABLE_NAME.test(source);
  if (!isNamed || !VARIABLE_NAME.test(target)) {
    const message = `camunda:${direction} passes "${text}" to "${target}", which are no variable names`;
    problems.add('MAPPING_INVALID', xml, node.id, message, 'give source and target, or variables="all"');
    return undefined;
  }
  const expression = readExpression(text, `camunda:${direction} to "${target}"`, xml, node.id, problems);
  return expression === undefined ? undefined : { source: expression, target: [target] };
}

// --- Both --------------------------------------------------------------------------------------------------------------

/** Text as it stands, or with a leading `=` an expression. */
function readValue(
  text: string,
  what: string,
  place: XmlElement,
  node: DraftNode,
  problems: Problems,
): string | Expression {
  if (text.startsWith('=') || /^[$#]\{/.test(text)) return readExpression(text, what, place, node.id, problems) ?? '';
  if (text === '') {
    problems.add('CALL_INVALID', place, node.id, `${what} is not given`, 'give its text, or an expression after =');
  }
  return text;
}

/** What says how to call something means nothing where a worker names the process. */
function refuseWithoutProcess(node: DraftNode, problems: Problems): void {
  const { attributes, elements } = node.extensions;
  const read = [...attributes.keys(), ...elements.keys()].find((key) => /^camunda:(called|in$|out$)/.test(key));
  if (read === undefined) return;
  const message = `the call activity has ${read}, but names no process`;
  problems.add('CALL_INVALID', node.xml, node.id, message, `set calledElement, or remove ${read}`);
}
