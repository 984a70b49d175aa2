/** A stream of starts without sockets: two iterables, a test clock, and the door that every message goes through. */
import {
  CreateProcessInstanceRequest,
  type CreateProcessInstanceResult,
  ProcessInstance,
  ProcessInstanceServiceService,
  StreamCreateProcessInstancesRequest,
  StreamCreateProcessInstancesResponse,
  type StreamCreateProcessInstancesResult,
} from '../../src/gen/baton/v1/process_instances.js';
import { loadContract } from '../../src/grpc/contract.js';
import { Door, type Received } from '../../src/grpc/door.js';
import type { OpenStream, StreamEnd } from '../../src/grpc/open-streams.js';
import { streamStarts } from '../../src/grpc/start-stream.js';
import { TestClock } from './test-clock.js';
import { Channel, quiet } from './work-stream.js';

const door = new Door(loadContract()).guard(ProcessInstanceServiceService).streamCreateProcessInstances;

export function startOf(
  requestId: string,
  fields: Partial<CreateProcessInstanceRequest> = {},
): CreateProcessInstanceRequest {
  const process = { $case: 'bpmnProcess', value: { bpmnProcessId: 'order', version: undefined } } as const;
  return { ...CreateProcessInstanceRequest.create({ requestId }), process, ...fields };
}

/** Starts with the ids `a-1`, `a-2` and so on. */
export const startsOf = (count: number, prefix = 'a'): CreateProcessInstanceRequest[] =>
  Array.from({ length: count }, (_, index) => startOf(`${prefix}-${index + 1}`));

const refusal = (message: string) => ({ code: 5, message, details: [] });

export class TestStarts {
  readonly clock = new TestClock();
  readonly bugs: unknown[] = [];
  /** Messages of the server, decoded, as far as they were read. */
  readonly messages: StreamCreateProcessInstancesResponse[] = [];
  readonly sizes: number[] = [];
  /** Ids of what is being started, in order. */
  readonly started: string[] = [];
  end: StreamEnd | undefined;
  settled = false;
  readonly #answers = new Map<string, (result: CreateProcessInstanceResult) => void>();
  readonly #requests = new Channel<Received<StreamCreateProcessInstancesRequest>>();
  readonly #gone = new AbortController();
  readonly #stream: OpenStream;
  #reading = true;

  constructor() {
    this.#stream = streamStarts(this.#requests, {
      start: ({ requestId }) => {
        this.started.push(requestId);
        return new Promise((resolve) => this.#answers.set(requestId, resolve));
      },
      clock: this.clock,
      gone: this.#gone.signal,
      bug: (error) => {
        this.bugs.push(error);
        return { refused: 'INTERNAL', message: 'a bug' };
      },
    });
    void this.#stream.settled.then(() => {
      this.settled = true;
    });
    void this.#read();
  }

  async send(...requests: CreateProcessInstanceRequest[]): Promise<void> {
    await this.sendBytes(Buffer.from(StreamCreateProcessInstancesRequest.encode({ requests }).finish()));
  }

  async sendBytes(bytes: Buffer): Promise<void> {
    this.#requests.push(door.requestDeserialize(bytes));
    await quiet();
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

  async drain(deadlineMs: number): Promise<void> {
    this.#stream.drain('the server stops', deadlineMs);
    await quiet();
  }

  /** The engine answers these, all in one turn. */
  answer(...requestIds: string[]): Promise<void> {
    return this.#answer(requestIds, (id) => ({ $case: 'error', value: refusal(`answer to ${id}`) }));
  }

  /** The engine has started these, all in one turn. */
  succeed(tags: Record<string, string>, ...requestIds: string[]): Promise<void> {
    const value = { ...ProcessInstance.create(), tags };
    return this.#answer(requestIds, () => ({ $case: 'processInstance', value }));
  }

  async #answer(
    requestIds: readonly string[],
    resultOf: (id: string) => CreateProcessInstanceResult['result'],
  ): Promise<void> {
    for (const id of requestIds) {
      const answer = this.#answers.get(id);
      if (answer === undefined) throw new Error(`${id} was not started`);
      this.#answers.delete(id);
      answer({ result: resultOf(id) });
    }
    await quiet();
  }

  /** Messages of the client that the server has not read. */
  get unread(): number {
    return this.#requests.length;
  }

  get credit(): number {
    return this.messages.reduce((sum, { credit }) => sum + credit, 0);
  }

  get results(): StreamCreateProcessInstancesResult[] {
    return this.messages.flatMap(({ results }) => results);
  }

  get answered(): string[] {
    return this.results.map(({ requestId }) => requestId);
  }

  /** A reader that stops takes the message that it waits for, then nothing. */
  stopReading(): void {
    this.#reading = false;
  }

  async goOnReading(): Promise<void> {
    this.#reading = true;
    void this.#read();
    await quiet();
  }

  async #read(): Promise<void> {
    while (this.#reading && this.end === undefined) {
      const result = await this.#stream.responses.next();
      if (result.done === true) {
        this.end = result.value;
        return;
      }
      this.sizes.push(result.value.length);
      this.messages.push(StreamCreateProcessInstancesResponse.decode(result.value));
    }
  }
}
