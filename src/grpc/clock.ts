/** Time as the streams see it: injected, so that tests move it and nothing has to sleep. */

export interface Clock {
  /** Milliseconds; only differences count. */
  now(): number;
  /** Calls back once after that many milliseconds; the answer takes it back. */
  after(milliseconds: number, callback: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  after(milliseconds, callback) {
    const timer = setTimeout(callback, milliseconds);
    return () => clearTimeout(timer);
  },
};

/** Beats that fall into the same tenth of their interval fall together. */
const TENTHS = 10;

/**
 * How long to wait for the next beat. Streams that opened at any time beat with the others of their tenth: a thousand
 * quiet ones wake the process ten times in an interval.
 */
export function untilBeat(clock: Clock, intervalMs: number): number {
  const step = intervalMs / TENTHS;
  const now = clock.now();
  return Math.round((now + intervalMs) / step) * step - now;
}
