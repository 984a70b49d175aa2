/**
 * Tells other servers what they can not see: jobs that nobody here takes, instances that ended, held jobs that were
 * canceled. Coalesced, at most a few notices a second, outside the commit groups (NOTIFY serialises commits), and only
 * while there are other servers. Nothing depends on it (I13).
 */
import type { Ref } from '../core/state.js';
import { type Log, logFailure } from './log.js';
import type { TopicKey } from './ports/leases.js';
import type { Notice, Notices } from './ports/notices.js';

const QUIET_MS = 20;

export class Announcer {
  private readonly notices: Notices;
  private readonly from: string;
  private readonly log: Log;
  private readonly hasListeners: () => boolean;
  private topics = new Map<string, TopicKey>();
  private ended: Ref[] = [];
  private canceled: (Ref & { readonly sessionId: string })[] = [];
  private userTasks = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(notices: Notices, from: string, log: Log, hasListeners: () => boolean) {
    this.notices = notices;
    this.from = from;
    this.log = log;
    this.hasListeners = hasListeners;
  }

  jobs(topics: readonly TopicKey[]): void {
    if (!this.hasListeners()) return;
    for (const key of topics) this.topics.set(`${key.tenantId}\n${key.topic}`, key);
    this.schedule();
  }

  /** At once: until then the other server gives the stream jobs that nobody has. */
  sessionResumed(sessionId: string, generation: number): void {
    this.sendAtOnce({ type: 'resumed', from: this.from, sessionId, generation });
  }

  /** Engine time was moved: what is due now is due on all servers. */
  timeMoved(): void {
    this.sendAtOnce({ type: 'time', from: this.from });
  }

  private sendAtOnce(notice: Notice): void {
    if (!this.hasListeners()) return;
    this.notices.send(notice).catch((error: unknown) => this.log.warn({ err: error }, 'telling other servers failed'));
  }

  instancesEnded(roots: readonly Ref[]): void {
    if (!this.hasListeners() || roots.length === 0) return;
    this.ended.push(...roots);
    this.schedule();
  }

  jobsCanceled(jobs: readonly (Ref & { readonly sessionId: string })[]): void {
    if (!this.hasListeners() || jobs.length === 0) return;
    this.canceled.push(...jobs);
    this.schedule();
  }

  userTasksChanged(): void {
    if (!this.hasListeners()) return;
    this.userTasks = true;
    this.schedule();
  }

  /** What was not told yet is told now: nobody else knows it. */
  async stop(): Promise<void> {
    clearTimeout(this.timer);
    await this.trySending();
  }

  private schedule(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      void this.trySending();
    }, QUIET_MS);
  }

  private trySending(): Promise<void> {
    return this.send().catch((error: unknown) => logFailure(this.log, error, 'telling other servers failed'));
  }

  private async send(): Promise<void> {
    const { from } = this;
    const notices: Notice[] = [];
    if (this.topics.size > 0) notices.push({ type: 'jobs', from, topics: [...this.topics.values()] });
    if (this.ended.length > 0) notices.push({ type: 'ended', from, roots: this.ended });
    if (this.canceled.length > 0) notices.push({ type: 'canceled', from, jobs: this.canceled });
    if (this.userTasks) notices.push({ type: 'userTasks', from });
    this.userTasks = false;
    this.topics = new Map();
    this.ended = [];
    this.canceled = [];
    for (const notice of notices) await this.notices.send(notice);
  }
}
