/** Right after an answer, reads the instance on another server (I7), and writes down what that one showed. */
import { BatonClient, BatonError, type Key } from '@baton/client';
import { type Journal, now } from './history.js';

const PATIENCE_MS = 10_000;

export class Reader {
  private readonly journal: Journal;
  private readonly clients: readonly BatonClient[];
  private open = 0;

  constructor(addresses: readonly string[], journal: Journal) {
    this.journal = journal;
    this.clients = addresses.map((address) => new BatonClient({ address, maxAttempts: 1, timeoutMs: PATIENCE_MS }));
  }

  /** Reads that have no answer yet. */
  get waiting(): number {
    return this.open;
  }

  /** `server`: the one that has answered. A server that is away shows nothing. */
  readAfter(after: 'start' | 'end', key: Key, server: number): void {
    const steps = this.clients.length === 1 ? 0 : 1 + Math.floor(Math.random() * (this.clients.length - 1));
    const other = (server + steps) % this.clients.length;
    this.open += 1;
    this.read(after, key, other).finally(() => {
      this.open -= 1;
    });
  }

  private async read(after: 'start' | 'end', key: Key, server: number): Promise<void> {
    const asked = now();
    const instance = nameOf(key);
    try {
      const seen = await this.clients[server]?.instances.get(key);
      if (seen === undefined) return;
      const { state, changeNumber } = seen.processInstance;
      const short = state.replace('INSTANCE_STATE_', '');
      this.journal.write({ kind: 'read', after, instance, server, asked, state: short, changeNumber });
    } catch (error) {
      if (!(error instanceof BatonError) || error.code !== 'NOT_FOUND') return;
      this.journal.write({ kind: 'read', after, instance, server, asked, state: 'NOT_FOUND', changeNumber: 0 });
    }
  }
}

export function nameOf({ partition, id }: Key): string {
  return `${partition}/${id}`;
}
