/** Compiles FEEL, once per process version, into something that is cheap to evaluate. */
import { evaluate, parseExpression } from 'feelin';
import type { EvaluationContext, Evaluation, Expression } from './expression.js';

export function compileExpression(text: string): Expression | { readonly problem: string } {
  const source = text.trim().replace(/^=/, '').trim();
  const names = new Set<string>();
  try {
    parseExpression(source, {}, undefined).iterate({
      enter: (node) => {
        if (node.name === 'VariableName') {
          names.add(source.slice(node.from, node.to));
        }
      },
    });
    const reads = [...names];
    const compiled = evaluate(`function(${reads.join(', ')}) ${source}`).value as { invoke(args: unknown[]): unknown };
    return { text: source, reads, evaluate: (context) => run(compiled, reads, context) };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

function run(
  compiled: { invoke(args: unknown[]): unknown },
  reads: readonly string[],
  context: EvaluationContext,
): Evaluation {
  const values: unknown[] = [];
  for (const name of reads) {
    const variable = context.variable(name);
    if (variable === undefined) {
      return { ok: false, reason: 'VARIABLE_MISSING', message: `there is no variable "${name}"` };
    }
    if ('problem' in variable) {
      return { ok: false, reason: 'EXPRESSION_FAILED', message: variable.problem };
    }
    values.push(variable.value);
  }
  return { ok: true, value: compiled.invoke(values) };
}

/** An expression that is a text as it stands. */
export function constantExpression(value: string): Expression {
  return { text: JSON.stringify(value), reads: [], evaluate: () => ({ ok: true, value }) };
}
