/** What a commit means for those who wait for it, here and on other servers (I1: told after the commit). */
import { isRefusal } from '../core/refusal.js';
import { type Changes, hasEnded, type Ref } from '../core/state.js';
import type { Announcer } from './announcer.js';
import type { Dispatcher } from './dispatcher.js';
import type { Group } from './group.js';
import { isOutcome } from './submission.js';
import type { UserTaskWatches } from './user-task-watches.js';
import type { Waiters } from './waiters.js';

interface CommitNewsParts {
  readonly serverId: string;
  readonly announcer: Announcer;
  readonly dispatcher: Dispatcher;
  readonly waiters: Waiters;
  readonly userTaskWatches: UserTaskWatches;
}

export class CommitNews {
  private readonly parts: CommitNewsParts;

  constructor(parts: CommitNewsParts) {
    this.parts = parts;
  }

  tell(group: Group, changes: Changes): void {
    this.jobsGone(group, changes);
    this.jobsResumed(changes);
    this.tellEnded(changes);
    this.tellWatchers(changes);
  }

  private jobsGone(group: Group, changes: Changes): void {
    const { gone } = changes.openJob;
    if (gone.length === 0) return;
    const byHolder = new Set<number>();
    for (const { submission, answer } of group.decided) {
      if (!isRefusal(answer) && isOutcome(submission.command)) byHolder.add(submission.command.job.id);
    }
    this.parts.dispatcher.jobsAreGone(gone, byHolder);
    const elsewhere = [];
    for (const { partition, id, lock } of gone) {
      const owner = lock?.owner;
      if (!owner || owner.serverId === this.parts.serverId || byHolder.has(id)) continue;
      elsewhere.push({ partition, id, sessionId: owner.sessionId });
    }
    this.parts.announcer.jobsCanceled(elsewhere);
  }

  /** Jobs of instances that were suspended may be handed out again. */
  private jobsResumed({ openJob }: Changes): void {
    const resumed = openJob.changed.filter(({ before, after }) => before.suspended && !after.suspended);
    if (resumed.length > 0) this.parts.dispatcher.jobsAreReady(resumed.map(({ after }) => after));
  }

  private tellEnded({ processInstance }: Changes): void {
    const ended: Ref[] = [];
    for (const row of processInstance.born) if (hasEnded(row.state)) ended.push(row);
    for (const { after } of processInstance.changed) if (hasEnded(after.state)) ended.push(after);
    if (ended.length === 0) return;
    this.parts.waiters.tell(ended);
    this.parts.announcer.instancesEnded(ended.map(({ partition, id }) => ({ partition, id })));
  }

  private tellWatchers({ userTask: { born, changed } }: Changes): void {
    if (born.length + changed.length === 0) return;
    this.parts.userTaskWatches.wake();
    this.parts.announcer.userTasksChanged();
  }
}
