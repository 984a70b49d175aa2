// Owns the running of handlers: what they are given, and how what they return or throw becomes an outcome.

import { toDuration } from '../durations.js';
import type { TopicSubscription } from '../gen/baton/v1/jobs.js';
import { type Logger, withFields } from '../logger.js';
import { BpmnError, BpmnEscalation, JobFailure } from './failures.js';
import { type Job, readJob } from './job.js';
import type { HeldJob } from './ledger.js';
import { completed, encodes, type HandlerResult, type Outcome, thrown } from './outcomes.js';
import type { AbortReason } from './session-ports.js';

/** What a handler is given beside the job. */
export interface HandlerContext {
  /**
   * Aborted when the outcome of this job no longer counts: its element was interrupted, its lock was lost, or the worker
   * had no more time to stop. The reason is an Error whose message says which.
   */
  readonly signal: AbortSignal;
  /** Adds job, topic and process instance to each line. */
  readonly logger: Logger;
}

/**
 * Does the work of one job. What it returns are the results; what it throws fails the job. The variables are unknown
 * until the handler says what it expects: `async (job: Job<{ amount: number }>, { signal }) => ...`. A method's type, so
 * that handlers with different expectations fit into one object.
 */
export type Handler<V = unknown> = {
  handle(job: Job<V>, context: HandlerContext): HandlerResult | Promise<HandlerResult>;
}['handle'];

export interface TopicOptions {
  readonly handler: Handler;
  /** Names of the variables that come with each job. Absent: all that the element can see. Empty: none. */
  readonly variables?: readonly string[];
  /** How long the server lets one job be held. Absent: as the server says. */
  readonly maxHoldMs?: number;
}

/** A handler, with or without options. */
export type TopicHandler = Handler | TopicOptions;

/** An outcome, and what was thrown by accident. */
interface Ending {
  readonly outcome: Outcome;
  readonly fault?: Error | undefined;
}

export class Handlers {
  readonly subscriptions: readonly TopicSubscription[];
  readonly #handlers = new Map<string, Handler>();
  readonly #running = new Map<HeldJob, Context>();
  readonly #logger: Logger;

  constructor(topics: Readonly<Record<string, TopicHandler>>, logger: Logger) {
    this.#logger = logger;
    this.subscriptions = Object.entries(topics).map(([topic, entry]) => {
      const options: TopicOptions = typeof entry === 'function' ? { handler: entry } : entry;
      this.#handlers.set(topic, options.handler);
      return subscription(topic, options);
    });
  }

  /** Calls back exactly once, perhaps before it returns. Throws nothing. */
  run(held: HeldJob, done: (ending: Ending) => void): void {
    const context = new Context(held, this.#logger);
    this.#running.set(held, context);
    const end = (ending: Ending) => {
      this.#running.delete(held);
      done(ending);
    };
    try {
      const result = this.#call(held, context);
      if (isPromise(result))
        result.then(
          (value) => end(returned(held, value)),
          (error) => end(failed(held, error)),
        );
      else end(returned(held, result));
    } catch (error) {
      end(failed(held, error));
    }
  }

  abort(held: HeldJob, reason: AbortReason): void {
    this.#running.get(held)?.abort(reason);
  }

  #call(held: HeldJob, context: Context): ReturnType<Handler> {
    const handler = this.#handlers.get(held.wire.topic);
    if (handler === undefined) throw new TypeError(`this worker has no handler for topic "${held.wire.topic}"`);
    return handler(readJob<unknown>(held.wire), context);
  }
}

function subscription(topic: string, { variables, maxHoldMs }: TopicOptions): TopicSubscription {
  return {
    topic,
    variableNames: [...(variables ?? [])],
    withoutVariables: variables?.length === 0,
    maxHold: maxHoldMs === undefined ? undefined : toDuration(maxHoldMs),
  };
}

function isPromise(result: ReturnType<Handler>): result is Promise<HandlerResult> {
  return typeof result === 'object' && result !== null && 'then' in result && typeof result.then === 'function';
}

function returned(held: HeldJob, result: HandlerResult): Ending {
  try {
    return { outcome: encodes(completed(held.wire, result)) };
  } catch (error) {
    return failed(held, error);
  }
}

function failed(held: HeldJob, error: unknown): Ending {
  const meant = error instanceof JobFailure || error instanceof BpmnError || error instanceof BpmnEscalation;
  try {
    return { outcome: encodes(thrown(held.wire, error)), fault: meant ? undefined : asError(error) };
  } catch (unfit) {
    // What was thrown on purpose can not be sent: say both.
    const message = `${asError(unfit).message} (while reporting: ${asError(error).message})`;
    return { outcome: thrown(held.wire, new JobFailure(message)), fault: asError(unfit) };
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(`a handler threw ${String(error)}`, { cause: error });
}

/** Most handlers look at neither: both are made when asked for. */
class Context implements HandlerContext {
  readonly #held: HeldJob;
  readonly #logger: Logger;
  #controller: AbortController | undefined;
  #reason: AbortReason | undefined;

  constructor(held: HeldJob, logger: Logger) {
    this.#held = held;
    this.#logger = logger;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#reason !== undefined) this.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  get logger(): Logger {
    const { partition, id, topic, processInstanceId } = this.#held.wire;
    return withFields(this.#logger, { job: `${partition}/${id}`, topic, processInstance: processInstanceId });
  }

  abort(reason: AbortReason): void {
    this.#reason = reason;
    const { partition, id } = this.#held.wire;
    this.#controller?.abort(new Error(`${reason}: the outcome of job ${partition}/${id} no longer counts`));
  }
}
