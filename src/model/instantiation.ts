/** What starts a process beside start events: receive tasks, and event-based gateways by the events behind them (BPMN 2.0.2, 10.3.3.3 and 10.6.6). */
import type { DraftNode, DraftProcess } from './draft.js';
import type { Problems } from './problems.js';
import { attribute, isTrue } from './xml.js';

export function isInstantiating({ kind, xml }: DraftNode): boolean {
  return (kind === 'RECEIVE_TASK' || kind === 'EVENT_BASED_GATEWAY') && isTrue(attribute(xml, 'instantiate'));
}

/** It needs all of the events behind it. */
export function isParallel({ kind, xml }: DraftNode): boolean {
  return kind === 'EVENT_BASED_GATEWAY' && attribute(xml, 'eventGatewayType') === 'Parallel';
}

/** The nodes that wait for a message while no instance is there: such tasks, and the events behind such gateways. */
export function startsByMessage({ nodes }: DraftProcess): ReadonlySet<DraftNode> {
  const starts = nodes.filter(isInstantiating);
  const flows = new Set(starts.flatMap(({ kind, outgoing }) => (kind === 'EVENT_BASED_GATEWAY' ? outgoing : [])));
  const behind = nodes.filter(({ incoming }) => incoming.some((flow) => flows.has(flow)));
  return new Set([...starts.filter(({ kind }) => kind === 'RECEIVE_TASK'), ...behind]);
}

export function checkInstantiation(process: DraftProcess, problems: Problems): void {
  const starting = startsByMessage(process);
  for (const node of process.nodes) {
    const refuse = (message: string, help: string) => problems.add('EVENT_INVALID', node.xml, node.id, message, help);
    if (starting.has(node) && node.kind !== 'RECEIVE_TASK' && node.event?.kind !== 'MESSAGE') {
      refuse('an event behind a gateway that starts a process waits for something else than a message', MESSAGE_HELP);
    }
    if (isParallel(node) && !isInstantiating(node)) refuse(PARALLEL_INSIDE, PARALLEL_HELP);
    if (!isInstantiating(node)) continue;
    if (node.incoming.length > 0 || process.nodes[node.scope]?.kind !== 'PROCESS') {
      refuse('what starts a process has a flow that leads to it, or is inside a sub-process', 'remove instantiate');
    }
    if (node.kind === 'RECEIVE_TASK' && node.event === undefined) {
      refuse('the receive task that starts a process has no message', 'give messageRef a bpmn:message with a name');
    }
    if (node.xml.children.some(({ name }) => name.endsWith('LoopCharacteristics'))) {
      refuse('a task that starts a process can not have a loop marker', 'remove the marker, or instantiate');
    }
    if (node.extensions.elements.has('zeebe:ioMapping') && node.kind === 'RECEIVE_TASK') {
      refuse(
        'a task that starts a process can not have mappings',
        'map what the message brings with the task behind it',
      );
    }
  }
}

const MESSAGE_HELP = 'let the gateway lead to message catch events alone';
const PARALLEL_INSIDE = 'an event-based gateway waits for all of its events only where it starts a process';
const PARALLEL_HELP = 'draw a parallel gateway in its place, or one catch event with parallelMultiple';
