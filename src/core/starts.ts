/** Starting an instance at an event that waited while there was none: a message has come, or a time. */
import type { VariableChange } from './command.js';
import { type CatchingElement, trigger } from './events.js';
import type { Execution } from './execution.js';
import { type DeployedProcess, elementOf } from './facts.js';
import { type NewInstance, openInstance } from './instances.js';
import { NeedsTree } from './needs.js';
import type { ElementInstance } from './state.js';
import { NEVER, putTask } from './tasks.js';
import { variablesOfText, variablesText } from './variables-text.js';

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
  const isListened = process.graph.elements[0]?.listeners?.start[0] !== undefined;
  if (isListened) waitForListeners(x, scope, ei, variables);
  else begin(x, scope, ei, variables);
  return ei;
}

function begin(x: Execution, scope: ElementInstance, ei: ElementInstance, variables: readonly VariableChange[]): void {
  trigger(x, ei, x.elementOf(ei) as CatchingElement, variables);
  x.agenda.push({ type: 'openWaits', elementInstanceId: scope.id });
}

/** The event has happened, but the process does not begin before its start listeners are done. */
function waitForListeners(
  x: Execution,
  scope: ElementInstance,
  ei: ElementInstance,
  variables: readonly VariableChange[],
): void {
  const payload = { type: 'TRIGGER_EVENT', variables: variablesText(variables) } as const;
  putTask(x, { ...ei, elementInstanceId: ei.id }, NEVER, payload);
  x.agenda.push({ type: 'enter', elementInstanceId: scope.id });
}

/** The start listeners of a process are done; false when no event has started it, or it has begun before. */
export function beginAtEvent(x: Execution, scope: ElementInstance): boolean {
  if (scope.parentId !== null || scope.liveChildren === 0) return false;
  if (!x.set.isWhole(x.rootId)) throw new NeedsTree();
  for (const ei of x.set.childrenOf(scope.id)) {
    for (const task of x.set.tasksOf(ei.id)) {
      if (task.payload.type !== 'TRIGGER_EVENT' || task.payload.wasDueAt !== undefined) continue;
      x.set.remove('task', task);
      begin(x, scope, ei, variablesOfText(task.payload.variables));
      return true;
    }
  }
  return false;
}
