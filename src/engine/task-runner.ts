/**
 * Executes due tasks (design section 6). A task that is due at once is handed over in memory right after its commit;
 * others wait here for their time, known from the commit that wrote them and from the server's beat. The table is the
 * truth: whoever executes a task deletes its row in the same transaction, so nothing is done twice.
 */
import type { Changes, Task } from '../core/state.js';
import { Alarm } from './alarm.js';
import { CLAIM_MS, CLAIM_TASKS, TASKS_UNDER_WAY } from './limits.js';
import { type Log, logFailure } from './log.js';
import type { TaskStore } from './ports/tasks.js';

export interface TaskRunnerParts {
  readonly tasks: TaskStore;
  readonly log: Log;
  owner(): { readonly serverId: string; readonly serverEpoch: number };
  /** Resolves when it is done, or has failed. */
  execute(task: Task): Promise<void>;
}

export class TaskRunner {
  private readonly parts: TaskRunnerParts;
  private readonly alarm = new Alarm(() => this.wake());
  private claiming = false;
  /** Of those that were claimed. */
  private underWay = 0;
  private tellRoom: () => void = () => undefined;
  private stopped = false;

  constructor(parts: TaskRunnerParts) {
    this.parts = parts;
  }

  /** What was committed; `now` is the engine time of its transaction. */
  changed({ task: { born, changed } }: Changes, now: number): void {
    this.born(born, now);
    // Those that are due at another time than before.
    this.born(
      changed.flatMap(({ before, after }) => (before.dueAt === after.dueAt ? [] : [after])),
      now,
    );
  }

  private born(tasks: readonly Task[], now: number): void {
    for (const task of tasks) {
      if (task.dueAt <= now) void this.parts.execute(task);
      else this.wakeIn(task.dueAt - now);
    }
  }

  wakeIn(delayMs: number | null): void {
    this.alarm.within(delayMs);
  }

  stop(): void {
    this.stopped = true;
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
    const { tasks } = this.parts;
    const { serverId, serverEpoch } = this.parts.owner();
    for (;;) {
      await this.room();
      if (this.stopped) return;
      const claimed = await tasks.claimDue(serverId, serverEpoch, CLAIM_TASKS, CLAIM_MS);
      for (const task of claimed) this.run(task);
      if (claimed.length < CLAIM_TASKS) break;
    }
    this.wakeIn(await tasks.nextDueIn());
  }

  /** What falls due together is taken as fast as it is done: no claim ends before its turn, and starts come between. */
  private async room(): Promise<void> {
    while (this.underWay + CLAIM_TASKS > TASKS_UNDER_WAY) {
      await new Promise<void>((resolve) => {
        this.tellRoom = resolve;
      });
    }
  }

  private run(task: Task): void {
    this.underWay += 1;
    void this.parts.execute(task).finally(() => {
      this.underWay -= 1;
      this.tellRoom();
    });
  }
}
