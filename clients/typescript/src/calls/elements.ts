// Owns the calls about element instances.
import type { Caller, CallOptions } from '../caller.js';
import {
  type ElementInstance,
  ElementInstanceServiceService as methods,
  QueryElementInstancesRequest,
} from '../gen/baton/v1/element_instances.js';
import { type Input, make } from '../input.js';
import type { Pages } from '../pages.js';
import { asIs } from './support.js';

export class Elements {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /** Visits of elements: one for each, also in the past. */
  query(filter: Input<QueryElementInstancesRequest> = {}, options?: CallOptions): Pages<ElementInstance> {
    const request = make(QueryElementInstancesRequest, filter);
    return this.#caller.pages(methods.queryElementInstances, request, options, asIs);
  }
}
