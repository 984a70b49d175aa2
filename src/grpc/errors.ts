/**
 * The one door for errors (I6): a problem is a value with a reason; here it becomes a gRPC status with google.rpc details.
 *
 * Details travel in a trailer, and clients bound trailers (8 KiB in Java and in the C core that Python uses), so long
 * lists are cut; ErrorInfo then says how many there are and how many are shown.
 */
import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import type { ErrorReason } from '../gen/baton/v1/error_reason.js';
import { ModelProblems } from '../gen/baton/v1/processes.js';
import type { Any } from '../gen/google/protobuf/any.js';
import { BadRequest, ErrorInfo, PreconditionFailure, RetryInfo } from '../gen/google/rpc/error_details.js';
import { Status } from '../gen/google/rpc/status.js';

/** A name of ErrorReason without its prefix. */
export type Reason = ErrorReason extends infer R
  ? R extends `ERROR_REASON_${infer Name}`
    ? Exclude<Name, 'UNSPECIFIED'>
    : never
  : never;

/** Why a call was refused. The refusals of the core and of the gRPC ring have this shape. */
export interface Problem {
  readonly refused: Reason;
  readonly message: string;
  /** What the message says in words, for programs. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** The field at fault, when there is one. */
  readonly field?: string;
  /** Every fault of the request. */
  readonly faults?: readonly FieldFault[];
  /** Every problem of a model. */
  readonly problems?: readonly ModelFault[];
  /** When to try again, in milliseconds. */
  readonly retryAfterMs?: number;
}

/** One fault of a request. */
export interface FieldFault {
  /** Path of the field, such as `variables[2].name`. */
  readonly field: string;
  readonly message: string;
  /** Rule or reason, for programs. */
  readonly reason?: string;
}

/** One problem of a model, as the model's reader says it. */
export interface ModelFault {
  readonly rule: string;
  readonly message: string;
  readonly elementId?: string | undefined;
  readonly line: number;
  readonly column: number;
  readonly help: string;
}

export type StatusCode = (typeof codes)[Reason];

/** The domain of all reasons. */
export const ERROR_DOMAIN = 'baton';

const TRAILER = 'grpc-status-details-bin';

/** Bytes of the message in the trailer `grpc-message`, where a character can take up to 9. */
const MESSAGE_BYTES = 1_500;

/** Bytes of all metadata together, and of one value. */
const METADATA_BYTES = { all: 1_000, one: 300 };

/** Bytes of a list of faults, and of one text in it. Base64 adds a third; with the rest it stays below 8 KiB. */
const LIST_BYTES = { all: 2_500, one: 600 };

/**
 * INVALID_ARGUMENT: bad whatever the state. FAILED_PRECONDITION: right thing, wrong state. ABORTED: lost a race, read
 * again. UNAVAILABLE: clients repeat it unasked. Reasons of incidents stand for a state that is in the way.
 */
export const codes = {
  REQUEST_INVALID: status.INVALID_ARGUMENT,
  PAGE_TOKEN_INVALID: status.INVALID_ARGUMENT,
  DURATION_INVALID: status.INVALID_ARGUMENT,
  TIMER_INVALID: status.INVALID_ARGUMENT,
  VARIABLES_INVALID: status.INVALID_ARGUMENT,
  VARIABLE_DUPLICATE: status.INVALID_ARGUMENT,
  VARIABLE_SCOPE_NOT_FOUND: status.INVALID_ARGUMENT,
  PROTOCOL_VIOLATION: status.INVALID_ARGUMENT,
  REQUEST_ID_REUSED: status.ALREADY_EXISTS,
  UNAUTHENTICATED: status.UNAUTHENTICATED,
  PERMISSION_DENIED: status.PERMISSION_DENIED,

  ENGINE_BUSY: status.RESOURCE_EXHAUSTED,
  LIMIT_EXCEEDED: status.RESOURCE_EXHAUSTED,
  SHUTTING_DOWN: status.UNAVAILABLE,
  DATABASE_UNAVAILABLE: status.UNAVAILABLE,
  STREAM_SILENT: status.UNAVAILABLE,
  DEADLINE_PASSED: status.DEADLINE_EXCEEDED,
  NOT_BUILT: status.UNIMPLEMENTED,
  INTERNAL: status.INTERNAL,
  SESSION_REPLACED: status.ABORTED,

  MODEL_INVALID: status.INVALID_ARGUMENT,
  EXPRESSION_INVALID: status.INVALID_ARGUMENT,
  BPMN_PROCESS_NOT_IN_XML: status.NOT_FOUND,
  VERSION_CONFLICT: status.ALREADY_EXISTS,
  PROCESS_NOT_FOUND: status.NOT_FOUND,
  PROCESS_NOT_STARTABLE: status.FAILED_PRECONDITION,
  PROCESS_DISABLED: status.FAILED_PRECONDITION,
  PROCESS_UNREADABLE: status.FAILED_PRECONDITION,

  PROCESS_INSTANCE_NOT_FOUND: status.NOT_FOUND,
  PROCESS_INSTANCE_ENDED: status.FAILED_PRECONDITION,
  PROCESS_INSTANCE_NOT_STARTED: status.FAILED_PRECONDITION,
  PROCESS_INSTANCE_IS_CALLED: status.FAILED_PRECONDITION,
  CORRELATION_KEY_IN_USE: status.ALREADY_EXISTS,
  ELEMENT_INSTANCE_NOT_FOUND: status.NOT_FOUND,
  ELEMENT_INSTANCE_ENDED: status.FAILED_PRECONDITION,

  JOB_NOT_FOUND: status.NOT_FOUND,
  JOB_NOT_HELD: status.FAILED_PRECONDITION,
  LOCK_TOKEN_MISMATCH: status.FAILED_PRECONDITION,
  JOB_ENDED: status.FAILED_PRECONDITION,
  JOB_CANCELED: status.FAILED_PRECONDITION,
  DECISION_INVALID: status.INVALID_ARGUMENT,
  LOCK_HAS_NO_END: status.FAILED_PRECONDITION,

  USER_TASK_NOT_FOUND: status.NOT_FOUND,
  USER_TASK_ENDED: status.FAILED_PRECONDITION,
  USER_TASK_CLAIMED: status.FAILED_PRECONDITION,
  REVISION_MISMATCH: status.ABORTED,

  MESSAGE_NOT_FOUND: status.NOT_FOUND,
  MESSAGE_ENDED: status.FAILED_PRECONDITION,
  BATCH_NOT_FOUND: status.NOT_FOUND,
  BATCH_ENDED: status.FAILED_PRECONDITION,
  BATCH_NOT_ENDED: status.FAILED_PRECONDITION,
  SET_TIME_OFF: status.FAILED_PRECONDITION,
  TIME_IN_PAST: status.FAILED_PRECONDITION,

  SOURCE_INVALID: status.FAILED_PRECONDITION,
  PLACEMENT_INVALID: status.INVALID_ARGUMENT,
  JOIN_NOT_FED: status.INVALID_ARGUMENT,
  TARGET_SUPERSEDED: status.FAILED_PRECONDITION,
  TARGET_INVALID: status.FAILED_PRECONDITION,
  JOBS_IN_FLIGHT: status.FAILED_PRECONDITION,
  EFFECT_IRREVERSIBLE: status.FAILED_PRECONDITION,
  NOT_SUPERVISED: status.FAILED_PRECONDITION,
  NOTHING_TO_UNDO: status.FAILED_PRECONDITION,
  NOTHING_TO_STEP: status.FAILED_PRECONDITION,
  TOKEN_AMBIGUOUS: status.FAILED_PRECONDITION,
  TOKEN_NOT_FOUND: status.FAILED_PRECONDITION,
  JOURNAL_MISSING: status.FAILED_PRECONDITION,
  PLAN_CHANGED: status.ABORTED,
  SLOT_TAKEN: status.FAILED_PRECONDITION,
  VARIABLE_CONFLICT: status.FAILED_PRECONDITION,
  PARENT_MOVED_ON: status.FAILED_PRECONDITION,
  NOTHING_TO_SIGNAL: status.FAILED_PRECONDITION,

  INCIDENT_NOT_FOUND: status.NOT_FOUND,
  INCIDENT_RESOLVED: status.FAILED_PRECONDITION,

  JOB_RETRIES_EXHAUSTED: status.FAILED_PRECONDITION,
  TASK_RETRIES_EXHAUSTED: status.FAILED_PRECONDITION,
  NO_FLOW_TAKEN: status.FAILED_PRECONDITION,
  EXPRESSION_FAILED: status.FAILED_PRECONDITION,
  EXPRESSION_LIMIT: status.FAILED_PRECONDITION,
  VARIABLE_MISSING: status.FAILED_PRECONDITION,
  VARIABLE_UNREADABLE: status.FAILED_PRECONDITION,
  UNCAUGHT_ERROR: status.FAILED_PRECONDITION,
  UNCAUGHT_ESCALATION: status.FAILED_PRECONDITION,
  JOB_TOO_LARGE: status.FAILED_PRECONDITION,
  STEP_LIMIT: status.FAILED_PRECONDITION,
  CALLED_PROCESS_NOT_FOUND: status.FAILED_PRECONDITION,
  CALL_DEPTH_LIMIT: status.FAILED_PRECONDITION,
  TIMER_FAILED: status.FAILED_PRECONDITION,
  CORRELATION_FAILED: status.FAILED_PRECONDITION,
  COLLECTION_INVALID: status.FAILED_PRECONDITION,
  DECRYPTION_FAILED: status.FAILED_PRECONDITION,
  VARIABLES_TOO_LARGE: status.FAILED_PRECONDITION,
} as const satisfies Record<Reason, status>;

/** Milliseconds after which a client may try again, where the problem does not say. */
const retryAfter: Partial<Record<Reason, number>> = {
  ENGINE_BUSY: 200,
  SHUTTING_DOWN: 1_000,
  DATABASE_UNAVAILABLE: 1_000,
  STREAM_SILENT: 1_000,
};

/** As a value, for results inside an answer or a frame. */
export function toStatus(problem: Problem): Status {
  const code: StatusCode = codes[problem.refused];
  const message = cut(problem.message, MESSAGE_BYTES, encodedBytes);
  return { code, message, details: detailsOf(problem, code, message) };
}

/** As what ends a call. */
export function toServiceError(problem: Problem): ServiceError {
  const { code, message, details } = toStatus(problem);
  const metadata = new Metadata();
  metadata.set(TRAILER, Buffer.from(Status.encode({ code, message, details }).finish()));
  return Object.assign(new Error(message), { code, details: message, metadata });
}

/** For a bug: the caller gets the id under which the log has the rest. */
export function internalProblem(errorId: string): Problem {
  return {
    refused: 'INTERNAL',
    message: `The server has a fault; its log has it under error id ${errorId}.`,
    metadata: { error_id: errorId },
  };
}

function detailsOf(problem: Problem, code: StatusCode, message: string): Any[] {
  const list = listOf(problem, code, message);
  const wait = problem.retryAfterMs ?? retryAfter[problem.refused];
  const details = [pack('google.rpc.ErrorInfo', ErrorInfo.encode(errorInfo(problem, list)).finish())];
  if (list !== null && list.shown.length > 0) details.push(list.pack());
  if (wait !== undefined) details.push(pack('google.rpc.RetryInfo', RetryInfo.encode(retryInfo(wait)).finish()));
  return details;
}

function errorInfo(problem: Problem, list: DetailList | null): ErrorInfo {
  const metadata: Record<string, string> = {};
  let bytes = 0;
  for (const [name, value] of Object.entries(problem.metadata ?? {})) {
    const short = cut(value, METADATA_BYTES.one);
    bytes += Buffer.byteLength(name) + Buffer.byteLength(short);
    if (bytes <= METADATA_BYTES.all) metadata[name] = short;
  }
  if (list !== null && list.shown.length < list.total) {
    metadata.total = String(list.total);
    metadata.shown = String(list.shown.length);
  }
  return { reason: problem.refused, domain: ERROR_DOMAIN, metadata };
}

function retryInfo(milliseconds: number): RetryInfo {
  const seconds = Math.floor(milliseconds / 1000);
  return { retryDelay: { seconds, nanos: Math.round((milliseconds - seconds * 1000) * 1_000_000) } };
}

/** The faults of a problem, as many as fit, and how to pack them. */
interface DetailList {
  readonly total: number;
  readonly shown: readonly unknown[];
  pack(): Any;
}

function listOf(problem: Problem, code: StatusCode, message: string): DetailList | null {
  if (problem.problems !== undefined) return modelList(problem.problems);
  if (problem.faults !== undefined) return faultList(problem.faults, problem.refused);
  if (problem.field !== undefined) return faultList([{ field: problem.field, message }], problem.refused);
  if (code === status.FAILED_PRECONDITION) return preconditionList(problem, message);
  return null;
}

function modelList(problems: readonly ModelFault[]): DetailList {
  const all = problems.map(({ rule, message, elementId, line, column, help }) => ({
    rule,
    bpmnElementId: elementId ?? '',
    bpmnElementType: '',
    line,
    column,
    message: cut(message, LIST_BYTES.one),
    advice: cut(help, LIST_BYTES.one),
  }));
  const encode = (list: typeof all) => ModelProblems.encode({ problems: list }).finish();
  return fitting(all, 'baton.v1.ModelProblems', encode);
}

function faultList(faults: readonly FieldFault[], refused: Reason): DetailList {
  const all = faults.map(({ field, message, reason = refused }) => ({
    field: cut(field, LIST_BYTES.one),
    description: cut(message, LIST_BYTES.one),
    reason,
  }));
  const encode = (list: typeof all) => BadRequest.encode({ fieldViolations: list }).finish();
  return fitting(all, 'google.rpc.BadRequest', encode);
}

function preconditionList(problem: Problem, message: string): DetailList {
  const subject = Object.entries(problem.metadata ?? {}).map(([name, value]) => `${name}=${value}`);
  const all = [
    {
      type: problem.refused,
      subject: cut(subject.join(' '), LIST_BYTES.one),
      description: cut(message, LIST_BYTES.one),
    },
  ];
  const encode = (list: typeof all) => PreconditionFailure.encode({ violations: list }).finish();
  return fitting(all, 'google.rpc.PreconditionFailure', encode);
}

function fitting<T>(all: readonly T[], type: string, encode: (list: T[]) => Uint8Array): DetailList {
  const shown: T[] = [];
  let bytes = 0;
  for (const item of all) {
    bytes += encode([item]).length;
    if (bytes > LIST_BYTES.all) break;
    shown.push(item);
  }
  return { total: all.length, shown, pack: () => pack(type, encode(shown)) };
}

function pack(type: string, value: Uint8Array): Any {
  return { typeUrl: `type.googleapis.com/${type}`, value: Buffer.from(value) };
}

/** No longer than so many bytes, and without lone surrogates, which no encoding takes. */
function cut(text: string, bytes: number, measure: (text: string) => number = Buffer.byteLength): string {
  let short = wellFormed(text.slice(0, bytes));
  if (short.length === text.length && measure(short) <= bytes) return short;
  while (measure(short) > bytes - ELLIPSIS_BYTES) short = wellFormed(short.slice(0, Math.floor(short.length * 0.9)));
  return `${short}…`;
}

const ELLIPSIS_BYTES = encodedBytes('…');

function encodedBytes(text: string): number {
  return encodeURI(text).length;
}

function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\uFFFD');
}
