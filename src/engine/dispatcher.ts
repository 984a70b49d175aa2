/**
 * Hands jobs to worker streams.
 *
 * Two ways, one order. At birth: a group leases the jobs that it bears, if a local session has credit that no older job
 * needs; the lease is part of the job's insert and costs no write. Otherwise: one lease statement at a time, for all
 * older jobs. Owns sessions, credit and topics; never decides what a process does.
 *
 * I1: a claim at birth is kept (delivered) only after the COMMIT, and abandoned when there is none.
 * I5: a job is delivered only with a lock that was committed; what can not be delivered is given back.
 */
import { randomUUID } from 'node:crypto';
import type { Changes, LockOwner, OpenJob, Ref } from '../core/state.js';
import { Alarm } from './alarm.js';
import { deliveryOfBirth, deliveryOfLease, isHandedOut } from './deliveries.js';
import type { JobDelivery, WorkerHello, WorkerSession, WorkerSink } from './face.js';
import type { Graphs } from './graphs.js';
import type { Group } from './group.js';
import { type Log, logFailure } from './log.js';
import { Polls } from './polls.js';
import type { JobHandle, LeasedJob, TopicKey } from './ports/leases.js';
import type { Store } from './ports/store.js';
import { untilDone } from './retrying.js';
import { Session } from './session.js';
import { nextWithCredit, type Topic, Topics, takerAtBirth } from './topics.js';

/** Milliseconds after which a lease that failed is tried again. */
const RETRY_MS = 1_000;

export interface DispatcherParts {
  readonly store: Pick<Store, 'leases'>;
  readonly graphs: Graphs;
  readonly log: Log;
  readonly resumeWindowMs: number;
  /** Tells other servers of jobs that nobody here can take. */
  announce(topics: readonly TopicKey[]): void;
  /** This server has written the lock of an older job. */
  leased(open: OpenJob): void;
  /** A session came back here: an older stream of it may live at another server. */
  resumed(sessionId: string, generation: number): void;
  /** Locks with an end time were written: they are to be collected then. */
  locksEndIn(delayMs: number): void;
}

/** The jobs that one group bears: a promise to their takers. */
export interface Births {
  deliver(): void;
  abandon(): void;
}

export class Dispatcher {
  private readonly parts: DispatcherParts;
  private readonly sessions = new Map<string, Session>();
  private readonly topics = new Topics();
  readonly polls = new Polls();
  private pumping: Promise<void> | undefined;
  private pumpAgain = false;
  private stopped = false;
  private readonly retry = new Alarm(() => this.pump());

  constructor(parts: DispatcherParts) {
    this.parts = parts;
  }

  // --- Jobs at birth ---------------------------------------------------------------------------------------------------

  claimBirths(group: Group, changes: Changes, now: number): { readonly changes: Changes; readonly births: Births } {
    const claims: { session: Session; open: OpenJob }[] = [];
    const unclaimed: { topic: Topic | undefined; open: OpenJob }[] = [];
    for (const open of changes.openJob.born) {
      const topic = this.topics.get(open);
      const session = topic === undefined ? undefined : this.claim(topic, open);
      if (session === undefined) {
        topic?.backlog.comes();
        unclaimed.push({ topic, open });
        continue;
      }
      const locked = { ...open, lock: session.lockWith(randomUUID(), now) };
      claims.push({ session, open: locked });
      group.set.put('openJob', locked);
    }
    group.set.accept();
    const settle = () => {
      for (const { topic } of unclaimed) topic?.backlog.came();
    };
    const births: Births = {
      deliver: () => {
        settle();
        for (const { session, open } of claims) {
          // What can not be handed out stays locked, as one of a lease does.
          const handOut = () => this.deliverBirth(group, session, open);
          if (!isHandedOut(this.parts.log, open, handOut)) session.giveCredit();
        }
        if (unclaimed.length > 0) this.jobsAreReady(unclaimed.map(({ open }) => open));
      },
      abandon: () => {
        settle();
        for (const { session } of claims) session.giveCredit();
      },
    };
    return { changes: { ...changes, openJob: group.set.changesOf('openJob') }, births };
  }

  private claim(topic: Topic, open: OpenJob): Session | undefined {
    if (open.lock !== null || open.suspended || this.polls.waiting > 0) return undefined;
    const session = takerAtBirth(topic);
    session?.takeCredit();
    return session;
  }

  private deliverBirth(group: Group, session: Session, open: OpenJob): void {
    const { lock } = open;
    const process = this.parts.graphs.get(open.processId);
    if (lock === null || process === undefined) throw new Error(`job ${open.id} was claimed without a lock or a graph`);
    if (session.open) session.deliver(deliveryOfBirth(group.set, process, open, lock, session.topics.get(open.topic)));
    else this.giveBackLater([{ partition: open.partition, id: open.id, lockToken: lock.token }]);
  }

  // --- Older jobs ------------------------------------------------------------------------------------------------------

  /** These jobs can be taken: committed without a taker, or given back. */
  jobsAreReady(jobs: Iterable<TopicKey>): void {
    const elsewhere = new Map<string, TopicKey>();
    for (const { tenantId, topic } of jobs) {
      const known = this.topics.get({ tenantId, topic });
      known?.backlog.isLeft();
      if (known === undefined || !known.sessions.some(({ credit }) => credit > 0)) {
        elsewhere.set(`${tenantId}\n${topic}`, { tenantId, topic });
      }
    }
    if (elsewhere.size > 0) this.parts.announce([...elsewhere.values()]);
    this.wake();
  }

  /** There may be jobs of these topics, such as those of other servers: the news is not passed on. */
  heardOf(topics: readonly TopicKey[]): void {
    for (const key of topics) this.topics.get(key)?.backlog.isUnknown();
    this.wake();
  }

  private wake(): void {
    this.polls.wake();
    this.pump();
  }

  /** Resolves when no lease is under way, and none will be. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.retry.stop();
    while (this.pumping !== undefined) await this.pumping;
  }

  /** Topics that a worker here could be given jobs of now: what a server asks about when it has heard nothing. */
  hungryTopics(): readonly TopicKey[] {
    const hungry: TopicKey[] = [];
    for (const { tenantId, topic, sessions } of this.topics.all()) {
      if (sessions.some(({ credit }) => credit > 0)) hungry.push({ tenantId, topic });
    }
    return hungry;
  }

  /** Leases older jobs until no topic with a backlog has a session with credit. One at a time. */
  private pump(): void {
    if (this.stopped) return;
    if (this.pumping !== undefined) {
      this.pumpAgain = true;
      return;
    }
    this.pumping = this.pumpAll()
      .catch((error: unknown) => {
        logFailure(this.parts.log, error, 'leasing jobs failed; it is tried again');
        this.retry.within(RETRY_MS);
      })
      .finally(() => {
        this.pumping = undefined;
        if (!this.pumpAgain) return;
        this.pumpAgain = false;
        this.pump();
      });
  }

  private async pumpAll(): Promise<void> {
    for (;;) {
      const session = this.hungrySession();
      if (session === undefined) return;
      await this.leaseFor(session);
    }
  }

  private hungrySession(): Session | undefined {
    for (const topic of this.topics.all()) {
      const session = topic.backlog.isReady ? nextWithCredit(topic) : undefined;
      if (session !== undefined) return session;
    }
    return undefined;
  }

  private async leaseFor(session: Session): Promise<void> {
    const asked = this.backlogOf(session);
    const marks = asked.map(({ backlog }) => ({ backlog, mark: backlog.mark() }));
    const limit = session.leasable;
    for (let i = 0; i < limit; i++) session.takeCredit();
    let leased: readonly LeasedJob[] = [];
    try {
      leased = await this.parts.store.leases.lease({
        tenantIds: session.tenantIds,
        topics: asked.flatMap(({ topic }) => session.topics.get(topic) ?? []),
        limit,
        lockedBy: session.workerId,
        lock: { owner: session.owner },
        filter: null,
      });
    } finally {
      for (let i = leased.length; i < limit; i++) session.giveCredit();
    }
    if (leased.length < limit) for (const { backlog, mark } of marks) backlog.wasEmpty(mark);
    let deliveries: readonly JobDelivery[] = [];
    try {
      deliveries = await this.deliveries(leased);
    } finally {
      for (let i = deliveries.length; i < leased.length; i++) session.giveCredit();
    }
    for (const delivery of deliveries) {
      if (session.open) session.deliver(delivery);
      else this.giveBackLater([{ ...refOf(delivery.job), lockToken: delivery.lock.token }]);
    }
  }

  private backlogOf(session: Session): readonly Topic[] {
    const topics: Topic[] = [];
    for (const topic of this.topics.all())
      if (topic.backlog.isReady && topic.sessions.includes(session)) topics.push(topic);
    return topics;
  }

  /** When graphs can not be fetched, all jobs go back that this server has locked `justNow`. */
  async deliveries(leased: readonly LeasedJob[], justNow = true): Promise<readonly JobDelivery[]> {
    const deliveries: JobDelivery[] = [];
    try {
      for (const job of leased) {
        if (justNow) this.parts.leased(job.openJob);
        const delivery = await deliveryOfLease(this.parts, job);
        if (delivery !== null) deliveries.push(delivery);
      }
      return deliveries;
    } catch (error) {
      const locked = justNow ? leased : [];
      this.giveBackLater(
        locked.flatMap(({ openJob }) => (openJob.lock ? { ...refOf(openJob), lockToken: openJob.lock.token } : [])),
      );
      throw error;
    }
  }

  // --- Sessions --------------------------------------------------------------------------------------------------------

  /** Registers a stream. `owner` is the server's, with this session and generation. */
  async connect(hello: WorkerHello, owner: LockOwner, sink: WorkerSink): Promise<WorkerSession> {
    const older = this.sessions.get(hello.sessionId);
    if (older !== undefined) {
      this.close(older);
      older.sink.superseded();
    }
    const session = new Session(hello, owner, sink);
    this.sessions.set(hello.sessionId, session);
    const resumes = hello.generation > 1 || hello.held.length > 0;
    const { kept, released } = resumes ? await this.resume(session, hello) : { kept: [], released: [] };
    session.keep(kept, hello);
    this.topics.join(session);
    if (released.length > 0) this.jobsAreReady(released);
    return this.handleOf(session, kept);
  }

  private async resume(session: Session, hello: WorkerHello) {
    try {
      const resumed = await this.parts.store.leases.resumeSession(session.owner, hello.held);
      this.parts.resumed(hello.sessionId, hello.generation);
      return resumed;
    } catch (error) {
      this.close(session);
      throw error;
    }
  }

  /** The worker came back at another server: what its stream here was given since then, nobody has. */
  resumedElsewhere(sessionId: string, generation: number): void {
    const older = this.sessions.get(sessionId);
    if (older === undefined || older.owner.sessionGeneration >= generation) return;
    this.close(older);
    older.sink.superseded();
    this.finally('giving back jobs of an older stream', async () => {
      this.jobsAreReady(await this.parts.store.leases.releaseEarlier(sessionId, generation));
    });
  }

  /** The generation of a session that is connected here. */
  generationOf(sessionId: string): number | undefined {
    return this.sessions.get(sessionId)?.owner.sessionGeneration;
  }

  private handleOf(session: Session, kept: readonly Ref[]): WorkerSession {
    return {
      kept,
      grant: (jobs, bytes) => {
        session.grant(jobs, bytes);
        this.pump();
      },
      weighed: (bytes) => session.weighed(bytes),
      giveBack: async (handles) => {
        for (const { id } of handles) session.held.delete(id);
        this.jobsAreReady(await this.parts.store.leases.release(handles));
      },
      goodbye: async () => {
        this.close(session);
        await this.finally('giving jobs back', async () => {
          this.jobsAreReady(await this.parts.store.leases.release([...session.held.values()]));
        });
      },
      broken: async () => {
        if (!session.open) return;
        this.close(session);
        await this.finally('ending a session', async () => {
          await this.parts.store.leases.endSession(session.owner, this.parts.resumeWindowMs);
        });
        this.parts.locksEndIn(this.parts.resumeWindowMs);
      },
    };
  }

  /** Locks of a stream that is gone would hide its jobs for good. Once the server stops, its leaving frees them all. */
  private finally(what: string, work: () => Promise<void>): Promise<void> {
    return untilDone(this.parts.log, what, async () => {
      if (!this.stopped) await work();
    });
  }

  private close(session: Session): void {
    session.open = false;
    this.topics.leave(session);
    if (this.sessions.get(session.owner.sessionId) === session) this.sessions.delete(session.owner.sessionId);
  }

  /** This server was declared dead: its locks are free, so its workers must say hello anew, here or elsewhere. */
  dropAll(): void {
    for (const session of [...this.sessions.values()]) {
      this.close(session);
      session.sink.drain('it was declared dead and begins anew', 0);
    }
  }

  drainAll(reason: string, deadlineMs: number): void {
    for (const session of this.sessions.values()) session.sink.drain(reason, deadlineMs);
  }

  // --- Jobs that ended -------------------------------------------------------------------------------------------------

  /** Open jobs went in a commit. Those whose holder did not end them itself are canceled for it. */
  jobsAreGone(gone: readonly OpenJob[], byTheirHolder: ReadonlySet<number>): void {
    for (const { id, partition, lock } of gone) {
      const sessionId = lock?.owner?.sessionId;
      if (sessionId === undefined) continue;
      const session = this.sessions.get(sessionId);
      if (session === undefined || !session.held.delete(id)) continue;
      if (!byTheirHolder.has(id)) session.sink.canceled({ partition, id }, 'the element was ended');
    }
  }

  /** Another server ended jobs that are held here. */
  canceledElsewhere(jobs: readonly (Ref & { readonly sessionId: string })[]): void {
    for (const { partition, id, sessionId } of jobs) {
      const session = this.sessions.get(sessionId);
      if (session?.held.delete(id)) session.sink.canceled({ partition, id }, 'the element was ended');
    }
  }

  locksEndIn(delayMs: number): void {
    this.parts.locksEndIn(delayMs);
  }

  private giveBackLater(handles: readonly JobHandle[]): void {
    void this.finally('giving jobs back', async () => {
      this.jobsAreReady(await this.parts.store.leases.release(handles));
    });
  }
}

function refOf({ partition, id }: Ref): Ref {
  return { partition, id };
}
