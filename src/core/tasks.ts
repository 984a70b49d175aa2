/** Task rows of a tree: work that the engine does later. */
import type { Execution } from './execution.js';
import type { Partition, Task } from './state.js';

/** The last day that all parts of the system can write, so that nobody takes it for due. */
export const NEVER = Date.UTC(9999, 11, 31);

/** What a task hangs on, and the element that it is about. */
export interface Place {
  readonly partition: Partition;
  readonly processInstanceId: number;
  readonly elementInstanceId: number;
  readonly elementId: number;
}

/** Of a wait for one definition of several. */
export function placed(definition: number | undefined): { readonly definition?: number } {
  return definition === undefined ? {} : { definition };
}

export function putTask(x: Execution, place: Place, dueAt: number, payload: Task['payload']): void {
  const { partition, processInstanceId, elementInstanceId, elementId } = place;
  const { processId, tenantId } = x.instance(processInstanceId);
  x.set.put('task', {
    partition,
    id: x.newId(),
    rootId: x.rootId,
    processInstanceId,
    elementInstanceId,
    elementId,
    processId,
    tenantId,
    type: payload.type,
    dueAt,
    payload,
    createdAt: x.now,
    createdBy: x.by,
  });
}
