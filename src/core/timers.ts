/**
 * Timers. One that waits is a task that hangs on its owner and names the event that it triggers; a cycle writes its next
 * time in the transaction that takes the last one, so it is never without one and never has two.
 */

import { definitionAt, type EventDefinition, happensAgain, type TimerText } from '../model/events.js';
import { type DueTime, dueTime, nextTime, nextTimeAfter } from '../model/timers.js';
import type { Execution } from './execution.js';
import { elementIdOf } from './facts.js';
import type { ElementInstance, Task } from './state.js';
import { placed, putTask } from './tasks.js';
import { evaluate, type MappingFailure } from './variables.js';

/** What a timer needs to know of the event that it triggers. */
interface Catching {
  readonly index: number;
  readonly event: EventDefinition;
  readonly interrupting?: boolean;
}

/** A text that can not be used is an incident of the owner. */
export function openTimer(
  x: Execution,
  owner: ElementInstance,
  catching: Catching,
  { timer }: { readonly timer: TimerText },
  definition?: number,
): MappingFailure | undefined {
  const due = firstTime(x, owner, timer);
  if ('reason' in due) return due;
  const elementId = elementIdOf(x.processOf(owner), catching);
  // What interrupts, or goes on, does so once.
  waitUntil(x, owner, elementId, happensAgain(catching) ? due : { ...due, cycle: null }, definition);
  return undefined;
}

/** The time that a text says, from now on. */
export function firstTime(
  x: Execution,
  owner: ElementInstance,
  { type, text }: Pick<TimerText, 'type' | 'text'>,
): DueTime | MappingFailure {
  const evaluation = typeof text === 'string' ? ({ ok: true, value: text } as const) : evaluate(x, owner, text);
  const written = typeof text === 'string' ? text : text.text;
  if (!evaluation.ok) return { reason: evaluation.reason, message: `timer "${written}": ${evaluation.message}` };
  const due = dueTime(type, evaluation.value, x.now);
  return 'problem' in due ? { reason: 'TIMER_FAILED', message: `timer "${written}": ${due.problem}` } : due;
}

function waitUntil(
  x: Execution,
  owner: ElementInstance,
  elementId: number,
  { dueAt, cycle }: DueTime,
  definition: number | undefined,
): void {
  const payload = { type: 'TRIGGER_TIMER', cycle, ...placed(definition) } as const;
  putTask(x, { ...owner, elementInstanceId: owner.id, elementId }, dueAt, payload);
}

/** A timer's time has come: sets the next time of a cycle, and says whether this one happens. */
export function takeTime(x: Execution, owner: ElementInstance, { event }: Catching, task: Task): boolean {
  if (task.payload.type !== 'TRIGGER_TIMER') return true;
  const { cycle, definition } = task.payload;
  const { next, happens } = takenTime({ dueAt: task.dueAt, cycle }, definitionAt(event, definition), x.now);
  if (next !== undefined) waitUntil(x, owner, task.elementId ?? owner.elementId, next, definition);
  return happens;
}

export interface TakenTime {
  /** Undefined: that was the last one. */
  readonly next: DueTime | undefined;
  readonly happens: boolean;
}

/** A time is missed when the one after it has come as well. */
export function takenTime(taken: DueTime, event: EventDefinition, now: number): TakenTime {
  if (taken.cycle === null) return { next: undefined, happens: true };
  const catchUp = event.kind === 'TIMER' ? event.timer.catchUp : 'LAST';
  const following = nextTime(taken);
  const isMissed = following !== undefined && following.dueAt <= now;
  const next = isMissed && catchUp !== 'ALL' ? nextTimeAfter(taken, now) : following;
  return { next, happens: !isMissed || catchUp !== 'NONE' };
}
