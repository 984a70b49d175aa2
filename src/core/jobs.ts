/** Jobs as the core makes and ends them. A job that can be handed out has an open row beside its history row. */

import type { JobDefinition } from '../model/process.js';
import type { Execution } from './execution.js';
import { resolve, resolveText } from './resolve.js';
import type { ElementInstance, Job, JobState, JobType, OpenJob } from './state.js';
import { putTask } from './tasks.js';
import type { MappingFailure } from './variables.js';

/** The first job of a visit: topic, priority and retries may be expressions. */
export function createJob(
  x: Execution,
  ei: ElementInstance,
  type: JobType,
  definition: JobDefinition,
  /** Of the element that it is about, where that is not the element instance's own. */
  elementId = ei.elementId,
  listener: number | null = null,
): MappingFailure | undefined {
  const topic = resolveText(x, ei, definition.topic, 'topic');
  if (typeof topic === 'object') return topic;
  const retryLimit = resolve(x, ei, definition.retryLimit, 'retries', isCount, 'a whole number of 0 or more');
  if (typeof retryLimit === 'object') return retryLimit;
  const priority = resolve(x, ei, definition.priority, 'priority', isPriority, 'a whole number of 32 bits');
  if (typeof priority === 'object') return priority;
  const instance = x.instance(ei.processInstanceId);
  // A first attempt names the occurrence; a rerun will take the effect key of the attempt that it replaces.
  const own = `${ei.partition}/${ei.id}`;
  const about = listener === null ? elementId : `${type}/${listener}`;
  const key = about === ei.elementId ? own : `${own}/${about}`;
  open(x, {
    partition: ei.partition,
    id: x.newId(),
    rootId: ei.rootId,
    processInstanceId: ei.processInstanceId,
    elementInstanceId: ei.id,
    elementId,
    processId: instance.processId,
    tenantId: instance.tenantId,
    type,
    topic,
    state: 'CREATED',
    priority,
    retryCount: 0,
    retryLimit,
    attempt: ei.attempt,
    attemptKey: key,
    effectKey: key,
    listener,
    dueAt: x.now,
    createdAt: x.now,
    createdBy: x.by,
    lockToken: null,
    lockedAt: null,
    lockedBy: null,
    completedAt: null,
    completedBy: null,
    error: null,
    changeNumber: x.changeNumber,
  });
  return undefined;
}

export interface Retry {
  readonly retryCount: number;
  readonly retryLimit: number;
  readonly dueAt: number;
  /** What the job before it failed with, for the next worker to read. */
  readonly error: string | null;
}

/** A retry is a new job for the same attempt: the keys stay (design section 9). */
export function createRetry(x: Execution, job: Job, given: Retry): Job {
  const retry: Job = {
    ...job,
    id: x.newId(),
    ...given,
    state: 'CREATED',
    createdAt: x.now,
    createdBy: x.by,
    lockToken: null,
    lockedAt: null,
    lockedBy: null,
    completedAt: null,
    completedBy: null,
    changeNumber: x.changeNumber,
  };
  if (given.dueAt <= x.now) open(x, retry);
  else wait(x, retry);
  return retry;
}

/** Makes a job available to workers. */
export function open(x: Execution, job: Job): void {
  x.set.put('job', job);
  x.set.put('openJob', {
    partition: job.partition,
    id: job.id,
    rootId: job.rootId,
    processId: job.processId,
    processInstanceId: job.processInstanceId,
    elementInstanceId: job.elementInstanceId,
    tenantId: job.tenantId,
    topic: job.topic,
    type: job.type,
    priority: job.priority,
    dueAt: job.dueAt,
    suspended: x.isSuspended(job),
    lock: null,
  });
}

function wait(x: Execution, job: Job): void {
  x.set.put('job', job);
  putTask(x, job, job.dueAt, { type: 'ACTIVATE_JOB', jobId: job.id });
}

/** Ends a held job with a worker's outcome. The history keeps the token: it proves a repeated outcome (I5). */
export function endJob(x: Execution, job: Job, held: OpenJob, state: JobState, error: string | null): void {
  x.set.put('job', {
    ...job,
    state,
    lockToken: held.lock?.token ?? null,
    lockedAt: held.lock?.lockedAt ?? null,
    lockedBy: held.lock?.lockedBy ?? null,
    completedAt: x.now,
    completedBy: x.by,
    error,
    changeNumber: x.changeNumber,
  });
  x.set.remove('openJob', held);
}

function isCount(value: unknown): value is number {
  return isPriority(value) && value >= 0;
}

function isPriority(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && Math.abs(value) < 2 ** 31;
}
