/**
 * Those who wait for the end of an instance. Told by the commit that ended it, when that was here; by a notice, when it
 * was another server's; and by one poll of this server for all of them, in case neither came (I13).
 */
import type { Ref } from '../core/state.js';
import { type Log, logFailure } from './log.js';

export interface WaitersParts {
  readonly log: Log;
  /** Which of these roots have ended (or are gone). */
  ended(instances: readonly Ref[]): Promise<readonly Ref[]>;
  /** Only with other servers can an instance end unseen. */
  mayMiss(): boolean;
}

const POLL_MS = 1_000;

interface Waiting {
  readonly instance: Ref;
  readonly wake: Set<() => void>;
}

export class Waiters {
  private readonly parts: WaitersParts;
  private readonly waiting = new Map<number, Waiting>();
  private timer: NodeJS.Timeout | undefined;

  constructor(parts: WaitersParts) {
    this.parts = parts;
  }

  /** Resolves at the end of the instance; rejects with the signal's reason. */
  async ended(instance: Ref, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const end = this.register(instance, signal);
    // The signal may come before anybody awaits the end.
    end.catch(() => undefined);
    // It may have ended before it was registered.
    const already = await this.parts.ended([instance]).catch((error: unknown) => {
      logFailure(this.parts.log, error, 'asking for the end of an instance failed; the poll asks again');
      return [];
    });
    this.tell(already);
    this.poll();
    await end;
  }

  tell(instances: readonly Ref[]): void {
    for (const { id } of instances) {
      const waiting = this.waiting.get(id);
      if (waiting === undefined) continue;
      this.waiting.delete(id);
      for (const wake of waiting.wake) wake();
    }
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  private register(instance: Ref, signal: AbortSignal): Promise<void> {
    const waiting = this.waiting.get(instance.id) ?? { instance, wake: new Set<() => void>() };
    this.waiting.set(instance.id, waiting);
    return new Promise((resolve, reject) => {
      const wake = () => {
        signal.removeEventListener('abort', abort);
        resolve();
      };
      const abort = () => {
        waiting.wake.delete(wake);
        if (waiting.wake.size === 0) this.waiting.delete(instance.id);
        reject(signal.reason);
      };
      waiting.wake.add(wake);
      signal.addEventListener('abort', abort, { once: true });
    });
  }

  private poll(): void {
    if (this.timer !== undefined || this.waiting.size === 0) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      if (!this.parts.mayMiss()) return this.poll();
      this.parts
        .ended([...this.waiting.values()].map(({ instance }) => instance))
        .then((ended) => this.tell(ended))
        .catch((error: unknown) => logFailure(this.parts.log, error, 'asking for the end of instances failed'))
        .finally(() => this.poll());
    }, POLL_MS);
  }
}
