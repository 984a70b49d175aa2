/**
 * Halting instances and letting them go on. What is suspended hands out no job, and its tokens stop on the flows where
 * they are; jobs that are held may finish, and what comes of them waits in the same way. Triggers wait too; messages pass it by.
 */
import { advance } from '../advance.js';
import type { ResumeProcessInstance, SuspendProcessInstance } from '../command.js';
import { watch } from '../conditions.js';
import { Execution } from '../execution.js';
import { resumeTasks } from '../halted-tasks.js';
import { suspendSubscriptions } from '../messages.js';
import { NeedsTree } from '../needs.js';
import type { Refusal } from '../refusal.js';
import { type ElementInstance, hasEnded, type ProcessInstance } from '../state.js';
import { type Context, type Handler, visibleInstance } from './handler.js';
import { instanceEnded, instanceNotFound } from './process-instances.js';

export const suspendProcessInstance: Handler<SuspendProcessInstance> = (context, command) => {
  const found = find(context, command);
  if ('refused' in found) return found;
  const { x, instances } = found;
  for (const instance of instances) {
    if (instance.state !== 'STARTED') continue;
    x.changeInstance(instance, { state: 'SUSPENDED' });
    for (const ei of livingIn(x, instance)) {
      suspendJobs(x, ei, true);
      suspendSubscriptions(x, ei, true);
    }
  }
  return { instance: command.instance };
};

export const resumeProcessInstance: Handler<ResumeProcessInstance> = (context, command) => {
  const found = find(context, command);
  if ('refused' in found) return found;
  const { x, instances } = found;
  for (const instance of instances) {
    if (instance.state !== 'SUSPENDED') continue;
    x.changeInstance(instance, { state: 'STARTED' });
    watch(x, x.elementInstance(instance.id));
    for (const ei of livingIn(x, instance)) {
      suspendJobs(x, ei, false);
      suspendSubscriptions(x, ei, false);
      resumeTasks(x, ei);
      x.offerTokens(ei);
      // A join may have become ready meanwhile by what ended elsewhere.
      x.moved.add(ei.id);
    }
  }
  advance(x);
  return { instance: command.instance };
};

interface Found {
  readonly x: Execution;
  /** The instance, and with `includeCalled` all that it called and that lives: callers come first. */
  readonly instances: readonly ProcessInstance[];
}

function find(context: Context, command: SuspendProcessInstance | ResumeProcessInstance): Found | Refusal {
  const instance = visibleInstance(context, command.instance.id);
  if (instance === undefined) return instanceNotFound(command.instance);
  if (hasEnded(instance.state)) return instanceEnded(instance);
  if (!context.set.isWhole(instance.rootId)) throw new NeedsTree();
  const x = new Execution(context.set, context.facts, command.by, instance.rootId);
  return { x, instances: command.includeCalled ? [...withCalled(x, instance)] : [instance] };
}

function* withCalled(x: Execution, instance: ProcessInstance): Generator<ProcessInstance> {
  yield instance;
  for (const ei of [...livingIn(x, instance)]) {
    for (const called of x.set.calledBy(ei.id)) if (!hasEnded(called.state)) yield* withCalled(x, called);
  }
}

/** The element instances that live in an instance, the oldest first, however they were loaded (I2). */
function livingIn(x: Execution, { id }: ProcessInstance): readonly ElementInstance[] {
  const living = [x.elementInstance(id)];
  for (const ei of living) for (const child of x.set.childrenOf(ei.id)) if (child.endedAt === null) living.push(child);
  return living.sort((one, other) => one.id - other.id);
}

/** A held job stays held; nobody is handed it when it is given back. */
function suspendJobs(x: Execution, ei: ElementInstance, suspended: boolean): void {
  for (const open of [...x.set.openJobsOf(ei.id)]) x.set.put('openJob', { ...open, suspended });
}
