/** Variables: data in the scopes of process instances and of their element instances. */
import type { SetVariables } from '../core/command.js';
import type { Ref } from '../core/state.js';
import type { VariableServiceService } from '../gen/baton/v1/variables.js';
import { SetElementVariablesRequest, SetProcessVariablesRequest } from '../gen/baton/v1/variables.js';
import type { Handlers } from './bind.js';
import { actorOf } from './call-context.js';
import { refOf, written } from './convert.js';
import type { Edge } from './edge.js';
import type { Problem } from './errors.js';
import { type Fault, problemOf } from './faults.js';
import { toElementVariable, toVariable, toVariableInfo } from './messages-out.js';
import { answerQuery, filterOf, tenantsIn } from './queries.js';
import { repeatableCaller } from './requests.js';
import { VariablesIn } from './variables-in.js';

export function variables({ engine }: Edge): Handlers<typeof VariableServiceService> {
  const { reader } = engine;
  return {
    async getProcessVariables(request, context) {
      const views = await reader.processVariables(refOf(request), request.names, context.tenantIds);
      if (views === null) return notFound('PROCESS_INSTANCE_NOT_FOUND', 'processInstance', request);
      return { variables: views.map(({ row }) => toVariable(row)) };
    },

    async setProcessVariables(request, context) {
      const faults: Fault[] = [];
      const reading = new VariablesIn(faults);
      const changes = reading.list(request.variables, 'variables');
      changes.push(...reading.json(request.variablesJson, 'variables_json'));
      const command: SetVariables = {
        type: 'setVariables',
        kind: 'processInstance',
        scope: refOf(request),
        variables: changes.map((change) => ({ ...change, bpmnElementId: null })),
        by: actorOf(context, request.workerId),
      };
      const caller = repeatableCaller(context, SetProcessVariablesRequest, request);
      const answer = problemOf(faults) ?? (await engine.submit(command, caller));
      return 'refused' in answer ? answer : {};
    },

    async getElementVariables(request, context) {
      const { names, excludeParentVariables } = request;
      const views = await reader.elementVariables(refOf(request), names, excludeParentVariables, context.tenantIds);
      if (views === null) return notFound('ELEMENT_INSTANCE_NOT_FOUND', 'elementInstance', request);
      return { variables: views.map(toElementVariable) };
    },

    async setElementVariables(request, context) {
      const faults: Fault[] = [];
      const reading = new VariablesIn(faults);
      const changes = reading.elementList(request.variables, 'variables');
      const own = reading.json(request.variablesJson, 'variables_json');
      const command: SetVariables = {
        type: 'setVariables',
        kind: 'elementInstance',
        scope: refOf(request),
        variables: [...changes, ...own.map((change) => ({ ...change, bpmnElementId: null }))],
        by: actorOf(context, request.workerId),
      };
      const caller = repeatableCaller(context, SetElementVariablesRequest, request);
      const answer = problemOf(faults) ?? (await engine.submit(command, caller));
      return 'refused' in answer ? answer : {};
    },

    queryVariables: (request, context) =>
      answerQuery(
        request,
        (page) => {
          const { partition, elementInstanceId, processInstanceId, names } = request;
          const conditions = { partition, elementInstanceId, processInstanceId, names };
          return reader.variables(filterOf(conditions, tenantsIn(request.tenantIds, context)), page);
        },
        toVariableInfo,
      ),
  };
}

function notFound(refused: Problem['refused'], name: string, ref: Ref): Problem {
  const metadata = { [name]: written(ref) };
  const noun = name === 'processInstance' ? 'process instance' : 'element instance';
  return { refused, message: `${noun} ${written(ref)} does not exist`, metadata };
}
