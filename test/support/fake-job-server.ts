// A server that speaks the protocol of the Work stream (jobs.proto) and does what a test tells it, over real sockets.
import {
  Metadata,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type StatusObject,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js';
import {
  Job,
  JobHandle,
  type JobOutcome,
  JobServiceService,
  type WorkHello,
  type WorkRequest,
  type WorkResponse,
  WorkWelcome,
} from '../../clients/typescript/src/gen/baton/v1/jobs.js';
import { type ModelProblem, ModelProblems } from '../../clients/typescript/src/gen/baton/v1/processes.js';
import type { Any } from '../../clients/typescript/src/gen/google/protobuf/any.js';
import {
  BadRequest,
  BadRequest_FieldViolation,
  ErrorInfo,
  RetryInfo,
} from '../../clients/typescript/src/gen/google/rpc/error_details.js';
import { Status } from '../../clients/typescript/src/gen/google/rpc/status.js';

export type FromWorker = NonNullable<WorkRequest['frame']>;
export type ToWorker = NonNullable<WorkResponse['frame']>;
type ValueOf<K extends FromWorker['$case']> = Extract<FromWorker, { $case: K }>['value'];

export interface Refusal {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
  readonly retryAfterMs?: number;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly violations?: readonly { readonly field: string; readonly description: string }[];
  readonly problems?: readonly ModelProblem[];
}

type UnaryMethod = {
  readonly path: string;
  readonly requestStream: false;
  readonly responseStream: false;
};

/** One Work stream, seen from the server. */
export class FakeStream {
  readonly number: number;
  readonly hello: WorkHello;
  /** Everything that came after the hello, in its order. */
  readonly received: FromWorker[] = [];
  readonly #call: ServerDuplexStream<WorkRequest, WorkResponse>;
  #waiting: (() => void)[] = [];
  #over = false;

  constructor(number: number, hello: WorkHello, call: ServerDuplexStream<WorkRequest, WorkResponse>) {
    this.number = number;
    this.hello = hello;
    this.#call = call;
    call.on('cancelled', () => this.#end());
    call.on('end', () => this.#end());
  }

  get over(): boolean {
    return this.#over;
  }

  /** Without a frame: one of a kind that the worker does not know. */
  send(frame: ToWorker | undefined): boolean {
    return this.#call.write({ frame });
  }

  /** Stops reading, so that the worker's messages fill the buffers between. */
  pause(): void {
    this.#call.pause();
  }

  resume(): void {
    this.#call.resume();
  }

  welcome(parts: Partial<WorkWelcome> = {}): void {
    const intervals = { heartbeatInterval: { seconds: 5, nanos: 0 }, silenceLimit: { seconds: 15, nanos: 0 } };
    const value = WorkWelcome.create({ serverId: 'fake', maxCredit: 10_000, maxMessageBytes: 4_194_304 });
    this.send({ $case: 'hello', value: { ...value, ...intervals, ...parts } });
  }

  /** Hands jobs out, and answers with them. */
  push<P extends readonly Partial<Job>[]>(...jobs: P): Made<P> {
    const made = makeJobs(jobs);
    this.send({ $case: 'jobs', value: { jobs: [...made] } });
    return made;
  }

  accept(...sequences: readonly number[]): void {
    const acks = sequences.map((sequence) => ({
      sequence,
      result: { $case: 'accepted' as const, value: { state: 'JOB_STATE_DONE' as const } },
      stillHeld: false,
    }));
    this.send({ $case: 'outcomeAcks', value: { acks } });
  }

  refuse(sequence: number, refusal: Refusal, stillHeld = false): void {
    const result = { $case: 'refused' as const, value: toStatus(refusal) };
    this.send({ $case: 'outcomeAcks', value: { acks: [{ sequence, result, stillHeld }] } });
  }

  /** Ends the stream well, or with an error. */
  end(refusal?: Refusal): void {
    if (refusal) this.#call.emit('error', toCallError(refusal));
    else this.#call.end();
  }

  /** The first frame of this kind, from this place in `received` on, that fits. */
  async frame<K extends FromWorker['$case']>(
    kind: K,
    fits: (value: ValueOf<K>) => boolean = () => true,
  ): Promise<ValueOf<K>> {
    for (;;) {
      for (const frame of this.received) {
        if (frame.$case === kind && fits(frame.value as ValueOf<K>)) return frame.value as ValueOf<K>;
      }
      await this.#change(`a frame "${kind}"`);
    }
  }

  /** The outcome with this sequence, once it has come. */
  async outcome(sequence: number) {
    const { outcomes } = await this.frame('outcomes', (value) => value.outcomes.some((o) => o.sequence === sequence));
    const found = outcomes.find((outcome) => outcome.sequence === sequence);
    if (found?.outcome === undefined) throw new Error(`outcome ${sequence} is empty`);
    return found.outcome;
  }

  get outcomes(): JobOutcome[] {
    return this.received.flatMap((frame) => (frame.$case === 'outcomes' ? frame.value.outcomes : []));
  }

  /** Resolves when the worker has granted this many jobs in all. */
  async credit(atLeast: number): Promise<number> {
    for (;;) {
      const granted = this.granted;
      if (granted >= atLeast) return granted;
      await this.#change(`credit of ${atLeast}`);
    }
  }

  get granted(): number {
    return this.received.reduce((sum, frame) => {
      if (frame.$case === 'credit') return sum + frame.value.jobs;
      return frame.$case === 'outcomes' ? sum + (frame.value.credit?.jobs ?? 0) : sum;
    }, 0);
  }

  /** Resolves when the worker has left. */
  async left(): Promise<void> {
    while (!this.#over) await this.#change('the end of the stream').catch(() => undefined);
  }

  onFrame(frame: FromWorker): void {
    this.received.push(frame);
    this.#wake();
  }

  #end(): void {
    this.#over = true;
    this.#wake();
  }

  #change(what: string): Promise<void> {
    if (this.#over) return Promise.reject(new Error(`the stream ended before ${what} came`));
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

export class FakeJobServer {
  /** Welcomes each worker at once, unless a test wants to do it. */
  welcomes: Partial<WorkWelcome> | false = {};
  readonly streams: FakeStream[] = [];
  readonly #server = new Server();
  #port = 0;
  #waiting: (() => void)[] = [];

  /** Port 0 takes any; another one comes back where a server was before. */
  static async start(port = 0): Promise<FakeJobServer> {
    const fake = new FakeJobServer();
    await fake.#listen(port);
    return fake;
  }

  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  get port(): number {
    return this.#port;
  }

  /** Answers a unary method. */
  answer<Q, A>(
    method: UnaryMethod & { readonly requestDeserialize: (bytes: Buffer) => Q },
    reply: (request: Q) => A | Refusal | Promise<A | Refusal>,
  ): void {
    const handle = async (call: ServerUnaryCall<Q, A>, done: sendUnaryData<A>) => {
      const answer = await reply(call.request);
      if (isRefusal(answer)) done(toCallError(answer));
      else done(null, answer);
    };
    this.#server.register(method.path, handle, ...codec<Q, A>(method), 'unary');
  }

  /** The stream with this number, from 1, once its hello has come. */
  async stream(number: number): Promise<FakeStream> {
    for (;;) {
      const found = this.streams[number - 1];
      if (found) return found;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Cuts all connections, like a server that dies. */
  async kill(): Promise<void> {
    this.#server.forceShutdown();
  }

  async #listen(port: number): Promise<void> {
    const { path, requestDeserialize, responseSerialize } = JobServiceService.work;
    const accept = (call: ServerDuplexStream<WorkRequest, WorkResponse>) => this.#accept(call);
    this.#server.register(path, accept, responseSerialize, requestDeserialize, 'bidi');
    this.#port = await new Promise<number>((resolve, reject) => {
      this.#server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      );
    });
  }

  #accept(call: ServerDuplexStream<WorkRequest, WorkResponse>): void {
    let stream: FakeStream | undefined;
    call.on('error', () => undefined);
    call.on('data', ({ frame }: WorkRequest) => {
      if (frame === undefined) return;
      if (stream) {
        stream.onFrame(frame);
        return;
      }
      if (frame.$case !== 'hello') throw new Error(`the first frame is ${frame.$case}`);
      stream = new FakeStream(this.streams.length + 1, frame.value, call);
      this.streams.push(stream);
      if (this.welcomes) stream.welcome(this.welcomes);
      for (const resolve of this.#waiting.splice(0)) resolve();
    });
  }
}

function codec<Q, A>(method: object) {
  const { responseSerialize, requestDeserialize } = method as {
    readonly responseSerialize: (value: A) => Buffer;
    readonly requestDeserialize: (bytes: Buffer) => Q;
  };
  return [responseSerialize, requestDeserialize] as const;
}

let lastId = 0;

export function makeJob(parts: Partial<Job> = {}): Job {
  lastId += 1;
  const ids = { partition: '2026-11-23', id: lastId, lockToken: `token-${lastId}`, processInstanceId: 7 };
  return { ...Job.create({ ...ids, topic: 'work', type: 'JOB_TYPE_EXECUTE', state: 'JOB_STATE_LOCKED' }), ...parts };
}

/** One job for each of the parts. */
export type Made<P extends readonly Partial<Job>[]> = { -readonly [Place in keyof P]: Job };

export function makeJobs<P extends readonly Partial<Job>[]>(parts: P): Made<P> {
  // A list becomes a list of the same length.
  return parts.map((part) => makeJob(part)) as Made<P>;
}

export function handleOf({ partition, id, lockToken }: Job): JobHandle {
  return JobHandle.create({ partition, id, lockToken });
}

function isRefusal(answer: unknown): answer is Refusal {
  return typeof answer === 'object' && answer !== null && 'reason' in answer && 'code' in answer;
}

function pack(name: string, value: Uint8Array): Any {
  return { typeUrl: `type.googleapis.com/${name}`, value: Buffer.from(value) };
}

export function toStatus({ code, reason, message, retryAfterMs, metadata, violations, problems }: Refusal): Status {
  const info = ErrorInfo.fromPartial({ reason, domain: 'baton', metadata: { ...metadata } });
  const details = [pack('google.rpc.ErrorInfo', ErrorInfo.encode(info).finish())];
  if (violations) {
    const fieldViolations = violations.map((violation) => BadRequest_FieldViolation.create({ ...violation }));
    details.push(pack('google.rpc.BadRequest', BadRequest.encode({ fieldViolations }).finish()));
  }
  if (problems) {
    details.push(pack('baton.v1.ModelProblems', ModelProblems.encode({ problems: [...problems] }).finish()));
  }
  if (retryAfterMs !== undefined) {
    const retryDelay = { seconds: 0, nanos: retryAfterMs * 1e6 };
    details.push(pack('google.rpc.RetryInfo', RetryInfo.encode({ retryDelay }).finish()));
  }
  return { code, message, details };
}

function toCallError(refusal: Refusal): Error & Partial<StatusObject> {
  const metadata = new Metadata();
  metadata.set('grpc-status-details-bin', Buffer.from(Status.encode(toStatus(refusal)).finish()));
  return Object.assign(new Error(refusal.message), { code: refusal.code, details: refusal.message, metadata });
}

export const unavailable: Refusal = { code: status.UNAVAILABLE, reason: 'SHUTTING_DOWN', message: 'the server stops' };
