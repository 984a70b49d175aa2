/**
 * Starting a process that needs several events to start (BPMN 2.0.2, 10.5.2, 10.6.6 and 13.5.1). The first message makes the
 * instance, which waits for the others by the same key: at its start event, behind which it then begins, or at a parallel
 * event-based gateway, where each message is followed as it comes.
 */
import { constantText } from '../model/constant-text.js';
import { definitionsIn, type EventDefinition } from '../model/events.js';
import type { JointStart } from '../model/message-starts.js';
import type { VariableChange } from './command.js';
import { type CatchingElement, openDefinition, trigger } from './events.js';
import { type Execution, found } from './execution.js';
import type { DeployedProcess } from './facts.js';
import { type NewInstance, openInstance } from './instances.js';
import { type Address, subscribeTo } from './messages.js';
import type { ElementInstance } from './state.js';

/** The element instance that waits for the others. */
export function startJointly(
  x: Execution,
  process: DeployedProcess,
  [start, at]: readonly [JointStart, CatchingElement],
  given: Omit<NewInstance, 'variables'>,
  message: Address,
  variables: readonly VariableChange[],
): ElementInstance {
  const scope = openInstance(x, process, { ...given, variables: [] }, null);
  const ei = x.open(start, scope, []);
  for (const other of needed(process, start)) {
    const { catching, event, place } = other;
    if (event.kind !== 'MESSAGE') {
      const failure = openDefinition(x, ei, catching, event, place);
      if (failure !== undefined) x.raise(ei, 'ENTER', failure.reason, failure.message);
      continue;
    }
    const name = constantText(event.name) ?? '';
    if (name !== message.name) subscribeTo(x, ei, catching, { name, correlationKey: message.correlationKey });
  }
  trigger(x, ei, at, variables);
  if (start.type === 'EVENT_BASED_GATEWAY') x.agenda.push({ type: 'openWaits', elementInstanceId: scope.id });
  return ei;
}

interface Needed {
  readonly catching: CatchingElement;
  readonly event: EventDefinition;
  /** Of one of several. */
  readonly place?: number;
}

function needed({ graph: { elements, flows } }: DeployedProcess, start: JointStart): readonly Needed[] {
  if (start.type !== 'EVENT_BASED_GATEWAY') {
    return definitionsIn(start.event).map((event, place) => ({ catching: start, event, place }));
  }
  return start.outgoing.map((flow) => {
    const { target } = found(flows[flow], 'flow', flow);
    const catching = found(elements[target], 'event', target) as CatchingElement;
    return { catching, event: catching.event };
  });
}
