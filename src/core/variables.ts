/** Variables and their scopes: look-up outwards, writing outwards, input and output mappings (design section 8). */
import { isCompensationSubProcess } from '../model/build-compensation.js';
import { asBoolean } from '../model/conditions.js';
import type { Evaluation, EvaluationContext, Expression, VariableValue } from '../model/expression.js';
import type { Element, Mapping } from '../model/process.js';
import { parseJson, setPath, toJson } from '../model/values.js';
import type { VariableChange } from './command.js';
import type { Execution } from './execution.js';
import type { ElementInstance, IncidentReason, Variable, VariableData } from './state.js';

/** Data is immutable, so what it parses to is kept with it: ten conditions on one order parse it once. */
const parsed = new WeakMap<VariableData, VariableValue>();

function readAsFeel(name: string, data: VariableData): VariableValue {
  const known = parsed.get(data);
  if (known !== undefined) return known;
  const value = readers[data.encoding]?.(data.value) ?? {
    problem: `variable ${name} has the encoding "${data.encoding}"; expressions read only "json" and "text"`,
  };
  parsed.set(data, value);
  return value;
}

const readers: Readonly<Record<string, (text: string) => VariableValue>> = {
  json: parseJson,
  text: (value) => ({ value }),
};

/** The variable that an element instance sees: of equal names the innermost. */
export function lookUp(x: Execution, from: ElementInstance, name: string): Variable | undefined {
  for (let scope: ElementInstance | undefined = from; scope !== undefined; scope = surrounding(x, scope)) {
    const variable = x.set.variable(scope.id, name);
    if (variable !== undefined && variable.data !== null) return variable;
  }
  return undefined;
}

/** All that an element instance sees: of equal names the innermost. */
export function visibleVariables(x: Execution, from: ElementInstance): readonly VariableChange[] {
  const seen = new Map<string, VariableChange>();
  for (let scope: ElementInstance | undefined = from; scope !== undefined; scope = surrounding(x, scope)) {
    for (const change of variablesOf(x, scope)) if (!seen.has(change.name)) seen.set(change.name, change);
  }
  return [...seen.values()];
}

/** A scope's own, by name, in whatever order they were loaded (I2). */
export function variablesOf(x: Execution, scope: ElementInstance): readonly VariableChange[] {
  const own: VariableChange[] = [];
  for (const { name, data } of x.set.variablesOf(scope.id)) if (data !== null) own.push({ name, data });
  return own.length < 2 ? own : own.sort((one, other) => (one.name < other.name ? -1 : 1));
}

export function surrounding(x: Execution, ei: ElementInstance): ElementInstance | undefined {
  return ei.parentId === null ? undefined : x.elementInstance(ei.parentId);
}

/** `extra`: values that only this expression sees, before any variable. */
export function evaluate(
  x: Execution,
  ei: ElementInstance,
  expression: Expression,
  extra: Readonly<Record<string, unknown>> = NOTHING,
): Evaluation {
  if (x.facts.exceeding.has(expression)) {
    const message = `the expression "${expression.text}" was stopped: it exceeds the time limit`;
    return { ok: false, reason: 'EXPRESSION_LIMIT', message };
  }
  x.facts.evaluating(expression);
  const context: EvaluationContext = {
    now: x.now,
    variable(name) {
      if (extra !== NOTHING && Object.hasOwn(extra, name)) return { value: extra[name] };
      const data = lookUp(x, ei, name)?.data;
      return data ? readAsFeel(name, data) : undefined;
    },
  };
  return expression.evaluate(context);
}

const NOTHING: Readonly<Record<string, unknown>> = {};

/** True or false, or why neither. `named`: how the message of that begins, given the text of the condition. */
export function evaluateCondition(
  x: Execution,
  ei: ElementInstance,
  condition: Expression,
  named: (text: string) => string,
  extra?: Readonly<Record<string, unknown>>,
): boolean | MappingFailure {
  const holds = asBoolean(evaluate(x, ei, condition, extra));
  if (typeof holds === 'boolean') return holds;
  return { reason: holds.reason, message: `${named(condition.text)}: ${holds.message}` };
}

// --- Writing ---------------------------------------------------------------------------------------------------------

/** Sets or deletes a variable of one scope. */
export function setLocal(x: Execution, scope: ElementInstance, name: string, data: VariableData | null): void {
  const was = x.set.variable(scope.id, name);
  if (was === undefined && data === null) return;
  if (x.processOf(scope).graph.conditionReads.has(name)) x.watched.add(scope.processInstanceId);
  x.set.put('variable', {
    partition: scope.partition,
    scopeId: scope.id,
    name,
    rootId: x.rootId,
    processInstanceId: scope.processInstanceId,
    data,
    createdAt: was?.data ? was.createdAt : x.now,
    createdBy: was?.data ? was.createdBy : x.by,
    updatedAt: x.now,
    updatedBy: x.by,
    changeNumber: x.changeNumber,
  });
}

/** Sets a variable where it already exists, searching outwards; a new one goes to the process scope (Zeebe's rule). */
export function setOutwards(x: Execution, from: ElementInstance, name: string, data: VariableData | null): void {
  let scope = from;
  for (;;) {
    if (x.set.variable(scope.id, name)?.data) {
      if (!isMemory(x, scope)) break;
      setLocal(x, scope, name, data);
    }
    const outer = surrounding(x, scope);
    if (outer === undefined) break;
    scope = outer;
  }
  setLocal(x, scope, name, data);
}

/** It holds what was seen when an activity completed: what is written there is written outwards as well. */
function isMemory(x: Execution, scope: ElementInstance): boolean {
  const { elements, compensation } = x.processOf(scope).graph;
  if (compensation === undefined) return false;
  const element = x.elementOf(scope);
  return element.type === 'COMPENSATION_BOUNDARY_EVENT' || isCompensationSubProcess(elements, element);
}

export function setAllLocal(x: Execution, scope: ElementInstance, changes: readonly VariableChange[]): void {
  for (const { name, data } of changes) setLocal(x, scope, name, data);
}

export function setAllOutwards(x: Execution, from: ElementInstance, changes: readonly VariableChange[]): void {
  for (const { name, data } of changes) setOutwards(x, from, name, data);
}

/** What an element brings: outwards, or local where it has output mappings (Zeebe's rule). */
export function setResults(
  x: Execution,
  ei: ElementInstance,
  element: Element,
  changes: readonly VariableChange[],
): void {
  const staysLocal = 'outputs' in element && element.outputs.length > 0;
  (staysLocal ? setAllLocal : setAllOutwards)(x, ei, changes);
}

export function jsonData(value: string): VariableData {
  return { encoding: 'json', value, encrypted: false };
}

// --- Mappings --------------------------------------------------------------------------------------------------------

export interface MappingFailure {
  readonly reason: IncidentReason;
  readonly message: string;
}

/** Input mappings, in order, into the element's own scope; each sees what those before it made. */
export function mapInputs(x: Execution, ei: ElementInstance, mappings: readonly Mapping[]): MappingFailure | undefined {
  return mapAll(
    x,
    ei,
    mappings,
    (name) => x.set.variable(ei.id, name),
    (name, data) => setLocal(x, ei, name, data),
  );
}

/**
 * Output mappings, in order: evaluated inside the element, written outwards from the surrounding scope. What each instance of
 * a multi-instance activity adds to the output is its own, so it is written there.
 */
export function mapOutputs(
  x: Execution,
  ei: ElementInstance,
  mappings: readonly Mapping[],
): MappingFailure | undefined {
  const outer = surrounding(x, ei);
  if (outer === undefined || mappings.length === 0) return undefined;
  const own = outputVariableOf(x, outer);
  return mapAll(
    x,
    ei,
    mappings,
    (name) => (name === own ? x.set.variable(ei.id, name) : lookUp(x, outer, name)),
    (name, data) => (name === own ? setLocal(x, ei, name, data) : setOutwards(x, outer, name, data)),
  );
}

function outputVariableOf(x: Execution, body: ElementInstance): string | undefined {
  const element = x.elementOf(body);
  if (element.type !== 'MULTI_INSTANCE_BODY' || element.loop.type === 'LOOP') return undefined;
  return element.loop.output?.variable;
}

/** All or nothing: what a failing mapping leaves unfinished is not written, so that resolving starts afresh. */
function mapAll(
  x: Execution,
  ei: ElementInstance,
  mappings: readonly Mapping[],
  present: (name: string) => Variable | undefined,
  write: (name: string, data: VariableData) => void,
): MappingFailure | undefined {
  const undo = x.savepoint();
  for (const mapping of mappings) {
    const failure = mapOne(x, ei, mapping, present, write);
    if (failure === undefined) continue;
    undo();
    return { ...failure, message: `${describe(mapping)}: ${failure.message}` };
  }
  return undefined;
}

function mapOne(
  x: Execution,
  ei: ElementInstance,
  mapping: Mapping,
  present: (name: string) => Variable | undefined,
  write: (name: string, data: VariableData) => void,
): MappingFailure | undefined {
  const [name, ...path] = mapping.target as [string, ...string[]];
  const evaluation = evaluate(x, ei, mapping.source);
  if (!evaluation.ok) return evaluation;
  const whole = path.length === 0 ? evaluation : pathSet(name, present(name), path, evaluation.value);
  if ('problem' in whole) return { reason: 'EXPRESSION_FAILED', message: whole.problem };
  const json = toJson(whole.value);
  if ('problem' in json) return { reason: 'EXPRESSION_FAILED', message: json.problem };
  write(name, jsonData(json.json));
  return undefined;
}

function describe(mapping: Mapping): string {
  return `mapping "${mapping.source.text}" to ${mapping.target.join('.')}`;
}

/** A path is set inside the context that is there, or makes one; what is no context is never replaced. */
function pathSet(name: string, variable: Variable | undefined, path: readonly string[], value: unknown): VariableValue {
  const present = variable?.data ? readAsFeel(name, variable.data) : undefined;
  if (present !== undefined && 'problem' in present) return present;
  return setPath(present?.value, path, value);
}
