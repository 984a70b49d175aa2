/** Where the results of work go, a worker's and a person's alike. */
import type { VariableChange } from '../command.js';
import type { Execution } from '../execution.js';
import type { Refusal } from '../refusal.js';
import type { ElementInstance } from '../state.js';
import { setAllLocal, setLocal, setResults } from '../variables.js';
import { scopeNamed } from './variables.js';

export interface Results {
  /** Merge outwards, or stay local where the element has output mappings. */
  readonly variables: readonly VariableChange[];
  readonly processVariables: readonly VariableChange[];
  readonly elementVariables: readonly (VariableChange & { readonly bpmnElementId: string | null })[];
}

/** A scope that does not exist is refused. */
export function writeResults(x: Execution, ei: ElementInstance, results: Results): Refusal | undefined {
  for (const { bpmnElementId, name, data } of results.elementVariables) {
    const scope = bpmnElementId === null ? ei : scopeNamed(x, ei, bpmnElementId);
    if ('refused' in scope) return scope;
    setLocal(x, scope, name, data);
  }
  setAllLocal(x, x.elementInstance(ei.processInstanceId), results.processVariables);
  setResults(x, ei, x.elementOf(ei), results.variables);
  return undefined;
}
