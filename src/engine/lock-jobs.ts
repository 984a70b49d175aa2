/** LockJobs: jobs for workers that hold no stream. The lock has an end time; waiting for a job costs no statement. */
import { type Refusal, requestReused } from '../core/refusal.js';
import type { Dispatcher } from './dispatcher.js';
import type { JobDelivery, LockRequest } from './face.js';
import type { LeasedOnce, LeaseStore } from './ports/leases.js';

export async function lockJobs(
  leases: LeaseStore,
  dispatcher: Dispatcher,
  request: LockRequest,
): Promise<readonly JobDelivery[] | Refusal> {
  const { durationMs, waitMs, signal } = request;
  const until = performance.now() + waitMs;
  return dispatcher.polls.during(request, async (poll) => {
    for (let first = true; ; first = false) {
      const ready = new AbortController();
      const ignore = dispatcher.polls.onReady(() => ready.abort());
      try {
        const leased = await poll(() => lease(leases, request), first);
        if (leased === 'REQUEST_ID_REUSED') return requestReused(request.request);
        if (leased.jobs.length > 0) dispatcher.locksEndIn(durationMs);
        const left = until - performance.now();
        const isAnswer = leased.jobs.length > 0 || leased.repeated;
        if (isAnswer || left <= 0 || signal.aborted) return await dispatcher.deliveries(leased.jobs, !leased.repeated);
        await sleep(left, AbortSignal.any([ready.signal, signal]));
        if (signal.aborted) return [];
      } finally {
        ignore();
      }
    }
  });
}

async function lease(leases: LeaseStore, asked: LockRequest): Promise<LeasedOnce | 'REQUEST_ID_REUSED'> {
  const { tenantIds, topics, limit, workerId, durationMs, filter, request } = asked;
  const wanted = { tenantIds, topics, limit, lockedBy: workerId, lock: { durationMs }, filter };
  if (request !== undefined) return leases.leaseOnce(wanted, request);
  return { jobs: await leases.lease(wanted), repeated: false };
}

/** Until the time has passed or the signal says that there is something to look for. */
function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}
