/** Starting an instance at an event that waited while there was none: a message has come, or a time. */
import type { VariableChange } from './command.js';
import { type CatchingElement, trigger } from './events.js';
import type { Execution } from './execution.js';
import { type DeployedProcess, elementOf } from './facts.js';
import { type NewInstance, openInstance } from './instances.js';
import type { ElementInstance } from './state.js';

/** The start event's element instance, which is to be entered; the variables go through its output mappings. */
export function startAt(
  x: Execution,
  process: DeployedProcess,
  elementId: number,
  given: Omit<NewInstance, 'variables'>,
  variables: readonly VariableChange[],
): ElementInstance {
  const scope = openInstance(x, process, { ...given, variables: [] }, null);
  const start = elementOf(process, elementId) as CatchingElement;
  const ei = x.open(start, scope, []);
  trigger(x, ei, start, variables);
  x.agenda.push({ type: 'openWaits', elementInstanceId: scope.id });
  return ei;
}
