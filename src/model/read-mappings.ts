/** Where data goes in and out of an activity, and what a script task computes. */
import type { DraftNode } from './draft.js';
import type { Expression } from './expression.js';
import { constantExpression } from './feel.js';
import { isFeelName } from './languages.js';
import { BPMN } from './namespaces.js';
import type { Problems } from './problems.js';
import type { Mapping, Script } from './process.js';
import { readExpression } from './read-expression.js';
import { type Mappings, readInputOutput, VARIABLE_NAME } from './read-input-output.js';
import { attribute, type XmlElement } from './xml.js';

/** A name that FEEL can read without quotes. */
export function isVariableName(name: string): boolean {
  return VARIABLE_NAME.test(name);
}

export const NAME_HELP = 'use letters, digits and _, not starting with a digit; names are joined by dots';

export function readMappings(node: DraftNode, problems: Problems): Mappings {
  const camunda = node.extensions.elements.get('camunda:inputOutput');
  if (camunda !== undefined) return readInputOutput(camunda, node, problems);
  const inputs: Mapping[] = [];
  const outputs: Mapping[] = [];
  for (const each of node.extensions.elements.get('zeebe:ioMapping')?.children ?? []) {
    const list = each.name === 'input' ? inputs : each.name === 'output' ? outputs : undefined;
    if (list === undefined) {
      problems.add(
        'MAPPING_INVALID',
        each,
        node.id,
        `a mapping is called ${each.name}`,
        'use zeebe:input or zeebe:output',
      );
      continue;
    }
    const source = readSource(each, node, problems);
    const target = readTarget(each, node, problems);
    if (source !== undefined && target !== undefined) {
      list.push({ source, target });
    }
  }
  return { inputs, outputs };
}

/** An input without `=` is a text as it stands, as in Zeebe; an output is always an expression. */
function readSource(each: XmlElement, node: DraftNode, problems: Problems): Expression | undefined {
  const text = attribute(each, 'source');
  if (text === undefined || text === '') {
    const message = `an ${each.name} mapping has no source`;
    problems.add('MAPPING_INVALID', each, node.id, message, 'give the expression whose value is taken');
    return undefined;
  }
  if (each.name === 'input' && !text.startsWith('=')) {
    return constantExpression(text);
  }
  const target = attribute(each, 'target') ?? '';
  return readExpression(text, `the ${each.name} mapping to "${target}"`, each, node.id, problems);
}

function readTarget(each: XmlElement, node: DraftNode, problems: Problems): readonly string[] | undefined {
  const text = attribute(each, 'target');
  const path = text?.split('.') ?? [];
  if (text === undefined || !path.every(isVariableName)) {
    const message = `an ${each.name} mapping has the target "${text ?? ''}", which is no variable name`;
    problems.add('MAPPING_INVALID', each, node.id, message, NAME_HELP);
    return undefined;
  }
  return path;
}

/** The FEEL script of a script task; undefined when a worker runs it. */
export function readScript(node: DraftNode, problems: Problems): Script | undefined {
  const zeebeScript = node.extensions.elements.get('zeebe:script');
  const bpmnScript = node.xml.children.find((each) => each.namespace === BPMN && each.name === 'script');
  const format = attribute(node.xml, 'scriptFormat');
  if (zeebeScript === undefined) {
    const isFeel = format !== undefined && isFeelName(format) && bpmnScript !== undefined;
    return isFeel ? readOneScript(bpmnScript.text, resultOf(node), bpmnScript, node, problems) : undefined;
  }
  if (node.extensions.elements.has('zeebe:taskDefinition')) {
    const message = 'the script task has both a zeebe:script and a zeebe:taskDefinition';
    problems.add(
      'SCRIPT_INVALID',
      node.xml,
      node.id,
      message,
      'leave the script for the engine or the job for a worker',
    );
  }
  if (bpmnScript !== undefined && bpmnScript.text.trim() !== '') {
    const message = 'the script task has both a zeebe:script and a bpmn:script';
    problems.add('SCRIPT_INVALID', bpmnScript, node.id, message, 'leave one of the two');
  }
  return readOneScript(
    attribute(zeebeScript, 'expression') ?? '',
    attribute(zeebeScript, 'resultVariable'),
    zeebeScript,
    node,
    problems,
  );
}

function resultOf(node: DraftNode): string | undefined {
  return node.extensions.attributes.get('camunda:resultVariable');
}

function readOneScript(
  text: string,
  resultVariable: string | undefined,
  place: XmlElement,
  node: DraftNode,
  problems: Problems,
): Script | undefined {
  if (resultVariable === undefined || !isVariableName(resultVariable)) {
    const message = `the script has the result variable "${resultVariable ?? ''}", which is no variable name`;
    problems.add('SCRIPT_INVALID', place, node.id, message, `name the variable that gets the result; ${NAME_HELP}`);
  }
  const expression = readExpression(text, 'the script', place, node.id, problems);
  return expression === undefined ? undefined : { expression, resultVariable: resultVariable ?? '' };
}
