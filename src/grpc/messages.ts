/** Messages: sending them, one or many; what was sent, and what waits for them. */
import { isRefusal } from '../core/refusal.js';
import type { MessageSubscriptionView } from '../engine/reader.js';
import {
  ExpireMessageRequest,
  type MessageServiceService,
  type MessageSubscription,
  type SendMessageRequest,
  StreamSendMessagesResponse,
} from '../gen/baton/v1/messages.js';
import type { Handlers } from './bind.js';
import { actorOf } from './call-context.js';
import { dateOf, textOf } from './convert.js';
import { bugIn, type Edge } from './edge.js';
import { problemOf } from './faults.js';
import type { OpenStreams } from './open-streams.js';
import { answerQuery, filterOf, tenantsIn } from './queries.js';
import { streamRequests } from './request-protocol.js';
import { doubledRequestIds, repeatableCaller } from './requests.js';
import { contextOfSend, failed, readMessage, sendMessage, sendOne, toMessage } from './send-message.js';

/** Bytes of an answer's deliveries, at most: one each for a few processes. */
const DELIVERY_BYTES = 512;

export function messages(edge: Edge, streams: OpenStreams): Handlers<typeof MessageServiceService> {
  const { engine } = edge;
  const { reader } = engine;
  return {
    sendMessage: (request, context) => sendMessage(edge, request, context),

    async sendMessages({ requests }, context) {
      const problem = problemOf(doubledRequestIds(requests));
      if (problem !== null) return problem;
      const single = contextOfSend(context);
      return { results: await Promise.all(requests.map((request) => sendOne(edge, request, single))) };
    },

    streamSendMessages: {
      bidi(requests, context) {
        const single = contextOfSend(context);
        const stream = {
          perform: (request: SendMessageRequest) => sendOne(edge, request, single),
          failed,
          answers: {
            weigh: ({ result }: ReturnType<typeof failed>) =>
              result?.$case === 'sent' ? DELIVERY_BYTES * (result.value.message?.deliveries.length ?? 0) : 0,
            encode: (message: Parameters<typeof StreamSendMessagesResponse.encode>[0]) =>
              StreamSendMessagesResponse.encode(message).finish(),
          },
        };
        const bug = (error: unknown) => bugIn(edge.log, error, { rpc: context.rpc });
        return streams.add(streamRequests(requests, stream, { clock: edge.clock, gone: context.signal, bug }));
      },
    },

    queryMessages: (request, context) =>
      answerQuery(
        request,
        (page) => {
          const { id, name, correlationKey, correlated } = request;
          const excludeExpired = request.excludeExpired || undefined;
          const conditions = { id, name, correlationKey, correlated, excludeExpired };
          return reader.messages(filterOf(conditions, tenantsIn(request.tenantIds, context)), page);
        },
        toMessage,
      ),

    async expireMessage(request, context) {
      const caller = repeatableCaller(context, ExpireMessageRequest, request);
      const { id } = request;
      const reply = await engine.submit({ type: 'expireMessage', id, by: actorOf(context, request.workerId) }, caller);
      if (isRefusal(reply)) return reply;
      const view = await readMessage(engine, id, caller.tenantIds);
      return 'refused' in view ? view : { message: toMessage(view) };
    },

    queryMessageSubscriptions: (request, context) =>
      answerQuery(
        { ...request, limit: 0, offset: 0 },
        (page) => {
          const { partition, processInstanceId, correlationKey, name, startEvents } = request;
          const conditions = { partition, processInstanceId, correlationKey, name, startEvents };
          return reader.messageSubscriptions(filterOf(conditions, tenantsIn(request.tenantIds, context)), page);
        },
        toSubscription,
      ),
  };
}

function toSubscription(view: MessageSubscriptionView): MessageSubscription {
  return {
    ...view,
    partition: textOf(view.partition),
    elementInstanceId: view.elementInstanceId ?? undefined,
    processInstanceId: view.processInstanceId ?? undefined,
    createdAt: dateOf(view.createdAt),
  };
}
