/**
 * The instances of a loop or multi-instance activity: what there is one for, opening them, and what each leaves behind.
 * What an instance adds to the output stays with it until its body ends, so that nothing is rewritten for each of ten
 * thousand.
 */
import type { Expression } from '../model/expression.js';
import type { MultiInstance } from '../model/process.js';
import { toJson } from '../model/values.js';
import { type Execution, found, scopeOf } from './execution.js';
import { NeedsTree } from './needs.js';
import type { ElementInstance, LoopPlace, LoopProgress } from './state.js';
import { evaluate, evaluateCondition, jsonData, type MappingFailure, setLocal } from './variables.js';

/** What there is an instance for: the items of the list, or as many nulls as the number says. */
export function itemsOf(x: Execution, body: ElementInstance, loop: MultiInstance): readonly unknown[] | MappingFailure {
  const { collection, cardinality } = loop;
  const expression = collection ?? cardinality;
  if (expression === undefined) throw new Error('a multi-instance without collection and cardinality');
  const evaluation = evaluate(x, body, expression);
  if (!evaluation.ok) return { reason: evaluation.reason, message: `${nameOf(expression)}: ${evaluation.message}` };
  if (collection === undefined) return itemsOfCount(evaluation.value, expression);
  return Array.isArray(evaluation.value) ? evaluation.value : notA('list', expression, evaluation.value);
}

function itemsOfCount(value: unknown, expression: Expression): readonly null[] | MappingFailure {
  const isCount = typeof value === 'number' && Number.isInteger(value) && value >= 0;
  if (!isCount) return notA('whole number of 0 or more', expression, value);
  if (value > MOST_INSTANCES)
    return failed(expression, `${value} instances are more than the ${MOST_INSTANCES} allowed`);
  return Array.from({ length: value }, () => null);
}

/** Instances of one body: bounds the memory that a number in a model can ask for. */
const MOST_INSTANCES = 1_000_000;

function notA(what: string, expression: Expression, value: unknown): MappingFailure {
  const json = toJson(value);
  const given = 'json' in json ? json.json.slice(0, 100) : typeof value;
  return failed(expression, `it must be a ${what}, but is ${given}`);
}

function failed(expression: Expression, message: string): MappingFailure {
  return { reason: 'EXPRESSION_FAILED', message: `${nameOf(expression)}: ${message}` };
}

function nameOf(expression: Expression): string {
  return `multi-instance over "${expression.text}"`;
}

/** An item as an instance gets it. */
export function jsonOf(item: unknown): string | MappingFailure {
  const json = toJson(item);
  return 'json' in json ? json.json : { reason: 'EXPRESSION_FAILED', message: `an item of the list: ${json.problem}` };
}

// --- Instances -------------------------------------------------------------------------------------------------------

/** Opens the next instance, with its number and its item; false when the body has ended or needs no more. */
export function openInstance(x: Execution, body: ElementInstance, item: string | null): ElementInstance | undefined {
  const element = x.elementOf(body);
  if (body.endedAt !== null || body.endedByElement !== null || element.type !== 'MULTI_INSTANCE_BODY') return undefined;
  const { opened, size } = progressOf(body);
  const number = opened + 1;
  const inner = found(x.processOf(body).graph.elements[element.inner], 'element', element.inner);
  const ei = x.open(inner, body, []);
  x.change(body, { loop: { opened: number, size } });
  const { loop } = element;
  if (loop.type !== 'LOOP' && loop.output?.variable !== undefined) {
    setLocal(x, ei, loop.output.variable, jsonData('null'));
  }
  if (loop.type !== 'LOOP' && loop.inputElement !== undefined) {
    setLocal(x, ei, loop.inputElement, jsonData(item ?? 'null'));
  }
  setLocal(x, ei, 'loopCounter', jsonData(String(number)));
  return x.change(ei, { loop: { number, output: null } });
}

export function progressOf({ id, loop }: ElementInstance): LoopProgress {
  if (loop === null || 'number' in loop) throw new Error(`element instance ${id} is not the body of a loop`);
  return loop;
}

/** The work of one instance is done: what it adds to the output, and whether the others are still wanted. */
export function closeInstance(x: Execution, ei: ElementInstance): MappingFailure | undefined {
  if (ei.loop === null || !('number' in ei.loop)) return undefined;
  const body = x.elementInstance(scopeOf(ei));
  const element = x.elementOf(body);
  if (element.type !== 'MULTI_INSTANCE_BODY' || element.loop.type === 'LOOP') return undefined;
  return addOutput(x, ei, ei.loop, element.loop) ?? endOthers(x, ei, body, element.loop);
}

function addOutput(
  x: Execution,
  ei: ElementInstance,
  place: LoopPlace,
  { output }: MultiInstance,
): MappingFailure | undefined {
  if (output === undefined) return undefined;
  const evaluation = evaluate(x, ei, output.element);
  const what = `output element "${output.element.text}"`;
  if (!evaluation.ok) return { reason: evaluation.reason, message: `${what}: ${evaluation.message}` };
  const json = toJson(evaluation.value);
  if ('problem' in json) return { reason: 'EXPRESSION_FAILED', message: `${what}: ${json.problem}` };
  x.change(ei, { loop: { ...place, output: json.json } });
  return undefined;
}

/** BPMN 2.0.2, 13.3.7: the completion condition ends the instances that are left. */
function endOthers(
  x: Execution,
  ei: ElementInstance,
  body: ElementInstance,
  { completionCondition }: MultiInstance,
): MappingFailure | undefined {
  if (completionCondition === undefined) return undefined;
  const { opened, size } = progressOf(body);
  const active = body.liveChildren - 1;
  const holds = evaluateCondition(x, ei, completionCondition, (text) => `completion condition "${text}"`, {
    numberOfInstances: size,
    numberOfActiveInstances: active,
    numberOfCompletedInstances: opened - active,
    numberOfTerminatedInstances: 0,
  });
  if (typeof holds === 'object') return holds;
  if (!holds) return undefined;
  if (active > 0 || opened < (size ?? 0)) x.endChildren(body, 'TERMINATED', ei);
  x.change(body, { endedByElement: ei.id });
  return undefined;
}

/** In the order of the items, whenever each was done; null for those that were ended or never begun. */
export function collected(x: Execution, body: ElementInstance): string {
  if (!x.set.isWhole(x.rootId)) throw new NeedsTree();
  const { opened, size } = progressOf(body);
  const results: string[] = Array.from({ length: Math.max(opened, size ?? 0) }, () => 'null');
  for (const { loop } of x.set.childrenOf(body.id)) {
    if (loop !== null && 'number' in loop && loop.output !== null) results[loop.number - 1] = loop.output;
  }
  return `[${results.join(',')}]`;
}
