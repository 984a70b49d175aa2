/**
 * Executes due tasks (design section 6). A task that is due at once is handed over in memory right after its commit;
 * others wait here for their time, known from the commit that wrote them and from the server's beat. The table is the
 * truth: whoever executes a task deletes its row in the same transaction, so nothing is done twice.
 */
import type { Task } from '../core/state.js';
import { Alarm } from './alarm.js';
import { CLAIM_MS, CLAIM_TASKS } from './limits.js';
import { type Log, logFailure } from './log.js';
import type { TaskStore } from './ports/tasks.js';

export interface TaskRunnerParts {
  readonly tasks: TaskStore;
  readonly log: Log;
  owner(): { readonly serverId: string; readonly serverEpoch: number };
  execute(task: Task): void;
}

export class TaskRunner {
  private readonly parts: TaskRunnerParts;
  private readonly alarm = new Alarm(() => this.wake());
  private claiming = false;

  constructor(parts: TaskRunnerParts) {
    this.parts = parts;
  }

  /** Tasks that were committed; `now` is the engine time of their transaction. */
  born(tasks: readonly Task[], now: number): void {
    for (const task of tasks) {
      if (task.dueAt <= now) this.parts.execute(task);
      else this.wakeIn(task.dueAt - now);
    }
  }

  wakeIn(delayMs: number | null): void {
    this.alarm.within(delayMs);
  }

  stop(): void {
    this.alarm.stop();
  }

  private wake(): void {
    if (this.claiming) return;
    this.claiming = true;
    this.claim()
      .catch((error: unknown) => logFailure(this.parts.log, error, 'claiming tasks failed; the next beat tries again'))
      .finally(() => {
        this.claiming = false;
      });
  }

  private async claim(): Promise<void> {
    const { tasks, execute } = this.parts;
    const { serverId, serverEpoch } = this.parts.owner();
    for (;;) {
      const claimed = await tasks.claimDue(serverId, serverEpoch, CLAIM_TASKS, CLAIM_MS);
      for (const task of claimed) execute(task);
      if (claimed.length < CLAIM_TASKS) break;
    }
    this.wakeIn(await tasks.nextDueIn());
  }
}
