/** A server with a real engine and real sockets, and a client without any comfort. */
import { randomUUID } from 'node:crypto';
import {
  Client,
  type ClientDuplexStream,
  credentials,
  Metadata,
  type MethodDefinition,
  type ServiceError,
} from '@grpc/grpc-js';
import { onTestFinished } from 'vitest';
import { type EngineSettings, type RunningEngine, startEngine } from '../../src/engine/engine.js';
import type { Store } from '../../src/engine/ports/store.js';
import { JobServiceService, WorkRequest, type WorkResponse } from '../../src/gen/baton/v1/jobs.js';
import { BadRequest, ErrorInfo } from '../../src/gen/google/rpc/error_details.js';
import { Status } from '../../src/gen/google/rpc/status.js';
import { type ServeLimits, type Serving, serve } from '../../src/grpc/serve.js';
import { openStore } from '../../src/store/store.js';
import { LogBook } from './engine.js';
import type { DatabaseSettings } from './template.js';
import type { ServerFrame, WorkerFrame } from './work-stream.js';

export interface TestApi {
  readonly engine: RunningEngine;
  readonly store: Store;
  readonly log: LogBook;
  readonly serving: Serving;
  readonly client: TestClient;
  stop(): Promise<void>;
}

/** For many tests of one file: to be stopped after the last. */
export async function startApi(
  database: DatabaseSettings,
  settings: Partial<EngineSettings> = {},
  limits: Partial<ServeLimits> = {},
): Promise<TestApi> {
  const log = new LogBook();
  const warn = (message: string) => log.warn({}, message);
  const store = await openStore({ database, lanes: 2, migrations: 'run', warn });
  const engine = await startEngine(store, { ...SETTINGS, serverId: randomUUID(), ...settings }, log);
  const serving = await serve({ engine, log, host: '127.0.0.1', port: 0, limits });
  const client = new TestClient(serving.address);
  const stop = async () => {
    client.close();
    await serving.close();
    await engine.stop();
    await store.close();
  };
  let stopped: Promise<void> | undefined;
  return { engine, store, log, serving, client, stop: () => (stopped ??= stop()) };
}

/** For one test; stopped when it finishes. */
export async function openApi(database: DatabaseSettings, settings: Partial<EngineSettings> = {}): Promise<TestApi> {
  const api = await startApi(database, settings);
  onTestFinished(api.stop);
  return api;
}

const SETTINGS: Omit<EngineSettings, 'serverId'> = {
  version: 'test',
  lanes: 2,
  heartbeatIntervalMs: 5_000,
  resumeWindowMs: 10_000,
  deadTimeMs: 15_000,
};

type FrameValues = { [F in ServerFrame as F['$case']]: F['value'] };

type Method<Request, Response> = MethodDefinition<Request, Response>;

export class TestClient {
  readonly #client: Client;

  constructor(address: string) {
    // A channel of its own, so that cutting one connection cuts no other test's.
    this.#client = new Client(address, credentials.createInsecure(), { 'grpc.use_local_subchannel_pool': 1 });
  }

  close(): void {
    this.#client.close();
  }

  call<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    { deadlineMs, headers = {} }: { deadlineMs?: number; headers?: Record<string, string> } = {},
  ): Promise<Response> {
    return this.#call(method, method.requestSerialize(request), headers, deadlineMs);
  }

  /** Any bytes instead of a request. */
  callWithBytes<Request, Response>(method: Method<Request, Response>, bytes: Buffer): Promise<Response> {
    return this.#call(method, bytes, {}, undefined);
  }

  /** The answers of a one-way stream, one by one. */
  answers<Request, Response>(method: Method<Request, Response>, request: Request): { next(): Promise<Response> } {
    const { path, requestSerialize, responseDeserialize } = method;
    const call = this.#client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, request);
    onTestFinished(() => call.cancel());
    // Cancelling it is an error of the stream, after which nobody asks.
    call.on('error', () => undefined);
    const answers = (call as AsyncIterable<Response>)[Symbol.asyncIterator]();
    return {
      next: async () => {
        const { done, value } = await answers.next();
        if (done === true) throw new Error('the stream has ended');
        return value;
      },
    };
  }

  work(): WorkClient {
    return new WorkClient(this.bidi(JobServiceService.work));
  }

  /** A two-way stream that takes any bytes. */
  bidi<Response>({
    path,
    responseDeserialize,
  }: Pick<Method<never, Response>, 'path' | 'responseDeserialize'>): ClientDuplexStream<Buffer, Response> {
    return this.#client.makeBidiStreamRequest(path, (bytes: Buffer) => bytes, responseDeserialize);
  }

  #call<Response>(
    { path, responseDeserialize }: Pick<Method<never, Response>, 'path' | 'responseDeserialize'>,
    bytes: Buffer,
    headers: Record<string, string>,
    deadlineMs: number | undefined,
  ): Promise<Response> {
    const metadata = new Metadata();
    for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
    const options = deadlineMs === undefined ? {} : { deadline: Date.now() + deadlineMs };
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest<Buffer, Response>(
        path,
        (value) => value,
        responseDeserialize,
        bytes,
        metadata,
        options,
        (error, response) => {
          if (error !== null) reject(error);
          else if (response !== undefined) resolve(response);
        },
      );
    });
  }
}

export interface Refused {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
  readonly fields: readonly string[];
}

/** The refusal of a call, read from its details. */
export async function refusalOf(call: Promise<object>): Promise<Refused> {
  const error = await call.then(
    (answer) => {
      throw new Error(`not refused: ${JSON.stringify(answer)}`);
    },
    (thrown: ServiceError) => thrown,
  );
  return readRefusal(error);
}

export function readRefusal({ code, details, metadata }: Pick<ServiceError, 'code' | 'details' | 'metadata'>): Refused {
  const [bytes] = metadata.get('grpc-status-details-bin');
  if (!(bytes instanceof Buffer)) return { code, reason: '', message: details, fields: [] };
  let reason = '';
  const fields: string[] = [];
  for (const { typeUrl, value } of Status.decode(bytes).details) {
    if (typeUrl.endsWith('/google.rpc.ErrorInfo')) reason = ErrorInfo.decode(value).reason;
    if (typeUrl.endsWith('/google.rpc.BadRequest')) {
      fields.push(...BadRequest.decode(value).fieldViolations.map(({ field }) => field));
    }
  }
  return { code, reason, message: details, fields };
}

/** A worker stream over a socket. What comes is kept; `until` resolves when what the test waits for is there. */
export class WorkClient {
  readonly frames: ServerFrame[] = [];
  end: Refused | undefined;
  readonly #call: ClientDuplexStream<Buffer, WorkResponse>;
  #wake: (() => void) | undefined;

  constructor(call: ClientDuplexStream<Buffer, WorkResponse>) {
    this.#call = call;
    call.on('data', ({ frame }: WorkResponse) => {
      if (frame !== undefined) this.frames.push(frame);
      this.#wake?.();
    });
    call.on('error', () => undefined);
    call.on('status', (status) => {
      this.end = readRefusal(status);
      this.#wake?.();
    });
    onTestFinished(() => call.cancel());
  }

  send(...frames: WorkerFrame[]): void {
    for (const frame of frames) this.#call.write(Buffer.from(WorkRequest.encode({ frame }).finish()));
  }

  sendBytes(bytes: Buffer): void {
    this.#call.write(bytes);
  }

  /** The connection goes without a word. */
  cut(): void {
    this.#call.cancel();
  }

  closeRequests(): void {
    this.#call.end();
  }

  pause(): void {
    this.#call.pause();
  }

  resume(): void {
    this.#call.resume();
  }

  async until<T>(find: () => T | undefined): Promise<T> {
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  ended(): Promise<Refused> {
    return this.until(() => this.end);
  }

  /** The first frame of a kind. */
  first<Kind extends ServerFrame['$case']>(kind: Kind): Promise<FrameValues[Kind]> {
    return this.until(() => this.of(kind)[0]);
  }

  of<Kind extends ServerFrame['$case']>(kind: Kind): FrameValues[Kind][] {
    return this.frames.filter((frame) => frame.$case === kind).map(({ value }) => value as never);
  }

  /** Jobs handed out so far. */
  jobs(count: number) {
    return this.until(() => {
      const jobs = this.of('jobs').flatMap((frame) => frame.jobs);
      return jobs.length >= count ? jobs : undefined;
    });
  }

  acks(count: number) {
    return this.until(() => {
      const acks = this.of('outcomeAcks').flatMap((frame) => frame.acks);
      return acks.length >= count ? acks : undefined;
    });
  }
}
