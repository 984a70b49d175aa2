/** Outcomes of held jobs. Without the current lock token nothing changes (I5). */
import { addDuration, parseDuration } from '../../model/durations.js';
import { advance, leave } from '../advance.js';
import type { CompleteJob, FailJob, JobOutcomeReply, RejectJob, ThrowJobError } from '../command.js';
import { Execution } from '../execution.js';
import { createRetry, endJob } from '../jobs.js';
import { type Refusal, refuse } from '../refusal.js';
import type { ElementInstance, Job, JobState, OpenJob } from '../state.js';
import { setAllLocal } from '../variables.js';
import { complete } from './completions.js';
import { type Context, type Handler, visibleInstance, written } from './handler.js';
import { writeResults } from './results.js';

type Outcome = CompleteJob | FailJob | ThrowJobError | RejectJob;

/** A job that the caller holds, and the execution that its outcome starts. */
interface Held {
  readonly job: Job;
  readonly open: OpenJob;
  readonly x: Execution;
  readonly ei: ElementInstance;
}

export const completeJob: Handler<CompleteJob> = (context, command) => {
  const held = findHeld(context, command, ['DONE']);
  if (!('x' in held)) return held;
  const { job, open, x, ei } = held;
  const refusal = writeResults(x, ei, command) ?? complete(x, ei, command.completion, job);
  if (refusal !== undefined) return refusal;
  endJob(x, job, open, 'DONE', null);
  if (job.type === 'EXECUTE') leave(x, ei);
  advance(x);
  return { job: command.job, repeated: false, state: 'DONE' };
};

export const failJob: Handler<FailJob> = (context, command) => {
  const held = findHeld(context, command, ['CAUSED_RETRY', 'CAUSED_INCIDENT']);
  if (!('x' in held)) return held;
  const { job, open, x, ei } = held;
  setAllLocal(x, ei, command.variables);
  const retryLimit = command.retryLimit ?? job.retryLimit;
  if (job.retryCount < retryLimit) {
    endJob(x, job, open, 'CAUSED_RETRY', command.message);
    const dueAt = dueAfter(x, command.retryTimer);
    createRetry(x, job, { retryCount: job.retryCount + 1, retryLimit: job.retryLimit, dueAt, error: command.message });
  } else {
    endJob(x, job, open, 'CAUSED_INCIDENT', command.message);
    x.raise(ei, 'JOB', 'JOB_RETRIES_EXHAUSTED', command.message, job.id);
  }
  return { job: command.job, repeated: false, state: job.retryCount < retryLimit ? 'CAUSED_RETRY' : 'CAUSED_INCIDENT' };
};

/** No event of this version catches errors yet, so each one is uncaught: an incident, never lost. */
export const throwJobError: Handler<ThrowJobError> = (context, command) => {
  const held = findHeld(context, command, ['CAUSED_INCIDENT']);
  if (!('x' in held)) return held;
  const { job, open, x, ei } = held;
  setAllLocal(x, ei, command.variables);
  const message = `error "${command.errorCode}" is not caught${command.message === '' ? '' : `: ${command.message}`}`;
  endJob(x, job, open, 'CAUSED_INCIDENT', message);
  x.raise(ei, 'JOB', 'UNCAUGHT_ERROR', message, job.id);
  return { job: command.job, repeated: false, state: 'CAUSED_INCIDENT' };
};

export const rejectJob: Handler<RejectJob> = (context, command) => {
  const held = findHeld(context, command, ['CAUSED_INCIDENT']);
  if (!('x' in held)) return held;
  const { job, open, x, ei } = held;
  endJob(x, job, open, 'CAUSED_INCIDENT', command.message);
  x.raise(ei, 'JOB', command.reason, command.message, job.id);
  return { job: command.job, repeated: false, state: 'CAUSED_INCIDENT' };
};

/** The retry timer was checked at the door; absent means at once. */
export function dueAfter(x: Execution, retryTimer: string | null): number {
  if (retryTimer === null) return x.now;
  const duration = parseDuration(retryTimer);
  if ('problem' in duration) throw new Error(`retry timer "${retryTimer}": ${duration.problem}`);
  return addDuration(x.now, duration);
}

/** `outcomes`: the states that this outcome leaves; an ended job in one of them with the same token had it before. */
function findHeld(context: Context, command: Outcome, outcomes: readonly JobState[]): Held | JobOutcomeReply | Refusal {
  const job = context.set.get('job', command.job.id);
  const instance = job && visibleInstance(context, job.processInstanceId);
  const metadata = { job: written(command.job) };
  if (job === undefined || instance === undefined) {
    return refuse('JOB_NOT_FOUND', `job ${metadata.job} does not exist`, metadata);
  }
  if (job.state !== 'CREATED') {
    if (job.lockToken === command.lockToken && outcomes.includes(job.state)) {
      return { job: command.job, repeated: true, state: job.state };
    }
    const reason = job.state === 'CANCELED' ? 'JOB_CANCELED' : 'JOB_ENDED';
    return refuse(reason, `job ${metadata.job} has ended: ${job.state}`, { ...metadata, state: job.state });
  }
  const open = context.set.get('openJob', job.id);
  if (!open?.lock) return refuse('JOB_NOT_HELD', `job ${metadata.job} is not held by any worker`, metadata);
  if (open.lock.token !== command.lockToken) {
    return refuse('LOCK_TOKEN_MISMATCH', `job ${metadata.job} is held with another lock token`, metadata);
  }
  const x = new Execution(context.set, context.facts, command.by, job.rootId);
  return { job, open, x, ei: x.elementInstance(job.elementInstanceId) };
}
