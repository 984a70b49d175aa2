/** The row of an incident: something went wrong at an element instance, which waits for an operator. */
import { listenerBefore } from './listened.js';
import type { ElementInstance, Incident, Job } from './state.js';

/** The command at whose execution it happens. */
interface Origin {
  readonly rootId: number;
  readonly now: number;
  readonly by: string;
  readonly changeNumber: number;
  readonly listened: ReadonlyMap<number, Job>;
  newId(): number;
}

type Trouble = Pick<Incident, 'phase' | 'reason' | 'message' | 'jobId'>;

export function newIncident(x: Origin, ei: ElementInstance, trouble: Trouble): Incident {
  return {
    partition: ei.partition,
    id: x.newId(),
    rootId: x.rootId,
    processInstanceId: ei.processInstanceId,
    elementInstanceId: ei.id,
    elementId: ei.elementId,
    taskId: null,
    ...behindListener(x, ei, trouble),
    createdAt: x.now,
    createdBy: x.by,
    resolvedAt: null,
    resolvedBy: null,
    changeNumber: x.changeNumber,
  };
}

/** Listeners that are done are not asked again: it goes on behind the last of them. */
function behindListener(x: Origin, ei: ElementInstance, trouble: Trouble): Trouble {
  const { phase } = trouble;
  const listener = phase === 'ENTER' || phase === 'LEAVE' ? listenerBefore(x, ei, phase) : undefined;
  return listener === undefined ? trouble : { ...trouble, phase: 'LISTENER', jobId: listener.id };
}
