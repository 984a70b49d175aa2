/** The engine: puts its parts together and is the face that the gRPC ring sees. It decides nothing itself. */
import type { Command, MatchReply, Replies, Reply, SendMessage, SendSignal } from '../core/command.js';
import { isRefusal, type Refusal, refuse } from '../core/refusal.js';
import type { Ref, Task } from '../core/state.js';
import { Alarm } from './alarm.js';
import { Announcer } from './announcer.js';
import { Availability } from './availability.js';
import { EngineClock } from './clock.js';
import type { Outcome } from './commit.js';
import { CommitNews } from './commit-news.js';
import { deploy } from './deploy.js';
import { Dispatcher } from './dispatcher.js';
import { detailsOf } from './element-details.js';
import type {
  Caller,
  Deployment,
  ElementDetails,
  Engine,
  EngineInfo,
  JobDelivery,
  LockRequest,
  Problems,
  ProcessSettings,
  SentMessage,
  UserTaskWatcher,
  WatchFilter,
  WorkerHello,
  WorkerSession,
  WorkerSink,
} from './face.js';
import { Graphs } from './graphs.js';
import { Ids, shardOf } from './ids.js';
import { KnownCalls } from './known-calls.js';
import { Lane } from './lane.js';
import { Lanes } from './lanes.js';
import { DATABASE_PATIENCE_MS, PARTITION_DAYS_AHEAD, PARTITION_DAYS_AT_START } from './limits.js';
import { lockJobs } from './lock-jobs.js';
import { type Log, logFailure } from './log.js';
import { commandOf, Matches } from './matches.js';
import type { JobHandle } from './ports/leases.js';
import type { Notice } from './ports/notices.js';
import type { CreatedProcess } from './ports/processes.js';
import type { Beat } from './ports/servers.js';
import type { Store } from './ports/store.js';
import { Presence } from './presence.js';
import type { Reader } from './reader.js';
import { carryOut } from './signal-chunks.js';
import { Signals } from './signals.js';
import { addressedBy, charactersOf, type Submission } from './submission.js';
import { TaskRunner } from './task-runner.js';
import { SlowExpressions } from './time-limit.js';
import { updateProcess } from './update-process.js';
import { UserTaskWatches } from './user-task-watches.js';
import { Waiters } from './waiters.js';

export interface EngineSettings {
  readonly serverId: string;
  readonly version: string;
  readonly lanes: number;
  readonly heartbeatIntervalMs: number;
  /** For how long a broken stream's jobs are kept for their worker. */
  readonly resumeWindowMs: number;
  /** For how long a server's counter must stand still before it is declared dead; at least the resume window. */
  readonly deadTimeMs: number;
  /** For how long a database may be away before new work is told so; left out, the limit of the engine. */
  readonly databasePatienceMs?: number;
  /** Engine time may be moved, for tests. */
  readonly allowSetTime?: boolean;
}

/** Beats between looks at the partitions ahead, from the first on: about an hour. */
const BEATS_PER_PREPARATION = 720;

export async function startEngine(store: Store, settings: EngineSettings, log: Log): Promise<RunningEngine> {
  const engine = new RunningEngine(store, settings, log);
  await engine.start();
  return engine;
}

export class RunningEngine implements Engine {
  readonly info: EngineInfo;
  readonly reader: Reader;
  readonly clock: EngineClock;
  private readonly store: Store;
  private readonly settings: EngineSettings;
  private readonly log: Log;
  private readonly availability: Availability;
  private readonly graphs: Graphs;
  private readonly knownCalls = new KnownCalls();
  private readonly slow = new SlowExpressions();
  private readonly ids: Ids;
  private readonly lanes: Lanes;
  private readonly dispatcher: Dispatcher;
  private readonly tasks: TaskRunner;
  private readonly presence: Presence;
  private readonly waiters: Waiters;
  private readonly announcer: Announcer;
  private readonly userTaskWatches: UserTaskWatches;
  private readonly news: CommitNews;
  private readonly endedLocks = new Alarm(() => this.collectEndedLocks());
  private readonly matches: Matches;
  private readonly signals: Signals;
  private beats = 0;
  private preparing: Promise<void> | undefined;
  private stopping = false;

  constructor(store: Store, settings: EngineSettings, log: Log) {
    const { serverId, version, heartbeatIntervalMs, resumeWindowMs, deadTimeMs } = settings;
    this.store = store;
    this.settings = settings;
    this.log = log;
    this.reader = store.reader;
    this.matches = new Matches(store.reader);
    const setTimeAllowed = settings.allowSetTime === true;
    const { kind: storage, isDurable } = store;
    this.info = { serverId, version, storage, isDurable, heartbeatIntervalMs, resumeWindowMs, setTimeAllowed };
    this.availability = new Availability(log, settings.databasePatienceMs ?? DATABASE_PATIENCE_MS);
    this.graphs = new Graphs(store.processes, log);
    this.ids = new Ids(store);
    this.signals = new Signals(store.signals, this.ids, () => this.tasks.wakeIn(0));
    this.announcer = new Announcer(store.notices, serverId, log, () => this.presence.others > 0);
    this.dispatcher = new Dispatcher({
      store,
      graphs: this.graphs,
      log,
      resumeWindowMs,
      announce: (topics) => this.announcer.jobs(topics),
      leased: (open) => this.lanes.of(shardOf(open.id)).trees.leased(open),
      resumed: (sessionId, generation) => this.announcer.sessionResumed(sessionId, generation),
      locksEndIn: (delayMs) => this.endedLocks.within(delayMs),
    });
    this.clock = new EngineClock(store, setTimeAllowed, () => {
      this.tasks.wakeIn(0);
      this.announcer.timeMoved();
    });
    this.tasks = new TaskRunner({
      tasks: store.tasks,
      log,
      owner: () => ({ serverId, serverEpoch: this.presence.epoch }),
      execute: (task) => this.execute(task),
    });
    this.presence = new Presence({
      servers: store.servers,
      serverId,
      deadTimeMs,
      log,
      beaten: (beat, hadOthers) => this.beaten(beat, hadOthers),
      missed: (error) => this.availability.beat.failed(error),
      reborn: () => this.dispatcher.dropAll(),
      died: (dead) => {
        log.warn({ dead }, 'another server was declared dead; its jobs are free');
        this.dispatcher.heardOf(this.dispatcher.hungryTopics());
        this.tasks.wakeIn(0);
      },
    });
    this.waiters = new Waiters({
      log,
      ended: (instances) => store.reader.ended(instances),
      mayMiss: () => this.presence.others > 0,
    });
    this.userTaskWatches = new UserTaskWatches(store.userTaskChanges, log);
    const { announcer, dispatcher, waiters, userTaskWatches } = this;
    this.news = new CommitNews({ serverId, announcer, dispatcher, waiters, userTaskWatches });
    this.lanes = new Lanes(Math.min(settings.lanes, store.maxLanes), () => this.newLane());
  }

  private newLane(): Lane {
    return new Lane({
      availability: this.availability,
      graphs: this.graphs,
      knownCalls: this.knownCalls,
      ids: this.ids,
      slow: this.slow,
      log: this.log,
      openLane: () => this.store.openLane(),
      wasCommitted: (mark) => this.store.wasCommitted(mark),
      stopping: () => this.stopping,
      claimBirths: (group, changes, realNow) => this.dispatcher.claimBirths(group, changes, realNow),
      committed: (outcome) => this.committed(outcome),
    });
  }

  watchAvailability(watcher: (available: boolean) => void): void {
    this.availability.watch(watcher);
  }

  // --- Life ------------------------------------------------------------------------------------------------------------

  async start(): Promise<void> {
    await this.store.preparePartitions(PARTITION_DAYS_AT_START);
    await this.ids.ensure();
    await this.store.notices.listen((notice) => this.hear(notice));
    await this.presence.start();
    await this.store.notices.send({ type: 'joined', from: this.info.serverId });
  }

  /** Tells workers to finish and go elsewhere; calls go on until `stop`. */
  drain(reason: string, deadlineMs: number): void {
    this.dispatcher.drainAll(reason, deadlineMs);
  }

  /** Refuses what is new, finishes what is in flight, and leaves. The store is closed by its owner. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.tasks.stop();
    this.waiters.stop();
    this.userTaskWatches.stop();
    this.endedLocks.stop();
    await Promise.all([this.signals.stop(), ...this.lanes.all.map((lane) => lane.close())]);
    await this.preparing;
    await this.dispatcher.stop();
    await this.announcer.stop();
    await this.presence.stop(this.settings.resumeWindowMs);
  }

  // --- Commands --------------------------------------------------------------------------------------------------------

  submit<C extends Command>(command: C, caller: Caller): Promise<Replies[C['type']] | Refusal> {
    return this.enqueue(command, caller, caller.tenantIds) as Promise<Replies[C['type']] | Refusal>;
  }

  private enqueue(command: Command, caller: Caller, tenantIds: readonly string[] | null): Promise<Reply | Refusal> {
    if (this.stopping) return Promise.resolve(refuse('SHUTTING_DOWN', 'this server is shutting down'));
    const reference = addressedBy(command);
    const shard = reference === null ? this.lanes.shardForNew(command, caller) : shardOf(reference.id);
    return new Promise((answer, fail) => {
      const submission: Submission = {
        command,
        caller,
        tenantIds,
        shard,
        newId: null,
        isStart: reference === null,
        characters: charactersOf(command),
        answer,
        fail,
        ...{ misses: 0, needsTree: false, owners: [], calls: [] },
      };
      this.lanes.of(shard).submit(submission);
    });
  }

  async deploy(deployment: Deployment, caller: Caller): Promise<readonly CreatedProcess[] | Refusal | Problems> {
    const answer = await deploy(this.store.processes, this.ids, deployment, caller);
    this.tasks.wakeIn(0); // What waits for a new start event is looked for at once.
    return answer;
  }

  async updateProcess(settings: ProcessSettings, caller: Caller): Promise<{ readonly id: number } | Refusal> {
    const answer = await updateProcess(this.store.processes, this.ids, settings, caller);
    this.tasks.wakeIn(0); // What was missed while it was disabled happens at once.
    return answer;
  }

  sequenceFlowIds(processId: number): Promise<readonly string[]> {
    return this.graphs.flowIds(processId);
  }

  userTaskHeaders(processId: number): Promise<ReadonlyMap<string, Readonly<Record<string, string>>>> {
    return this.graphs.userTaskHeaders(processId);
  }

  async elementDetails(processId: number): Promise<ReadonlyMap<number, ElementDetails>> {
    const process = await this.graphs.readable(processId);
    return process === null ? new Map() : detailsOf(process);
  }

  watchUserTasks(filter: WatchFilter, cursor: string): Promise<UserTaskWatcher | Refusal> {
    return this.userTaskWatches.open(filter, cursor);
  }

  ended(instance: Ref, signal: AbortSignal): Promise<void> {
    return this.waiters.ended(instance, signal);
  }

  // --- After a commit (I1) -----------------------------------------------------------------------------------------------

  private committed({ group, changes, births }: Outcome): void {
    for (const { submission, answer } of group.decided) submission.answer(answer);
    if (changes === null) return;
    births?.deliver();
    this.news.tell(group, changes);
    this.tasks.changed(changes, group.now);
  }

  /**
   * Nothing is awaited before a match is followed, unless it is under way: a sender looks for its match as soon as the
   * commit that made the task has answered it, and asks the database instead when it finds none.
   */
  private async execute(task: Task): Promise<void> {
    if (this.matches.isUnderWay(task.id)) await this.matches.ended(task.id);
    const { serverId } = this.info;
    const command = commandOf(task, serverId);
    const run = (each: Command) => this.enqueue(each, { principal: serverId, tenantIds: [] }, null);
    const executed = command === null ? this.signals.settle(task) : carryOut(command, run, this.log);
    if (command?.type === 'matchMessages') this.matches.follow(task.id, executed as Promise<MatchReply | Refusal>);
    await executed.catch((error: unknown) =>
      this.log.error({ err: error, task }, 'a task failed; it is tried again when its claim has ended'),
    );
  }

  // --- Messages and signals ----------------------------------------------------------------------------------------------

  async sendMessage(command: SendMessage, caller: Caller): Promise<SentMessage | Refusal> {
    const reply = await this.submit(command, caller);
    if (isRefusal(reply)) return reply;
    const message = reply.task && (await this.matches.outcome(reply.task, reply.id, command.tenantId));
    return { id: reply.id, found: reply.found, message };
  }

  sendSignal(signal: SendSignal, caller: Caller): Promise<{ readonly id: number } | Refusal> {
    return this.signals.send(signal, caller);
  }

  // --- Jobs --------------------------------------------------------------------------------------------------------------

  async connectWorker(hello: WorkerHello, sink: WorkerSink): Promise<WorkerSession | Refusal> {
    if (this.stopping) return refuse('SHUTTING_DOWN', 'this server is shutting down');
    const connected = this.dispatcher.generationOf(hello.sessionId);
    if (connected !== undefined && connected >= hello.generation) {
      const metadata = { sessionId: hello.sessionId, generation: String(connected) };
      const message = `generation ${connected} of session ${hello.sessionId} is connected already`;
      return refuse('SESSION_REPLACED', message, metadata, 'hello.generation');
    }
    const { sessionId, generation } = hello;
    const { serverId } = this.info;
    const owner = { serverId, serverEpoch: this.presence.epoch, sessionId, sessionGeneration: generation };
    return this.dispatcher.connect(hello, owner, sink);
  }

  lockJobs(request: LockRequest): Promise<readonly JobDelivery[] | Refusal> {
    return lockJobs(this.store.leases, this.dispatcher, request);
  }

  extendJobLocks(handles: readonly JobHandle[], durationMs: number): Promise<readonly Ref[]> {
    return this.store.leases.extend(handles, durationMs);
  }

  async unlockJobs(handles: readonly JobHandle[]): Promise<readonly Ref[]> {
    const released = await this.store.leases.release(handles);
    this.dispatcher.jobsAreReady(released);
    return released;
  }

  async unlockWorker(workerId: string, job: Partial<Ref>): Promise<number> {
    const released = await this.store.leases.releaseWorker(workerId, job);
    this.dispatcher.jobsAreReady(released);
    return released.length;
  }

  // --- Other servers, time -------------------------------------------------------------------------------------------------

  private beaten(beat: Beat, hadOthers: boolean): void {
    this.availability.beat.succeeded();
    this.tasks.wakeIn(beat.nextTaskInMs);
    if (beat.endedLocks) this.endedLocks.within(0);
    if (hadOthers) this.askForJobs();
    if (this.beats % BEATS_PER_PREPARATION === 0) this.preparing = this.preparePartitions();
    this.beats += 1;
  }

  private preparePartitions(): Promise<void> {
    return this.store
      .preparePartitions(PARTITION_DAYS_AHEAD)
      .catch((error: unknown) => logFailure(this.log, error, 'day partitions could not be made'));
  }

  /** Other servers' jobs, in case their notice was lost. */
  private askForJobs(): void {
    const hungry = this.dispatcher.hungryTopics();
    if (hungry.length === 0) return;
    this.store.leases
      .readyTopics(hungry)
      .then((ready) => this.dispatcher.heardOf(ready))
      .catch((error: unknown) => logFailure(this.log, error, 'asking for ready jobs failed; the next beat asks again'));
  }

  private hear(notice: Notice): void {
    if (notice.from === this.info.serverId) return;
    this.presence.heardOfOther();
    if (notice.type === 'jobs') this.dispatcher.heardOf(notice.topics);
    else if (notice.type === 'ended') this.waiters.tell(notice.roots);
    else if (notice.type === 'resumed') this.dispatcher.resumedElsewhere(notice.sessionId, notice.generation);
    else if (notice.type === 'time') this.tasks.wakeIn(0);
    else if (notice.type === 'userTasks') this.userTaskWatches.wake();
    else if (notice.type === 'canceled') this.dispatcher.canceledElsewhere(notice.jobs);
  }

  /** Frees locks whose time has passed. */
  private collectEndedLocks(): void {
    this.store.leases
      .collectEnded()
      .then((released) => this.dispatcher.jobsAreReady(released))
      .catch((error: unknown) =>
        logFailure(this.log, error, 'ended locks could not be collected; the next beat tries'),
      );
  }
}
