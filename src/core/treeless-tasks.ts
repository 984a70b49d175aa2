/** Task rows that belong to no tree: what they do locks the trees that it finds, not the one that wrote them. */
import type { Facts } from './facts.js';
import type { Ref, TaskPayload } from './state.js';
import type { WorkingSet } from './working-set.js';

interface Origin {
  /** Gives the shard, and so the lane. */
  readonly treeId: number;
  readonly tenantId: string;
  readonly by: string;
}

/** Due at once. */
export function putTreelessTask(
  set: WorkingSet,
  facts: Facts,
  { treeId, tenantId, by }: Origin,
  payload: TaskPayload,
): Ref {
  const { now, partition } = facts;
  const id = facts.newId(treeId);
  set.put('task', {
    partition,
    id,
    rootId: null,
    processInstanceId: null,
    elementInstanceId: null,
    elementId: null,
    processId: null,
    tenantId,
    type: payload.type,
    dueAt: now,
    payload,
    createdAt: now,
    createdBy: by,
  });
  return { partition, id };
}
