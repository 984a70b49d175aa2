/** Signals in a world without a database: who waits is copied when one is sent, and reached by a delivery. */
import type { Audience, DeployedProcess } from '../../src/core/facts.js';
import { SIGNAL_CHUNK } from '../../src/core/signal-rows.js';
import type { Signal, Task } from '../../src/core/state.js';
import type { World } from './scenario-world.js';

/** Those who wait now, and the start events of the latest versions; of the throwing tree only who waited before. */
export function freeze(
  world: World,
  processes: Iterable<DeployedProcess>,
  signal: Signal,
  thrownIn: number | null,
): void {
  world.rows.signal.set(signal.id, signal);
  for (const { id, rootId, name, tenantId } of world.all('signalSubscription')) {
    const isLater = rootId === thrownIn && id > signal.id;
    if (name === signal.name && tenantId === signal.tenantId && !isLater) aim(world, signal, id);
  }
  const latest = new Map([...processes].map((process) => [process.bpmnProcessId, process]));
  for (const { firstElementId, graph, tenantId } of latest.values()) {
    for (const { type, scope, index, ...element } of graph.elements) {
      if (type !== 'SIGNAL_START_EVENT' || scope !== 0 || tenantId !== signal.tenantId) continue;
      const event = 'event' in element ? element.event : undefined;
      if (event?.kind === 'SIGNAL' && event.name === signal.name) aim(world, signal, -(firstElementId + index));
    }
  }
}

function aim(world: World, { id: signalId }: Signal, id: number): void {
  world.rows.signalTarget.set(`${signalId} ${id}`, { signalId, id, failure: null });
}

/** The task that reaches them. */
export function delivery(signal: Signal, id: number, partition: string): Task {
  return {
    ...{ partition, id, rootId: null, processInstanceId: null, elementInstanceId: null, elementId: null },
    ...{ processId: null, tenantId: signal.tenantId, type: 'DELIVER_SIGNAL', dueAt: signal.createdAt },
    payload: {
      ...{ type: 'DELIVER_SIGNAL', signalId: signal.id, chain: 0 },
      ...{ after: Number.MIN_SAFE_INTEGER, most: SIGNAL_CHUNK },
    },
    ...{ createdAt: signal.createdAt, createdBy: 'engine' },
  };
}

export function audienceOf(world: World, signalId: number): Audience {
  const { variables = null, traceParent = null } = world.rows.signal.get(signalId) ?? {};
  const targets = world
    .all('signalTarget')
    .filter((target) => target.signalId === signalId)
    .map(({ id }) => ({ id, start: id > 0 ? null : { elementId: -id, processId: Math.floor(-id / 1000) } }));
  return { variables, traceParent, targets, last: null };
}
