// Owns the calls about variables.
import type { Caller, CallOptions } from '../caller.js';
import type { ElementVariable } from '../gen/baton/v1/common.js';
import {
  GetElementVariablesRequest,
  GetProcessVariablesRequest,
  VariableServiceService as methods,
  QueryVariablesRequest,
  SetElementVariablesRequest,
  SetProcessVariablesRequest,
  type VariableInfo,
} from '../gen/baton/v1/variables.js';
import { type Input, type Key, make, type WithVariables } from '../input.js';
import type { Pages } from '../pages.js';
import { type ReadVariables, readVariables, type Variables as VariablesByName, writeVariables } from '../variables.js';
import { asIs } from './support.js';

type GetElementInput = Input<GetElementVariablesRequest, 'partition' | 'id'>;
type SetElementInput = Input<SetElementVariablesRequest, 'partition' | 'id'>;

export type SetProcessVariablesInput = WithVariables<Input<SetProcessVariablesRequest, 'partition' | 'id'>>;

/** A list where a variable belongs to an enclosing scope, is deleted, or is no JSON. */
export type SetElementVariablesInput = Omit<SetElementInput, 'variables' | 'variablesJson'> & {
  readonly variables: object | readonly ElementVariable[];
};

export class Variables {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /** Those of the process instance's own scope; it may have ended. Without names, all. */
  async getProcess<V = VariablesByName>(
    { partition, id }: Key,
    names: readonly string[] = [],
    options?: CallOptions,
  ): Promise<ReadVariables<V>> {
    const request = make(GetProcessVariablesRequest, { partition, id, names });
    const { variables } = await this.#caller.call(methods.getProcessVariables, request, options);
    return readVariables<V>(variables);
  }

  async setProcess(input: SetProcessVariablesInput, options?: CallOptions): Promise<void> {
    const request = make(SetProcessVariablesRequest, { ...input, ...writeVariables(input.variables) });
    await this.#caller.call(methods.setProcessVariables, request, options);
  }

  /** What the element instance sees, each with its scope, the innermost first: a name can come several times. */
  async getElement(input: GetElementInput, options?: CallOptions): Promise<readonly ElementVariable[]> {
    const request = make(GetElementVariablesRequest, input);
    const { variables } = await this.#caller.call(methods.getElementVariables, request, options);
    return variables;
  }

  async setElement(input: SetElementVariablesInput, options?: CallOptions): Promise<void> {
    const { variables } = input;
    const written = isList(variables) ? { variables } : { ...writeVariables(variables), variables: [] };
    const request = make(SetElementVariablesRequest, { ...input, ...written });
    await this.#caller.call(methods.setElementVariables, request, options);
  }

  /** Variables of all scopes, without their values. */
  query(filter: Input<QueryVariablesRequest> = {}, options?: CallOptions): Pages<VariableInfo> {
    return this.#caller.pages(methods.queryVariables, make(QueryVariablesRequest, filter), options, asIs);
  }
}

function isList(variables: object): variables is readonly ElementVariable[] {
  return Array.isArray(variables);
}
