/** Element instances: visits of the elements of a process. */
import type { ElementInstanceServiceService } from '../gen/baton/v1/element_instances.js';
import type { Handlers } from './bind.js';
import { turned, wireInstanceState } from './convert.js';
import type { Edge } from './edge.js';
import { toElementInstance } from './messages-out.js';
import { answerQuery, filterOf, known, tenantsIn } from './queries.js';

const instanceStates = turned(wireInstanceState);

export function elementInstances({ engine }: Edge): Handlers<typeof ElementInstanceServiceService> {
  return {
    queryElementInstances: (request, context) =>
      answerQuery(
        request,
        (page) => {
          const { partition, id, parentId, processId, processInstanceId, bpmnElementId } = request;
          const states = known(request.states, instanceStates);
          const includeSuperseded = request.includeSuperseded || undefined;
          const conditions = {
            ...{ partition, id, parentId, processId, processInstanceId, bpmnElementId },
            ...{ states, includeSuperseded },
          };
          return engine.reader.elementInstances(filterOf(conditions, tenantsIn(request.tenantIds, context)), page);
        },
        toElementInstance,
      ),
  };
}
