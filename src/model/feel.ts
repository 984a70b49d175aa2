/**
 * FEEL, compiled once per process version: feelin's grammar, our own evaluation. feelin's evaluation answers null where
 * types clash or names are misspelt, `if "yes"` is true there, and a loop without end ends the server; here each of
 * these is a problem with its place, and each evaluation has a budget, so that the answer depends on the expression
 * and the data alone (I2).
 */
import type { Evaluation, EvaluationContext, Expression } from './expression.js';
import { ExpressionCompiler } from './feel/compile.js';
import { type Code, FeelProblem, Run } from './feel/run.js';
import { Reads } from './feel/scopes.js';
import { parse, SyntaxProblem } from './feel/syntax.js';

/** Compiles FEEL, with or without the leading `=` that models write; what does not compile is refused. */
export function compileExpression(text: string): Expression | { readonly problem: string } {
  const source = text.trim().replace(/^=/, '').trim();
  try {
    const reads = new Reads();
    const code = new ExpressionCompiler(reads).code(parse(source), undefined);
    const names: readonly string[] = reads.names;
    return { text: source, reads: names, evaluate: (context) => run(code, names, context) };
  } catch (problem) {
    if (problem instanceof SyntaxProblem) {
      return { problem: problem.message };
    }
    throw problem;
  }
}

/** An expression that is a text as it stands. */
export function constantExpression(value: string): Expression {
  const evaluation: Evaluation = { ok: true, value };
  return { text: JSON.stringify(value), reads: [], evaluate: () => evaluation };
}

function run(code: Code, names: readonly string[], context: EvaluationContext): Evaluation {
  try {
    return { ok: true, value: code(new Run(context, names), undefined) };
  } catch (problem) {
    if (problem instanceof FeelProblem) {
      return { ok: false, reason: problem.reason, message: problem.message };
    }
    if (problem instanceof RangeError) {
      return { ok: false, reason: 'EXPRESSION_LIMIT', message: `the expression is too large: ${problem.message}` };
    }
    throw problem;
  }
}
