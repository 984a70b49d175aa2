/** Tasks: the engine's own units of later work. */
import type { TaskServiceService } from '../gen/baton/v1/tasks.js';
import type { Handlers } from './bind.js';
import { turned, wireTaskType } from './convert.js';
import type { Edge } from './edge.js';
import { toTask } from './messages-out.js';
import { answerQuery, filterOf, tenantsIn } from './queries.js';

const taskTypes = turned(wireTaskType);

export function tasks({ engine }: Edge): Handlers<typeof TaskServiceService> {
  return {
    queryTasks: async (request, context) => {
      const type = taskTypes.get(request.type);
      const isOther = request.type !== 'TASK_TYPE_UNSPECIFIED' && type === undefined;
      // Batches come later: no task is one of a batch, and none has another type than this version's.
      if (isOther || request.jobDefinitionId !== undefined) return { results: [], nextPageToken: '' };
      return await answerQuery(
        request,
        (page) => {
          const { partition, id, elementId, elementInstanceId, processId, processInstanceId } = request;
          const conditions = { partition, id, elementId, elementInstanceId, processId, processInstanceId, type };
          return engine.reader.tasks(filterOf(conditions, tenantsIn(request.tenantIds, context)), page);
        },
        toTask,
      );
    },
    executeTasks: { notBuilt: 'tasks are executed by the engine when they are due' },
    unlockTasks: { notBuilt: 'tasks of a dead server are freed by the others' },
  };
}
