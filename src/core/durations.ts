/** Durations and cycles at the door: what the core would not take is refused before it becomes a command. */
import { parseDuration } from '../model/durations.js';
import { timerProblem } from '../model/timers.js';

/** Null when the text is an ISO 8601 duration that the engine can use. */
export function durationProblem(text: string): string | null {
  const duration = parseDuration(text);
  return 'problem' in duration ? duration.problem : null;
}

/** The same of a cycle. */
export function cycleProblem(text: string): string | null {
  return timerProblem('CYCLE', text) ?? null;
}
