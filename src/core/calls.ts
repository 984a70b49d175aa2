/** What a call activity calls, found by name at the moment of the call; and how deep calls may be nested. */
import type { Expression } from '../model/expression.js';
import type { CalledElement } from '../model/process.js';
import type { Execution } from './execution.js';
import type { CalledProcess, DeployedProcess } from './facts.js';
import type { NewInstance } from './instances.js';
import { openInstance } from './instances.js';
import { CALL_DEPTH } from './limits.js';
import type { ElementInstance } from './state.js';
import { evaluate, type MappingFailure, variablesOf, visibleVariables } from './variables.js';

/** A called process instance that is to be entered; undefined while nobody has looked its process up. */
export type Called = { readonly scope: ElementInstance; readonly process: DeployedProcess } | undefined;

/** As the model says. */
export function callAsModelled(x: Execution, ei: ElementInstance, called: CalledElement): Called | MappingFailure {
  const name = nameOf(x, ei, called);
  if ('reason' in name) return name;
  const { correlationKey } = x.instance(ei.processInstanceId);
  return call(x, ei, name, {
    ...nothingOfItsOwn,
    correlationKey: called.sameCorrelationKey ? correlationKey : null,
    variables: called.allVariablesIn ? visibleVariables(x, ei) : variablesOf(x, ei),
  });
}

export const nothingOfItsOwn = { correlationKey: null, tags: {}, contextType: null, contextId: null };

/** Opens the instance; a process that is not there, is disabled or can not begin is no error of the caller's: it waits as an incident. */
export function call(
  x: Execution,
  ei: ElementInstance,
  name: CalledProcess,
  given: Omit<NewInstance, 'traceParent'>,
): Called | MappingFailure {
  if (depthOf(x, ei) >= CALL_DEPTH) {
    return { reason: 'CALL_DEPTH_LIMIT', message: `${CALL_DEPTH} calls are nested: a process that calls itself?` };
  }
  const process = lookUp(x, name);
  if (process === undefined) return undefined;
  if (process === null) return { reason: 'CALLED_PROCESS_NOT_FOUND', message: `${inWords(name)} is not deployed` };
  if (x.facts.isDisabled(process)) {
    return { reason: 'PROCESS_DISABLED', message: `process "${name.bpmnProcessId}" is disabled` };
  }
  const { traceParent } = x.instance(ei.processInstanceId);
  return { process, scope: openInstance(x, process, { ...given, traceParent }, ei) };
}

function lookUp(x: Execution, name: CalledProcess): DeployedProcess | null | undefined {
  const process = x.facts.called(name);
  if (process === undefined) x.unknown.push(name);
  return process;
}

function depthOf(x: Execution, ei: ElementInstance): number {
  let depth = 0;
  for (let at = x.instance(ei.processInstanceId); at.parentId !== null; at = x.instance(at.parentId)) depth += 1;
  return depth;
}

function nameOf(x: Execution, ei: ElementInstance, called: CalledElement): CalledProcess | MappingFailure {
  const bpmnProcessId = textOf(x, ei, called.bpmnProcessId, 'the called process');
  if (typeof bpmnProcessId === 'object') return bpmnProcessId;
  const { binding } = called;
  const value = 'value' in binding ? textOf(x, ei, binding.value, 'the version of the called process') : null;
  if (typeof value === 'object' && value !== null) return value;
  const { tenantId, processId } = x.instance(ei.processInstanceId);
  return {
    tenantId,
    bpmnProcessId,
    version: binding.type === 'VERSION' ? value : null,
    versionTag: binding.type === 'VERSION_TAG' ? value : null,
    deployedWith: binding.type === 'DEPLOYMENT' ? processId : null,
  };
}

/** A version may be a number in the data. */
function textOf(x: Execution, ei: ElementInstance, source: string | Expression, what: string): string | MappingFailure {
  if (typeof source === 'string') return source;
  const evaluation = evaluate(x, ei, source);
  if (!evaluation.ok) return { reason: evaluation.reason, message: `${what} "${source.text}": ${evaluation.message}` };
  const { value } = evaluation;
  if (typeof value === 'string' && value !== '') return value;
  if (typeof value === 'number') return String(value);
  const message = `${what} "${source.text}" must be text that is not empty, but is ${JSON.stringify(value)}`;
  return { reason: 'EXPRESSION_FAILED', message };
}

export function inWords({ bpmnProcessId, version, versionTag, deployedWith }: CalledProcess): string {
  const process = `process "${bpmnProcessId}"`;
  if (version !== null) return `version "${version}" of ${process}`;
  if (versionTag !== null) return `a version of ${process} with the tag "${versionTag}"`;
  return deployedWith === null ? process : `${process} in the file of its caller`;
}
