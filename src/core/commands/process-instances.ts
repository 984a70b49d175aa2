/** Starting and canceling process instances. */
import { advance, enter } from '../advance.js';
import type { CancelProcessInstance, CreateProcessInstance, ProcessSelector } from '../command.js';
import { Execution, found } from '../execution.js';
import type { DeployedProcess } from '../facts.js';
import { openInstance } from '../instances.js';
import { type Refusal, refuse } from '../refusal.js';
import { hasEnded, type ProcessInstance } from '../state.js';
import { type Handler, visibleInstance, written } from './handler.js';

export const createProcessInstance: Handler<CreateProcessInstance> = ({ set, facts, tenantIds }, command) => {
  const process = facts.selected;
  if (process === null || (tenantIds !== null && !tenantIds.includes(process.tenantId))) {
    return processNotFound(command.process, command.tenantId);
  }
  if (facts.isDisabled(process)) return disabled(process);
  const [element] = process.graph.elements;
  if (element?.type === 'PROCESS' && element.start < 0) return notStartable(process);
  const { partition, id } = facts.newRoot;
  const x = new Execution(set, facts, command.by, id);
  enter(x, openInstance(x, process, command, null));
  advance(x);
  const { bpmnProcessId, version } = process;
  const row = found(set.get('processInstance', id), 'process instance', id);
  return { instance: { partition, id }, made: { row, bpmnProcessId, version } };
};

function disabled({ bpmnProcessId, version }: DeployedProcess): Refusal {
  const message = `process "${bpmnProcessId}" is disabled: no new instances may start`;
  return refuse('PROCESS_DISABLED', message, { bpmnProcessId, version });
}

/** It has no start event without a trigger. */
function notStartable({ bpmnProcessId, version }: DeployedProcess): Refusal {
  const message = `process "${bpmnProcessId}" can not be started by a call: it begins with what its start events wait for`;
  return refuse('PROCESS_NOT_STARTABLE', message, { bpmnProcessId, version });
}

function processNotFound(selector: ProcessSelector, tenantId: string): Refusal {
  if ('processId' in selector) {
    const processId = String(selector.processId);
    return refuse('PROCESS_NOT_FOUND', `process ${processId} does not exist`, { processId });
  }
  const { bpmnProcessId, version } = selector;
  const metadata = { bpmnProcessId, tenantId, ...(version === null ? {} : { version }) };
  const which =
    version === null
      ? `no version of process "${bpmnProcessId}"`
      : `no version "${version}" of process "${bpmnProcessId}"`;
  return refuse(
    'PROCESS_NOT_FOUND',
    `${which} is deployed${tenantId === '' ? '' : ` for tenant "${tenantId}"`}`,
    metadata,
  );
}

export const cancelProcessInstance: Handler<CancelProcessInstance> = (context, command) => {
  const instance = visibleInstance(context, command.instance.id);
  if (instance === undefined) return instanceNotFound(command.instance);
  if (hasEnded(instance.state)) return instanceEnded(instance);
  if (instance.parentId !== null) return instanceIsCalled(instance);
  const x = new Execution(context.set, context.facts, command.by, instance.rootId);
  const scope = x.elementInstance(instance.id);
  x.endChildren(scope, 'CANCELED', null);
  x.change(scope, { state: 'CANCELED', endedAt: x.now });
  x.changeInstance(instance, { state: 'CANCELED', endedAt: x.now, endedBy: command.by, endReason: command.reason });
  return { instance: command.instance };
};

export function instanceNotFound(ref: { readonly partition: string; readonly id: number }): Refusal {
  const processInstance = written(ref);
  return refuse('PROCESS_INSTANCE_NOT_FOUND', `process instance ${processInstance} does not exist`, {
    processInstance,
  });
}

export function instanceEnded(instance: ProcessInstance): Refusal {
  const metadata = { processInstance: written(instance), state: instance.state };
  return refuse(
    'PROCESS_INSTANCE_ENDED',
    `process instance ${metadata.processInstance} has ended: ${instance.state}`,
    metadata,
  );
}

/** Its caller waits for its end, and nobody could say what that end would mean: the root is canceled with all of it. */
function instanceIsCalled(instance: ProcessInstance): Refusal {
  const { partition, rootId } = instance;
  const metadata = { processInstance: written(instance), root: written({ partition, id: rootId }) };
  const message = `process instance ${metadata.processInstance} was called by another one: cancel ${metadata.root}`;
  return refuse('PROCESS_INSTANCE_IS_CALLED', message, metadata);
}
