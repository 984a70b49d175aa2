/**
 * I6: a refusal is a value with a reason. The gRPC ring turns it into a status at one door.
 *
 * `metadata` repeats every variable part of the message for programs to read; `field` names the request field at fault.
 */

export type RefusalReason =
  | 'PROCESS_NOT_FOUND'
  | 'PROCESS_UNREADABLE'
  | 'BPMN_PROCESS_NOT_IN_XML'
  | 'PAGE_TOKEN_INVALID'
  | 'VERSION_CONFLICT'
  | 'SESSION_REPLACED'
  | 'SET_TIME_OFF'
  | 'TIME_IN_PAST'
  | 'TIMER_INVALID'
  | 'DURATION_INVALID'
  | 'PROCESS_INSTANCE_NOT_FOUND'
  | 'PROCESS_INSTANCE_ENDED'
  | 'PROCESS_INSTANCE_IS_CALLED'
  | 'ELEMENT_INSTANCE_NOT_FOUND'
  | 'ELEMENT_INSTANCE_ENDED'
  | 'JOB_NOT_FOUND'
  | 'JOB_ENDED'
  | 'JOB_CANCELED'
  | 'JOB_NOT_HELD'
  | 'LOCK_TOKEN_MISMATCH'
  | 'DECISION_INVALID'
  | 'USER_TASK_NOT_FOUND'
  | 'USER_TASK_ENDED'
  | 'USER_TASK_CLAIMED'
  | 'REVISION_MISMATCH'
  | 'UNCAUGHT_ERROR'
  | 'UNCAUGHT_ESCALATION'
  | 'INCIDENT_NOT_FOUND'
  | 'INCIDENT_RESOLVED'
  | 'MESSAGE_NOT_FOUND'
  | 'MESSAGE_ENDED'
  | 'PROCESS_NOT_STARTABLE'
  | 'PROCESS_DISABLED'
  | 'VARIABLE_DUPLICATE'
  | 'VARIABLE_SCOPE_NOT_FOUND'
  | 'REQUEST_ID_REUSED'
  | 'ENGINE_BUSY'
  | 'DATABASE_UNAVAILABLE'
  | 'SHUTTING_DOWN'
  | 'DEADLINE_PASSED'
  | 'LIMIT_EXCEEDED'
  | 'NOT_BUILT'
  | 'INTERNAL';

export interface Refusal {
  readonly refused: RefusalReason;
  readonly message: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly field?: string;
}

export function refuse(
  refused: RefusalReason,
  message: string,
  metadata: Readonly<Record<string, string>> = {},
  field?: string,
): Refusal {
  return field === undefined ? { refused, message, metadata } : { refused, message, metadata, field };
}

/** The answer that is kept under the id is of a request that said something else. */
export function requestReused(request: { readonly requestId: string } | undefined): Refusal {
  const requestId = request?.requestId ?? '';
  const message = `request_id "${requestId}" was used for another request`;
  return refuse('REQUEST_ID_REUSED', message, { requestId }, 'request_id');
}

export function isRefusal(value: object): value is Refusal {
  return 'refused' in value;
}
