/** Tasks: claimed by a server, done by a command. */
import type { Task } from '../../core/state.js';

export interface TaskStore {
  /** Claims due tasks for a while, so that other servers leave them alone; their execution is guarded by their row. */
  claimDue(serverId: string, serverEpoch: number, limit: number, claimMs: number): Promise<readonly Task[]>;
  /** Milliseconds until the next unclaimed task is due; 0 or less is now; null: none. */
  nextDueIn(): Promise<number | null>;
}
