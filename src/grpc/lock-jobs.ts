/** LockJobs: jobs for workers that hold no stream; and giving jobs back without a stream. */
import { isRefusal } from '../core/refusal.js';
import type { Engine, JobDelivery, LockRequest } from '../engine/face.js';
import type { JobHandle, LeaseFilter } from '../engine/ports/leases.js';
import { LockJobsRequest, type LockJobsResponse, type UnlockJobsRequest } from '../gen/baton/v1/jobs.js';
import type { CallContext } from './call-context.js';
import { millisecondsOf } from './convert.js';
import type { Problem } from './errors.js';
import { type Fault, problemOf } from './faults.js';
import { jobBytes } from './job-bytes.js';
import { toJob } from './job-out.js';
import { ANSWER_MS, DEFAULT_LOCK_MS, LOCKED_BYTES } from './limits.js';
import { requestHash } from './request-hash.js';
import { tenantsOf, topicFaults, topicWish } from './work-messages.js';

export async function lockJobs(
  engine: Pick<Engine, 'lockJobs' | 'unlockJobs'>,
  request: LockJobsRequest,
  stopping: AbortSignal,
  context: CallContext,
): Promise<LockJobsResponse | Problem> {
  const problem = problemOf([...topicFaults(request.topics, 'topics'), ...filterFaults(request)]);
  if (problem !== null) return problem;
  const { limit, lockDuration, maxWait, tenantIds, topics, workerId } = request;
  const deliveries = await engine.lockJobs({
    tenantIds: tenantsOf(tenantIds),
    topics: topics.map(topicWish),
    limit: limit || 1,
    workerId,
    durationMs: lockDuration === undefined ? DEFAULT_LOCK_MS : millisecondsOf(lockDuration),
    filter: filterOf(request),
    waitMs: waitOf(maxWait === undefined ? 0 : millisecondsOf(maxWait), context),
    signal: AbortSignal.any([context.signal, stopping]),
    ...repeatable(request, context),
  });
  if (isRefusal(deliveries)) return deliveries;
  // Who asks with a request id may ask again, and gets them then.
  const isGone = context.signal.aborted && request.requestId === '';
  const sent = isGone ? 0 : fitting(deliveries);
  await giveBack(engine, deliveries.slice(sent));
  const now = Date.now();
  return { jobs: deliveries.slice(0, sent).map((delivery) => toJob(delivery, now)) };
}

function repeatable(request: LockJobsRequest, { rpc, principal }: CallContext): Pick<LockRequest, 'request'> {
  const { requestId } = request;
  if (requestId === '') return {};
  const [tenantId = ''] = tenantsOf(request.tenantIds);
  return { request: { tenantId, principal, rpc, requestId, hash: requestHash(LockJobsRequest, request) } };
}

/** What nobody will get is not kept from others for the time of its lock. */
async function giveBack(engine: Pick<Engine, 'unlockJobs'>, deliveries: readonly JobDelivery[]): Promise<void> {
  if (deliveries.length === 0) return;
  await engine.unlockJobs(
    deliveries.map(({ job, lock }) => ({ partition: job.partition, id: job.id, lockToken: lock.token })),
  );
}

/** How many jobs fit into one answer; one always does. */
function fitting(deliveries: readonly JobDelivery[]): number {
  let room = LOCKED_BYTES;
  let count = 0;
  for (const delivery of deliveries) {
    room -= jobBytes(delivery).length;
    if (count > 0 && room < 0) break;
    count += 1;
  }
  return count;
}

/** The answer has to leave before the deadline, or the jobs would be locked for nobody. */
function waitOf(maxWaitMs: number, { deadline }: CallContext): number {
  if (deadline === null) return maxWaitMs;
  return Math.max(0, Math.min(maxWaitMs, deadline - Date.now() - ANSWER_MS));
}

function filterOf({ partition, id, processIds, processInstanceId }: LockJobsRequest): LeaseFilter | null {
  if (id === undefined && processInstanceId === undefined && processIds.length === 0) return null;
  const within = (other: number | undefined) =>
    partition === undefined || other === undefined ? null : { partition, id: other };
  return { job: within(id), processIds, processInstance: within(processInstanceId) };
}

function filterFaults({ partition, id, processInstanceId }: LockJobsRequest): Fault[] {
  const faults: Fault[] = [];
  const message = 'needs partition beside it';
  if (partition === undefined) {
    if (id !== undefined) faults.push({ reason: 'REQUEST_INVALID', field: 'id', message });
    if (processInstanceId !== undefined)
      faults.push({ reason: 'REQUEST_INVALID', field: 'process_instance_id', message });
  } else if (id === undefined && processInstanceId === undefined) {
    faults.push({
      reason: 'REQUEST_INVALID',
      field: 'partition',
      message: 'needs id or process_instance_id beside it',
    });
  }
  return faults;
}

/** One of the two forms: jobs with their tokens, or what a worker holds. */
export function unlockFaults({ jobs, lockedBy, partition, id }: UnlockJobsRequest): Fault[] {
  const faults: Fault[] = [];
  const add = (field: string, message: string) => void faults.push({ reason: 'REQUEST_INVALID', field, message });
  if (jobs.length > 0 && lockedBy !== undefined) add('locked_by', 'can not be used together with jobs');
  if (jobs.length === 0 && lockedBy === undefined) add('jobs', 'or locked_by is needed');
  if (lockedBy === undefined && partition !== undefined) add('partition', 'is for locked_by only');
  if (id !== undefined && partition === undefined) add('id', 'needs partition beside it');
  return faults;
}

/** One job has one lock, so a request names it once. */
export function namedTwice(handles: readonly JobHandle[], field: string): Fault[] {
  const seen = new Map<number, number>();
  return handles.flatMap(({ id }, index): Fault[] => {
    const before = seen.get(id);
    if (before === undefined) seen.set(id, index);
    if (before === undefined) return [];
    return [
      { reason: 'REQUEST_INVALID', field: `${field}[${index}].id`, message: `is that of ${field}[${before}] too` },
    ];
  });
}
