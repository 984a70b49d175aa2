/** The row of an incident: something went wrong at an element instance, which waits for an operator. */
import type { ElementInstance, Incident } from './state.js';

/** The command at whose execution it happens. */
interface Origin {
  readonly rootId: number;
  readonly now: number;
  readonly by: string;
  readonly changeNumber: number;
  newId(): number;
}

export function newIncident(
  x: Origin,
  ei: ElementInstance,
  trouble: Pick<Incident, 'phase' | 'reason' | 'message' | 'jobId'>,
): Incident {
  return {
    partition: ei.partition,
    id: x.newId(),
    rootId: x.rootId,
    processInstanceId: ei.processInstanceId,
    elementInstanceId: ei.id,
    elementId: ei.elementId,
    taskId: null,
    ...trouble,
    createdAt: x.now,
    createdBy: x.by,
    resolvedAt: null,
    resolvedBy: null,
    changeNumber: x.changeNumber,
  };
}
