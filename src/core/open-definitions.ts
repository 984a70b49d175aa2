/**
 * Events whose definition the model leaves open: a worker is asked by a job that hangs on the owner of the wait and names
 * the element that catches (see `events.ts`). An activity begins when all that is attached to it is known; a scope does
 * not wait for its event sub-processes.
 */
import type { EventDefinition } from '../model/events.js';
import type { JobDefinition } from '../model/process.js';
import type { Execution } from './execution.js';
import { elementIdOf } from './facts.js';
import { createJob } from './jobs.js';
import { needAllOf } from './needs.js';
import type { ElementInstance, JobType } from './state.js';
import { NEVER, putTask } from './tasks.js';
import type { MappingFailure } from './variables.js';

/** Of what catches. */
interface Asking {
  readonly index: number;
  readonly event: EventDefinition;
  readonly job?: JobDefinition;
}

export function ask(
  x: Execution,
  owner: ElementInstance,
  catching: Asking,
  job: JobDefinition,
): MappingFailure | undefined {
  return createJob(x, owner, askedType(catching.event), job, elementIdOf(x.processOf(owner), catching));
}

function askedType(event: EventDefinition): JobType {
  switch (event.kind) {
    case 'TIMER':
      return 'SET_TIMER';
    case 'MESSAGE':
      return event.name === undefined ? 'SUBSCRIBE_MESSAGE' : 'SET_MESSAGE_CORRELATION_KEY';
    case 'SIGNAL':
      return 'SUBSCRIBE_SIGNAL';
    case 'ERROR':
      return 'SET_ERROR_CODE';
    case 'ESCALATION':
      return 'SET_ESCALATION_CODE';
    default:
      throw new Error(`nobody is asked for a definition of kind ${event.kind}`);
  }
}

/** Whether workers have given all that the model leaves open about what is attached to the activity. */
export function areKnown(x: Execution, owner: ElementInstance, attached: readonly Asking[]): boolean {
  return attached.every((catching) => catching.job === undefined || isKnown(x, owner, catching));
}

/** What was given waits as a row of its own. */
function isKnown(x: Execution, owner: ElementInstance, catching: Asking): boolean {
  needAllOf(x.set, owner);
  const id = elementIdOf(x.processOf(owner), catching);
  for (const { elementId, type } of x.set.tasksOf(owner.id))
    if (elementId === id && type !== 'ACTIVATE_JOB') return true;
  for (const { elementId } of x.set.messageSubscriptionsOf(owner.id)) if (elementId === id) return true;
  for (const { elementId } of x.set.signalSubscriptionsOf(owner.id)) if (elementId === id) return true;
  return false;
}

/** The code that an error or escalation event catches, as a worker gave it: a task that is never due. */
export function openCode(x: Execution, owner: ElementInstance, catching: Asking, code: string): void {
  const elementId = elementIdOf(x.processOf(owner), catching);
  putTask(x, { ...owner, elementInstanceId: owner.id, elementId }, NEVER, { type: 'CODE', code });
}

/** '' catches all; undefined: nobody has given it yet, and it catches nothing. */
export function givenCode(x: Execution, owner: ElementInstance, catching: Asking): string | undefined {
  needAllOf(x.set, owner);
  const id = elementIdOf(x.processOf(owner), catching);
  for (const { elementId, payload } of x.set.tasksOf(owner.id)) {
    if (elementId === id && payload.type === 'CODE') return payload.code;
  }
  return undefined;
}
