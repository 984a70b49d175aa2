/**
 * What the engine needs of a store, in the engine's own words. `store` implements it; nobody else knows SQL.
 */
import type { Reader } from '../reader.js';
import type { ClockStore } from './clock.js';
import type { LaneConnection } from './lane.js';
import type { LeaseStore } from './leases.js';
import type { Notices } from './notices.js';
import type { ProcessStore } from './processes.js';
import type { ServerStore } from './servers.js';
import type { SignalStore } from './signals.js';
import type { TaskStore } from './tasks.js';
import type { UserTaskChangeStore } from './user-tasks.js';

export interface Store {
  readonly kind: 'postgres' | 'pglite';
  /** False: in memory, for tests. */
  readonly isDurable: boolean;
  /** Lanes that this database can serve at once: 1 on PGlite. */
  readonly maxLanes: number;
  /** A connection of its own, with the timeouts of design section 5. */
  openLane(): Promise<LaneConnection>;
  /** Reserves a block of id counters, durably: `first` to `first + size - 1`. */
  reserveIds(): Promise<{ readonly first: number; readonly size: number }>;
  /**
   * Settles a COMMIT in doubt: inserts the mark on another connection; true when it was there, so it committed. It may be
   * asked again: the answer stays the same.
   */
  wasCommitted(mark: string): Promise<boolean>;
  /**
   * Makes the day partitions from today, or from a time, to `daysAhead` days ahead, of engine time, and forgets what has expired (request
   * rows after a day). Idempotent, safe on many servers.
   */
  preparePartitions(daysAhead: number, from?: number): Promise<void>;
  readonly clock: ClockStore;
  readonly processes: ProcessStore;
  readonly leases: LeaseStore;
  readonly signals: SignalStore;
  readonly tasks: TaskStore;
  readonly servers: ServerStore;
  readonly userTaskChanges: UserTaskChangeStore;
  readonly notices: Notices;
  readonly reader: Reader;
  close(): Promise<void>;
}
