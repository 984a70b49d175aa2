/** A job on its way to a worker. Thousands a second go through here, so nothing is made that is not sent. */
import type { JobDelivery } from '../engine/face.js';
import type { Job } from '../gen/baton/v1/jobs.js';
import { dateIf, dateOf, durationOf, textOf, wireJobType } from './convert.js';

/** `realNow` is the time by which `locked_for` is counted. */
export function toJob(delivery: JobDelivery, realNow: number): Job {
  const { job, lock, traceParent } = delivery;
  return {
    partition: job.partition,
    id: job.id,
    lockToken: lock.token,
    topic: job.topic,
    type: wireJobType[job.type],
    state: 'JOB_STATE_LOCKED',
    variables: delivery.variables as Job['variables'],
    headers: delivery.headers as Job['headers'],
    elementId: job.elementId,
    elementInstanceId: job.elementInstanceId,
    processId: job.processId,
    processInstanceId: job.processInstanceId,
    bpmnProcessId: delivery.bpmnProcessId,
    version: delivery.version,
    bpmnElementId: delivery.bpmnElementId,
    correlationKey: textOf(delivery.correlationKey),
    retryCount: job.retryCount,
    retryLimit: job.retryLimit,
    attempt: job.attempt,
    attemptKey: job.attemptKey,
    effectKey: job.effectKey,
    priority: job.priority,
    dueAt: dateOf(job.dueAt),
    lockedBy: lock.lockedBy,
    lockedAt: dateOf(lock.lockedAt),
    lockedUntil: dateIf(lock.until),
    lockedFor: lock.until === null ? undefined : durationOf(Math.max(0, lock.until - realNow)),
    errorMessage: textOf(job.error),
    createdAt: dateOf(job.createdAt),
    createdBy: job.createdBy,
    tenantId: job.tenantId,
    calledProcessInstanceId: delivery.calledId ?? undefined,
    traceContext: traceParent === null ? undefined : { traceparent: traceParent, tracestate: '' },
  };
}
