/** The condition of a sequence flow. */
import type { Expression } from './expression.js';
import { BPMN } from './namespaces.js';
import type { Problems } from './problems.js';
import { readExpressionElement } from './read-expression.js';
import type { XmlElement } from './xml.js';

/** `language` is what the file says of expressions that say nothing themselves. */
export function readCondition(
  flow: XmlElement,
  flowId: string,
  language: string | undefined,
  problems: Problems,
): { readonly conditional: boolean; readonly condition: Expression | undefined } {
  const condition = flow.children.find((each) => each.namespace === BPMN && each.name === 'conditionExpression');
  if (condition === undefined) {
    return { conditional: false, condition: undefined };
  }
  const read = readExpressionElement(condition, 'the condition', flowId, problems, 'conditions', language);
  return { conditional: true, condition: read };
}
