/** Faults of a request that the rules of the contract can not express, all of them at once. */
import { durationProblem } from '../core/durations.js';
import type { FieldFault, Problem, Reason } from './errors.js';

/** One fault of one field, always with its reason. */
export interface Fault extends FieldFault {
  readonly reason: Reason;
}

/** The reason of the whole is that of the first fault; null when there is none. */
export function problemOf(faults: readonly Fault[]): Problem | null {
  const [first] = faults;
  if (first === undefined) return null;
  const message = faults.map(({ field, message: what }) => `${field} ${what}`).join('; ');
  return { refused: first.reason, message, faults };
}

/** The duration, or null for the empty text. */
export function durationIn(text: string, field: string, faults: Fault[]): string | null {
  if (text === '') return null;
  const problem = durationProblem(text);
  if (problem !== null) faults.push({ reason: 'DURATION_INVALID', field, message: problem });
  return text;
}
