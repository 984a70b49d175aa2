/**
 * Those who watch user tasks. A watcher costs no statement of its own: one read of this server goes on from where all of
 * them are, woken by commits here, by notices of other servers, and by a poll that gets rarer while nothing comes (I13).
 * Who comes with an older cursor, or does not keep up, reads for itself until it has caught up.
 */
import { type Refusal, refuse } from '../core/refusal.js';
import type { UserTaskWatcher, WatchedUserTasks, WatchFilter } from './face.js';
import { WATCH_PAGE, WATCH_QUEUE } from './limits.js';
import { type Log, logFailure } from './log.js';
import type {
  People,
  UserTaskChange,
  UserTaskChangeStore,
  UserTaskChanges,
  WatchPosition,
} from './ports/user-tasks.js';
import type { UserTaskView } from './reader.js';

/** Commits that follow each other closely are read together. */
const QUIET_MS = 10;
const FIRST_POLL_MS = 50;
const LAST_POLL_MS = 5_000;

export class UserTaskWatches {
  private readonly store: UserTaskChangeStore;
  private readonly log: Log;
  private readonly level = new Set<Watcher>();
  private readonly all = new Set<Watcher>();
  private timer: NodeJS.Timeout | undefined;
  private reading = false;
  private woken = false;
  private pollMs = FIRST_POLL_MS;
  private stopped = false;

  constructor(store: UserTaskChangeStore, log: Log) {
    this.store = store;
    this.log = log;
  }

  /** Without a cursor from now on: what is committed after this comes. */
  async open(filter: WatchFilter, cursor: string): Promise<UserTaskWatcher | Refusal> {
    if (this.stopped) return shuttingDown();
    const position = cursor === '' ? await this.store.now() : positionOf(cursor);
    if (position === null) return cursorInvalid();
    const watcher = new Watcher(filter, position, {
      read: (from) => this.store.after(from, WATCH_PAGE),
      caughtUp: (one) => this.add(one),
      fellBehind: (one) => this.level.delete(one),
      closed: (one) => this.remove(one),
    });
    this.all.add(watcher);
    if (cursor === '') watcher.isLevel();
    return watcher;
  }

  /** User tasks were changed, here or elsewhere. */
  wake(): void {
    this.pollMs = FIRST_POLL_MS;
    if (this.reading) this.woken = true;
    else this.readIn(QUIET_MS);
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    for (const watcher of this.all) watcher.stop();
  }

  private add(watcher: Watcher): void {
    if (!this.all.has(watcher)) return;
    this.level.add(watcher);
    // What came between its own read and now is news to it.
    this.wake();
  }

  private remove(watcher: Watcher): void {
    this.all.delete(watcher);
    this.level.delete(watcher);
  }

  private readIn(delayMs: number): void {
    clearTimeout(this.timer);
    if (this.stopped || this.level.size === 0) return;
    this.timer = setTimeout(() => {
      this.read()
        .catch((error: unknown) => {
          logFailure(this.log, error, 'changes of user tasks could not be read; the next poll tries');
          this.pollMs = LAST_POLL_MS;
        })
        .finally(() => {
          this.reading = false;
          this.readIn(this.woken ? QUIET_MS : this.pollMs);
        });
    }, delayMs);
  }

  private async read(): Promise<void> {
    this.reading = true;
    this.woken = false;
    // Whoever joins meanwhile is further back, or further on; the next read is for them too.
    const readers = [...this.level];
    const from = readers.map(({ end }) => end).reduce((one, other) => (isBefore(other, one) ? other : one));
    const found = await this.store.after(from, WATCH_PAGE);
    for (const watcher of readers) watcher.take(found);
    if (found === null) return;
    const isQuiet = found.changes.length === 0;
    if (found.full) this.woken = true;
    this.pollMs = isQuiet ? Math.min(this.pollMs * 2, LAST_POLL_MS) : FIRST_POLL_MS;
  }
}

interface WatcherParts {
  read(from: WatchPosition): Promise<UserTaskChanges | null>;
  caughtUp(watcher: Watcher): void;
  fellBehind(watcher: Watcher): void;
  closed(watcher: Watcher): void;
}

class Watcher implements UserTaskWatcher {
  /** Up to where it has been told, or has it in its queue. */
  end: WatchPosition;
  private readonly filter: WatchFilter;
  private readonly parts: WatcherParts;
  /** Up to where its reader was told. */
  private told: WatchPosition;
  private behind = true;
  private queue: UserTaskChange[] = [];
  private over: Refusal | null = null;
  private wake: () => void = () => undefined;

  constructor(filter: WatchFilter, position: WatchPosition, parts: WatcherParts) {
    this.filter = filter;
    this.end = position;
    this.told = position;
    this.parts = parts;
  }

  get cursor(): string {
    return cursorOf(this.told);
  }

  isLevel(): void {
    this.behind = false;
    this.parts.caughtUp(this);
  }

  /** What was read for all: what comes after its own place is its own. */
  take(found: UserTaskChanges | null): void {
    if (this.behind) return;
    if (found === null) this.finish(cursorInvalid());
    else if (isBefore(this.end, found.end)) this.takeNews(found);
  }

  private takeNews(found: UserTaskChanges): void {
    this.queue.push(...found.changes.filter((change) => isBefore(this.end, change) && isFor(this.filter, change)));
    this.end = found.end;
    if (this.queue.length > WATCH_QUEUE) this.fallBehind();
    if (this.queue.length > 0) this.wake();
  }

  /** Its reader is slow: what waits for it is read again when it comes. */
  private fallBehind(): void {
    this.queue = [];
    this.end = this.told;
    this.behind = true;
    this.parts.fellBehind(this);
    this.wake();
  }

  async next(timeoutMs: number, signal: AbortSignal): Promise<WatchedUserTasks | Refusal> {
    if (!this.hasNews) await this.news(timeoutMs, signal);
    if (this.over !== null) return this.over;
    if (this.behind && !signal.aborted) return this.catchUp();
    const { queue } = this;
    this.queue = [];
    this.told = this.end;
    return { cursor: this.cursor, userTasks: latest(queue) };
  }

  close(): void {
    this.parts.closed(this);
    this.wake();
  }

  stop(): void {
    this.finish(shuttingDown());
  }

  private finish(why: Refusal): void {
    this.over = why;
    this.wake();
  }

  private get hasNews(): boolean {
    return this.over !== null || this.behind || this.queue.length > 0;
  }

  private async catchUp(): Promise<WatchedUserTasks | Refusal> {
    for (;;) {
      const found = await this.parts.read(this.end);
      if (found === null) return cursorInvalid();
      const changes = found.changes.filter((change) => isFor(this.filter, change));
      this.end = found.end;
      this.told = found.end;
      if (!found.full) this.isLevel();
      if (!found.full || changes.length > 0) return { cursor: this.cursor, userTasks: latest(changes) };
    }
  }

  private news(timeoutMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, timeoutMs);
      signal.addEventListener('abort', done, { once: true });
      this.wake = done;
    });
  }
}

// --- Who is told -----------------------------------------------------------------------------------------------------

/** Also when it was so until the change: a list of one's own work must hear that something left it. */
function isFor(filter: WatchFilter, { view: { row }, before }: UserTaskChange): boolean {
  if (!filter.tenantIds.includes(row.tenantId)) return false;
  if (filter.processId !== undefined && row.processId !== filter.processId) return false;
  return concerns(filter, row) || (before !== null && concerns(filter, before));
}

function concerns({ assignee, candidateUser, candidateGroups }: WatchFilter, people: People): boolean {
  if (assignee !== undefined && people.assignee !== assignee) return false;
  if (candidateUser === undefined && candidateGroups === undefined) return true;
  const byName = candidateUser !== undefined && people.candidateUsers.includes(candidateUser);
  return byName || (candidateGroups ?? []).some((group) => people.candidateGroups.includes(group));
}

/** Each once, in the order of the last changes. */
function latest(changes: readonly UserTaskChange[]): readonly UserTaskView[] {
  const views = new Map<number, UserTaskView>();
  for (const { id, view } of changes) {
    views.delete(id);
    views.set(id, view);
  }
  return [...views.values()];
}

// --- Positions -------------------------------------------------------------------------------------------------------

type Place = Pick<WatchPosition, 'xid' | 'id'>;

function isBefore(one: Place, other: Place): boolean {
  const [first, second] = [BigInt(one.xid), BigInt(other.xid)];
  return first === second ? one.id < other.id : first < second;
}

function cursorOf({ incarnation, xid, id, at }: WatchPosition): string {
  return Buffer.from(JSON.stringify([incarnation, xid, id, at])).toString('base64url');
}

function positionOf(cursor: string): WatchPosition | null {
  try {
    const [incarnation, xid, id, at] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
    const isPlace = typeof xid === 'string' && /^\d{1,19}$/.test(xid) && Number.isSafeInteger(id);
    if (typeof incarnation !== 'string' || !isPlace || !Number.isSafeInteger(at)) return null;
    return { incarnation, xid, id: id as number, at: at as number };
  } catch {
    // Broken in any way is no cursor.
    return null;
  }
}

function cursorInvalid(): Refusal {
  const message = 'the cursor is broken, of another database, or older than a day; query what is open and watch anew';
  return refuse('PAGE_TOKEN_INVALID', message, {}, 'cursor');
}

function shuttingDown(): Refusal {
  return refuse('SHUTTING_DOWN', 'this server is shutting down: watch again, elsewhere');
}
