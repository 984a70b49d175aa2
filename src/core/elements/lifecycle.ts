/** The steps that most elements share: entering on one token, mapping inputs and outputs, choosing outgoing flows. */
import type { Activity, Element, SequenceFlow } from '../../model/process.js';
import { withinAdHoc } from '../ad-hoc.js';
import { ownOutput } from '../ad-hoc-output.js';
import { remember } from '../compensation.js';
import { closeWaits, hasAsked, isAsking, openWaits } from '../events.js';
import { type Execution, found } from '../execution.js';
import { closeInstance } from '../loops.js';
import type { Arrival, ElementInstance } from '../state.js';
import { evaluateCondition, type MappingFailure, mapInputs, mapOutputs, variablesOf } from '../variables.js';

type Forking = Extract<Element, { readonly defaultFlow: unknown }>;

/** Every token that arrives makes a visit. */
export function openOne(x: Execution, element: Element, scope: ElementInstance, arrival: Arrival): ElementInstance {
  const ei = x.open(element, scope, [arrival]);
  ownOutput(x, element, scope, ei);
  return ei;
}

/**
 * Maps the inputs, and waits for what is attached. False when the activity is not to begin: that raised an incident, or a
 * worker is to say first what is attached.
 */
export function begin(x: Execution, activity: Activity, ei: ElementInstance): boolean {
  if (!hasAsked(x, ei, activity)) {
    const failure = mapInputs(x, ei, activity.inputs) ?? openWaits(x, ei, activity);
    if (failure !== undefined || isAsking(x, ei, activity)) {
      x.change(ei, { state: 'CREATED', startedAt: null });
      if (failure !== undefined) raise(x, ei, 'ENTER', failure);
      return false;
    }
  }
  if (activity.inputs.length > 0 || ei.startedAt === null) beginWork(x, ei);
  return true;
}

/** It begins, with what its inputs made of its variables (I11). */
export function beginWork(x: Execution, ei: ElementInstance): ElementInstance {
  const inputs = variablesOf(x, ei).map(({ name, data }) => ({ name, ...data }));
  const text = inputs.length === 0 ? null : JSON.stringify(inputs);
  return x.change(ei, { state: 'STARTED', startedAt: x.now, inputs: text });
}

/** Maps the outputs and takes the outgoing flows; an incident leaves the activity where it is. */
export function finish(x: Execution, activity: Activity, ei: ElementInstance): void {
  const flows = chooseFlows(x, activity, ei);
  if ('reason' in flows) {
    raise(x, ei, 'LEAVE', flows);
    return;
  }
  remember(x, activity, ei);
  closeWaits(x, ei, activity);
  x.leave(ei, flows);
}

/** Outputs come first: conditions on the flows see them. */
function chooseFlows(x: Execution, activity: Activity, ei: ElementInstance): readonly number[] | MappingFailure {
  const undo = x.savepoint();
  const failure = mapOutputs(x, ei, activity.outputs) ?? closeInstance(x, ei);
  const flows = failure ?? withinAdHoc(x, ei, () => conditionalFlows(x, activity, ei));
  if ('reason' in flows) undo();
  return flows;
}

/** BPMN 2.0.2, 8.4.13 and 13.3.1: flows without conditions are all taken; of conditional ones each true one, else the default. */
export function conditionalFlows(
  x: Execution,
  element: Forking,
  ei: ElementInstance,
  extra?: Readonly<Record<string, unknown>>,
): readonly number[] | MappingFailure {
  const { defaultFlow, outgoing } = element;
  const taken: number[] = [];
  for (const index of outgoing) {
    if (index === defaultFlow) continue;
    const holds = isTaken(x, ei, flowOf(x, ei, index), extra);
    if (typeof holds === 'object') return holds;
    if (holds) taken.push(index);
  }
  if (taken.length > 0 || outgoing.length === 0) return taken;
  return defaultFlow === undefined ? noFlow(x, element) : [defaultFlow];
}

/** True for a flow without a condition. `extra`: values that only the condition sees. */
export function isTaken(
  x: Execution,
  ei: ElementInstance,
  flow: SequenceFlow,
  extra?: Readonly<Record<string, unknown>>,
): boolean | MappingFailure {
  if (flow.condition === undefined) return true;
  return evaluateCondition(x, ei, flow.condition, (text) => `condition "${text}" of flow ${flow.id}`, extra);
}

export function flowOf(x: Execution, ei: ElementInstance, index: number): SequenceFlow {
  return found(x.processOf(ei).graph.flows[index], 'flow', index);
}

export function noFlow(_x: Execution, element: Element): MappingFailure {
  return {
    reason: 'NO_FLOW_TAKEN',
    message: `no condition on the flows of ${element.id} is true and there is no default flow`,
  };
}

/** What has not begun waits for nothing: when the incident is resolved, it begins afresh. */
export function raise(x: Execution, ei: ElementInstance, phase: 'ENTER' | 'LEAVE', failure: MappingFailure): void {
  if (phase === 'ENTER') x.release(ei);
  x.raise(ei, phase, failure.reason, failure.message);
}
