/** Compiles an expression of the model; what does not compile, or is in another language, is a problem at its place. */
import type { Expression } from './expression.js';
import { compileExpression } from './feel.js';
import { isFeelName } from './languages.js';
import type { Place, Problems } from './problems.js';
import { attribute, type XmlElement } from './xml.js';

/** The expression that is the text of an element, which may name another language than its file. */
export function readExpressionElement(
  element: XmlElement,
  /** As the subject of the message: `the condition`. */
  what: string,
  elementId: string,
  problems: Problems,
  /** What the message says is FEEL. */
  kind: 'conditions' | 'expressions',
  /** What the file says of expressions that say nothing themselves. */
  fileLanguage?: string,
): Expression | undefined {
  const language = attribute(element, 'language') ?? fileLanguage;
  if (language === undefined || isFeelName(language)) {
    return readExpression(element.text, what, element, elementId, problems);
  }
  const message = `${what} is written in "${language}"; ${kind} are FEEL`;
  problems.add('LANGUAGE_NOT_SUPPORTED', element, elementId, message, 'write it in FEEL and remove the language');
  return undefined;
}

export function readExpression(
  text: string,
  /** As the subject of the message: `the condition`. */
  what: string,
  place: Place,
  elementId: string,
  problems: Problems,
): Expression | undefined {
  if (!problems.countExpression(place, elementId)) {
    return undefined;
  }
  const expression = compileExpression(text);
  if (!('problem' in expression)) {
    return expression;
  }
  const help = /^\s*=?\s*[$#]\{/.test(text)
    ? 'write it in FEEL, without the braces: amount > 5'
    : 'repair the expression; it is FEEL, with or without a leading =';
  problems.add('EXPRESSION_INVALID', place, elementId, `${what} is not valid: ${expression.problem}`, help);
  return undefined;
}
