/** What identifies a row. */

/** The UTC day of the root instance's creation, `YYYY-MM-DD`. All rows of a tree lie in one partition. */
export type Partition = string;

export interface Ref {
  readonly partition: Partition;
  readonly id: number;
}
