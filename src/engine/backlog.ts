/**
 * How many older jobs of a topic wait for a taker: counted from above, so that nothing is given away that one of them
 * should have. It is unknown until a lease has found the topic empty.
 */

/** Where a backlog stood when a lease began. */
export interface Mark {
  readonly ready: number;
  readonly heard: number;
}

export class Backlog {
  /** Jobs that were left without a taker by groups that have not committed yet. */
  private coming = 0;
  /** Jobs that became ready without a taker, ever; those that a lease has found gone. */
  private ready = 0;
  private gone = Number.NEGATIVE_INFINITY;
  /** How often other servers told of jobs, without their number. */
  private heard = 0;

  /** Jobs that wait, or will when their groups commit. */
  get most(): number {
    return this.coming + this.ready - this.gone;
  }

  /** A lease may find some. */
  get isReady(): boolean {
    return this.ready > this.gone;
  }

  comes(): void {
    this.coming += 1;
  }

  /** Its group has ended, one way or the other. */
  came(): void {
    this.coming -= 1;
  }

  isLeft(): void {
    this.ready += 1;
  }

  isUnknown(): void {
    this.heard += 1;
    this.gone = Number.NEGATIVE_INFINITY;
  }

  mark(): Mark {
    return { ready: this.ready, heard: this.heard };
  }

  /** A lease that began then has found no more: what became ready meanwhile may still wait. */
  wasEmpty({ ready, heard }: Mark): void {
    if (heard === this.heard) this.gone = ready;
  }
}
