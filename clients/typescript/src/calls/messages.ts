// Owns the calls about messages.
import type { Caller, CallOptions } from '../caller.js';
import { type BatonError, fromStatus } from '../errors.js';
import {
  ExpireMessageRequest,
  type Message,
  type MessageSubscription,
  MessageServiceService as methods,
  QueryMessageSubscriptionsRequest,
  QueryMessagesRequest,
  SendMessageRequest,
  type SendMessageResponse,
  SendMessagesRequest,
} from '../gen/baton/v1/messages.js';
import { type Input, make, type WithVariables } from '../input.js';
import type { Pages } from '../pages.js';
import { writeVariables } from '../variables.js';
import { asIs, itemsPerCall, promised } from './support.js';

export type SendMessageInput = WithVariables<Input<SendMessageRequest, 'name'>>;

/** What became of one message among many. */
export type SentMessage =
  | { readonly sent: SendMessageResponse; readonly error?: undefined }
  | { readonly error: BatonError; readonly sent?: undefined };

export class Messages {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  send(input: SendMessageInput, options?: CallOptions): Promise<SendMessageResponse> {
    return this.#caller.call(methods.sendMessage, toRequest(input), options);
  }

  /** Any number of messages, each with its own result in the same place. */
  async sendMany(inputs: readonly SendMessageInput[], options?: CallOptions): Promise<SentMessage[]> {
    const sent: SentMessage[] = [];
    for (let first = 0; first < inputs.length; first += itemsPerCall) {
      const items = inputs.slice(first, first + itemsPerCall);
      const requests = items.map((input) => this.#caller.complete(toRequest(input)));
      const request = make(SendMessagesRequest, { requests });
      const { results } = await this.#caller.call(methods.sendMessages, request, options);
      for (const { result } of results) {
        const { $case, value } = promised(result, 'result');
        sent.push($case === 'sent' ? { sent: value } : { error: fromStatus(value) });
      }
    }
    return sent;
  }

  query(filter: Input<QueryMessagesRequest> = {}, options?: CallOptions): Pages<Message> {
    return this.#caller.pages(methods.queryMessages, make(QueryMessagesRequest, filter), options, asIs);
  }

  async expire(id: number, options?: CallOptions): Promise<Message> {
    const { message } = await this.#caller.call(methods.expireMessage, make(ExpireMessageRequest, { id }), options);
    return promised(message, 'message');
  }

  querySubscriptions(
    filter: Input<QueryMessageSubscriptionsRequest> = {},
    options?: CallOptions,
  ): Pages<MessageSubscription> {
    const request = make(QueryMessageSubscriptionsRequest, filter);
    return this.#caller.pages(methods.queryMessageSubscriptions, request, options, asIs);
  }
}

function toRequest(input: SendMessageInput): SendMessageRequest {
  return make(SendMessageRequest, { ...input, ...writeVariables(input.variables) });
}
