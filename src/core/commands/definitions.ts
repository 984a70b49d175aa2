/** Workers' answers to what a model leaves open about its events: a wait opens, or a code is thrown. */
import { type EventDefinition, type EventKind, isEventAt } from '../../model/events.js';
import type { EndEvent, ThrowEvent } from '../../model/process.js';
import { dueTime } from '../../model/timers.js';
import { enter, leave } from '../advance.js';
import type { JobCompletion } from '../command.js';
import { throwError, throwEscalation } from '../elements/throwing.js';
import { type CatchingElement, hasAsked, openKnown } from '../events.js';
import type { Execution } from '../execution.js';
import { openCode } from '../open-definitions.js';
import { type Refusal, refuse } from '../refusal.js';
import { throwSignal } from '../signals.js';
import type { ElementInstance, Job } from '../state.js';
import { written } from './handler.js';

type Answer = (x: Execution, owner: ElementInstance, completion: JobCompletion | null, job: Job) => Refusal | undefined;

export const setTimer: Answer = (x, owner, completion, job) => {
  if (completion?.type !== 'timer') return invalid(x, job, 'needs a timer', 'timer');
  const { type, text } = completion.timer;
  const due = dueTime(type, text, x.now);
  if ('problem' in due) return invalid(x, job, `can not wait: ${due.problem}`, 'timer');
  const event = eventOf(x, job, 'TIMER');
  return open(x, owner, job, { ...event, timer: { ...event.timer, type, text } }, 'timer');
};

export const subscribeMessage: Answer = (x, owner, completion, job) => {
  const field = 'message_subscription';
  if (completion?.type !== 'messageSubscription') {
    return invalid(x, job, 'needs the name and the correlation key of its message', field);
  }
  const { name, correlationKey } = completion;
  return open(x, owner, job, { kind: 'MESSAGE', name, correlationKey }, field);
};

export const setMessageCorrelationKey: Answer = (x, owner, completion, job) => {
  const field = 'message_correlation_key';
  if (completion?.type !== 'messageCorrelationKey') {
    return invalid(x, job, 'needs the correlation key of its message', field);
  }
  const { correlationKey } = completion;
  return open(x, owner, job, { ...eventOf(x, job, 'MESSAGE'), correlationKey }, field);
};

export const subscribeSignal: Answer = (x, owner, completion, job) => {
  if (completion?.type !== 'signalName') return invalid(x, job, 'needs the name of its signal', 'signal_name');
  return open(x, owner, job, { kind: 'SIGNAL', name: completion.name }, 'signal_name');
};

/** It goes on with the name that it was given; the inputs were made before the worker was asked. */
export const setSignalName: Answer = (x, ei, completion, job) => {
  const field = 'signal_name';
  if (completion?.type !== 'signalName') return invalid(x, job, 'needs the name of its signal', field);
  const failure = throwSignal(x, ei, { kind: 'SIGNAL', name: completion.name });
  if (failure !== undefined) return invalid(x, job, `can not be thrown: ${failure.message}`, field);
  leave(x, ei);
  return undefined;
};

/** What catches may leave the code away, and catches all then; what throws may not. */
export const setErrorCode: Answer = (x, owner, completion, job) => {
  if (completion !== null && completion.type !== 'errorCode') return invalid(x, job, 'needs a code', 'error_code');
  return takeCode(x, owner, completion?.code ?? '', job, 'error_code');
};

export const setEscalationCode: Answer = (x, owner, completion, job) => {
  const field = 'escalation_code';
  if (completion !== null && completion.type !== 'escalationCode') return invalid(x, job, 'needs a code', field);
  return takeCode(x, owner, completion?.code ?? '', job, field);
};

function takeCode(x: Execution, ei: ElementInstance, code: string, job: Job, field: string): Refusal | undefined {
  const element = x.elementOf(job);
  if (isEventAt(element.type, 'THROW') || isEventAt(element.type, 'END')) {
    if (code === '') return invalid(x, job, 'needs the code that it throws', field);
    const throwIt = job.type === 'SET_ERROR_CODE' ? throwError : throwEscalation;
    throwIt(x, element as ThrowEvent | EndEvent, ei, code);
    return undefined;
  }
  openCode(x, ei, element as CatchingElement, code);
  goOn(x, ei);
  return undefined;
}

type EventOf<K extends EventKind> = Extract<EventDefinition, { readonly kind: K }>;

/** What the model says of the event. */
function eventOf<K extends EventKind>(x: Execution, job: Job, kind: K): EventOf<K> {
  const element = x.elementOf(job);
  if (!('event' in element) || element.event?.kind !== kind)
    throw new Error(`${element.id} is no event of kind ${kind}`);
  return element.event as EventOf<K>;
}

function open(
  x: Execution,
  owner: ElementInstance,
  job: Job,
  event: EventDefinition,
  field: string,
): Refusal | undefined {
  const catching = { ...(x.elementOf(job) as CatchingElement), event } as CatchingElement;
  const failure = openKnown(x, owner, catching);
  if (failure !== undefined) return invalid(x, job, `can not wait: ${failure.message}`, field);
  goOn(x, owner);
  return undefined;
}

/** An activity begins with the last answer about what is attached to it. */
function goOn(x: Execution, owner: ElementInstance): void {
  if (hasAsked(x, owner, x.elementOf(owner))) enter(x, owner);
}

/** The job stays held: its worker can give another answer. */
function invalid(x: Execution, job: Job, problem: string, field: string): Refusal {
  const { id } = x.elementOf(job);
  const metadata = { job: written(job), bpmnElementId: id };
  return refuse('DECISION_INVALID', `event ${id} ${problem}`, metadata, `completion.${field}`);
}
