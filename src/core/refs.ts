/** What identifies a row. */

/** The UTC day of the root instance's creation, `YYYY-MM-DD`. All rows of a tree lie in one partition. */
export type Partition = string;

export interface Ref {
  readonly partition: Partition;
  readonly id: number;
}

/** An element instance on which jobs, tasks, incidents, user tasks and waits hang. */
export interface Owner extends Ref {
  readonly rootId: number;
}
