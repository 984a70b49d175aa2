/** Starting a process instance: what the single call, the bulk call and the stream share. */
import type { CreateProcessInstance } from '../core/command.js';
import { isRefusal } from '../core/refusal.js';
import type { Ref } from '../core/state.js';
import type { ProcessInstanceView } from '../engine/reader.js';
import { CreateProcessInstanceRequest, type CreateProcessInstanceResult } from '../gen/baton/v1/process_instances.js';
import { actorOf, type CallContext } from './call-context.js';
import { absentIfEmpty, written } from './convert.js';
import { bugIn, type Edge, forLog } from './edge.js';
import { type Problem, toStatus } from './errors.js';
import { type Fault, problemOf } from './faults.js';
import { toProcessInstance } from './messages-out.js';
import { notYet, repeatableCaller } from './requests.js';
import { VariablesIn } from './variables-in.js';

/** The key of a start is that of a single call, so that its forms repeat each other. */
export function contextOfStart(context: CallContext): CallContext {
  return { ...context, rpc: 'CreateProcessInstance' };
}

export async function startInstance(
  { engine }: Edge,
  request: CreateProcessInstanceRequest,
  context: CallContext,
): Promise<ProcessInstanceView | Problem> {
  const command = startCommand(request, context);
  if ('refused' in command) return command;
  const caller = repeatableCaller(context, CreateProcessInstanceRequest, request, request.tenantId);
  const reply = await engine.submit(command, caller);
  if (isRefusal(reply)) return reply;
  return reply.made ?? (await readInstance(engine, reply.instance, caller.tenantIds));
}

/** One of many: its faults are its own, and it never throws. */
export async function startOne(
  edge: Edge,
  request: CreateProcessInstanceRequest,
  context: CallContext,
): Promise<CreateProcessInstanceResult> {
  try {
    const answer = await startInstance(edge, request, context);
    return 'refused' in answer
      ? failed(answer)
      : { result: { $case: 'processInstance', value: toProcessInstance(answer) } };
  } catch (error) {
    return failed(bugIn(edge.log, error, { rpc: context.rpc, request: forLog(request) }));
  }
}

export function failed(problem: Problem): CreateProcessInstanceResult {
  return { result: { $case: 'error', value: toStatus(problem) } };
}

export async function readInstance(
  { reader }: Edge['engine'],
  ref: Ref,
  tenantIds: readonly string[],
): Promise<ProcessInstanceView | Problem> {
  return (await reader.processInstance(ref, tenantIds)) ?? instanceNotFound(ref);
}

export function instanceNotFound(ref: Ref): Problem {
  const metadata = { processInstance: written(ref) };
  return {
    refused: 'PROCESS_INSTANCE_NOT_FOUND',
    message: `process instance ${written(ref)} does not exist`,
    metadata,
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
