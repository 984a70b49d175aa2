// Owns how long to wait before trying again.

export interface Backoff {
  /** The longest first wait. Doubled on each failure. */
  readonly firstMs: number;
  /** No wait is longer. */
  readonly longestMs: number;
}

/** A random part of a growing time: clients that lost one server together do not come back together. */
export function backoffDelay(backoff: Backoff, failures: number, random: () => number): number {
  const longest = Math.min(backoff.longestMs, backoff.firstMs * 2 ** Math.min(failures, 30));
  return Math.round(random() * longest);
}
