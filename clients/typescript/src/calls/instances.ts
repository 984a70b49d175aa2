// Owns the calls about process instances.
import type { Caller, CallOptions } from '../caller.js';
import { toDuration } from '../durations.js';
import { BatonError, fromStatus } from '../errors.js';
import type { ElementVariable } from '../gen/baton/v1/common.js';
import {
  CancelProcessInstanceRequest,
  type CreateProcessInstanceRequest,
  type CreateProcessInstanceResponse,
  CreateProcessInstancesRequest,
  GetProcessInstanceRequest,
  type GetProcessInstanceResponse,
  ProcessInstanceServiceService as methods,
  type ProcessInstance,
  QueryProcessInstancesRequest,
  ResumeProcessInstanceRequest,
  SuspendProcessInstanceRequest,
} from '../gen/baton/v1/process_instances.js';
import { type Input, type Key, make } from '../input.js';
import type { Pages } from '../pages.js';
import { type Created, type StartInput, toRequest } from '../starts/start-input.js';
import { StartStream, type StartStreamOptions } from '../starts/start-stream.js';
import { type ReadVariables, readVariables, type Variables } from '../variables.js';
import { type Job, readJob } from '../worker/job.js';
import { asIs, itemsPerCall, promised } from './support.js';

export interface AwaitInput {
  /** Names of the variables to answer with. Absent: all. */
  readonly variableNames?: readonly string[];
  /** Answer after this time even if the instance has not ended. Absent: wait as long as it takes, or `timeoutMs`. */
  readonly maxWaitMs?: number;
}

export type CreateInput = StartInput & {
  /** Answer when the instance has ended, with its variables. */
  readonly awaitEnd?: boolean | AwaitInput;
};

/** What became of one start among many. */
export type StartedInstance =
  | { readonly processInstance: ProcessInstance; readonly error?: undefined }
  | { readonly error: BatonError; readonly processInstance?: undefined };

export type InstanceDetails<V = Variables> = ReadVariables<V> &
  Omit<GetProcessInstanceResponse, 'processInstance' | 'jobs' | 'variables'> & {
    readonly processInstance: ProcessInstance;
    readonly jobs: readonly Job[];
    /** Those of all scopes that are live; `variables` has those of the process instance itself. */
    readonly elementVariables: readonly ElementVariable[];
  };

/** Proxies cut calls that say nothing for a minute: a long wait is made of short ones, with one request id. */
const waitSliceMs = 20_000;

/** What a call may take on top of the wait that it asks for. */
const callMarginMs = 20_000;

export class Instances {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /** Starts a process instance; with `awaitEnd`, waits for its end, however long and over however many servers. */
  async create<V = Variables>(input: CreateInput, options?: CallOptions): Promise<Created<V>> {
    const { awaitEnd, ...start } = input;
    const request = toRequest(start);
    const answer = awaitEnd
      ? await this.#untilEnd(request, awaitEnd === true ? {} : awaitEnd, options)
      : await this.#caller.call(methods.createProcessInstance, request, options);
    const processInstance = promised(answer.processInstance, 'process_instance');
    return { processInstance, ...readVariables<V>(answer.variables) };
  }

  /** Any number of starts, each with its own result in the same place: some may fail while others start. */
  async createMany(inputs: readonly StartInput[], options?: CallOptions): Promise<StartedInstance[]> {
    const started: StartedInstance[] = [];
    for (let first = 0; first < inputs.length; first += itemsPerCall) {
      const items = inputs.slice(first, first + itemsPerCall);
      const requests = items.map((input) => this.#caller.complete(toRequest(input)));
      const request = make(CreateProcessInstancesRequest, { requests });
      const { results } = await this.#caller.call(methods.createProcessInstances, request, options);
      for (const { result } of results) {
        const { $case, value } = promised(result, 'result');
        started.push($case === 'error' ? { error: fromStatus(value) } : { processInstance: value });
      }
    }
    return started;
  }

  /** Starts over one two-way stream: the fastest way to start many instances one by one. */
  stream(options?: StartStreamOptions): StartStream {
    return new StartStream(this.#caller, options);
  }

  /** The instance and all that is live in it, as of one moment. */
  async get<V = Variables>({ partition, id }: Key, options?: CallOptions): Promise<InstanceDetails<V>> {
    const request = make(GetProcessInstanceRequest, { partition, id });
    const answer = await this.#caller.call(methods.getProcessInstance, request, options);
    const processInstance = promised(answer.processInstance, 'process_instance');
    const elementVariables = answer.variables;
    const own = elementVariables.filter(({ elementInstanceId }) => elementInstanceId === processInstance.id);
    const jobs = answer.jobs.map((job) => readJob(job));
    return { ...answer, processInstance, jobs, elementVariables, ...readVariables<V>(own) };
  }

  /** Newest first. */
  query(filter: Input<QueryProcessInstancesRequest> = {}, options?: CallOptions): Pages<ProcessInstance> {
    const request = make(QueryProcessInstancesRequest, filter);
    return this.#caller.pages(methods.queryProcessInstances, request, options, asIs);
  }

  async cancel(
    input: Input<CancelProcessInstanceRequest, 'partition' | 'id'>,
    options?: CallOptions,
  ): Promise<ProcessInstance> {
    const request = make(CancelProcessInstanceRequest, input);
    const { processInstance } = await this.#caller.call(methods.cancelProcessInstance, request, options);
    return promised(processInstance, 'process_instance');
  }

  async suspend(
    input: Input<SuspendProcessInstanceRequest, 'partition' | 'id'>,
    options?: CallOptions,
  ): Promise<ProcessInstance> {
    const request = make(SuspendProcessInstanceRequest, input);
    const { processInstance } = await this.#caller.call(methods.suspendProcessInstance, request, options);
    return promised(processInstance, 'process_instance');
  }

  async resume(
    input: Input<ResumeProcessInstanceRequest, 'partition' | 'id'>,
    options?: CallOptions,
  ): Promise<ProcessInstance> {
    const request = make(ResumeProcessInstanceRequest, input);
    const { processInstance } = await this.#caller.call(methods.resumeProcessInstance, request, options);
    return promised(processInstance, 'process_instance');
  }

  /** The same request with the same id each time: the first starts the instance, the others wait on. */
  async #untilEnd(
    start: CreateProcessInstanceRequest,
    { variableNames = [], maxWaitMs }: AwaitInput,
    options: CallOptions | undefined,
  ): Promise<CreateProcessInstanceResponse> {
    const { slices, sliceMs } = sliced(maxWaitMs ?? options?.timeoutMs);
    const awaitEnd = { variableNames: [...variableNames], maxWait: toDuration(sliceMs) };
    const request = this.#caller.complete({ ...start, awaitEnd });
    for (let slice = 1; ; slice += 1) {
      const answer = await this.#slice(request, sliceMs + callMarginMs, options);
      if (answer?.processInstance?.endedAt !== undefined) return answer;
      if (slice < slices) continue;
      if (answer !== undefined && maxWaitMs !== undefined) return answer;
      const message = 'the process instance has not ended in time; it goes on';
      throw new BatonError({ code: 'DEADLINE_EXCEEDED', message });
    }
  }

  /** Undefined: no answer came in time, perhaps over a connection that is dead without knowing it. */
  async #slice(request: CreateProcessInstanceRequest, timeoutMs: number, options: CallOptions | undefined) {
    try {
      return await this.#caller.call(methods.createProcessInstance, request, { ...options, timeoutMs });
    } catch (error) {
      if (error instanceof BatonError && error.code === 'DEADLINE_EXCEEDED') return undefined;
      throw error;
    }
  }
}

/** Slices of one length, since the same request must be sent each time. */
function sliced(maxWaitMs: number | undefined): { readonly slices: number; readonly sliceMs: number } {
  if (maxWaitMs === undefined) return { slices: Number.POSITIVE_INFINITY, sliceMs: waitSliceMs };
  const slices = Math.max(1, Math.ceil(maxWaitMs / waitSliceMs));
  return { slices, sliceMs: maxWaitMs / slices };
}
