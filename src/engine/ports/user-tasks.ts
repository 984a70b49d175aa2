/** What changed about user tasks, in the order of the transactions that changed them (design: streams across trees). */
import type { UserTaskView } from '../reader.js';

/**
 * A place among the changes. Ids and times are no order of commits: changes come by (transaction, id), and only those of
 * transactions below the oldest that is still under way.
 */
export interface WatchPosition {
  /** Of the database: another one counts its transactions in another way. */
  readonly incarnation: string;
  /** Transaction, a number of 64 bits. */
  readonly xid: string;
  readonly id: number;
  /** Database time in epoch milliseconds: changes are forgotten after a day. */
  readonly at: number;
}

export interface UserTaskChange extends Pick<WatchPosition, 'xid' | 'id'> {
  /** As it is now: at least as new as the change. */
  readonly view: UserTaskView;
  /** Whose it was until then; null when the change made it. */
  readonly before: People | null;
}

/** Whose a user task is, and who may do it. */
export interface People {
  readonly assignee: string | null;
  readonly candidateUsers: readonly string[];
  readonly candidateGroups: readonly string[];
}

export interface UserTaskChanges {
  readonly changes: readonly UserTaskChange[];
  /** Where to go on. */
  readonly end: WatchPosition;
  /** There may be more. */
  readonly full: boolean;
  /** There are changes that can not be read yet: an older transaction is still under way. */
  readonly pending: boolean;
}

export interface UserTaskChangeStore {
  /** The present end: what is committed later comes after it. */
  now(): Promise<WatchPosition>;
  /** Null: the position is of another database, or so old that changes after it are forgotten. */
  after(position: WatchPosition, limit: number): Promise<UserTaskChanges | null>;
}
