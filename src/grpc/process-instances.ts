/** Process instances: starting them, one or many; reading, querying and canceling them. */
import type { CreateProcessInstance } from '../core/command.js';
import { isRefusal } from '../core/refusal.js';
import type { Ref } from '../core/state.js';
import type { ProcessInstanceView } from '../engine/reader.js';
import {
  type AwaitEnd,
  CancelProcessInstanceRequest,
  CreateProcessInstanceRequest,
  type CreateProcessInstanceResponse,
  type CreateProcessInstanceResult,
  type ProcessInstanceServiceService,
} from '../gen/baton/v1/process_instances.js';
import type { Handlers } from './bind.js';
import { actorOf, type CallContext } from './call-context.js';
import { absentIfEmpty, millisecondsOf, refOf, turned, wireInstanceState, written } from './convert.js';
import { bugIn, type Edge, forLog } from './edge.js';
import { type Problem, toStatus } from './errors.js';
import { type Fault, problemOf } from './faults.js';
import * as out from './messages-out.js';
import { answerQuery, filterOf, known, tagFilters, tenantsIn } from './queries.js';
import { notYet, repeatableCaller } from './requests.js';
import { VariablesIn } from './variables-in.js';

const LATER = {
  stream: 'starts over a stream come in a later version; CreateProcessInstances takes up to 1,000 at once',
  suspend: 'suspending and resuming come in a later version',
  watch: 'watching comes in a later version; GetProcessInstance reads all that lives in an instance',
};

const instanceStates = turned(wireInstanceState);

export function processInstances(edge: Edge): Handlers<typeof ProcessInstanceServiceService> {
  const { engine, log } = edge;
  const { reader } = engine;

  async function start(
    request: CreateProcessInstanceRequest,
    context: CallContext,
  ): Promise<ProcessInstanceView | Problem> {
    const command = startCommand(request, context);
    if ('refused' in command) return command;
    const caller = repeatableCaller(context, CreateProcessInstanceRequest, request, request.tenantId);
    const reply = await engine.submit(command, caller);
    if (isRefusal(reply)) return reply;
    return reply.made ?? (await read(reply.instance, caller.tenantIds));
  }

  async function read(ref: Ref, tenantIds: readonly string[]): Promise<ProcessInstanceView | Problem> {
    return (await reader.processInstance(ref, tenantIds)) ?? notFound(ref);
  }

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
    const instance = await read(ref, [tenantId]);
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

  /** One of many: its faults are its own. */
  async function startOne(
    request: CreateProcessInstanceRequest,
    context: CallContext,
  ): Promise<CreateProcessInstanceResult> {
    const answer = await start(request, context).catch((error: unknown) =>
      bugIn(log, error, { rpc: context.rpc, request: forLog(request) }),
    );
    return 'refused' in answer
      ? { result: { $case: 'error', value: toStatus(answer) } }
      : { result: { $case: 'processInstance', value: out.toProcessInstance(answer) } };
  }

  return {
    async createProcessInstance(request, context) {
      const started = await start(request, context);
      if ('refused' in started) return started;
      if (request.awaitEnd !== undefined) return await awaitEnd(started, request.awaitEnd, context);
      return { processInstance: out.toProcessInstance(started), variables: [] };
    },

    async createProcessInstances({ requests }, context) {
      const problem = problemOf(bulkFaults(requests));
      if (problem !== null) return problem;
      // The key of an item is that of a call of its own: the two forms repeat each other.
      const single = { ...context, rpc: 'CreateProcessInstance' };
      const results = await Promise.all(requests.map((request) => startOne(request, single)));
      return { results };
    },

    async getProcessInstance(request, context) {
      const details = await reader.processInstanceDetails(refOf(request), context.tenantIds);
      if (details === null) return notFound(request);
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
      const canceled = await read(reply.instance, caller.tenantIds);
      return 'refused' in canceled ? canceled : { processInstance: out.toProcessInstance(canceled) };
    },

    streamCreateProcessInstances: { notBuilt: LATER.stream },
    suspendProcessInstance: { notBuilt: LATER.suspend },
    resumeProcessInstance: { notBuilt: LATER.suspend },
    watchProcessInstance: { notBuilt: LATER.watch },
  };
}

function startCommand(request: CreateProcessInstanceRequest, context: CallContext): CreateProcessInstance | Problem {
  const { process, tenantId } = request;
  const faults: Fault[] = notYet({
    execution_mode: request.executionMode === 'EXECUTION_MODE_SUPERVISED',
    journal_mode: request.journalMode === 'JOURNAL_MODE_FULL',
    unique_correlation_key: request.uniqueCorrelationKey,
    dry_run: request.dryRun,
  });
  const reading = new VariablesIn(faults);
  const variables = reading.list(request.variables, 'variables');
  if (request.variablesJson !== '') variables.push(...reading.json(request.variablesJson, 'variables_json'));
  const problem = problemOf(faults);
  if (problem !== null) return problem;
  if (process === undefined) throw new Error('no process is named, and the door let it pass');
  return {
    type: 'createProcessInstance',
    process:
      process.$case === 'processId'
        ? { processId: process.value }
        : { bpmnProcessId: process.value.bpmnProcessId, version: process.value.version ?? null },
    tenantId,
    correlationKey: absentIfEmpty(request.correlationKey),
    tags: request.tags,
    contextType: absentIfEmpty(request.contextTypeId),
    contextId: absentIfEmpty(request.contextId),
    traceParent: absentIfEmpty(request.traceContext?.traceparent ?? '') ?? context.traceParent,
    variables,
    by: actorOf(context, request.workerId),
  };
}

/** Nobody can wait for many; and two items with one id would be each other's repetition. */
function bulkFaults(requests: readonly CreateProcessInstanceRequest[]): Fault[] {
  const first = new Map<string, number>();
  return requests.flatMap(({ awaitEnd, requestId }, index): Fault[] => {
    const faults: Fault[] = [];
    const at = `requests[${index}]`;
    if (awaitEnd !== undefined) {
      faults.push({ reason: 'REQUEST_INVALID', field: `${at}.await_end`, message: 'is for single starts only' });
    }
    const before = first.get(requestId);
    if (requestId !== '' && before !== undefined) {
      const message = `is that of requests[${before}] too`;
      faults.push({ reason: 'REQUEST_INVALID', field: `${at}.request_id`, message });
    }
    if (before === undefined) first.set(requestId, index);
    return faults;
  });
}

function notFound(ref: Ref): Problem {
  const metadata = { processInstance: written(ref) };
  return {
    refused: 'PROCESS_INSTANCE_NOT_FOUND',
    message: `process instance ${written(ref)} does not exist`,
    metadata,
  };
}

function stopping(ref: Ref): Problem {
  const message = `process instance ${written(ref)} goes on, but this server stops; repeat the request with the same id`;
  return { refused: 'SHUTTING_DOWN', message, metadata: { processInstance: written(ref) } };
}
