/** Values of a model that are given as they stand or as an expression. */
import type { Expression } from '../model/expression.js';
import type { Execution } from './execution.js';
import type { ElementInstance } from './state.js';
import { evaluate, type MappingFailure } from './variables.js';

export function resolve<T extends string | number>(
  x: Execution,
  ei: ElementInstance,
  source: T | Expression,
  what: string,
  fits: (value: unknown) => value is T,
  expected: string,
): T | MappingFailure {
  if (typeof source !== 'object') return source;
  const evaluation = evaluate(x, ei, source);
  if (!evaluation.ok) return { reason: evaluation.reason, message: `${what} "${source.text}": ${evaluation.message}` };
  if (fits(evaluation.value)) return evaluation.value;
  const message = `${what} "${source.text}" must be ${expected}, but is ${JSON.stringify(evaluation.value)}`;
  return { reason: 'EXPRESSION_FAILED', message };
}

/** Names, codes and topics. */
export function resolveText(
  x: Execution,
  ei: ElementInstance,
  source: string | Expression,
  what: string,
): string | MappingFailure {
  return resolve(x, ei, source, what, isText, 'text that is not empty');
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
