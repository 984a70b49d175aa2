/**
 * Whether the database can be used, as those say who use it all the time: the lanes and the beat. It becomes one line of
 * the log for each change, the health of the server, and an early answer to new work when the trouble lasts.
 */
import { DATABASE_AWAY_SAID_MS } from './limits.js';
import type { Log } from './log.js';
import type { StoreError } from './ports/lane.js';

/** The beat, which is tried however little there is to do. */
const BEAT = 'beat';

export class Availability {
  private readonly log: Log;
  private readonly patienceMs: number;
  private readonly watchers = new Set<(available: boolean) => void>();
  /** Users that failed and have not succeeded since. */
  private readonly troubled = new Set<unknown>();
  /** Monotonic milliseconds; undefined while all is well. */
  private since: number | undefined;
  private saidUntil = 0;

  constructor(log: Log, patienceMs: number) {
    this.log = log;
    this.patienceMs = patienceMs;
  }

  /** Told at once, and then at each change. */
  watch(watcher: (available: boolean) => void): void {
    this.watchers.add(watcher);
    watcher(this.since === undefined);
  }

  /** It lasts: whoever can be told to come again is told, instead of waiting longer. */
  get lasts(): boolean {
    return this.since !== undefined && performance.now() - this.since >= this.patienceMs;
  }

  failed(user: unknown, error: StoreError): void {
    this.troubled.add(user);
    const now = performance.now();
    if (this.since === undefined) {
      this.since = now;
      this.saidUntil = now + DATABASE_AWAY_SAID_MS.first;
      this.log.warn({ reason: error.message }, 'the database can not be used; what waits for it is tried again');
      for (const watcher of this.watchers) watcher(false);
    } else if (now >= this.saidUntil) {
      const away = now - this.since;
      this.saidUntil = now + Math.min(away, DATABASE_AWAY_SAID_MS.last);
      this.log.warn({ reason: error.message, seconds: Math.round(away / 1000) }, 'the database can still not be used');
    }
  }

  succeeded(user: unknown): void {
    if (this.since === undefined) return;
    this.troubled.delete(user);
    if (this.troubled.size > 0) return;
    const seconds = Math.round((performance.now() - this.since) / 1000);
    this.since = undefined;
    this.log.info({ seconds }, 'the database can be used again');
    for (const watcher of this.watchers) watcher(true);
  }

  /** This user has nothing left to try it with: the beat will find out. */
  gaveUp(user: unknown): void {
    if (this.troubled.delete(user)) this.troubled.add(BEAT);
  }

  readonly beat = {
    failed: (error: StoreError) => this.failed(BEAT, error),
    succeeded: () => this.succeeded(BEAT),
  };
}
