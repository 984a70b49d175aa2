// Owns the calls about signals.
import type { Caller, CallOptions } from '../caller.js';
import {
  SignalServiceService as methods,
  QuerySignalSubscriptionsRequest,
  QuerySignalsRequest,
  SendSignalRequest,
  type Signal,
  type SignalSubscription,
} from '../gen/baton/v1/signals.js';
import { type Input, make, type WithVariables } from '../input.js';
import type { Pages } from '../pages.js';
import { writeVariables } from '../variables.js';
import { asIs, promised } from './support.js';

export type SendSignalInput = WithVariables<Input<SendSignalRequest, 'name'>>;

export class Signals {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /** Reaches all who wait for it now. */
  async send(input: SendSignalInput, options?: CallOptions): Promise<Signal> {
    const request = make(SendSignalRequest, { ...input, ...writeVariables(input.variables) });
    const { signal } = await this.#caller.call(methods.sendSignal, request, options);
    return promised(signal, 'signal');
  }

  query(filter: Input<QuerySignalsRequest> = {}, options?: CallOptions): Pages<Signal> {
    return this.#caller.pages(methods.querySignals, make(QuerySignalsRequest, filter), options, asIs);
  }

  querySubscriptions(
    filter: Input<QuerySignalSubscriptionsRequest> = {},
    options?: CallOptions,
  ): Pages<SignalSubscription> {
    const request = make(QuerySignalSubscriptionsRequest, filter);
    return this.#caller.pages(methods.querySignalSubscriptions, request, options, asIs);
  }
}
