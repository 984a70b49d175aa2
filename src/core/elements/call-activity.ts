/**
 * The call activity (BPMN 2.0.2, 10.3.6): runs another process as an instance of its own in the same tree, and goes on
 * when that has completed. Where the model names no process, a worker does, and a worker takes over the variables.
 */
import type { CallActivity } from '../../model/process.js';
import { callAsModelled } from '../calls.js';
import { type Execution, found } from '../execution.js';
import type { DeployedProcess } from '../facts.js';
import { createJob } from '../jobs.js';
import type { ElementInstance } from '../state.js';
import { setAllLocal, setAllOutwards, surrounding, variablesOf } from '../variables.js';
import type { Behavior } from './behavior.js';
import { begin, finish, openOne, raise } from './lifecycle.js';
import { process } from './scopes.js';

export const callActivity: Behavior<CallActivity> = {
  arrive(x, element, scope, arrival) {
    this.enter(x, element, openOne(x, element, scope, arrival));
  },
  enter(x, element, ei) {
    if (!begin(x, element, ei)) return;
    if (element.called === undefined) return askWorker(x, element, ei, 'CALL_PROCESS');
    const called = callAsModelled(x, ei, element.called);
    if (called === undefined) return;
    if ('reason' in called) raise(x, ei, 'ENTER', called);
    else enterCalled(x, called);
  },
  leave: finish,
  /** `called` is the process scope of what was called, and has completed. */
  emptied(x, element, ei, called) {
    x.change(ei, { endedByElement: called.id });
    if (element.called === undefined) return askWorker(x, element, ei, 'PASS_VARIABLES');
    takeOver(x, element, ei, called);
    this.leave(x, element, ei);
  },
};

export function enterCalled(
  x: Execution,
  called: { readonly scope: ElementInstance; readonly process: DeployedProcess },
): void {
  const element = found(called.process.graph.elements[0], 'element', 0);
  if (element.type !== 'PROCESS') throw new Error(`the first element of process ${called.process.id} is no process`);
  if (element.listeners === undefined) process.enter(x, element, called.scope);
  else x.agenda.push({ type: 'enter', elementInstanceId: called.scope.id });
}

/** Jobs of call activities have no settings of their own, so that there is nothing about them that can fail. */
function askWorker(
  x: Execution,
  element: CallActivity,
  ei: ElementInstance,
  type: 'CALL_PROCESS' | 'PASS_VARIABLES',
): void {
  if (element.job === undefined) throw new Error(`call activity ${element.id} has neither a process nor a job`);
  const failure = createJob(x, ei, type, element.job);
  if (failure !== undefined) throw new Error(failure.message);
}

/** Output mappings see what the called process has left, and are mapped when the call activity is left. */
function takeOver(x: Execution, element: CallActivity, ei: ElementInstance, called: ElementInstance): void {
  const variables = variablesOf(x, called);
  const outer = surrounding(x, ei);
  if (element.called?.allVariablesOut && outer !== undefined) setAllOutwards(x, outer, variables);
  if (element.outputs.length > 0) setAllLocal(x, ei, variables);
}
