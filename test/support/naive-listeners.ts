/** Execution listeners in the naive interpreter: workers are asked before an element begins, and before it leaves. */
import type { Values, Visit } from './naive-visits.js';

/** False when there is no listener there. */
export function listen(visit: Visit, phase: 'start' | 'end', place: number): boolean {
  const isThere = visit.element.listeners?.[phase][place] !== undefined;
  visit.listening = isThere ? { phase, place } : undefined;
  if (isThere || place > 0) visit.failures = 0;
  return isThere;
}

/** What a start listener gives is the element's own, what an end listener gives stays around it; false after the last. */
export function goOnListening(visit: Visit, values: Values): boolean {
  const { listening, parent } = visit;
  if (listening === undefined) return false;
  const { phase, place } = listening;
  Object.assign(phase === 'start' || parent === undefined ? visit.variables : parent.variables, values);
  return listen(visit, phase, place + 1);
}
