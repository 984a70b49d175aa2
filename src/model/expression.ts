/** The face of a compiled expression, as the core sees it. The compiler that makes one is `feel.ts`. */

export interface Expression {
  /** The FEEL text, without the leading `=`. */
  readonly text: string;
  /** The variables it reads, built-ins excluded. */
  readonly reads: readonly string[];
  evaluate(context: EvaluationContext): Evaluation;
}

export interface EvaluationContext {
  /** The value of a variable as FEEL data; `undefined` when there is none of that name (null is a value). */
  variable(name: string): VariableValue | undefined;
  /** Epoch milliseconds, for `now()` and `today()`. */
  readonly now: number;
}

/** A variable's value, or why an expression can not read it. */
export type VariableValue = { readonly value: unknown } | { readonly problem: string };

export type Evaluation =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly reason: EvaluationProblem; readonly message: string };

export type EvaluationProblem = 'EXPRESSION_FAILED' | 'VARIABLE_MISSING' | 'EXPRESSION_LIMIT';
