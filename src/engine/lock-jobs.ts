/** LockJobs: jobs for workers that hold no stream. The lock has an end time; waiting for a job costs no statement. */
import type { Dispatcher } from './dispatcher.js';
import type { JobDelivery, LockRequest } from './face.js';
import type { LeaseStore } from './ports.js';

export async function lockJobs(
  leases: LeaseStore,
  dispatcher: Dispatcher,
  request: LockRequest,
): Promise<readonly JobDelivery[]> {
  const { tenantIds, topics, limit, workerId, durationMs, filter, waitMs, signal } = request;
  const until = performance.now() + waitMs;
  for (;;) {
    const ready = new AbortController();
    const ignore = dispatcher.onReady(() => ready.abort());
    try {
      const lock = { durationMs };
      const leased = await leases.lease({ tenantIds, topics, limit, lockedBy: workerId, lock, filter });
      if (leased.length > 0) dispatcher.locksEndIn(durationMs);
      const left = until - performance.now();
      if (leased.length > 0 || left <= 0 || signal.aborted) return await dispatcher.deliveries(leased);
      await sleep(left, AbortSignal.any([ready.signal, signal]));
    } finally {
      ignore();
    }
  }
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
