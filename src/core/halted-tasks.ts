/** Tasks that come due while their instance is suspended: they are put aside, and come back when it is resumed. */

import type { Execution } from './execution.js';
import type { ElementInstance, Task, TaskPayload, TaskType } from './state.js';
import { NEVER, type Place, putTask } from './tasks.js';

/** What changes nothing that people see: a retry becomes available (suspended), a token stops on its flow. */
const HARMLESS: ReadonlySet<TaskType> = new Set<TaskType>(['ACTIVATE_JOB', 'CONTINUE']);

export function mustWait(x: Execution, task: Task): boolean {
  const { processInstanceId } = task;
  return processInstanceId !== null && !HARMLESS.has(task.type) && x.isSuspended({ processInstanceId });
}

/** Its own due time is kept in the payload; whoever asks when the next task is due is not told of it. */
export function putAside(x: Execution, task: Task): void {
  x.touch();
  x.set.put('task', { ...task, dueAt: NEVER, payload: { ...task.payload, wasDueAt: task.dueAt } });
}

/** An event that came to an instance which is suspended: it happens when that is resumed. */
export function triggerLater(x: Execution, place: Place, variables: string | null): void {
  x.touch();
  putTask(x, place, NEVER, { type: 'TRIGGER_EVENT', variables, wasDueAt: x.now });
}

export function resumeTasks(x: Execution, ei: ElementInstance): void {
  for (const task of [...x.set.tasksOf(ei.id)]) {
    const { wasDueAt, ...payload } = task.payload;
    if (wasDueAt !== undefined) x.set.put('task', { ...task, dueAt: wasDueAt, payload: payload as TaskPayload });
  }
}
