/** Sending a message: what the single call, the bulk call and the stream share. */
import type { Expiration, SendMessage } from '../core/command.js';
import { cycleProblem } from '../core/durations.js';
import { isRefusal } from '../core/refusal.js';
import type { MessageView } from '../engine/reader.js';
import type { Timer } from '../gen/baton/v1/common.js';
import {
  SendMessageRequest,
  type SendMessageResponse,
  type SendMessageResult,
  type Message as WireMessage,
} from '../gen/baton/v1/messages.js';
import { actorOf, type CallContext } from './call-context.js';
import { absentIfEmpty, dateIf, dateOf } from './convert.js';
import { bugIn, type Edge, forLog } from './edge.js';
import { type Problem, toStatus } from './errors.js';
import { durationIn, type Fault, problemOf } from './faults.js';
import { repeatableCaller } from './requests.js';
import { VariablesIn } from './variables-in.js';

/** The key of a message is that of a single call, so that its forms repeat each other. */
export function contextOfSend(context: CallContext): CallContext {
  return { ...context, rpc: 'SendMessage' };
}

export async function sendMessage(
  { engine }: Edge,
  request: SendMessageRequest,
  context: CallContext,
): Promise<SendMessageResponse | Problem> {
  const command = sendCommand(request, context);
  if ('refused' in command) return command;
  const caller = repeatableCaller(context, SendMessageRequest, request, request.tenantId);
  const sent = await engine.sendMessage(command, caller);
  if (isRefusal(sent)) return sent;
  const view = sent.message ?? (await readMessage(engine, sent.id, caller.tenantIds));
  return 'refused' in view ? view : { message: toMessage(view), found: sent.found };
}

/** One of many: its faults are its own, and it never throws. */
export async function sendOne(
  edge: Edge,
  request: SendMessageRequest,
  context: CallContext,
): Promise<SendMessageResult> {
  try {
    const answer = await sendMessage(edge, request, context);
    return 'refused' in answer ? failed(answer) : { result: { $case: 'sent', value: answer } };
  } catch (error) {
    return failed(bugIn(edge.log, error, { rpc: context.rpc, request: forLog(request) }));
  }
}

export function failed(problem: Problem): SendMessageResult {
  return { result: { $case: 'error', value: toStatus(problem) } };
}

export async function readMessage(
  { reader }: Edge['engine'],
  id: number,
  tenantIds: readonly string[],
): Promise<MessageView | Problem> {
  const page = await reader.messages({ id, tenantIds }, { size: 1, token: '', offset: 0 });
  const view = isRefusal(page) ? undefined : page.results[0];
  return (
    view ?? { refused: 'MESSAGE_NOT_FOUND', message: `message ${id} does not exist`, metadata: { message: String(id) } }
  );
}

function sendCommand(request: SendMessageRequest, context: CallContext): SendMessage | Problem {
  const { tenantId, name, correlationKey, uniqueKey, onePerProcess, uniqueStart } = request;
  const faults: Fault[] = [];
  const expiration = expirationIn(request.expirationTimer, faults);
  const reading = new VariablesIn(faults);
  const variables = reading.list(request.variables, 'variables');
  variables.push(...reading.json(request.variablesJson, 'variables_json'));
  return (
    problemOf(faults) ?? {
      type: 'sendMessage',
      ...{ tenantId, name, correlationKey, uniqueKey, onePerProcess, uniqueStart, expiration, variables },
      traceParent: absentIfEmpty(request.traceContext?.traceparent ?? '') ?? context.traceParent,
      by: actorOf(context, request.workerId),
    }
  );
}

function expirationIn(timer: Timer | undefined, faults: Fault[]): Expiration | null {
  const kind = timer?.kind;
  switch (kind?.$case) {
    case undefined:
      return null;
    case 'time':
      return { at: kind.value.getTime() };
    case 'timeDuration': {
      const duration = durationIn(kind.value, 'expiration_timer.time_duration', faults);
      return duration === null ? null : { duration };
    }
    case 'timeCycle':
      return cycleIn(kind.value, 'expiration_timer.time_cycle', faults);
  }
}

/** The first of its times counts. */
function cycleIn(cycle: string, field: string, faults: Fault[]): Expiration {
  const message = cycleProblem(cycle);
  if (message !== null) faults.push({ reason: 'TIMER_INVALID', field, message });
  return { cycle };
}

export function toMessage({ row, deliveries }: MessageView): WireMessage {
  return {
    id: row.id,
    name: row.name,
    correlationKey: row.correlationKey,
    uniqueKey: row.uniqueKey,
    createdAt: dateOf(row.createdAt),
    createdBy: row.createdBy,
    expiresAt: dateIf(row.expiresAt),
    correlated: deliveries.length > 0,
    deliveries: deliveries.map(({ createdAt, messageId: _, ...delivery }) => ({
      ...delivery,
      createdAt: dateOf(createdAt),
    })),
    tenantId: row.tenantId,
  };
}
