/** Compiles an expression of the model; what does not compile is a problem at its place. */
import type { Expression } from './expression.js';
import { compileExpression } from './feel.js';
import type { Place, Problems } from './problems.js';

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
