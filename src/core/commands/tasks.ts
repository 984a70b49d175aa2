/** Executing the engine's own tasks: exactly once, because the row goes in the transaction that executes it. */
import { advance } from '../advance.js';
import type { ExecuteTask } from '../command.js';
import { watch } from '../conditions.js';
import { type CatchingElement, trigger } from '../events.js';
import { Execution, found } from '../execution.js';
import { elementOf } from '../facts.js';
import { mustWait, putAside } from '../halted-tasks.js';
import { open } from '../jobs.js';
import { progressOf } from '../loops.js';
import type { Task, TaskPayload, TaskType } from '../state.js';
import { takeTime } from '../timers.js';
import { variablesOfText } from '../variables-text.js';
import type { Handler } from './handler.js';

/** Tasks of a tree; what belongs to none has a command of its own. */
type TreeTask = Exclude<
  TaskType,
  'MATCH_MESSAGE' | 'FIND_MESSAGES' | 'START_PROCESS_INSTANCE' | 'SEND_SIGNAL' | 'DELIVER_SIGNAL'
>;

export const executeTask: Handler<ExecuteTask> = ({ set, facts }, command) => {
  const task = set.get('task', command.task.id);
  if (task === undefined || task.dueAt > facts.now) return { executed: false };
  const run: ((x: Execution, payload: never, task: Task) => void) | undefined = execute[task.payload.type as TreeTask];
  if (run === undefined || task.rootId === null) {
    throw new Error(`nobody knows how to execute a task of type ${task.payload.type}`);
  }
  const x = new Execution(set, facts, command.by, task.rootId);
  if (mustWait(x, task)) {
    putAside(x, task);
    return { executed: false };
  }
  set.remove('task', task);
  run(x, task.payload as never, task);
  advance(x);
  return { executed: true };
};

type Execute<T extends TaskType> = (x: Execution, payload: Extract<TaskPayload, { type: T }>, task: Task) => void;

const execute: { readonly [T in TreeTask]: Execute<T> } = {
  ACTIVATE_JOB(x, { jobId }) {
    open(x, found(x.set.get('job', jobId), 'job', jobId));
  },
  CODE() {
    throw new Error('a code is looked for when something is thrown, and never due');
  },
  COMPENSATION() {
    throw new Error('what has completed waits to be compensated, and is never due');
  },
  CONDITION() {
    throw new Error('a condition is asked when a variable changes, and never due');
  },
  /** A token that a join has taken since then no longer waits, so it was not loaded; its scope may have ended. */
  CONTINUE(x, { arrivals, steps, items }, { elementInstanceId }) {
    x.steps = steps;
    if (elementInstanceId !== null) {
      x.moved.add(elementInstanceId);
      watch(x, x.elementInstance(elementInstanceId));
      if (items !== undefined) openInstances(x, elementInstanceId, items);
    }
    for (const arrivalId of arrivals) {
      if (x.set.get('arrival', arrivalId) !== undefined) x.agenda.push({ type: 'arrive', arrivalId });
    }
  },
  ACTIVATED() {
    throw new Error('what a complex gateway has taken is kept for its reset, and never due');
  },
  HAPPENED() {
    throw new Error('what has happened is kept for the other events, and never due');
  },
  TRIGGER_EVENT(x, { variables }, task) {
    const owner = x.elementInstance(task.elementInstanceId ?? 0);
    const catching = elementOf(x.processOf(owner), task.elementId ?? 0) as CatchingElement;
    trigger(x, owner, catching, variablesOfText(variables));
  },
  TRIGGER_TIMER(x, _payload, task) {
    const owner = x.elementInstance(task.elementInstanceId ?? 0);
    const catching = elementOf(x.processOf(owner), task.elementId ?? 0) as CatchingElement;
    if (takeTime(x, owner, catching, task)) trigger(x, owner, catching, []);
  },
};

function openInstances(x: Execution, bodyId: number, items: readonly (string | null)[]): void {
  const first = progressOf(x.elementInstance(bodyId)).opened + 1;
  x.agenda.push({ type: 'openInstance', bodyId, items, first });
}
