/**
 * Timer start events of processes. Each has one task, which belongs to no tree; a cycle moves it on in place, so that a
 * new version of the process, which takes it over, can not pass it by. While the process is disabled its times are missed,
 * as they are while no server runs.
 */
import { advance } from '../advance.js';
import type { StartByTimer } from '../command.js';
import { Execution } from '../execution.js';
import { type DeployedProcess, elementOf } from '../facts.js';
import { DISABLED_TIMER_MS } from '../limits.js';
import { startAt } from '../starts.js';
import type { Ref, Task } from '../state.js';
import { takenTime } from '../timers.js';
import type { Context, Handler } from './handler.js';

const NOTHING_GIVEN = { correlationKey: null, tags: {}, contextType: null, contextId: null, traceParent: null };

export const startByTimer: Handler<StartByTimer> = (context, { task: { id }, by }) => {
  const { set, facts } = context;
  const process = facts.selected;
  const task = set.get('task', id);
  // Gone, done for this time, or taken over by another version, which will ask for itself.
  const isDue = task !== undefined && task.dueAt <= facts.now && task.processId === process?.id;
  if (!isDue || process === null || task.payload.type !== 'START_PROCESS_INSTANCE') return { instance: null };
  const start = elementOf(process, task.elementId ?? 0);
  if (start.type !== 'TIMER_START_EVENT')
    throw new Error(`${start.id} of process ${process.id} is no timer start event`);
  const { type, cycle, wasDueAt: dueAt = task.dueAt } = task.payload;
  if (facts.isDisabled(process)) {
    // Enabling makes it due.
    set.put('task', { ...task, dueAt: facts.now + DISABLED_TIMER_MS, payload: { type, cycle, wasDueAt: dueAt } });
    return { instance: null };
  }
  const { next, happens } = takenTime({ dueAt, cycle }, start.event, facts.now);
  if (next === undefined) set.remove('task', task);
  else set.put('task', { ...task, dueAt: next.dueAt, payload: { type, cycle: next.cycle } });
  return { instance: happens ? startNow(context, process, task, by) : null };
};

function startNow({ set, facts }: Context, process: DeployedProcess, task: Task, by: string): Ref {
  const { partition } = facts;
  const id = facts.newId(task.id);
  const x = new Execution(set, facts, by, id);
  startAt(x, process, task.elementId ?? 0, NOTHING_GIVEN, []);
  advance(x);
  return { partition, id };
}
