/** Starting and canceling process instances. */
import { advance, enter } from '../advance.js';
import type { CancelProcessInstance, CreateProcessInstance, ProcessSelector } from '../command.js';
import { Execution, found } from '../execution.js';
import type { DeployedProcess, Facts } from '../facts.js';
import { type Refusal, refuse } from '../refusal.js';
import { type ElementInstance, hasEnded, type ProcessInstance } from '../state.js';
import { setAllLocal } from '../variables.js';
import { type Handler, visibleInstance, written } from './handler.js';

export const createProcessInstance: Handler<CreateProcessInstance> = ({ set, facts, tenantIds }, command) => {
  const process = facts.selected;
  if (process === null || (tenantIds !== null && !tenantIds.includes(process.tenantId))) {
    return processNotFound(command.process, command.tenantId);
  }
  const { partition, id } = facts.newRoot;
  const x = new Execution(set, facts, command.by, id);
  x.born(newInstance(command, facts, process));
  const scope = processScope(facts, process, partition, id);
  set.put('elementInstance', scope);
  setAllLocal(x, scope, command.variables);
  enter(x, scope);
  advance(x);
  const { bpmnProcessId, version } = process;
  const row = found(set.get('processInstance', id), 'process instance', id);
  return { instance: { partition, id }, made: { row, bpmnProcessId, version } };
};

function newInstance(command: CreateProcessInstance, facts: Facts, process: DeployedProcess): ProcessInstance {
  return {
    partition: facts.newRoot.partition,
    id: facts.newRoot.id,
    rootId: facts.newRoot.id,
    parentId: null,
    parentElementInstanceId: null,
    processId: process.id,
    tenantId: process.tenantId,
    state: 'STARTED',
    correlationKey: command.correlationKey,
    tags: command.tags,
    contextType: command.contextType,
    contextId: command.contextId,
    traceParent: command.traceParent,
    startVariables: startVariables(command),
    createdAt: facts.now,
    createdBy: command.by,
    startedAt: facts.now,
    endedAt: null,
    endedBy: null,
    endReason: null,
    changeNumber: 1,
  };
}

/** The same text as of a list of {name, encoding, value, encrypted}; put together by hand, since every start has it. */
function startVariables({ variables }: CreateProcessInstance): string | null {
  if (variables.length === 0) return null;
  const texts = variables.map(({ name, data }) => {
    const key = `"name":${JSON.stringify(name)}`;
    if (data === null) return `{${key}}`;
    const { encoding, value, encrypted } = data;
    return `{${key},"encoding":${JSON.stringify(encoding)},"value":${JSON.stringify(value)},"encrypted":${encrypted}}`;
  });
  return `[${texts.join(',')}]`;
}

function processScope(facts: Facts, process: DeployedProcess, partition: string, id: number): ElementInstance {
  return {
    partition,
    id,
    rootId: id,
    processInstanceId: id,
    parentId: null,
    elementId: process.firstElementId,
    state: 'STARTED',
    liveChildren: 0,
    attempt: 1,
    replaces: null,
    cancelledBy: null,
    supersededBy: null,
    endedByElement: null,
    inputs: null,
    createdAt: facts.now,
    startedAt: facts.now,
    endedAt: null,
    changeNumber: 1,
  };
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
