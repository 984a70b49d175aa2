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
