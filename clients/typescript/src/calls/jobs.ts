// Owns the unary calls about jobs: what a Worker does over its stream, one call at a time.
import type { Caller, CallOptions } from '../caller.js';
import { type Span, toDuration, toIsoText } from '../durations.js';
import { type BatonError, fromStatus } from '../errors.js';
import {
  CompleteJobRequest,
  ExtendJobLocksRequest,
  FailJobRequest,
  type FailJobResponse,
  GetJobRequest,
  type JobHandle,
  LockJobsRequest,
  JobServiceService as methods,
  QueryJobsRequest,
  QueryTopicsRequest,
  ThrowJobErrorRequest,
  ThrowJobEscalationRequest,
  type TopicInfo,
  UnlockJobsRequest,
} from '../gen/baton/v1/jobs.js';
import { type Input, type Key, make } from '../input.js';
import type { Pages } from '../pages.js';
import { type Variables, type VariablesInput, writeVariableList, writeVariables } from '../variables.js';
import { type Job, readJob } from '../worker/job.js';
import { type JobResultParts, writeCompletion } from '../worker/outcomes.js';
import { asIs, promised } from './support.js';

/** Names a job that is held, with the proof; a Job is one. */
export type Held = Readonly<JobHandle>;

export type LockInput = Omit<Input<LockJobsRequest>, 'lockDuration' | 'maxWait' | 'topics'> & {
  /** Names, or subscriptions that say which variables come. None: all topics. */
  readonly topics?: readonly (string | Input<LockJobsRequest['topics'][number], 'topic'>)[];
  /** How long the jobs are locked. 5 minutes when absent. */
  readonly lockMs?: number;
  /** How long to wait while there is no job. Not at all when absent. */
  readonly maxWaitMs?: number;
};

export interface FailInput {
  readonly message: string;
  readonly retryLimit?: number;
  readonly retryAfter?: Span;
  readonly variables?: VariablesInput;
}

/** What became of one lock among many. */
export type ExtendedLock = Key &
  (
    | { readonly lockedUntil: Date; readonly error?: undefined }
    | { readonly error: BatonError; readonly lockedUntil?: undefined }
  );

export class Jobs {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /** Locks due jobs. For a steady flow of jobs use a Worker. */
  async lock<V = Variables>(input: LockInput, options?: CallOptions): Promise<Job<V>[]> {
    const { topics = [], lockMs, maxWaitMs, ...rest } = input;
    const request = make(LockJobsRequest, {
      ...rest,
      topics: topics.map((topic) => (typeof topic === 'string' ? { topic } : topic)),
      lockDuration: lockMs === undefined ? undefined : toDuration(lockMs),
      maxWait: maxWaitMs === undefined ? undefined : toDuration(maxWaitMs),
    });
    const { jobs } = await this.#caller.call(methods.lockJobs, request, options);
    return jobs.map((job) => readJob<V>(job));
  }

  /** Reports that the work is done. */
  async complete(held: Held, result: JobResultParts = {}, options?: CallOptions): Promise<Job> {
    const request = make(CompleteJobRequest, {
      ...handle(held),
      ...writeVariables(result.variables),
      processVariables: writeVariableList(result.processVariables),
      elementVariables: result.elementVariables,
      completion: result.completion && writeCompletion(result.completion),
    });
    const { job } = await this.#caller.call(methods.completeJob, request, options);
    return readJob(promised(job, 'job'));
  }

  /** Reports that the work failed: there is a retry, or an incident. */
  fail(held: Held, { message, retryLimit, retryAfter, variables }: FailInput, options?: CallOptions) {
    const request = make(FailJobRequest, {
      ...handle(held),
      ...writeVariables(variables),
      errorMessage: message,
      retryLimit,
      retryTimer: toIsoText(retryAfter),
    });
    return this.#caller.call<FailJobRequest, FailJobResponse>(methods.failJob, request, options);
  }

  /** Reports a business error, for the nearest error event that catches the code. */
  throwError(
    held: Held,
    error: { readonly code: string; readonly message?: string; readonly variables?: VariablesInput },
    options?: CallOptions,
  ) {
    const request = make(ThrowJobErrorRequest, {
      ...handle(held),
      ...writeVariables(error.variables),
      errorCode: error.code,
      errorMessage: error.message,
    });
    return this.#caller.call(methods.throwJobError, request, options);
  }

  /** Reports a business escalation, for the nearest escalation event that catches the code. */
  throwEscalation(
    held: Held,
    escalation: { readonly code: string; readonly retryAfter?: Span; readonly variables?: VariablesInput },
    options?: CallOptions,
  ) {
    const request = make(ThrowJobEscalationRequest, {
      ...handle(held),
      ...writeVariables(escalation.variables),
      escalationCode: escalation.code,
      retryTimer: toIsoText(escalation.retryAfter),
    });
    return this.#caller.call(methods.throwJobEscalation, request, options);
  }

  /** Gives locks a new end, counted from now. Each job has its own result, in the same place. */
  async extendLocks(jobs: readonly Held[], lockMs: number, options?: CallOptions): Promise<ExtendedLock[]> {
    const request = make(ExtendJobLocksRequest, { jobs: jobs.map(handle), lockDuration: toDuration(lockMs) });
    const { results } = await this.#caller.call(methods.extendJobLocks, request, options);
    return results.map(({ partition, id, result }) => {
      const { $case, value } = promised(result, 'result');
      return { partition, id, ...($case === 'error' ? { error: fromStatus(value) } : { lockedUntil: value }) };
    });
  }

  /** Gives jobs back without using up a retry: these, or all that a worker holds. Answers how many. */
  async unlock(what: readonly Held[] | Input<UnlockJobsRequest, 'lockedBy'>, options?: CallOptions): Promise<number> {
    const request = make(UnlockJobsRequest, isList(what) ? { jobs: what.map(handle) } : what);
    const { count } = await this.#caller.call(methods.unlockJobs, request, options);
    return count;
  }

  /** Jobs, ended ones too, without variables. */
  query(filter: Input<QueryJobsRequest> = {}, options?: CallOptions): Pages<Job> {
    const read = (job: Parameters<typeof readJob>[0]) => readJob(job);
    return this.#caller.pages(methods.queryJobs, make(QueryJobsRequest, filter), options, read);
  }

  async get<V = Variables>(
    { partition, id }: Key,
    variableNames: readonly string[] = [],
    options?: CallOptions,
  ): Promise<Job<V>> {
    const request = make(GetJobRequest, { partition, id, variableNames });
    const { job } = await this.#caller.call(methods.getJob, request, options);
    return readJob<V>(promised(job, 'job'));
  }

  /** How much there is to do, by topic and tenant. */
  queryTopics(filter: Input<QueryTopicsRequest> = {}, options?: CallOptions): Pages<TopicInfo> {
    return this.#caller.pages(methods.queryTopics, make(QueryTopicsRequest, filter), options, asIs);
  }
}

function handle({ partition, id, lockToken }: Held): JobHandle {
  return { partition, id, lockToken };
}

function isList(what: object): what is readonly Held[] {
  return Array.isArray(what);
}
