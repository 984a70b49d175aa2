/**
 * What an ad-hoc sub-process collects. Its list is a variable of its own while it is at work, so that its condition and
 * whoever is asked for more see what there is; when it leaves, the list goes outwards.
 */
import type { AdHocSubProcess, Element, LoopOutput } from '../model/process.js';
import { parseJson, toJson } from '../model/values.js';
import { type Execution, scopeOf } from './execution.js';
import type { ElementInstance } from './state.js';
import { evaluate, jsonData, type MappingFailure, setLocal, setOutwards } from './variables.js';

/** The variable of the output element is there as well, so that no result goes out under its name. */
export function openOutput(x: Execution, { output }: AdHocSubProcess, ei: ElementInstance): void {
  if (output === undefined) return;
  if (output.variable !== undefined) setLocal(x, ei, output.variable, jsonData('null'));
  setLocal(x, ei, output.collection, jsonData('[]'));
}

/**
 * An activity that is a path of its own has that variable for itself. Others share it with all: activities that flows
 * join, and those that bring it by what writes outwards.
 */
export function ownOutput(x: Execution, element: Element, scope: ElementInstance, ei: ElementInstance): void {
  const adHoc = x.elementOf(scope);
  const variable = adHoc.type === 'AD_HOC_SUB_PROCESS' ? adHoc.output?.variable : undefined;
  if (variable === undefined || !isAlone(element) || writesOutwards(element, variable)) return;
  setLocal(x, ei, variable, jsonData('null'));
}

function isAlone(element: Element): boolean {
  return 'boundaryEvents' in element && element.incoming.length + element.outgoing.length === 0;
}

function writesOutwards(element: Element, variable: string): boolean {
  if (element.type === 'MULTI_INSTANCE_BODY') return true;
  return 'outputs' in element && element.outputs.some(({ target }) => target[0] === variable);
}

/** The activity ends its path: no flow leads on. What a path has brought is not there for the next one. */
export function collect(
  x: Execution,
  { output }: AdHocSubProcess,
  scope: ElementInstance,
  ei: ElementInstance,
): MappingFailure | undefined {
  if (output === undefined || x.elementOf(ei).outgoing.length > 0) return undefined;
  const evaluation = evaluate(x, ei, output.element);
  if (!evaluation.ok) return { reason: evaluation.reason, message: `${nameOf(output)}: ${evaluation.message}` };
  const before = x.set.variable(scope.id, output.collection)?.data;
  const list = before?.encoding === 'json' ? parseJson(before.value) : { value: undefined };
  if (!('value' in list) || !Array.isArray(list.value)) {
    return { reason: 'EXPRESSION_FAILED', message: `the output collection "${output.collection}" is no list any more` };
  }
  const json = toJson([...list.value, evaluation.value]);
  if ('problem' in json) return { reason: 'EXPRESSION_FAILED', message: `${nameOf(output)}: ${json.problem}` };
  setLocal(x, scope, output.collection, jsonData(json.json));
  if (output.variable !== undefined) setLocal(x, scope, output.variable, jsonData('null'));
  return undefined;
}

function nameOf({ element }: LoopOutput): string {
  return `output element "${element.text}"`;
}

/** It leaves: what it has collected is there for what follows. */
export function handOutput(x: Execution, { output }: AdHocSubProcess, ei: ElementInstance): void {
  const data = output && x.set.variable(ei.id, output.collection)?.data;
  if (output !== undefined && data) setOutwards(x, x.elementInstance(scopeOf(ei)), output.collection, data);
}
