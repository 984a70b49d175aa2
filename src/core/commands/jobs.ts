/** Outcomes of held jobs. Without the current lock token nothing changes (I5). */
import { addDuration, parseDuration } from '../../model/durations.js';
import { advance, leave } from '../advance.js';
import type {
  CompleteJob,
  FailJob,
  JobOutcomeReply,
  RejectJob,
  ThrowJobError,
  ThrowJobEscalation,
} from '../command.js';
import { type Catcher, catcherOf, trigger } from '../events.js';
import { Execution } from '../execution.js';
import { createRetry, endJob } from '../jobs.js';
import { type Refusal, refuse } from '../refusal.js';
import type { ElementInstance, IncidentReason, Job, OpenJob } from '../state.js';
import { setAllLocal } from '../variables.js';
import { complete } from './completions.js';
import { type Context, type Handler, visibleInstance, written } from './handler.js';
import { completeListener, isListener } from './listeners.js';
import { writeResults } from './results.js';

type Outcome = CompleteJob | FailJob | ThrowJobError | ThrowJobEscalation | RejectJob;

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
  endJob(x, job, open, 'DONE', null);
  const refusal = isListener(job)
    ? completeListener(x, ei, job, command)
    : (writeResults(x, ei, command) ?? complete(x, ei, command.completion, job));
  if (refusal !== undefined) return refusal;
  if (job.type === 'EXECUTE' || job.type === 'PASS_VARIABLES') leave(x, ei);
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
    const dueAt = dueAfter(x, command.retryTimer ?? retryDelayOf(x, job));
    createRetry(x, job, { retryCount: job.retryCount + 1, retryLimit: job.retryLimit, dueAt, error: command.message });
  } else {
    endJob(x, job, open, 'CAUSED_INCIDENT', command.message);
    x.raise(ei, 'JOB', 'JOB_RETRIES_EXHAUSTED', command.message, job.id);
  }
  advance(x);
  return { job: command.job, repeated: false, state: job.retryCount < retryLimit ? 'CAUSED_RETRY' : 'CAUSED_INCIDENT' };
};

export const throwJobError: Handler<ThrowJobError> = (context, command) => {
  const held = findThrowing(context, command);
  if (!('x' in held)) return held;
  const { errorCode, message } = command;
  const what = `error "${errorCode}"`;
  const catcher = isListener(held.job) ? undefined : catcherOf(held.x, held.ei, 'ERROR', errorCode);
  if (catcher === undefined) return uncaught(held, command, 'UNCAUGHT_ERROR', what);
  return caught(held, command, catcher, message === '' ? what : `${what}: ${message}`);
};

/** Where what catches does not interrupt, the activity goes on: with a new job for the rest of the work. */
export const throwJobEscalation: Handler<ThrowJobEscalation> = (context, command) => {
  const held = findThrowing(context, command);
  if (!('x' in held)) return held;
  const { x, job, ei } = held;
  const what = `escalation "${command.escalationCode}"`;
  const catcher = isListener(job) ? undefined : catcherOf(x, ei, 'ESCALATION', command.escalationCode);
  if (catcher === undefined) return uncaught(held, command, 'UNCAUGHT_ESCALATION', what);
  if (!catcher.element.interrupting) {
    const { retryCount, retryLimit } = job;
    createRetry(x, job, { retryCount, retryLimit, dueAt: dueAfter(x, command.retryTimer), error: null });
  }
  return caught(held, command, catcher, what);
};

type Throwing = ThrowJobError | ThrowJobEscalation;

function caught({ x, job, open, ei }: Held, command: Throwing, catcher: Catcher, what: string): JobOutcomeReply {
  endJob(x, job, open, 'DONE', what);
  trigger(x, catcher.owner, catcher.element, command.variables, ei);
  advance(x);
  return { job: command.job, repeated: false, state: 'DONE' };
}

/** What nothing in the model catches is an incident, never lost. */
function uncaught(
  { x, job, open, ei }: Held,
  command: Throwing,
  reason: IncidentReason,
  what: string,
): JobOutcomeReply {
  setAllLocal(x, ei, command.variables);
  const details = 'message' in command && command.message !== '' ? `: ${command.message}` : '';
  const message = `${what} is not caught${details}`;
  endJob(x, job, open, 'CAUSED_INCIDENT', message);
  x.raise(ei, 'JOB', reason, message, job.id);
  advance(x);
  return { job: command.job, repeated: false, state: 'CAUSED_INCIDENT' };
}

function findThrowing(context: Context, command: Throwing): Held | JobOutcomeReply | Refusal {
  const held = findHeld(context, command, hasThrown);
  if (!('x' in held) || !ASKS.test(held.job.type)) return held;
  const metadata = { job: written(command.job), type: held.job.type };
  const message = `job ${metadata.job} of type ${held.job.type} asks for a definition and can not throw`;
  return refuse('DECISION_INVALID', message, metadata);
}

/** What waits for a definition has not begun, so there is nothing yet that could fail in the words of the model. */
const ASKS = /^(SET|SUBSCRIBE)_/;

/** A job that threw says what; one that was completed says nothing. */
function hasThrown({ state, error }: Job): boolean {
  return state === 'CAUSED_INCIDENT' || (state === 'DONE' && error !== null);
}

export const rejectJob: Handler<RejectJob> = (context, command) => {
  const held = findHeld(context, command, ({ state }) => state === 'CAUSED_INCIDENT');
  if (!('x' in held)) return held;
  const { job, open, x, ei } = held;
  endJob(x, job, open, 'CAUSED_INCIDENT', command.message);
  x.raise(ei, 'JOB', command.reason, command.message, job.id);
  return { job: command.job, repeated: false, state: 'CAUSED_INCIDENT' };
};

/** What the model says for retries whose worker names no time. */
function retryDelayOf(x: Execution, job: Job): string | null {
  const element = x.elementOf(job);
  return ('job' in element && element.job?.retryDelay) || null;
}

/** The retry timer was checked at the door or by the model; absent means at once. */
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
