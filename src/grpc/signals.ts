/** Signals: sending them, what was sent, and what waits for them. */
import type { SendSignal } from '../core/command.js';
import { isRefusal } from '../core/refusal.js';
import type { SignalSubscriptionView, SignalView } from '../engine/reader.js';
import {
  SendSignalRequest,
  type Signal,
  type SignalServiceService,
  type SignalSubscription,
} from '../gen/baton/v1/signals.js';
import type { Handlers } from './bind.js';
import { actorOf, type CallContext } from './call-context.js';
import { absentIfEmpty, dateOf, textOf } from './convert.js';
import type { Edge } from './edge.js';
import type { Problem } from './errors.js';
import { type Fault, problemOf } from './faults.js';
import { answerQuery, filterOf, tenantsIn } from './queries.js';
import { repeatableCaller } from './requests.js';
import { VariablesIn } from './variables-in.js';

export function signals({ engine }: Edge): Handlers<typeof SignalServiceService> {
  const { reader } = engine;
  return {
    async sendSignal(request, context) {
      const signal = signalIn(request, context);
      if ('refused' in signal) return signal;
      const caller = repeatableCaller(context, SendSignalRequest, request, request.tenantId);
      const sent = await engine.sendSignal(signal, caller);
      if (isRefusal(sent)) return sent;
      const page = await reader.signals(
        { id: sent.id, tenantIds: caller.tenantIds },
        { size: 1, token: '', offset: 0 },
      );
      const view = isRefusal(page) ? undefined : page.results[0];
      if (view === undefined) throw new Error(`signal ${sent.id} was sent and can not be read`);
      return { signal: toSignal(view) };
    },

    querySignals: (request, context) =>
      answerQuery(
        { ...request, limit: 0, offset: 0 },
        (page) => {
          const { id, name } = request;
          return reader.signals(filterOf({ id, name }, tenantsIn(request.tenantIds, context)), page);
        },
        toSignal,
      ),

    querySignalSubscriptions: (request, context) =>
      answerQuery(
        { ...request, limit: 0, offset: 0 },
        (page) => {
          const { partition, processInstanceId, name, startEvents } = request;
          const conditions = { partition, processInstanceId, name, startEvents };
          return reader.signalSubscriptions(filterOf(conditions, tenantsIn(request.tenantIds, context)), page);
        },
        toSubscription,
      ),
  };
}

function signalIn(request: SendSignalRequest, context: CallContext): SendSignal | Problem {
  const { tenantId, name } = request;
  const faults: Fault[] = [];
  const reading = new VariablesIn(faults);
  const variables = reading.list(request.variables, 'variables');
  variables.push(...reading.json(request.variablesJson, 'variables_json'));
  const traceParent = absentIfEmpty(request.traceContext?.traceparent ?? '') ?? context.traceParent;
  return problemOf(faults) ?? { tenantId, name, variables, traceParent, by: actorOf(context, request.workerId) };
}

function toSignal({ row, pendingCount, failedCount }: SignalView): Signal {
  const { id, name, createdAt, createdBy, tenantId, subscriberCount } = row;
  const counts = { subscriberCount: subscriberCount ?? 0, pendingCount, failedCount };
  return { id, name, createdAt: dateOf(createdAt), createdBy, ...counts, tenantId };
}

function toSubscription(view: SignalSubscriptionView): SignalSubscription {
  return {
    ...view,
    partition: textOf(view.partition),
    elementInstanceId: view.elementInstanceId ?? undefined,
    processInstanceId: view.processInstanceId ?? undefined,
    createdAt: dateOf(view.createdAt),
  };
}
