/** Between the engine's words and the wire's: states, times, spans, what is absent. Each table is checked by the compiler. */
import type { InstanceState, JobState, JobType, Ref, TaskType } from '../core/state.js';
import type { ElementView } from '../engine/reader.js';
import type { BpmnElementType, InstanceState as WireInstanceState } from '../gen/baton/v1/common.js';
import type { JobState as WireJobState, JobType as WireJobType } from '../gen/baton/v1/jobs.js';
import type { TaskType as WireTaskType } from '../gen/baton/v1/tasks.js';
import type { Duration } from '../gen/google/protobuf/duration.js';

export const wireJobType: Readonly<Record<JobType, WireJobType>> = {
  EXECUTE: 'JOB_TYPE_EXECUTE',
  EVALUATE_EXCLUSIVE_GATEWAY: 'JOB_TYPE_EVALUATE_EXCLUSIVE_GATEWAY',
  EVALUATE_INCLUSIVE_GATEWAY: 'JOB_TYPE_EVALUATE_INCLUSIVE_GATEWAY',
  CALL_PROCESS: 'JOB_TYPE_CALL_PROCESS',
  PASS_VARIABLES: 'JOB_TYPE_PASS_VARIABLES',
  SET_ERROR_CODE: 'JOB_TYPE_SET_ERROR_CODE',
  SET_ESCALATION_CODE: 'JOB_TYPE_SET_ESCALATION_CODE',
  SET_SIGNAL_NAME: 'JOB_TYPE_SET_SIGNAL_NAME',
  SET_TIMER: 'JOB_TYPE_SET_TIMER',
  SUBSCRIBE_MESSAGE: 'JOB_TYPE_SUBSCRIBE_MESSAGE',
  SET_MESSAGE_CORRELATION_KEY: 'JOB_TYPE_SET_MESSAGE_CORRELATION_KEY',
  SUBSCRIBE_SIGNAL: 'JOB_TYPE_SUBSCRIBE_SIGNAL',
  START_LISTENER: 'JOB_TYPE_START_LISTENER',
  END_LISTENER: 'JOB_TYPE_END_LISTENER',
  SELECT_AD_HOC_ACTIVITIES: 'JOB_TYPE_SELECT_AD_HOC_ACTIVITIES',
};

/** The states that are stored, and the one that is computed from the lock. */
export const wireJobState: Readonly<Record<JobState | 'LOCKED', WireJobState>> = {
  CREATED: 'JOB_STATE_CREATED',
  LOCKED: 'JOB_STATE_LOCKED',
  DONE: 'JOB_STATE_DONE',
  CAUSED_RETRY: 'JOB_STATE_CAUSED_RETRY',
  CAUSED_INCIDENT: 'JOB_STATE_CAUSED_INCIDENT',
  CANCELED: 'JOB_STATE_CANCELED',
};

export const wireInstanceState: Readonly<Record<InstanceState, WireInstanceState>> = {
  CREATED: 'INSTANCE_STATE_CREATED',
  QUEUED: 'INSTANCE_STATE_QUEUED',
  STARTED: 'INSTANCE_STATE_STARTED',
  SUSPENDED: 'INSTANCE_STATE_SUSPENDED',
  COMPLETED: 'INSTANCE_STATE_COMPLETED',
  TERMINATED: 'INSTANCE_STATE_TERMINATED',
  CANCELED: 'INSTANCE_STATE_CANCELED',
};

/** Element types have the same names on both sides. */
export function wireElementType(type: ElementView['bpmnElementType']): BpmnElementType {
  return `BPMN_ELEMENT_TYPE_${type}`;
}

export const wireTaskType: Readonly<Record<TaskType, WireTaskType>> = {
  ACTIVATE_JOB: 'TASK_TYPE_ACTIVATE_JOB',
  CODE: 'TASK_TYPE_AWAIT_CODE',
  CONDITION: 'TASK_TYPE_AWAIT_CONDITION',
  COMPENSATION: 'TASK_TYPE_AWAIT_COMPENSATION',
  CONTINUE: 'TASK_TYPE_CONTINUE',
  ACTIVATED: 'TASK_TYPE_AWAIT_EVENTS',
  HAPPENED: 'TASK_TYPE_AWAIT_EVENTS',
  MATCH_MESSAGE: 'TASK_TYPE_MATCH_MESSAGE',
  FIND_MESSAGES: 'TASK_TYPE_FIND_MESSAGES',
  SEND_SIGNAL: 'TASK_TYPE_DELIVER_SIGNAL',
  DELIVER_SIGNAL: 'TASK_TYPE_DELIVER_SIGNAL',
  TRIGGER_EVENT: 'TASK_TYPE_TRIGGER_EVENT',
  TRIGGER_TIMER: 'TASK_TYPE_TRIGGER_EVENT',
  START_PROCESS_INSTANCE: 'TASK_TYPE_START_PROCESS_INSTANCE',
};

/** The way back; what this version does not know and what is unspecified has none. */
export function turned<Ours extends string, Theirs extends string>(
  table: Readonly<Record<Ours, Theirs>>,
): ReadonlyMap<Theirs, Ours> {
  return new Map((Object.entries(table) as [Ours, Theirs][]).map(([ours, theirs]) => [theirs, ours]));
}

export const dateOf = (milliseconds: number): Date => new Date(milliseconds);

export const dateIf = (milliseconds: number | null): Date | undefined =>
  milliseconds === null ? undefined : new Date(milliseconds);

export function durationOf(milliseconds: number): Duration {
  const seconds = Math.floor(milliseconds / 1000);
  return { seconds, nanos: Math.round((milliseconds - seconds * 1000) * 1e6) };
}

export function millisecondsOf({ seconds, nanos }: Duration): number {
  return seconds * 1000 + nanos / 1e6;
}

/** Text fields are empty when there is nothing to say. */
export const textOf = (text: string | null): string => text ?? '';

/** And back: the empty text is absent. */
export const absentIfEmpty = (text: string): string | null => (text === '' ? null : text);

export const refOf = ({ partition, id }: Ref): Ref => ({ partition, id });

/** Written for people: `2026-11-21/17`. */
export const written = ({ partition, id }: Ref): string => `${partition}/${id}`;
