/** An engine on a database of its own, and the few things that tests do with it all the time. */
import { randomUUID } from 'node:crypto';
import { onTestFinished } from 'vitest';
import type { CompleteJob, CreateProcessInstance, SendMessage } from '../../src/core/command.js';
import { isRefusal } from '../../src/core/refusal.js';
import type { Ref } from '../../src/core/state.js';
import { type EngineSettings, type RunningEngine, startEngine } from '../../src/engine/engine.js';
import type {
  Caller,
  JobDelivery,
  SentMessage,
  WorkerHello,
  WorkerSession,
  WorkerSink,
} from '../../src/engine/face.js';
import type { Log } from '../../src/engine/log.js';
import type { Store } from '../../src/engine/ports/store.js';
import type { ProcessInstanceView } from '../../src/engine/reader.js';
import { openStore } from '../../src/store/store.js';
import type { DatabaseSettings } from './template.js';

export const CALLER: Caller = { principal: 'test', tenantIds: [''] };

/** What an engine says is kept, so that a test can ask for it. */
export class LogBook implements Log {
  readonly lines: { readonly level: string; readonly facts: object; readonly message: string }[] = [];
  readonly debug = (facts: object, message: string) => this.add('debug', facts, message);
  readonly info = (facts: object, message: string) => this.add('info', facts, message);
  readonly warn = (facts: object, message: string) => this.add('warn', facts, message);
  readonly error = (facts: object, message: string) => this.add('error', facts, message);

  private add(level: string, facts: object, message: string): void {
    this.lines.push({ level, facts, message });
  }
}

export interface TestEngine {
  readonly engine: RunningEngine;
  readonly store: Store;
  readonly log: LogBook;
  /** Also done when the test finishes. */
  stop(): Promise<void>;
}

/** `atEnd` is told how to stop it; by default it stops when the test finishes. */
export async function openEngine(
  database: DatabaseSettings,
  settings: Partial<EngineSettings> = {},
  atEnd: (stop: () => Promise<void>) => void = onTestFinished,
): Promise<TestEngine> {
  const log = new LogBook();
  const warn = (message: string) => log.warn({}, message);
  const store = await openStore({ database, lanes: settings.lanes ?? SETTINGS.lanes, migrations: 'run', warn });
  const engine = await startEngine(store, { ...SETTINGS, serverId: randomUUID(), ...settings }, log);
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= engine.stop().then(() => store.close());
    return stopped;
  };
  atEnd(stop);
  return { engine, store, log, stop };
}

/** Those of engines that a test opens, unless it says otherwise. */
export const SETTINGS: Omit<EngineSettings, 'serverId'> = {
  version: 'test',
  lanes: 2,
  heartbeatIntervalMs: 5_000,
  resumeWindowMs: 10_000,
  deadTimeMs: 15_000,
};

export async function deploy({ engine }: TestEngine, bpmnXml: string): Promise<number> {
  const deployment = { bpmnXml, bpmnProcessId: null, version: null, tags: {}, tenantId: '', by: 'test', dryRun: false };
  const answer = await engine.deploy(deployment, CALLER);
  if (!('length' in answer) || answer[0] === undefined) throw new Error(JSON.stringify(answer));
  return answer[0].id;
}

export function startCommand(
  bpmnProcessId: string,
  variables: Readonly<Record<string, unknown>> = {},
): CreateProcessInstance {
  return {
    type: 'createProcessInstance',
    process: { bpmnProcessId, version: null },
    tenantId: '',
    correlationKey: null,
    tags: {},
    contextType: null,
    contextId: null,
    traceParent: null,
    variables: Object.entries(variables).map(([name, value]) => ({
      name,
      data: { encoding: 'json', value: JSON.stringify(value), encrypted: false },
    })),
    by: 'test',
  };
}

export async function start(
  { engine }: TestEngine,
  bpmnProcessId: string,
  variables: Readonly<Record<string, unknown>> = {},
  caller: Caller = CALLER,
): Promise<Ref> {
  const answer = await engine.submit(startCommand(bpmnProcessId, variables), caller);
  if (isRefusal(answer)) throw new Error(answer.message);
  return answer.instance;
}

/** One that is tried once. */
export function sendCommand(name: string, correlationKey: string, more: Partial<SendMessage> = {}): SendMessage {
  return {
    type: 'sendMessage',
    ...{ tenantId: '', name, correlationKey, uniqueKey: '', onePerProcess: false, uniqueStart: false },
    ...{ expiration: null, variables: [], traceParent: null, by: 'test' },
    ...more,
  };
}

export async function send(
  { engine }: TestEngine,
  command: SendMessage,
  caller: Caller = CALLER,
): Promise<SentMessage> {
  const sent = await engine.sendMessage(command, caller);
  if (isRefusal(sent)) throw new Error(sent.message);
  return sent;
}

export async function instancesOf(
  { engine }: TestEngine,
  bpmnProcessId: string,
): Promise<readonly ProcessInstanceView[]> {
  const filter = { bpmnProcessId, tenantIds: [''] };
  const page = await engine.reader.processInstances(filter, { size: 100, token: '', offset: 0 });
  if (isRefusal(page)) throw new Error(page.message);
  return page.results;
}

export async function lock({ engine }: TestEngine, topic: string, limit = 1): Promise<readonly JobDelivery[]> {
  const locked = await engine.lockJobs({
    tenantIds: [''],
    topics: [{ topic, variables: null }],
    limit,
    workerId: 'test',
    durationMs: 600_000,
    filter: null,
    waitMs: 30_000,
    signal: new AbortController().signal,
  });
  if (isRefusal(locked)) throw new Error(locked.message);
  return locked;
}

export async function complete(
  { engine }: Pick<TestEngine, 'engine'>,
  { job, lock }: JobDelivery,
  result: Partial<Pick<CompleteJob, 'variables' | 'completion'>> = {},
): Promise<{ readonly repeated: boolean }> {
  const answer = await engine.submit(
    {
      type: 'completeJob',
      job: { partition: job.partition, id: job.id },
      lockToken: lock.token,
      variables: [],
      processVariables: [],
      elementVariables: [],
      completion: null,
      ...result,
      by: 'test',
    },
    CALLER,
  );
  if (isRefusal(answer)) throw new Error(`${answer.refused}: ${answer.message}`);
  return answer;
}

/** A stream without sockets: what it is given, it keeps. */
export class TestWorker implements WorkerSink {
  readonly delivered: JobDelivery[] = [];
  readonly canceledJobs: Ref[] = [];
  replaced = false;
  private wake: (() => void) | undefined;

  deliver(delivery: JobDelivery): void {
    this.delivered.push(delivery);
    this.wake?.();
  }

  canceled(job: Ref): void {
    this.canceledJobs.push(job);
    this.wake?.();
  }

  drain(): void {
    this.wake?.();
  }

  superseded(): void {
    this.replaced = true;
    this.wake?.();
  }

  /** Resolves when what the test waits for is so. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }

  async connect({ engine }: TestEngine, topic: string, hello: Partial<WorkerHello> = {}): Promise<WorkerSession> {
    const session = await engine.connectWorker(
      {
        workerId: 'worker',
        sessionId: randomUUID(),
        generation: 1,
        tenantIds: [''],
        topics: [{ topic, variables: null, maxHoldMs: null }],
        held: [],
        ...hello,
      },
      this,
    );
    if (isRefusal(session)) throw new Error(`${session.refused}: ${session.message}`);
    return session;
  }
}
