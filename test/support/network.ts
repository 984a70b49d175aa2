/** A server and workers with a wire in between that a test can break, and a record of what was done over it. */
import { onTestFinished } from 'vitest';
import {
  BatonClient,
  type Job,
  Worker,
  type WorkerEvents,
  type WorkerOptions,
} from '../../clients/typescript/src/index.js';
import { readServerSettings } from '../../src/config.js';
import { type RunningServer, startServer } from '../../src/server.js';
import { LogBook } from './engine.js';
import { FaultyWire } from './faulty-wire.js';

type AtEnd = (stop: () => Promise<void>) => void;

export interface TestServer extends RunningServer {
  readonly log: LogBook;
  /** Stopping twice is stopping once. */
  stop(): Promise<void>;
}

/** As users run it, inside this process. */
export async function runServer(
  databaseUrl: string,
  flags: Readonly<Record<string, string>>,
  atEnd: AtEnd = onTestFinished,
): Promise<TestServer> {
  const reading = readServerSettings({
    flags: { databaseUrl, listenPort: '0', drainTimeout: '0s', ...flags },
    environment: {},
  });
  if ('problems' in reading) throw new Error(JSON.stringify(reading.problems));
  const log = new LogBook();
  const server = await startServer(reading.settings, log);
  const stop = () => server.stop();
  atEnd(stop);
  return { address: server.address, drain: () => server.drain(), stop, log };
}

export async function wireBefore(address: string, atEnd: AtEnd = onTestFinished): Promise<FaultyWire> {
  const wire = await FaultyWire.before(address);
  atEnd(() => wire.close());
  return wire;
}

/** Resolves when what the test waits for is so; asked again at each thing that happens. */
export class Happenings {
  readonly #waiting = new Set<() => void>();

  happened(): void {
    for (const look of [...this.#waiting]) look();
  }

  until(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!holds()) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }
}

/** How often each job was worked on, by any worker. */
export class Runs extends Happenings {
  readonly byJob = new Map<number, number>();

  add({ id }: Job): void {
    this.byJob.set(id, (this.byJob.get(id) ?? 0) + 1);
    this.happened();
  }

  get jobs(): number {
    return this.byJob.size;
  }

  /** Jobs that were worked on more than once. */
  get repeated(): readonly number[] {
    return [...this.byJob].filter(([, runs]) => runs > 1).map(([id]) => id);
  }
}

/** A worker of the SDK that writes down what happened to it. */
export class WatchedWorker extends Happenings {
  readonly worker: Worker;
  readonly connected: WorkerEvents['connected'][] = [];
  readonly disconnected: WorkerEvents['disconnected'][] = [];
  readonly accepted: number[] = [];
  readonly refused: WorkerEvents['refused'][] = [];
  readonly canceled: WorkerEvents['canceled'][] = [];

  constructor(
    address: string | readonly string[],
    topic: string,
    handle: (job: Job) => Promise<void>,
    options: Partial<WorkerOptions> = {},
    atEnd: AtEnd = onTestFinished,
  ) {
    super();
    const logger = new LogBook();
    this.worker = new Worker({ address, logger, handlers: { [topic]: handle }, concurrency: 20, ...options });
    this.#note('connected', (event) => this.connected.push(event));
    this.#note('disconnected', (event) => this.disconnected.push(event));
    this.#note('accepted', ({ job }) => this.accepted.push(job.id));
    this.#note('refused', (event) => this.refused.push(event));
    this.#note('canceled', (event) => this.canceled.push(event));
    atEnd(() => this.worker.stop({ timeout: 0 }));
  }

  /** The next of its streams that a server has let in. */
  async back(): Promise<WorkerEvents['connected']> {
    const before = this.connected.length;
    await this.until(() => this.connected.length > before);
    const [event] = this.connected.slice(-1);
    if (event === undefined) throw new Error('the worker never came back');
    return event;
  }

  #note<K extends keyof WorkerEvents>(event: K, listener: (value: WorkerEvents[K]) => void): void {
    this.worker.on(event, (value) => {
      listener(value);
      this.happened();
    });
  }
}

export function openClient(
  address: string,
  atEnd: AtEnd = onTestFinished,
  channelOptions: Readonly<Record<string, number>> = {},
): BatonClient {
  const client = new BatonClient({ address, channelOptions });
  atEnd(async () => client.close());
  return client;
}

/** A client with these finds a dead connection sooner than others do. */
export const QUICK_PINGS = { 'grpc.keepalive_time_ms': 300, 'grpc.keepalive_timeout_ms': 300 };

/** Opens once, for all who wait. */
export function gate() {
  let open: () => void = () => undefined;
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, passed };
}
