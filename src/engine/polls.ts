/**
 * Calls that wait for a job (LockJobs): they are woken together and ask one after the other, and once one has found no
 * more, the others of the same wish need not ask. So a job costs a few statements, however many wait for it (I8).
 */
import type { LockRequest } from './face.js';
import type { LeasedOnce } from './ports/leases.js';

type Leased = LeasedOnce | 'REQUEST_ID_REUSED';

/** Asks the database, or, after news, in turn with others of the same wish and only if they have left something. */
export type Poll = (lease: () => Promise<Leased>, first: boolean) => Promise<Leased>;

/** What calls of one wish share. */
interface Wish {
  calls: number;
  /** The news at which nothing was left for it. */
  emptyAt: number;
  /** The last of those that ask. */
  asking: Promise<void>;
}

const NOTHING: LeasedOnce = { jobs: [], repeated: false };

export class Polls {
  private readonly wakers = new Set<() => void>();
  private readonly wishes = new Map<string, Wish>();
  /** How often jobs became ready. */
  private news = 0;

  get waiting(): number {
    return this.wakers.size;
  }

  /** Jobs have become ready. */
  wake(): void {
    this.news += 1;
    for (const wake of this.wakers) wake();
  }

  /** Calls back at the next job that becomes ready; the function that comes back ends that. */
  onReady(wake: () => void): () => void {
    this.wakers.add(wake);
    return () => this.wakers.delete(wake);
  }

  /** One call, from its first question to its answer. */
  async during<T>(request: LockRequest, work: (poll: Poll) => Promise<T>): Promise<T> {
    const { tenantIds, topics, filter } = request;
    const key = JSON.stringify([tenantIds, topics.map(({ topic }) => topic), filter]);
    const wish = this.wishes.get(key) ?? { calls: 0, emptyAt: -1, asking: Promise.resolve() };
    this.wishes.set(key, wish);
    wish.calls += 1;
    try {
      return await work((lease, first) =>
        first ? this.ask(wish, request, lease) : this.inTurn(wish, () => this.askIfSensible(wish, request, lease)),
      );
    } finally {
      wish.calls -= 1;
      if (wish.calls === 0) this.wishes.delete(key);
    }
  }

  /** News that comes while the lease is under way may be of a job that it did not see. */
  private async ask(wish: Wish, { limit }: LockRequest, lease: () => Promise<Leased>): Promise<Leased> {
    const { news } = this;
    const leased = await lease();
    if (leased !== 'REQUEST_ID_REUSED' && !leased.repeated && leased.jobs.length < limit) wish.emptyAt = news;
    return leased;
  }

  /** What a repetition finds was left for it alone. */
  private async askIfSensible(wish: Wish, request: LockRequest, lease: () => Promise<Leased>): Promise<Leased> {
    const empty = wish.emptyAt === this.news && request.request === undefined;
    return empty || request.signal.aborted ? NOTHING : this.ask(wish, request, lease);
  }

  private async inTurn<T>(wish: Wish, work: () => Promise<T>): Promise<T> {
    const before = wish.asking;
    let done: () => void = () => undefined;
    wish.asking = new Promise((resolve) => {
      done = resolve;
    });
    try {
      await before;
      return await work();
    } finally {
      done();
    }
  }
}
