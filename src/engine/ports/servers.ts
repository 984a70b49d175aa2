/** The servers of a database: beats, and death as a write. */

export interface ServerStore {
  /** Writes a new server row; the answer is its epoch. */
  register(serverId: string): Promise<number>;
  /** Raises the beat counter, and reads in the same statement what a server must know even when nobody tells it. */
  beat(serverId: string, serverEpoch: number): Promise<Beat>;
  /** Death is a write: epoch + 1 under the row's lock; then its jobs and tasks are free. False: it was not that epoch. */
  declareDead(serverId: string, serverEpoch: number): Promise<boolean>;
  /** A leaving server: its owned locks get an end time, its row goes. */
  leave(serverId: string, serverEpoch: number, resumeWindowMs: number): Promise<void>;
}

export interface Beat {
  /** False: another epoch is stored, so this server was declared dead and must drop what it holds. */
  readonly alive: boolean;
  readonly others: readonly { readonly id: string; readonly epoch: number; readonly beat: number }[];
  /** The latest epoch that was ever given: tells of servers that came and went. */
  readonly latestEpoch: number;
  readonly nextTaskInMs: number | null;
  /** There are locks whose end time has passed. */
  readonly endedLocks: boolean;
}
