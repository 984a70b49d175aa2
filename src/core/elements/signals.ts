/** Events that throw a signal; where the model leaves its name open, a worker is asked first. What waits for one is as other events that wait. */
import type { EndEvent, ThrowEvent } from '../../model/process.js';
import type { Execution } from '../execution.js';
import { createJob } from '../jobs.js';
import { throwSignal } from '../signals.js';
import type { ElementInstance } from '../state.js';
import { type MappingFailure, mapInputs } from '../variables.js';
import type { Behavior } from './behavior.js';
import { openOne, raise } from './lifecycle.js';

export const signalThrowEvent: Behavior<ThrowEvent | EndEvent> = {
  arrive(x, element, scope, arrival) {
    this.enter(x, element, openOne(x, element, scope, arrival));
  },
  enter(x, element, ei) {
    const { inputs, job } = element;
    const failure =
      mapInputs(x, ei, inputs) ??
      (job === undefined ? broadcast(x, element, ei) : createJob(x, ei, 'SET_SIGNAL_NAME', job));
    if (failure !== undefined) raise(x, ei, 'ENTER', failure);
    else if (job === undefined) this.leave(x, element, ei);
  },
  leave(x, element, ei) {
    x.leave(ei, element.outgoing);
  },
};

function broadcast(x: Execution, { event }: ThrowEvent | EndEvent, ei: ElementInstance): MappingFailure | undefined {
  if (event.kind !== 'SIGNAL') throw new Error('only a signal is broadcast');
  return throwSignal(x, ei, event);
}
