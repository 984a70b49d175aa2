/** The outcomes of execution listeners' jobs: the next listener is asked, or the element begins or leaves. */
import { enter, leave } from '../advance.js';
import type { CompleteJob } from '../command.js';
import type { Execution } from '../execution.js';
import { createJob } from '../jobs.js';
import type { Refusal } from '../refusal.js';
import { beginAtEvent } from '../starts.js';
import type { ElementInstance, Job } from '../state.js';
import { setAllLocal, surrounding } from '../variables.js';
import { nothingAsked } from './completions.js';
import { writeResults } from './results.js';

export function isListener({ type }: Job): boolean {
  return type === 'START_LISTENER' || type === 'END_LISTENER';
}

/** What a start listener gives is the element's own; what an end listener gives stays when the element has gone. */
export function completeListener(
  x: Execution,
  ei: ElementInstance,
  job: Job,
  command: CompleteJob,
): Refusal | undefined {
  if (command.completion !== null) return nothingAsked(job);
  const refusal = writeResults(x, ei, { ...command, variables: [] });
  if (refusal !== undefined) return refusal;
  const scope = job.type === 'START_LISTENER' ? ei : (surrounding(x, ei) ?? ei);
  setAllLocal(x, scope, command.variables);
  goOnBehind(x, ei, job);
  return undefined;
}

/** The listener's work is done; see also `IncidentPhase`. */
export function goOnBehind(x: Execution, ei: ElementInstance, job: Job): void {
  x.listened.set(ei.id, job);
  const { listeners } = x.elementOf(ei);
  const isStart = job.type === 'START_LISTENER';
  const place = (job.listener ?? 0) + 1;
  const next = (isStart ? listeners?.start : listeners?.end)?.[place];
  if (next !== undefined) {
    const failure = createJob(x, ei, job.type, next, ei.elementId, place);
    if (failure !== undefined) x.raise(ei, isStart ? 'ENTER' : 'LEAVE', failure.reason, failure.message);
  } else if (!isStart) leave(x, ei);
  else if (!beginAtEvent(x, ei)) enter(x, ei);
}
