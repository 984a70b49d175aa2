// Owns the calls about incidents.
import type { Caller, CallOptions } from '../caller.js';
import {
  type Incident,
  IncidentServiceService as methods,
  QueryIncidentsRequest,
  ResolveIncidentRequest,
} from '../gen/baton/v1/incidents.js';
import { type Input, make, type WithVariables } from '../input.js';
import type { Pages } from '../pages.js';
import { writeVariables } from '../variables.js';
import { asIs, promised } from './support.js';

export type ResolveInput = WithVariables<Input<ResolveIncidentRequest, 'partition' | 'id'>>;

export class Incidents {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  query(filter: Input<QueryIncidentsRequest> = {}, options?: CallOptions): Pages<Incident> {
    return this.#caller.pages(methods.queryIncidents, make(QueryIncidentsRequest, filter), options, asIs);
  }

  /** Closes the incident and tries again what had failed, after changing variables where that is wanted. */
  async resolve(input: ResolveInput, options?: CallOptions): Promise<Incident> {
    const request = make(ResolveIncidentRequest, { ...input, ...writeVariables(input.variables) });
    const { incident } = await this.#caller.call(methods.resolveIncident, request, options);
    return promised(incident, 'incident');
  }
}
