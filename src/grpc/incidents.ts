/** Incidents: what stopped and waits for somebody to look at it. */
import type { ResolveIncident } from '../core/command.js';
import { isRefusal } from '../core/refusal.js';
import type { IncidentServiceService } from '../gen/baton/v1/incidents.js';
import { ResolveIncidentRequest } from '../gen/baton/v1/incidents.js';
import type { Handlers } from './bind.js';
import { actorOf } from './call-context.js';
import { refOf } from './convert.js';
import type { Edge } from './edge.js';
import { durationIn, type Fault, problemOf } from './faults.js';
import { toIncident } from './messages-out.js';
import { answerQuery, filterOf, tenantsIn } from './queries.js';
import { repeatableCaller } from './requests.js';
import { VariablesIn } from './variables-in.js';

export function incidents({ engine }: Edge): Handlers<typeof IncidentServiceService> {
  const { reader } = engine;
  return {
    queryIncidents: (request, context) =>
      answerQuery(
        request,
        (page) => {
          const { partition, id, jobId, taskId, processInstanceId, processId } = request;
          const { bpmnProcessId, bpmnElementId, reason, open, tenantIds } = request;
          const conditions = {
            ...{ partition, id, jobId, taskId, processInstanceId, processId },
            ...{ bpmnProcessId, bpmnElementId, reason, open },
          };
          return reader.incidents(filterOf(conditions, tenantsIn(tenantIds, context)), page);
        },
        toIncident,
      ),

    async resolveIncident(request, context) {
      const command = resolveCommand(request, actorOf(context, request.workerId));
      if ('refused' in command) return command;
      const caller = repeatableCaller(context, ResolveIncidentRequest, request);
      const reply = await engine.submit(command, caller);
      if (isRefusal(reply)) return reply;
      const filter = { ...refOf(reply.incident), tenantIds: caller.tenantIds };
      const page = await reader.incidents(filter, { size: 1, token: '', offset: 0 });
      const view = isRefusal(page) ? undefined : page.results[0];
      return { incident: view && toIncident(view) };
    },
  };
}

function resolveCommand(request: ResolveIncidentRequest, by: string) {
  const faults: Fault[] = [];
  const reading = new VariablesIn(faults);
  const variables = reading.list(request.variables, 'variables');
  variables.push(...reading.json(request.variablesJson, 'variables_json'));
  const command: ResolveIncident = {
    type: 'resolveIncident',
    incident: refOf(request),
    retryTimer: durationIn(request.retryTimer, 'retry_timer', faults),
    retryLimit: request.retryLimit ?? null,
    variables,
    by,
  };
  return problemOf(faults) ?? command;
}
