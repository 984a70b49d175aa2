// Owns Worker: handlers by topic over one stream that comes back by itself.
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { BatonClient } from '../client.js';
import { systemClock } from '../clock.js';
import { Connection, type ConnectionOptions } from '../connection.js';
import { Emitter, type Listener } from '../emitter.js';
import { BatonError } from '../errors.js';
import { defaultLogger, type Logger } from '../logger.js';
import { clientName } from '../version.js';
import type { WorkerEvents } from './events.js';
import { grpcTransport } from './grpc-transport.js';
import { Handlers, type TopicHandler } from './handlers.js';
import { greatestConcurrency, type HeldJob } from './ledger.js';
import { completed } from './outcomes.js';
import { Session } from './session.js';

export interface WorkerSettings {
  /** By topic. Each says what variables its job has: `async (job: Job<{ amount: number }>) => ...`. */
  readonly handlers: Readonly<Record<string, TopicHandler>>;
  /** Greatest number of jobs worked on at once. 32 when absent. */
  readonly concurrency?: number;
  /** Name of the worker, for people and for the record. Host name and process id when absent. */
  readonly workerId?: string;
  /** Tenants whose jobs the worker takes. The client's tenant, or the default tenant, when absent. */
  readonly tenantIds?: readonly string[];
  /** Warnings and errors become warnings of Node when absent. */
  readonly logger?: Logger;
  readonly onConnected?: Listener<WorkerEvents['connected']>;
  readonly onDisconnected?: Listener<WorkerEvents['disconnected']>;
  readonly onError?: Listener<WorkerEvents['error']>;
}

/** With a client: its addresses, credentials and headers. The worker opens a connection of its own all the same. */
export type WorkerOptions = WorkerSettings & (ConnectionOptions | { readonly client: BatonClient });

export interface StopOptions {
  /** How many milliseconds jobs in hand may take to end. What is left then goes back to the queue. 30,000 when absent. */
  readonly timeout?: number;
}

const defaultConcurrency = 32;
const defaultStopMs = 30_000;

/** How long one turn of the event loop may begin handlers. */
const turnMs = 20;

export class Worker {
  readonly workerId: string;
  readonly #events: Emitter<WorkerEvents>;
  readonly #handlers: Handlers;
  readonly #session: Session;
  readonly #started: Promise<void>;
  readonly #stopped: Promise<void>;
  /** Jobs whose handlers have not begun. */
  readonly #waiting: HeldJob[] = [];
  #running = false;

  constructor(options: WorkerOptions) {
    const { logger = defaultLogger, concurrency = defaultConcurrency } = options;
    this.workerId = options.workerId ?? `${hostname()}-${process.pid}`;
    this.#events = new Emitter((error, event) => logger.error({ error, event }, 'a listener of a worker threw'));
    this.#handlers = new Handlers(options.handlers, logger);
    checkConcurrency(concurrency);
    if (this.#handlers.subscriptions.length === 0) throw new TypeError('handlers: at least one topic is needed');
    const connection = 'client' in options ? options.client.connection : new Connection(options);
    const tenantId = 'client' in options ? options.client.tenantId : undefined;
    this.#listen(options, logger);
    this.#session = new Session(
      {
        workerId: this.workerId,
        addresses: connection.addresses,
        topics: this.#handlers.subscriptions,
        tenantIds: options.tenantIds ?? (tenantId ? [tenantId] : []),
        concurrency,
        maxMessageBytes: connection.maxMessageBytes,
        client: clientName,
      },
      { open: grpcTransport(connection), clock: systemClock, random: Math.random, newSessionId: randomUUID },
      {
        events: this.#events,
        run: (held) => this.#run(held),
        abort: (held, reason) => this.#handlers.abort(held, reason),
      },
    );
    [this.#started, this.#stopped] = this.#promises();
  }

  /** Resolves when a server has let the worker in; tries until then. Rejects when no server ever will. */
  start(): Promise<void> {
    this.#session.start();
    return this.#started;
  }

  /** Takes no more jobs, lets those in hand end, and gives back what did not end in time. */
  async stop({ timeout = defaultStopMs }: StopOptions = {}): Promise<void> {
    this.#session.stop(timeout);
    await this.#stopped.catch(() => undefined);
  }

  /** Resolves when the worker has stopped; rejects when it stopped by itself, because it could not go on. */
  get stopped(): Promise<void> {
    return this.#stopped;
  }

  /** The answer takes the listener away again. */
  on<K extends keyof WorkerEvents>(event: K, listener: Listener<WorkerEvents[K]>): () => void {
    return this.#events.on(event, listener);
  }

  /** Handlers that compute without waiting still leave room for heartbeats: they begin in turns of the event loop. */
  #run(held: HeldJob): void {
    this.#waiting.push(held);
    if (!this.#running) this.#runWaiting();
  }

  #runWaiting(): void {
    this.#running = true;
    const end = performance.now() + turnMs;
    for (let held = this.#waiting.shift(); held !== undefined; held = this.#waiting.shift()) {
      this.#begin(held);
      if (performance.now() < end) continue;
      setImmediate(() => this.#runWaiting());
      return;
    }
    this.#running = false;
  }

  #begin(held: HeldJob): void {
    // Canceled before its turn came: its outcome, whatever it is, will not be sent.
    if (held.released) {
      this.#session.finish(held, completed(held.wire, undefined));
      return;
    }
    this.#handlers.run(held, ({ outcome, fault }) => {
      if (fault !== undefined && !held.released) this.#events.emit('error', { error: fault, job: held.wire });
      this.#session.finish(held, outcome);
    });
  }

  #promises(): [started: Promise<void>, stopped: Promise<void>] {
    const started = new Promise<void>((resolve, reject) => {
      this.#events.on('connected', () => resolve());
      this.#events.on('stopped', ({ error }) => reject(error ?? stoppedBeforeStart()));
    });
    const stopped = new Promise<void>((resolve, reject) => {
      this.#events.on('stopped', ({ error }) => (error ? reject(error) : resolve()));
    });
    // Whoever does not wait for them has the events and the log.
    started.catch(() => undefined);
    stopped.catch(() => undefined);
    return [started, stopped];
  }

  #listen({ onConnected, onDisconnected, onError }: WorkerSettings, logger: Logger): void {
    const { workerId } = this;
    this.on('connected', (event) => logger.info({ workerId, ...event }, 'the worker is connected'));
    this.on('disconnected', ({ error, ...event }) => {
      const fields = { workerId, ...event, reason: error?.message };
      if (error) logger.warn(fields, 'the worker lost its stream');
      else logger.info(fields, 'the worker left its stream');
    });
    this.on('refused', ({ job, error }) => {
      const { partition, id, topic } = job;
      logger.warn({ workerId, job: `${partition}/${id}`, topic, reason: error.message }, 'an outcome was refused');
    });
    this.on('error', ({ error, job }) => {
      const fields = job
        ? { workerId, job: `${job.partition}/${job.id}`, topic: job.topic, error }
        : { workerId, error };
      logger.error(fields, job ? 'a handler failed' : 'the worker can not go on');
    });
    this.on('stopped', ({ error }) => error && logger.warn({ workerId, reason: error.message }, 'the worker stopped'));
    if (onConnected) this.on('connected', onConnected);
    if (onDisconnected) this.on('disconnected', onDisconnected);
    if (onError) this.on('error', onError);
  }
}

function checkConcurrency(concurrency: number): void {
  if (Number.isInteger(concurrency) && concurrency >= 1 && concurrency <= greatestConcurrency) return;
  throw new RangeError(`concurrency ${concurrency}: must be a whole number from 1 to ${greatestConcurrency}`);
}

function stoppedBeforeStart(): BatonError {
  return new BatonError({ code: 'CANCELLED', message: 'the worker was stopped before a server let it in' });
}
