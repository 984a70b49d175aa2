/** Making process instances: a root by a command, a called one by a call activity in the same tree. */
import type { VariableChange } from './command.js';
import type { Execution } from './execution.js';
import type { DeployedProcess } from './facts.js';
import type { ElementInstance, ProcessInstance, Ref } from './state.js';
import { setAllLocal } from './variables.js';
import { variablesText } from './variables-text.js';

export interface NewInstance {
  readonly correlationKey: string | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly contextType: string | null;
  readonly contextId: string | null;
  readonly traceParent: string | null;
  readonly variables: readonly VariableChange[];
}

/** Makes an instance with its process scope, which is what comes back and is to be entered. */
export function openInstance(
  x: Execution,
  process: DeployedProcess,
  given: NewInstance,
  caller: ElementInstance | null,
): ElementInstance {
  const { partition } = caller ?? x.facts.newRoot;
  const id = caller === null ? x.rootId : x.newId();
  const instance: ProcessInstance = {
    partition,
    id,
    rootId: x.rootId,
    parentId: caller?.processInstanceId ?? null,
    parentElementInstanceId: caller?.id ?? null,
    processId: process.id,
    tenantId: process.tenantId,
    // What a suspended instance calls is suspended too: it would go on where its caller may not.
    state: caller !== null && x.isSuspended(caller) ? 'SUSPENDED' : 'STARTED',
    correlationKey: given.correlationKey,
    tags: given.tags,
    contextType: given.contextType,
    contextId: given.contextId,
    traceParent: given.traceParent,
    startVariables: variablesText(given.variables),
    createdAt: x.now,
    createdBy: x.by,
    startedAt: x.now,
    endedAt: null,
    endedBy: null,
    endReason: null,
    messageId: null,
    holdsKeys: null,
    changeNumber: caller === null ? 1 : x.changeNumber,
  };
  if (caller === null) x.born(instance);
  else x.set.put('processInstance', instance);
  const scope = processScope(x, process, instance);
  x.set.put('elementInstance', scope);
  setAllLocal(x, scope, given.variables);
  return scope;
}

function processScope(x: Execution, process: DeployedProcess, { partition, id }: Ref): ElementInstance {
  return {
    partition,
    id,
    rootId: x.rootId,
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
    loop: null,
    createdAt: x.now,
    startedAt: x.now,
    endedAt: null,
    changeNumber: x.changeNumber,
  };
}

/** The scope around an element instance; around a process that was called, its call activity. */
export function around(x: Execution, ei: ElementInstance): ElementInstance | undefined {
  const id = ei.parentId ?? x.instance(ei.processInstanceId).parentElementInstanceId;
  return id === null ? undefined : x.elementInstance(id);
}

/** From the element instance outwards, over call activities too. */
export function pathOf(x: Execution, owner: ElementInstance): readonly number[] {
  const path: number[] = [];
  for (let at: ElementInstance | undefined = owner; at !== undefined; at = around(x, at)) path.push(at.id);
  return path;
}
