// Owns what starts of process instances take and give, by whichever way they go.
import { CreateProcessInstanceRequest, type ProcessInstance } from '../gen/baton/v1/process_instances.js';
import { type Input, make, type WithVariables } from '../input.js';
import { type ReadVariables, type Variables, writeVariables } from '../variables.js';

/** By its id in the XML, in the latest or a certain version, or by its integer id. */
type WhichProcess =
  | { readonly bpmnProcessId: string; readonly version?: string; readonly processId?: undefined }
  | { readonly processId: number; readonly bpmnProcessId?: undefined; readonly version?: undefined };

export type StartInput = WhichProcess &
  Omit<WithVariables<Input<CreateProcessInstanceRequest>>, 'process' | 'awaitEnd'>;

/** With `awaitEnd`, the instance as it ended, and its variables; else as it started, and none. */
export interface Created<V = Variables> extends ReadVariables<V> {
  readonly processInstance: ProcessInstance;
}

export function toRequest(input: StartInput): CreateProcessInstanceRequest {
  const { bpmnProcessId, version, processId, variables, ...rest } = input;
  const process =
    processId === undefined
      ? ({ $case: 'bpmnProcess', value: { bpmnProcessId, version } } as const)
      : ({ $case: 'processId', value: processId } as const);
  return make(CreateProcessInstanceRequest, { ...rest, ...writeVariables(variables), process });
}
