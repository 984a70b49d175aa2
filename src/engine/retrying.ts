/** Work that must happen in the end, however long the database is away: it is tried until it succeeds. */
import { RECONNECT_MS } from './limits.js';
import { type Log, logFailure } from './log.js';

export async function untilDone<T>(log: Log, what: string, work: () => Promise<T>): Promise<T> {
  for (let round = 0; ; round++) {
    try {
      return await work();
    } catch (error) {
      logFailure(log, error, `${what} failed; it is tried again`, { round });
      await pause(round);
    }
  }
}

/** Grows from the first to the last delay. */
export function pause(round: number): Promise<void> {
  const delay = Math.min(RECONNECT_MS.first * 2 ** round, RECONNECT_MS.last);
  return new Promise((resolve) => setTimeout(resolve, delay));
}
