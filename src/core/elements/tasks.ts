/** Tasks: those that pass through, those whose work is a job, and the script that the engine runs itself. */
import type { JobTask, PassThroughTask, ScriptTask } from '../../model/process.js';
import { toJson } from '../../model/values.js';
import type { Execution } from '../execution.js';
import { createJob } from '../jobs.js';
import type { ElementInstance } from '../state.js';
import { evaluate, jsonData, type MappingFailure, setResults } from '../variables.js';
import type { Behavior } from './behavior.js';
import { begin, finish, openOne, raise } from './lifecycle.js';

export const passThroughTask: Behavior<PassThroughTask> = {
  arrive(x, element, scope, arrival) {
    this.enter(x, element, openOne(x, element, scope, arrival));
  },
  enter(x, element, ei) {
    if (begin(x, element, ei)) this.leave(x, element, ei);
  },
  leave: finish,
};

export const jobTask: Behavior<JobTask> = {
  arrive(x, element, scope, arrival) {
    this.enter(x, element, openOne(x, element, scope, arrival));
  },
  enter: enterAsJob,
  leave: finish,
};

function enterAsJob(x: Execution, element: JobTask | ScriptTask, ei: ElementInstance): void {
  if (!begin(x, element, ei)) return;
  const failure = createJob(x, ei, 'EXECUTE', element.job);
  if (failure !== undefined) raise(x, ei, 'ENTER', failure);
}

export const scriptTask: Behavior<ScriptTask> = {
  arrive(x, element, scope, arrival) {
    this.enter(x, element, openOne(x, element, scope, arrival));
  },
  enter(x, element, ei) {
    if (element.script === undefined) return enterAsJob(x, element, ei);
    if (!begin(x, element, ei)) return;
    const failure = runScript(x, element, ei);
    if (failure === undefined) this.leave(x, element, ei);
    else raise(x, ei, 'ENTER', failure);
  },
  leave: finish,
};

/** The result goes where a worker's result would go: outwards, or local where there are output mappings. */
function runScript(x: Execution, element: ScriptTask, ei: ElementInstance): MappingFailure | undefined {
  if (element.script === undefined) return undefined;
  const { expression, resultVariable } = element.script;
  const evaluation = evaluate(x, ei, expression);
  if (!evaluation.ok)
    return { reason: evaluation.reason, message: `script "${expression.text}": ${evaluation.message}` };
  const json = toJson(evaluation.value);
  if ('problem' in json)
    return { reason: 'EXPRESSION_FAILED', message: `script "${expression.text}": ${json.problem}` };
  setResults(x, ei, element, [{ name: resultVariable, data: jsonData(json.json) }]);
  return undefined;
}
