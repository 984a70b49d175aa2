/** Jobs by single calls: locking them, their outcomes, giving them back, and reading them. */
import { isRefusal } from '../core/refusal.js';
import type { Ref } from '../core/state.js';
import type { Caller } from '../engine/face.js';
import type { JobHandle } from '../engine/ports/leases.js';
import type { JobView } from '../engine/reader.js';
import {
  CompleteJobRequest,
  type ExtendedJobLock,
  FailJobRequest,
  type Job,
  type JobServiceService,
  ThrowJobErrorRequest,
  ThrowJobEscalationRequest,
  type WorkRequest,
} from '../gen/baton/v1/jobs.js';
import type { Handlers } from './bind.js';
import { actorOf, callerOf } from './call-context.js';
import type { Bidi } from './call-shapes/bidi-stream.js';
import { millisecondsOf, refOf, turned, wireJobState, wireJobType, written } from './convert.js';
import { bugIn, type Edge } from './edge.js';
import { type Problem, toStatus } from './errors.js';
import { problemOf } from './faults.js';
import { DEFAULT_LOCK_MS } from './limits.js';
import { lockJobs, namedTwice, unlockFaults } from './lock-jobs.js';
import { toReadJob } from './messages-out.js';
import type { OpenStreams } from './open-streams.js';
import { completeJob, failJob, type OutcomeCommand, throwJobError, throwJobEscalation } from './outcomes.js';
import { answerQuery, filterOf, known, tenantsIn } from './queries.js';
import { repeatableCaller } from './requests.js';
import { startWork } from './work-protocol.js';

const jobStates = turned(wireJobState);
const jobTypes = turned(wireJobType);

const ONE = { size: 1, token: '', offset: 0 } as const;

export function jobs(edge: Edge, streams: OpenStreams): Handlers<typeof JobServiceService> {
  const { engine, clock, log } = edge;
  const { reader } = engine;

  async function find(ref: Ref, tenantIds: readonly string[]): Promise<JobView | null> {
    const page = await reader.jobs({ ...refOf(ref), tenantIds }, ONE);
    return isRefusal(page) ? null : (page.results[0] ?? null);
  }

  /** The job as the outcome left it. */
  async function applied(command: OutcomeCommand | Problem, caller: Caller): Promise<Job | Problem> {
    if ('refused' in command) return command;
    const reply = await engine.submit(command, caller);
    if (isRefusal(reply)) return reply;
    const view = await find(command.job, caller.tenantIds);
    return view === null ? jobNotFound(command.job) : toReadJob(view);
  }

  async function extended(
    handle: JobHandle,
    durationMs: number,
    done: ReadonlySet<number>,
    tenantIds: readonly string[],
  ): Promise<ExtendedJobLock> {
    const { partition, id } = handle;
    if (done.has(id))
      return { partition, id, result: { $case: 'lockedUntil', value: new Date(Date.now() + durationMs) } };
    const problem = whyNotHeld(handle, await find(handle, tenantIds));
    return { partition, id, result: { $case: 'error', value: toStatus(problem) } };
  }

  const work: Bidi<WorkRequest> = (requests, { principal, tenantIds: seen, signal }) => {
    // Outcomes are applied whatever becomes of the stream that brought them: their caller has no signal.
    const callerFor = (named: readonly string[]) => ({ principal, tenantIds: named.length > 0 ? named : seen });
    const bug = (error: unknown, what: object) => bugIn(log, error, what);
    return streams.add(startWork(requests, { engine, clock, log, gone: signal, callerFor, bug }));
  };

  return {
    work: { bidi: work },
    streamJobs: { notBuilt: 'use Work, or LockJobs with max_wait' },
    lockJobs: (request, context) => lockJobs(engine, request, edge.stopping, context),

    async completeJob(request, context) {
      const command = completeJob(request, actorOf(context, request.workerId));
      const job = await applied(command, repeatableCaller(context, CompleteJobRequest, request));
      return 'refused' in job ? job : { job };
    },

    async failJob(request, context) {
      const command = failJob(request, actorOf(context, request.workerId));
      const caller = repeatableCaller(context, FailJobRequest, request);
      const job = await applied(command, caller);
      if ('refused' in job) return job;
      const incidentId =
        job.state === 'JOB_STATE_CAUSED_INCIDENT' ? await incidentOf(job, caller.tenantIds) : undefined;
      const retryJobId =
        job.state === 'JOB_STATE_CAUSED_RETRY' ? await laterJob(job, job.retryCount + 1, caller.tenantIds) : undefined;
      return { job, retryJobId, incidentId };
    },

    async throwJobError(request, context) {
      const command = throwJobError(request, actorOf(context, request.workerId));
      const caller = repeatableCaller(context, ThrowJobErrorRequest, request);
      const job = await applied(command, caller);
      if ('refused' in job) return job;
      return { job, incidentId: await incidentOf(job, caller.tenantIds) };
    },

    async throwJobEscalation(request, context) {
      const command = throwJobEscalation(request, actorOf(context, request.workerId));
      const caller = repeatableCaller(context, ThrowJobEscalationRequest, request);
      const job = await applied(command, caller);
      if ('refused' in job) return job;
      const nextJobId = await laterJob(job, job.retryCount, caller.tenantIds);
      return { job, nextJobId, incidentId: await incidentOf(job, caller.tenantIds) };
    },

    async extendJobLocks({ jobs: handles, lockDuration }, context) {
      const problem = problemOf(namedTwice(handles, 'jobs'));
      if (problem !== null) return problem;
      const durationMs = lockDuration === undefined ? DEFAULT_LOCK_MS : millisecondsOf(lockDuration);
      const done = new Set((await engine.extendJobLocks(handles, durationMs)).map(({ id }) => id));
      const { tenantIds } = context;
      return { results: await Promise.all(handles.map((handle) => extended(handle, durationMs, done, tenantIds))) };
    },

    async unlockJobs(request) {
      const problem = problemOf(unlockFaults(request));
      if (problem !== null) return problem;
      const { lockedBy, partition, id, jobs: handles } = request;
      if (lockedBy === undefined) return { count: (await engine.unlockJobs(handles)).length };
      const job = { ...(partition === undefined ? {} : { partition }), ...(id === undefined ? {} : { id }) };
      return { count: await engine.unlockWorker(lockedBy, job) };
    },

    queryJobs: (request, context) =>
      answerQuery(
        request,
        (page) => {
          const { partition, id, elementId, elementInstanceId, processId, processInstanceId } = request;
          const { topic, lockedBy, bpmnElementId } = request;
          const conditions = {
            ...{ partition, id, elementId, elementInstanceId, processId, processInstanceId },
            ...{ topic, lockedBy, bpmnElementId },
            types: known(request.types, jobTypes),
            states: known(request.states, jobStates),
          };
          return reader.jobs(filterOf(conditions, tenantsIn(request.tenantIds, context)), page);
        },
        toReadJob,
      ),

    async getJob(request, context) {
      const { variableNames: names } = request;
      const { tenantIds } = callerOf(context);
      const view =
        names.length === 0 ? await find(request, tenantIds) : await reader.job(refOf(request), names, tenantIds);
      return view === null ? jobNotFound(request) : { job: toReadJob(view) };
    },

    queryTopics: { notBuilt: 'QueryJobs with a topic has the jobs themselves' },
  };

  async function incidentOf({ partition, id }: Job, tenantIds: readonly string[]): Promise<number | undefined> {
    const page = await reader.incidents({ partition, jobId: id, tenantIds }, ONE);
    return isRefusal(page) ? undefined : page.results[0]?.row.id;
  }

  /** The next job of the same visit: a retry counts one more, one that goes on after an escalation as many. */
  async function laterJob(job: Job, count: number, tenantIds: readonly string[]): Promise<number | undefined> {
    const { partition, elementInstanceId } = job;
    const page = await reader.jobs({ partition, elementInstanceId, tenantIds }, { ...ONE, size: 1_000 });
    if (isRefusal(page)) return undefined;
    return page.results.find(({ row }) => row.id > job.id && row.retryCount === count)?.row.id;
  }
}

function jobNotFound(ref: Ref): Problem {
  return { refused: 'JOB_NOT_FOUND', message: `job ${written(ref)} does not exist`, metadata: { job: written(ref) } };
}

/** A lock that was not extended: what is known of it now. */
function whyNotHeld(handle: JobHandle, view: JobView | null): Problem {
  const job = written(handle);
  const metadata = { job };
  if (view === null) return jobNotFound(handle);
  const { lock, row } = view;
  if (row.state === 'CANCELED') return { refused: 'JOB_CANCELED', message: `job ${job} was canceled`, metadata };
  if (row.state !== 'CREATED') return { refused: 'JOB_ENDED', message: `job ${job} has ended: ${row.state}`, metadata };
  if (lock === null) return { refused: 'JOB_NOT_HELD', message: `job ${job} is not held by any worker`, metadata };
  if (lock.token !== handle.lockToken) {
    return { refused: 'LOCK_TOKEN_MISMATCH', message: `job ${job} is held with another lock token`, metadata };
  }
  return { refused: 'LOCK_HAS_NO_END', message: `job ${job} is held over a stream, without an end`, metadata };
}
