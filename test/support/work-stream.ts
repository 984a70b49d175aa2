/** A worker stream without sockets: two iterables, a test clock, and the door that every frame goes through. */
import { JobServiceService, WorkRequest, WorkResponse } from '../../src/gen/baton/v1/jobs.js';
import { loadContract } from '../../src/grpc/contract.js';
import { Door, type Received } from '../../src/grpc/door.js';
import type { OpenStream, StreamEnd } from '../../src/grpc/open-streams.js';
import { startWork } from '../../src/grpc/work-protocol.js';
import { FakeEngine, PARTITION } from './fake-engine.js';
import { TestClock } from './test-clock.js';

export type WorkerFrame = NonNullable<WorkRequest['frame']>;
export type ServerFrame = NonNullable<WorkResponse['frame']>;

const work = new Door(loadContract()).guard(JobServiceService).work;

/** What one side pushes and the other pulls. */
export class Channel<T> implements AsyncIterator<T> {
  readonly #items: IteratorResult<T>[] = [];
  #waiting: ((result: IteratorResult<T>) => void) | null = null;

  push(value: T): void {
    this.#give({ done: false, value });
  }

  end(): void {
    this.#give({ done: true, value: undefined });
  }

  /** Items that nobody has taken. */
  get length(): number {
    return this.#items.length;
  }

  next(): Promise<IteratorResult<T>> {
    const item = this.#items.shift();
    return item === undefined
      ? new Promise((resolve) => {
          this.#waiting = resolve;
        })
      : Promise.resolve(item);
  }

  #give(item: IteratorResult<T>): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    if (waiting === null) this.#items.push(item);
    else waiting(item);
  }
}

/** Lets everything happen that can happen without time passing. */
export const quiet = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

export class TestStream {
  readonly engine: FakeEngine;
  readonly clock = new TestClock();
  readonly bugs: unknown[] = [];
  /** Frames of the server, decoded, as far as they were read. */
  readonly frames: ServerFrame[] = [];
  readonly sizes: number[] = [];
  end: StreamEnd | undefined;
  settled = false;
  readonly #requests = new Channel<Received<WorkRequest>>();
  readonly #gone = new AbortController();
  readonly #stream: OpenStream;
  #reading = true;

  constructor(engine = new FakeEngine()) {
    this.engine = engine;
    this.#stream = startWork(this.#requests, {
      engine,
      callerFor: (tenantIds) => ({ principal: 'anonymous', tenantIds }),
      clock: this.clock,
      log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
      gone: this.#gone.signal,
      bug: (error) => {
        this.bugs.push(error);
        return { refused: 'INTERNAL', message: 'a bug' };
      },
    });
    this.#stream.settled.then(() => {
      this.settled = true;
    });
    void this.#read();
  }

  async send(...frames: WorkerFrame[]): Promise<void> {
    for (const frame of frames) this.sendBytes(Buffer.from(WorkRequest.encode({ frame }).finish()));
    await quiet();
  }

  sendBytes(bytes: Buffer): void {
    this.#requests.push(work.requestDeserialize(bytes));
  }

  async closeRequests(): Promise<void> {
    this.#requests.end();
    await quiet();
  }

  async cut(): Promise<void> {
    this.#gone.abort();
    await quiet();
  }

  async pass(milliseconds: number): Promise<void> {
    this.clock.advance(milliseconds);
    await quiet();
  }

  drain(reason: string, deadlineMs: number): void {
    this.#stream.drain(reason, deadlineMs);
  }

  /** Frames of the worker that the server has not read. */
  get unread(): number {
    return this.#requests.length;
  }

  /** A reader that stops takes the frame that it waits for, then nothing. */
  stopReading(): void {
    this.#reading = false;
  }

  async goOnReading(): Promise<void> {
    this.#reading = true;
    void this.#read();
    await quiet();
  }

  kinds(): string[] {
    return this.frames.map(({ $case }) => $case);
  }

  /** Frames of one kind. */
  of<Kind extends ServerFrame['$case']>(kind: Kind): Extract<ServerFrame, { $case: Kind }>['value'][] {
    return this.frames.filter((frame) => frame.$case === kind).map(({ value }) => value as never);
  }

  async #read(): Promise<void> {
    while (this.#reading && this.end === undefined) {
      const result = await this.#stream.responses.next();
      if (result.done === true) {
        this.end = result.value;
        return;
      }
      this.sizes.push(result.value.length);
      const { frame } = WorkResponse.decode(result.value);
      if (frame !== undefined) this.frames.push(frame);
    }
  }
}

export const SESSION = '0f8fad5b-d9cb-469f-a165-70867728950e';

export type HelloFields = Partial<Extract<WorkerFrame, { $case: 'hello' }>['value']>;

export const hello = (fields: HelloFields = {}): WorkerFrame => ({
  $case: 'hello',
  value: {
    workerId: 'worker-1',
    sessionId: SESSION,
    generation: 1,
    topics: [{ topic: 'pay', variableNames: [], withoutVariables: false }],
    tenantIds: [],
    maxMessageBytes: 0,
    held: [],
    client: 'test',
    ...fields,
  },
});

export const credit = (jobs: number, bytes = 0): WorkerFrame => ({ $case: 'credit', value: { jobs, bytes } });

export const heartbeat: WorkerFrame = { $case: 'heartbeat', value: {} };

export const goodbye: WorkerFrame = { $case: 'goodbye', value: {} };

export const handle = (id: number, lockToken = `token-${id}`) => ({ partition: PARTITION, id, lockToken });

export const giveBack = (...ids: number[]): WorkerFrame => ({
  $case: 'giveBack',
  value: { jobs: ids.map((id) => handle(id)), reason: '' },
});

export type Outcome = Extract<WorkerFrame, { $case: 'outcomes' }>['value']['outcomes'][number];

export const complete = (
  sequence: number,
  id: number,
  fields: { lockToken?: string; variablesJson?: string } = {},
): Outcome => ({
  sequence,
  outcome: {
    $case: 'complete',
    value: {
      ...handle(id),
      variables: [],
      variablesJson: '',
      processVariables: [],
      elementVariables: [],
      workerId: '',
      requestId: '',
      ...fields,
    },
  },
});

export const outcomes = (...list: Outcome[]): WorkerFrame => ({
  $case: 'outcomes',
  value: { outcomes: list, credit: undefined },
});
