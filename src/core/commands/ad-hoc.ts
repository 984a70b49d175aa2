/** Workers' answers to job SELECT_AD_HOC_ACTIVITIES: what begins in an ad-hoc sub-process. */
import type { AdHocSubProcess } from '../../model/process.js';
import { choose, complete, isComplete } from '../ad-hoc.js';
import type { JobCompletion } from '../command.js';
import type { Execution } from '../execution.js';
import { type Refusal, refuse } from '../refusal.js';
import type { ElementInstance, Job } from '../state.js';
import { written } from './handler.js';

/** Who names nothing has nothing to add: it ends when nothing is at work, unless its condition asks for more. */
export function selectActivities(
  x: Execution,
  ei: ElementInstance,
  completion: JobCompletion | null,
  job: Job,
): Refusal | undefined {
  if (completion?.type !== 'adHocDecision')
    return invalid(x, ei, job, 'needs the ids of what begins, or an empty list');
  const element = x.elementOf(ei) as AdHocSubProcess;
  const wrong = choose(x, element, ei, completion.elements);
  if (wrong !== undefined) return invalid(x, ei, job, wrong);
  if (completion.elements.length > 0) return undefined;
  const holds = isComplete(x, element, ei);
  if (typeof holds === 'object') return invalid(x, ei, job, holds.message);
  if (holds) complete(x, element, ei, ei);
  if (x.elementInstance(ei.id).liveChildren > 0) return undefined;
  if (!holds && element.completionCondition !== undefined) {
    const problem = 'nothing is at work in it, and its completion condition is not true: name what begins';
    return invalid(x, ei, job, problem);
  }
  x.agenda.push({ type: 'leave', elementInstanceId: ei.id });
  return undefined;
}

function invalid(x: Execution, ei: ElementInstance, job: Job, problem: string): Refusal {
  const { id } = x.elementOf(ei);
  const metadata = { job: written(job), bpmnElementId: id };
  return refuse('DECISION_INVALID', `ad-hoc sub-process ${id}: ${problem}`, metadata, 'completion.ad_hoc_decision');
}
