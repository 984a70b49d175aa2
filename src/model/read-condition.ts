/** The condition of a sequence flow, and the languages that a file says it is written in. */
import type { Expression } from './expression.js';
import { BPMN } from './namespaces.js';
import type { Problems } from './problems.js';
import { readExpression } from './read-expression.js';
import { attribute, type XmlElement } from './xml.js';

/** The names that FEEL goes by: `feel`, and its URIs of all DMN versions. */
export function isFeelName(language: string): boolean {
  return /(^|\/)feel(\/|$)/i.test(language.trim());
}

/** The condition of a flow. `language` is what the file says of expressions that say nothing themselves. */
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
  const own = attribute(condition, 'language') ?? language;
  if (own !== undefined && !isFeelName(own)) {
    const message = `the condition is written in "${own}"; conditions are FEEL`;
    problems.add('LANGUAGE_NOT_SUPPORTED', condition, flowId, message, 'write it in FEEL and remove the language');
    return { conditional: true, condition: undefined };
  }
  return { conditional: true, condition: readExpression(condition.text, 'the condition', condition, flowId, problems) };
}

/** Boilerplate that tools write into every file, whatever the expressions in it are. */
export function declaredLanguage(definitions: XmlElement): string | undefined {
  const language = attribute(definitions, 'expressionLanguage');
  return language === undefined || language === '' || /xpath/i.test(language) ? undefined : language;
}
