/** When a complex gateway goes on: its activation condition (BPMN 2.0.2, 10.6.5). */
import type { DraftNode } from './draft.js';
import type { Expression } from './expression.js';
import { BPMN } from './namespaces.js';
import type { Problems } from './problems.js';
import { readExpressionElement } from './read-expression.js';

const HELP = 'give it one bpmn:activationCondition in FEEL: activationCount >= 2';

/** Undefined is right only where one flow leads in. */
export function readActivation({ xml, id, incoming }: DraftNode, problems: Problems): Expression | undefined {
  const isCondition = (each: typeof xml) => each.namespace === BPMN && each.name === 'activationCondition';
  const [condition, other] = xml.children.filter(isCondition);
  if (other !== undefined) {
    problems.add('ACTIVATION_INVALID', other, id, 'the complex gateway has two activation conditions', HELP);
  }
  if (condition === undefined) {
    const message = 'several flows lead into the complex gateway, and no activation condition says how many it needs';
    if (incoming.length > 1) problems.add('ACTIVATION_INVALID', xml, id, message, HELP);
    return undefined;
  }
  const expression = readExpressionElement(condition, 'the activation condition', id, problems, 'conditions');
  if (expression !== undefined && expression.reads.length === 0) {
    const message = `the activation condition "${expression.text}" reads nothing, so it can never change`;
    problems.add('ACTIVATION_INVALID', condition, id, message, HELP);
  }
  return expression;
}
