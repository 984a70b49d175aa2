// Owns BatonError: what a call, or one item of a call, was refused with, read from google.rpc.Status.
import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { toMilliseconds } from './durations.js';
import type { ErrorReason } from './gen/baton/v1/error_reason.js';
import { type ModelProblem, ModelProblems } from './gen/baton/v1/processes.js';
import type { Any } from './gen/google/protobuf/any.js';
import { BadRequest, ErrorInfo, PreconditionFailure, RetryInfo } from './gen/google/rpc/error_details.js';
import { Status } from './gen/google/rpc/status.js';

/** Name of a gRPC status code. */
export type ErrorCode = Exclude<keyof typeof status, 'OK'>;

type KnownReason = ErrorReason extends infer R ? (R extends `ERROR_REASON_${infer Name}` ? Name : never) : never;

/** Why, exactly: a name of ErrorReason without its prefix. Newer servers have reasons that are not listed here. */
export type Reason = KnownReason | (string & Record<never, never>);

/** One fault of a request. */
export interface Violation {
  /** Path of the field, such as `variables[2].name`. */
  readonly field: string;
  readonly message: string;
}

/** What stands in the way of a request. */
export interface Precondition {
  readonly type: string;
  readonly subject: string;
  readonly message: string;
}

export interface ErrorFacts {
  readonly code: ErrorCode;
  /** Absent when no server answered: the code takes its place. */
  readonly reason?: Reason | undefined;
  readonly message: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly violations?: readonly Violation[];
  readonly preconditions?: readonly Precondition[];
  readonly problems?: readonly ModelProblem[];
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

/** The message leads with the reason, because many tools show nothing but the message. */
export class BatonError extends Error {
  readonly code: ErrorCode;
  /** Why, exactly. The name of the code when no server answered. */
  readonly reason: Reason;
  /** The facts of the message, for programs. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Every fault of the request. */
  readonly violations: readonly Violation[];
  /** What stands in the way. */
  readonly preconditions: readonly Precondition[];
  /** Every problem of a model that was refused. */
  readonly problems: readonly ModelProblem[];
  /** When the server asks to wait before the next try. */
  readonly retryAfterMs: number | undefined;

  constructor(facts: ErrorFacts) {
    super(describe(facts), facts.cause === undefined ? undefined : { cause: facts.cause });
    this.name = 'BatonError';
    this.code = facts.code;
    this.reason = facts.reason ?? facts.code;
    this.metadata = facts.metadata ?? {};
    this.violations = facts.violations ?? [];
    this.preconditions = facts.preconditions ?? [];
    this.problems = facts.problems ?? [];
    this.retryAfterMs = facts.retryAfterMs;
  }
}

/** Reads what grpc-js throws. */
export function fromServiceError(error: ServiceError): BatonError {
  const packed = error.metadata instanceof Metadata ? error.metadata.get('grpc-status-details-bin')[0] : undefined;
  const details = packed instanceof Buffer ? readStatus(packed) : undefined;
  // The text of the trailer `grpc-message` and that of the details are the same; the details survive proxies better.
  return fromParts(error.code, details?.message || error.details || error.message, details?.details ?? [], error);
}

/** Reads what one item of a bulk call, or one outcome of a worker, was refused with. */
export function fromStatus(refusal: Status): BatonError {
  return fromParts(refusal.code, refusal.message, refusal.details, undefined);
}

/** Anything that is thrown, as a BatonError. */
export function toBatonError(error: unknown): BatonError {
  if (error instanceof BatonError) return error;
  if (isServiceError(error)) return fromServiceError(error);
  const message = error instanceof Error ? error.message : String(error);
  return new BatonError({ code: 'UNKNOWN', message, cause: error });
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' && 'details' in error;
}

/** A broken trailer must not hide the error that it came with. */
function readStatus(packed: Buffer): Status | undefined {
  try {
    return Status.decode(packed);
  } catch {
    return undefined;
  }
}

type Facts = { -readonly [K in keyof ErrorFacts]: ErrorFacts[K] };

/** How each kind of detail becomes facts. Details of other kinds are left out. */
const readers: Readonly<Record<string, (value: Uint8Array, facts: Facts) => void>> = {
  'google.rpc.ErrorInfo': (value, facts) => {
    const info = ErrorInfo.decode(value);
    facts.reason = info.reason;
    facts.metadata = info.metadata;
  },
  'google.rpc.BadRequest': (value, facts) => {
    const { fieldViolations } = BadRequest.decode(value);
    facts.violations = fieldViolations.map(({ field, description }) => ({ field, message: description }));
  },
  'google.rpc.PreconditionFailure': (value, facts) => {
    const { violations } = PreconditionFailure.decode(value);
    facts.preconditions = violations.map(({ type, subject, description }) => ({ type, subject, message: description }));
  },
  'google.rpc.RetryInfo': (value, facts) => {
    facts.retryAfterMs = toMilliseconds(RetryInfo.decode(value).retryDelay);
  },
  'baton.v1.ModelProblems': (value, facts) => {
    facts.problems = ModelProblems.decode(value).problems;
  },
};

function fromParts(code: number, message: string, details: readonly Any[], cause: unknown): BatonError {
  const facts: Facts = { code: codeName(code), message };
  if (cause !== undefined) facts.cause = cause;
  for (const { typeUrl, value } of details) {
    const read = readers[typeUrl.slice(typeUrl.lastIndexOf('/') + 1)];
    try {
      read?.(value, facts);
    } catch (error) {
      // A detail that can not be read leaves the error as it is, and says so to who looks.
      facts.metadata = { ...facts.metadata, unreadable: `${typeUrl}: ${String(error)}` };
    }
  }
  return new BatonError(facts);
}

function codeName(code: number): ErrorCode {
  const name = status[code] as keyof typeof status | undefined;
  return name === undefined || name === 'OK' ? 'UNKNOWN' : name;
}

function describe({ code, reason, message, violations = [], problems = [] }: ErrorFacts): string {
  const faults = [
    ...violations.map(({ field, message: fault }) => ({ fault, line: `${field}: ${fault}` })),
    ...problems.map(({ bpmnElementId, line, column, message: fault, advice }) => ({
      fault,
      line: [`${line}:${column}`, bpmnElementId, fault, advice].filter(Boolean).join(' '),
    })),
  ];
  const lines = faults.filter(({ fault }) => !message.includes(fault)).map(({ line }) => `\n- ${line}`);
  return `${reason ?? code}: ${message || 'no message'}${lines.join('')}`;
}
