// Owns the client's view of time: what waits, waits through this, so that tests can decide when time passes.

export interface Clock {
  /** Runs once after this time; the answer cancels it. */
  after(milliseconds: number, run: () => void): () => void;
  /** Runs once when what is at hand has been handled: many small things become one message. */
  soon(run: () => void): void;
}

/** Longer delays overflow Node's timers, which would then fire at once. */
const longestDelay = 2 ** 31 - 1;

export const systemClock: Clock = {
  after(milliseconds, run) {
    const timer = setTimeout(run, Math.min(Math.max(0, milliseconds), longestDelay));
    return () => clearTimeout(timer);
  },
  soon(run) {
    setImmediate(run);
  },
};
