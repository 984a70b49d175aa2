/** Events and tasks that wait for a message, or send one. */
import type { CatchEvent, EndEvent, ReceiveTask, SendTask, ThrowEvent } from '../../model/process.js';
import { openWait } from '../events.js';
import type { Execution } from '../execution.js';
import { createJob } from '../jobs.js';
import { throwMessage } from '../messages.js';
import type { ElementInstance } from '../state.js';
import { type MappingFailure, mapInputs } from '../variables.js';
import type { Behavior } from './behavior.js';
import { leaveCaught } from './events.js';
import { begin, finish, openOne, raise } from './lifecycle.js';

export const catchEvent: Behavior<CatchEvent> = {
  arrive(x, element, scope, arrival) {
    this.enter(x, element, openOne(x, element, scope, arrival));
  },
  enter(x, element, ei) {
    const failure = openWait(x, ei, element);
    if (failure !== undefined) raise(x, ei, 'ENTER', failure);
  },
  leave: leaveCaught,
};

export const receiveTask: Behavior<ReceiveTask> = {
  arrive(x, element, scope, arrival) {
    this.enter(x, element, openOne(x, element, scope, arrival));
  },
  enter(x, element, ei) {
    if (!begin(x, element, ei)) return;
    const failure = openWait(x, ei, element);
    if (failure !== undefined) raise(x, ei, 'ENTER', failure);
  },
  leave: finish,
};

/** Without a message of its own it is a job. */
export const sendTask: Behavior<SendTask> = {
  arrive(x, element, scope, arrival) {
    this.enter(x, element, openOne(x, element, scope, arrival));
  },
  enter(x, element, ei) {
    if (!begin(x, element, ei)) return;
    const failure = element.event === undefined ? createJob(x, ei, 'EXECUTE', element.job) : send(x, element, ei);
    if (failure !== undefined) raise(x, ei, 'ENTER', failure);
    else if (element.event !== undefined) this.leave(x, element, ei);
  },
  leave: finish,
};

export const messageThrowEvent: Behavior<ThrowEvent | EndEvent> = {
  arrive(x, element, scope, arrival) {
    this.enter(x, element, openOne(x, element, scope, arrival));
  },
  enter(x, element, ei) {
    const failure = mapInputs(x, ei, element.inputs) ?? begun(x, element, ei);
    if (failure !== undefined) raise(x, ei, 'ENTER', failure);
    else if (element.job === undefined) this.leave(x, element, ei);
  },
  leave(x, element, ei) {
    x.leave(ei, element.outgoing);
  },
};

function begun(x: Execution, element: ThrowEvent | EndEvent, ei: ElementInstance): MappingFailure | undefined {
  return element.job === undefined ? send(x, element, ei) : createJob(x, ei, 'EXECUTE', element.job);
}

function send(
  x: Execution,
  { event }: ThrowEvent | EndEvent | SendTask,
  ei: ElementInstance,
): MappingFailure | undefined {
  if (event?.kind !== 'MESSAGE') throw new Error('only a message is sent');
  return throwMessage(x, ei, event);
}
