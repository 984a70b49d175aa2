/** One timer for many wishes: it goes off at the earliest of them. Whoever is called looks for itself what is due. */

/** setTimeout fires at once for longer delays than it can count. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export class Alarm {
  private readonly ring: () => void;
  private timer: NodeJS.Timeout | undefined;
  /** Monotonic milliseconds. */
  private at = Number.POSITIVE_INFINITY;
  private stopped = false;

  constructor(ring: () => void) {
    this.ring = ring;
  }

  /** Null: nothing to wait for. */
  within(delayMs: number | null): void {
    if (delayMs === null || this.stopped) return;
    const delay = Math.min(Math.max(Math.ceil(delayMs), 0), LONGEST_TIMER_MS);
    const at = performance.now() + delay;
    if (at >= this.at) return;
    clearTimeout(this.timer);
    this.at = at;
    this.timer = setTimeout(() => {
      this.at = Number.POSITIVE_INFINITY;
      this.ring();
    }, delay);
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }
}
