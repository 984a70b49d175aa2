/** Outcomes of held jobs. Without the current lock token nothing changes (I5). */
import { addDuration, parseDuration } from '../../model/durations.js';
import { advance, leave } from '../advance.js';
import type { CompleteJob, FailJob, JobOutcomeReply, RejectJob, ThrowJobError } from '../command.js';
import { catcherOf, trigger } from '../events.js';
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
  const held = findHeld(context, command, ({ state, error }) => state === 'DONE' && error === null);
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
  const held = findHeld(context, command, ({ state }) => state === 'CAUSED_RETRY' || state === 'CAUSED_INCIDENT');
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

/** What nothing in the model catches is an incident, never lost. */
export const throwJobError: Handler<ThrowJobError> = (context, command) => {
  const held = findHeld(context, command, ({ state, error }) => state === 'CAUSED_INCIDENT' || isThrown(state, error));
  if (!('x' in held)) return held;
  const { job, open, x, ei } = held;
  const catcher = catcherOf(x, ei, 'ERROR', command.errorCode);
  const details = command.message === '' ? '' : `: ${command.message}`;
  if (catcher === undefined) {
    setAllLocal(x, ei, command.variables);
    const message = `error "${command.errorCode}" is not caught${details}`;
    endJob(x, job, open, 'CAUSED_INCIDENT', message);
    x.raise(ei, 'JOB', 'UNCAUGHT_ERROR', message, job.id);
    return { job: command.job, repeated: false, state: 'CAUSED_INCIDENT' };
  }
  endJob(x, job, open, 'DONE', `error "${command.errorCode}"${details}`);
  trigger(x, catcher.owner, catcher.element, command.variables, ei);
  advance(x);
  return { job: command.job, repeated: false, state: 'DONE' };
};

/** A job that threw says what; one that was completed says nothing. */
function isThrown(state: JobState, error: string | null): boolean {
  return state === 'DONE' && error !== null;
}

export const rejectJob: Handler<RejectJob> = (context, command) => {
  const held = findHeld(context, command, ({ state }) => state === 'CAUSED_INCIDENT');
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

/** `hadIt`: how this outcome leaves a job; an ended one that stands so, with the same token, had it before. */
function findHeld(context: Context, command: Outcome, hadIt: (job: Job) => boolean): Held | JobOutcomeReply | Refusal {
  const job = context.set.get('job', command.job.id);
  const instance = job && visibleInstance(context, job.processInstanceId);
  const metadata = { job: written(command.job) };
  if (job === undefined || instance === undefined) {
    return refuse('JOB_NOT_FOUND', `job ${metadata.job} does not exist`, metadata);
  }
  if (job.state !== 'CREATED') {
    if (job.lockToken === command.lockToken && hadIt(job)) {
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
