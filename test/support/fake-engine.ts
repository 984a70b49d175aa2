/** An engine for tests of the stream's protocol only: it notes what it is asked, and answers as the test says. */
import type { Command, JobOutcomeReply } from '../../src/core/command.js';
import type { Refusal } from '../../src/core/refusal.js';
import type { Ref } from '../../src/core/state.js';
import type {
  Caller,
  Engine,
  EngineInfo,
  JobDelivery,
  WorkerHello,
  WorkerSession,
  WorkerSink,
} from '../../src/engine/face.js';
import { STREAM_BACKLOG_BYTES } from '../../src/grpc/limits.js';

export const PARTITION = '2026-11-23';

type Submit = Engine['submit'];

export class FakeEngine implements Pick<Engine, 'info' | 'connectWorker' | 'submit'> {
  readonly info: EngineInfo = {
    serverId: 'server-1',
    version: '0.0.0-test',
    storage: 'pglite',
    heartbeatIntervalMs: 5_000,
    resumeWindowMs: 10_000,
    setTimeAllowed: false,
    isDurable: true,
  };
  /** What was asked, in its order, as short texts. */
  readonly calls: string[] = [];
  readonly commands: Command[] = [];
  readonly callers: Caller[] = [];
  hello: WorkerHello | null = null;
  sink: WorkerSink | null = null;
  kept: readonly Ref[] = [];
  /** What the delivered jobs took on the wire. */
  weighed = 0;
  refuseHello: Refusal | null = null;
  /** How the next outcomes are answered. */
  answer: (command: Command) => Promise<object> = async (command) => replyTo(command);

  readonly submit: Submit = async (command, caller) => {
    this.commands.push(command);
    this.callers.push(caller);
    this.calls.push('job' in command ? `${command.type} ${command.job.id}` : command.type);
    return (await this.answer(command)) as never;
  };

  async connectWorker(hello: WorkerHello, sink: WorkerSink): Promise<WorkerSession | Refusal> {
    this.calls.push(`connect ${hello.workerId} generation ${hello.generation}`);
    if (this.refuseHello !== null) return this.refuseHello;
    this.hello = hello;
    this.sink = sink;
    return {
      kept: this.kept,
      grant: (jobs, bytes) =>
        void this.calls.push(`grant ${jobs}${bytes === STREAM_BACKLOG_BYTES ? '' : ` bytes ${bytes}`}`),
      weighed: (bytes) => {
        this.weighed += bytes;
      },
      giveBack: async (handles) => void this.calls.push(`giveBack ${handles.map(({ id }) => id).join(' ')}`),
      goodbye: async () => void this.calls.push('goodbye'),
      broken: async () => void this.calls.push('broken'),
    };
  }
}

export function replyTo(command: Command): JobOutcomeReply {
  if (!('job' in command)) throw new Error(`${command.type} is no outcome`);
  const state = command.type === 'completeJob' ? 'DONE' : 'CAUSED_INCIDENT';
  return { job: command.job, repeated: false, state };
}

export function delivery(id: number, text = 'x'): JobDelivery {
  return {
    job: {
      partition: PARTITION,
      id,
      rootId: 1,
      processInstanceId: 1,
      elementInstanceId: 2,
      elementId: 3,
      processId: 4,
      tenantId: '',
      type: 'EXECUTE',
      topic: 'pay',
      state: 'CREATED',
      priority: 0,
      retryCount: 0,
      retryLimit: 3,
      attempt: 1,
      attemptKey: 'attempt',
      effectKey: 'effect',
      listener: null,
      dueAt: 1_000,
      createdAt: 1_000,
      createdBy: 'anonymous',
      lockToken: null,
      lockedAt: null,
      lockedBy: null,
      completedAt: null,
      completedBy: null,
      error: null,
      changeNumber: 1,
    },
    lock: { token: `token-${id}`, lockedBy: 'worker-1', lockedAt: 2_000, owner: null, until: null },
    bpmnProcessId: 'order',
    version: '1',
    bpmnElementId: 'pay',
    elementName: null,
    headers: {},
    correlationKey: null,
    calledId: null,
    traceParent: null,
    variables: [{ name: 'amount', data: { encoding: 'json', value: text, encrypted: false } }],
  };
}
