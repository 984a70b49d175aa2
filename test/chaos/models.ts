/** What the load runs: plain tasks, and instances that wait for all that comes from outside and from the clock. */
import { tasks } from '../support/models.js';
import { callOf, catching, file, message, service, signal, timer } from '../support/scenario-model.js';

/** Also the topic of all tasks. */
export const TASKS = 'chaos';

/** Waits for a timer, a message, what it calls and a signal, before its last task. */
export const EVENTS = 'chaos-events';

/** The job that ends an instance, whatever its process. */
export const LAST_ELEMENT = 'task-1';

export const MESSAGE = 'paid';
export const SIGNAL = 'horn';

export const TIMER_MS = 300;

export function models(): readonly string[] {
  const soon = catching(timer('Duration', `PT${TIMER_MS / 1000}S`));
  const work = service({ topic: TASKS });
  const elements = {
    tick: soon,
    paid: catching(message(MESSAGE, 'order')),
    call: callOf('chaos-called'),
    horn: catching(signal(SIGNAL)),
    [LAST_ELEMENT]: work,
  };
  const events = file(
    { id: EVENTS, arrows: `start -> tick -> paid -> call -> horn -> ${LAST_ELEMENT} -> end`, elements },
    {
      id: 'chaos-called',
      arrows: 'start-called -> tack -> task-called -> end-called',
      elements: { tack: soon, 'task-called': work },
    },
  );
  return [tasks(TASKS, TASKS, TASKS), events];
}
