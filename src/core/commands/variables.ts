/** Setting variables of a running process or element instance. */
import { advance } from '../advance.js';
import type { SetVariables } from '../command.js';
import { Execution } from '../execution.js';
import { type Refusal, refuse } from '../refusal.js';
import { type ElementInstance, hasEnded } from '../state.js';
import { setLocal } from '../variables.js';
import { type Handler, visibleInstance, written } from './handler.js';
import { instanceEnded, instanceNotFound } from './process-instances.js';

export const setVariables: Handler<SetVariables> = (context, command) => {
  const scope = context.set.get('elementInstance', command.scope.id);
  const instance = scope && visibleInstance(context, scope.processInstanceId);
  if (scope === undefined || instance === undefined) return notFound(command);
  if (hasEnded(scope.state)) {
    return command.kind === 'processInstance' ? instanceEnded(instance) : elementEnded(scope);
  }
  const x = new Execution(context.set, context.facts, command.by, scope.rootId);
  for (const { bpmnElementId, name, data } of command.variables) {
    const target = bpmnElementId === null ? scope : scopeNamed(x, scope, bpmnElementId);
    if ('refused' in target) return target;
    setLocal(x, target, name, data);
  }
  advance(x);
  return { scope: command.scope };
};

/** The element instance itself or one around it, by the BPMN id of its element. */
export function scopeNamed(x: Execution, from: ElementInstance, bpmnElementId: string): ElementInstance | Refusal {
  const scopes: string[] = [];
  for (let scope = from; ; scope = x.elementInstance(scope.parentId)) {
    const { id } = x.elementOf(scope);
    if (id === bpmnElementId) return scope;
    scopes.push(id);
    if (scope.parentId === null) break;
  }
  const message = `"${bpmnElementId}" is not a scope of element instance ${written(from)}; its scopes are ${scopes.join(', ')}`;
  return refuse('VARIABLE_SCOPE_NOT_FOUND', message, { bpmnElementId, scopes: scopes.join(' ') });
}

function notFound({ kind, scope }: SetVariables): Refusal {
  if (kind === 'processInstance') return instanceNotFound(scope);
  const elementInstance = written(scope);
  return refuse('ELEMENT_INSTANCE_NOT_FOUND', `element instance ${elementInstance} does not exist`, {
    elementInstance,
  });
}

function elementEnded(ei: ElementInstance): Refusal {
  const metadata = { elementInstance: written(ei), state: ei.state };
  return refuse(
    'ELEMENT_INSTANCE_ENDED',
    `element instance ${metadata.elementInstance} has ended: ${ei.state}`,
    metadata,
  );
}
