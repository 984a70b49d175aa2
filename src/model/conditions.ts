/** What the result of a condition means: true or false, and nothing else. */
import type { Evaluation } from './expression.js';
import { describe } from './feel/types.js';

export type Failure = Extract<Evaluation, { readonly ok: false }>;

/** A condition that is neither true nor false decides nothing: it is a problem, never a silent false. */
export function asBoolean(evaluation: Evaluation): boolean | Failure {
  if (!evaluation.ok) {
    return evaluation;
  }
  if (typeof evaluation.value === 'boolean') {
    return evaluation.value;
  }
  const message = `the condition is neither true nor false, but ${describe(evaluation.value)}`;
  return { ok: false, reason: 'EXPRESSION_FAILED', message };
}
