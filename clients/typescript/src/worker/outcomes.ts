// Owns what becomes of a job: from what a handler returned or threw to the outcome on the wire.
import { toIsoText } from '../durations.js';
import type { ElementVariable } from '../gen/baton/v1/common.js';
import { type JobCompletion, type JobHandle, JobOutcome } from '../gen/baton/v1/jobs.js';
import { type VariablesInput, writeVariableList, writeVariables } from '../variables.js';
import { BpmnError, BpmnEscalation, JobFailure, longestMessage } from './failures.js';

export type Outcome = NonNullable<JobOutcome['outcome']>;

type CompletionKind = NonNullable<JobCompletion['kind']>;

/** What a job asks for whose type is not EXECUTE: one member, such as `{ exclusiveGatewayDecision: 'approved' }`. */
export type Completion = {
  [Kind in CompletionKind as Kind['$case']]: { readonly [Name in Kind['$case']]: Kind['value'] };
}[CompletionKind['$case']];

export interface JobResultParts {
  /** Results of the work; the same as returning a plain object. */
  readonly variables?: VariablesInput;
  /** Set in the scope of the process instance. */
  readonly processVariables?: VariablesInput;
  /** Set in the scope that each names. */
  readonly elementVariables?: readonly ElementVariable[];
  /** For jobs whose type asks for one. */
  readonly completion?: Completion;
}

/** What a handler returns when a plain object of variables is not enough. */
export class JobResult {
  readonly parts: JobResultParts;

  constructor(parts: JobResultParts) {
    this.parts = parts;
  }
}

/** Variables as a plain object, a JobResult, or nothing. */
// biome-ignore lint/suspicious/noConfusingVoidType: a handler that returns nothing is a handler of type void.
export type HandlerResult = object | null | undefined | void;

const nobody = { workerId: '', requestId: '' };

/** Throws what a handler can not return. */
export function completed({ partition, id, lockToken }: JobHandle, result: HandlerResult): Outcome {
  const parts = result instanceof JobResult ? result.parts : undefined;
  const { variables, variablesJson } = parts ? writeVariables(parts.variables) : plainResult(result);
  return {
    $case: 'complete',
    value: {
      partition,
      id,
      lockToken,
      variables,
      variablesJson,
      processVariables: parts ? writeVariableList(parts.processVariables) : [],
      elementVariables: parts?.elementVariables ? [...parts.elementVariables] : [],
      completion: parts?.completion && writeCompletion(parts.completion),
      ...nobody,
    },
  };
}

function plainResult(result: HandlerResult) {
  if (result === undefined || result === null) return writeVariables(undefined);
  if (typeof result !== 'object' || Array.isArray(result)) {
    const what = Array.isArray(result) ? 'an array' : `a ${typeof result}`;
    throw new TypeError(`the handler returned ${what}: return an object of variables, or nothing`);
  }
  return writeVariables(result);
}

export function writeCompletion(completion: Completion): JobCompletion {
  const [[name, value]] = Object.entries(completion) as [[string, unknown]];
  // The type above holds name and value together.
  return { kind: { $case: name, value } as CompletionKind };
}

/** A business error, an escalation, a failure on purpose, or any other error, which fails the job with its message. */
export function thrown({ partition, id, lockToken }: JobHandle, error: unknown): Outcome {
  const job = { partition, id, lockToken, ...nobody };
  if (error instanceof BpmnError) {
    const { code, message, variables } = error;
    const value = { ...job, errorCode: code, errorMessage: cut(message), ...writeVariables(variables) };
    return { $case: 'error', value };
  }
  if (error instanceof BpmnEscalation) {
    const { code, retryAfter, variables } = error;
    const value = { ...job, escalationCode: code, retryTimer: toIsoText(retryAfter), ...writeVariables(variables) };
    return { $case: 'escalation', value };
  }
  const { retryLimit, retryAfter, variables } = error instanceof JobFailure ? error : ({} as Partial<JobFailure>);
  const value = {
    ...job,
    errorMessage: cut(messageOf(error)),
    retryLimit,
    retryTimer: toIsoText(retryAfter),
    ...writeVariables(variables),
  };
  return { $case: 'fail', value };
}

/** What becomes of a job whose outcome the server will not have: it fails, and says why. */
export function refusedOutcome(job: JobHandle, refusal: Error): Outcome {
  return thrown(job, new JobFailure(`the outcome was refused: ${refusal.message}`));
}

function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message || error.name;
  return typeof error === 'string' ? error : `a handler threw ${String(error)}`;
}

const cut = (text: string) => (text.length > longestMessage ? text.slice(0, longestMessage) : text);

/** At least the encoded size: UTF-8 needs at most three bytes for each unit of a string. */
export function sizeAtMost({ outcome }: JobOutcome): number {
  if (outcome === undefined) return frameSize;
  const { variablesJson, variables } = outcome.value;
  let units = variablesJson.length + ownUnits(outcome);
  for (const { name, data } of variables) units += frameSize + name.length + (data?.value.length ?? 0);
  return frameSize + 3 * units;
}

/** More than ids, token, tags and lengths take. */
const frameSize = 300;

type Values = { readonly [Kind in Outcome as Kind['$case']]: Kind['value'] };

const units: { readonly [Kind in keyof Values]: (value: Values[Kind]) => number } = {
  complete: ({ processVariables, elementVariables, completion }) =>
    processVariables.length + elementVariables.length === 0 && completion === undefined
      ? 0
      : JSON.stringify([processVariables, elementVariables, completion]).length,
  fail: ({ errorMessage, retryTimer }) => errorMessage.length + retryTimer.length,
  error: ({ errorCode, errorMessage }) => errorCode.length + errorMessage.length,
  escalation: ({ escalationCode, retryTimer }) => escalationCode.length + retryTimer.length,
};

function ownUnits<Kind extends keyof Values>(outcome: { readonly $case: Kind; readonly value: Values[Kind] }): number {
  return units[outcome.$case](outcome.value);
}

export function exactSize(outcome: JobOutcome): number {
  return JobOutcome.encode(outcome).finish().length;
}

/** Lists that a caller made by hand can hold anything: what can not be encoded is found here, and not in the stream. */
export function encodes(outcome: Outcome): Outcome {
  if (outcome.value.variables.length > 0 || isExtended(outcome)) exactSize({ sequence: 1, outcome });
  return outcome;
}

function isExtended(outcome: Outcome): boolean {
  if (outcome.$case !== 'complete') return false;
  const { processVariables, elementVariables, completion } = outcome.value;
  return processVariables.length + elementVariables.length > 0 || completion !== undefined;
}
