// Owns what a handler throws on purpose.
import type { Span } from '../durations.js';
import type { VariablesInput } from '../variables.js';

/** Texts are cut to this length by the server; cutting them here keeps messages small. */
export const longestMessage = 10_000;

export interface JobFailureOptions {
  /** Greatest number of retries after the first try. Absent: as the model says. */
  readonly retryLimit?: number;
  /** When to try again: ISO 8601 text such as `PT10S`, or milliseconds. Absent: at once. */
  readonly retryAfter?: Span;
  /** Variables for the next try to see, in the scope of the activity. */
  readonly variables?: VariablesInput;
  readonly cause?: unknown;
}

/** The work failed: try again, or make an incident when no retries are left. */
export class JobFailure extends Error {
  readonly retryLimit: number | undefined;
  readonly retryAfter: Span | undefined;
  readonly variables: VariablesInput | undefined;

  constructor(message: string, options: JobFailureOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'JobFailure';
    this.retryLimit = options.retryLimit;
    this.retryAfter = options.retryAfter;
    this.variables = options.variables;
  }
}

/** A business error: the nearest error event of the model that catches the code takes over. */
export class BpmnError extends Error {
  readonly code: string;
  /** For what catches the error. */
  readonly variables: VariablesInput | undefined;

  constructor(code: string, message = '', variables?: VariablesInput) {
    super(message);
    this.name = 'BpmnError';
    this.code = code;
    this.variables = variables;
  }
}

export interface BpmnEscalationOptions {
  /** For what catches the escalation. */
  readonly variables?: VariablesInput;
  /** When the next job of the activity becomes due, if the escalation does not interrupt it. */
  readonly retryAfter?: Span;
}

/** A business escalation: the nearest escalation event of the model that catches the code takes over. */
export class BpmnEscalation extends Error {
  readonly code: string;
  readonly variables: VariablesInput | undefined;
  readonly retryAfter: Span | undefined;

  constructor(code: string, options: BpmnEscalationOptions = {}) {
    super(`escalation ${code}`);
    this.name = 'BpmnEscalation';
    this.code = code;
    this.variables = options.variables;
    this.retryAfter = options.retryAfter;
  }
}
