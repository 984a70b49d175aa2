/** A worker's answer to job CALL_PROCESS: the process that a call activity calls. */
import { call } from '../calls.js';
import type { JobCompletion } from '../command.js';
import { enterCalled } from '../elements/call-activity.js';
import type { Execution } from '../execution.js';
import { type Refusal, refuse } from '../refusal.js';
import type { ElementInstance, Job } from '../state.js';
import { written } from './handler.js';

/** A process that does not exist is refused, and the job stays locked: its worker can name another one. */
export function callAsNamed(
  x: Execution,
  ei: ElementInstance,
  completion: JobCompletion | null,
  job: Job,
): Refusal | undefined {
  if (completion?.type !== 'calledProcess') return invalid(x, ei, job, 'needs the process that it calls');
  const { bpmnProcessId, version, correlationKey, tags, variables } = completion;
  const { tenantId } = x.instance(ei.processInstanceId);
  const name = { tenantId, bpmnProcessId, version, versionTag: null, deployedWith: null };
  const called = call(x, ei, name, { correlationKey, tags, variables, contextType: null, contextId: null });
  if (called === undefined) return undefined;
  if ('scope' in called) enterCalled(x, called);
  else if (called.reason === 'CALLED_PROCESS_NOT_FOUND') return invalid(x, ei, job, `can not call: ${called.message}`);
  else x.raise(ei, 'ENTER', called.reason, called.message);
  return undefined;
}

function invalid(x: Execution, ei: ElementInstance, job: Job, problem: string): Refusal {
  const { id } = x.elementOf(ei);
  const metadata = { job: written(job), bpmnElementId: id };
  return refuse('DECISION_INVALID', `call activity ${id} ${problem}`, metadata, 'completion.called_process');
}
