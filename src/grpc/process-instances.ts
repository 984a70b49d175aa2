/** Process instances: starting them, one or many; reading, querying and canceling them. */
import { isRefusal } from '../core/refusal.js';
import type { Ref } from '../core/state.js';
import type { Caller } from '../engine/face.js';
import type { ProcessInstanceView } from '../engine/reader.js';
import {
  type AwaitEnd,
  CancelProcessInstanceRequest,
  type CreateProcessInstanceRequest,
  type CreateProcessInstanceResponse,
  type ProcessInstance,
  type ProcessInstanceServiceService,
  ResumeProcessInstanceRequest,
  SuspendProcessInstanceRequest,
} from '../gen/baton/v1/process_instances.js';
import type { Handlers } from './bind.js';
import { actorOf, type CallContext } from './call-context.js';
import { absentIfEmpty, millisecondsOf, refOf, turned, wireInstanceState, written } from './convert.js';
import { bugIn, type Edge } from './edge.js';
import type { Problem } from './errors.js';
import { type Fault, problemOf } from './faults.js';
import * as out from './messages-out.js';
import type { OpenStreams } from './open-streams.js';
import { answerQuery, filterOf, known, tagFilters, tenantsIn } from './queries.js';
import { doubledRequestIds, notYet, repeatableCaller } from './requests.js';
import { contextOfStart, instanceNotFound, readInstance, startInstance, startOne } from './start-instance.js';
import { streamStarts } from './start-stream.js';

const LATER = {
  watch: 'watching comes in a later version; GetProcessInstance reads all that lives in an instance',
};

const instanceStates = turned(wireInstanceState);

export function processInstances(edge: Edge, streams: OpenStreams): Handlers<typeof ProcessInstanceServiceService> {
  const { engine } = edge;
  const { reader } = engine;

  /** Waits up to `max_wait`; when only the call's own time ends, nobody is there to answer. */
  async function awaitEnd(
    started: ProcessInstanceView,
    { maxWait, variableNames }: AwaitEnd,
    context: CallContext,
  ): Promise<CreateProcessInstanceResponse | Problem> {
    const { tenantId } = started.row;
    const ref = refOf(started.row);
    const end =
      started.row.endedAt === null ? await waitForEnd(ref, maxWait && millisecondsOf(maxWait), context) : 'ended';
    if (end === 'stopping') return stopping(ref);
    const instance = await readInstance(engine, ref, [tenantId]);
    if ('refused' in instance) return instance;
    const variables =
      instance.row.endedAt === null ? [] : ((await reader.processVariables(ref, variableNames, [tenantId])) ?? []);
    return {
      processInstance: out.toProcessInstance(instance),
      variables: variables.map(({ row }) => out.toVariable(row)),
    };
  }

  async function waitForEnd(
    ref: Ref,
    maxWaitMs: number | undefined,
    context: CallContext,
  ): Promise<'ended' | 'time' | 'stopping'> {
    const time = new AbortController();
    const cancel = maxWaitMs === undefined ? () => undefined : edge.clock.after(maxWaitMs, () => time.abort());
    try {
      await engine.ended(ref, AbortSignal.any([time.signal, context.signal, edge.stopping]));
      return 'ended';
    } catch (error) {
      if (time.signal.aborted) return 'time';
      if (edge.stopping.aborted) return 'stopping';
      throw error;
    } finally {
      cancel();
    }
  }

  async function submitSuspension(
    type: 'suspendProcessInstance' | 'resumeProcessInstance',
    request: SuspendProcessInstanceRequest | ResumeProcessInstanceRequest,
    context: CallContext,
    caller: Caller,
  ): Promise<{ readonly processInstance: ProcessInstance } | Problem> {
    const { includeCalled } = request;
    const command = { type, instance: refOf(request), includeCalled, by: actorOf(context, request.workerId) };
    const reply = await engine.submit(command, caller);
    if (isRefusal(reply)) return reply;
    const instance = await readInstance(engine, reply.instance, caller.tenantIds);
    return 'refused' in instance ? instance : { processInstance: out.toProcessInstance(instance) };
  }

  return {
    async createProcessInstance(request, context) {
      const started = await startInstance(edge, request, context);
      if ('refused' in started) return started;
      if (request.awaitEnd !== undefined) return await awaitEnd(started, request.awaitEnd, context);
      return { processInstance: out.toProcessInstance(started), variables: [] };
    },

    async createProcessInstances({ requests }, context) {
      const problem = problemOf(bulkFaults(requests));
      if (problem !== null) return problem;
      const single = contextOfStart(context);
      return { results: await Promise.all(requests.map((request) => startOne(edge, request, single))) };
    },

    async getProcessInstance(request, context) {
      const details = await reader.processInstanceDetails(refOf(request), context.tenantIds);
      if (details === null) return instanceNotFound(request);
      const flowIds = details.arrivals.length === 0 ? [] : await engine.sequenceFlowIds(details.instance.row.processId);
      return {
        processInstance: out.toProcessInstance(details.instance),
        elementInstances: details.elementInstances.map(out.toElementInstance),
        arrivals: details.arrivals.map((arrival) => out.toArrival(arrival, flowIds)),
        jobs: details.jobs.map(out.toReadJob),
        incidents: details.incidents.map(out.toIncident),
        userTasks: [],
        variables: request.withoutVariables ? [] : details.variables.map(out.toElementVariable),
        truncated: details.truncated,
      };
    },

    queryProcessInstances: async (request, context) =>
      problemOf(notYet({ derived_from: request.derivedFrom !== undefined })) ??
      (await answerQuery(
        request,
        (page) => {
          const { partition, id, parentId, rootId, processId, bpmnProcessId, correlationKey, contextId } = request;
          const conditions = {
            ...{ partition, id, parentId, rootId, processId, bpmnProcessId, correlationKey, contextId },
            states: known(request.states, instanceStates),
            tags: tagFilters(request.tags),
            contextType: request.contextTypeId,
            createdFrom: request.createdFrom?.getTime(),
            createdBefore: request.createdBefore?.getTime(),
            rootsOnly: request.rootsOnly || undefined,
            withIncident: request.incidentsOnly || undefined,
          };
          return reader.processInstances(filterOf(conditions, tenantsIn(request.tenantIds, context)), page);
        },
        out.toProcessInstance,
      )),

    async cancelProcessInstance(request, context) {
      const command = {
        type: 'cancelProcessInstance',
        instance: refOf(request),
        reason: absentIfEmpty(request.reason),
        by: actorOf(context, request.workerId),
      } as const;
      const caller = repeatableCaller(context, CancelProcessInstanceRequest, request);
      const reply = await engine.submit(command, caller);
      if (isRefusal(reply)) return reply;
      const canceled = await readInstance(engine, reply.instance, caller.tenantIds);
      return 'refused' in canceled ? canceled : { processInstance: out.toProcessInstance(canceled) };
    },

    async suspendProcessInstance(request, context) {
      const caller = repeatableCaller(context, SuspendProcessInstanceRequest, request);
      return await submitSuspension('suspendProcessInstance', request, context, caller);
    },

    async resumeProcessInstance(request, context) {
      const caller = repeatableCaller(context, ResumeProcessInstanceRequest, request);
      return await submitSuspension('resumeProcessInstance', request, context, caller);
    },

    streamCreateProcessInstances: {
      bidi(requests, context) {
        const single = contextOfStart(context);
        const start = (request: CreateProcessInstanceRequest) => startOne(edge, request, single);
        const bug = (error: unknown) => bugIn(edge.log, error, { rpc: context.rpc });
        return streams.add(streamStarts(requests, { start, clock: edge.clock, gone: context.signal, bug }));
      },
    },
    watchProcessInstance: { notBuilt: LATER.watch },
  };
}

/** Nobody can wait for many. */
function bulkFaults(requests: readonly CreateProcessInstanceRequest[]): Fault[] {
  const waiting = requests.flatMap(({ awaitEnd }, index): Fault[] => {
    const field = `requests[${index}].await_end`;
    return awaitEnd === undefined ? [] : [{ reason: 'REQUEST_INVALID', field, message: 'is for single starts only' }];
  });
  return [...waiting, ...doubledRequestIds(requests)];
}

function stopping(ref: Ref): Problem {
  const message = `process instance ${written(ref)} goes on, but this server stops; repeat the request with the same id`;
  return { refused: 'SHUTTING_DOWN', message, metadata: { processInstance: written(ref) } };
}
