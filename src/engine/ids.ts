/**
 * Ids, handed out in memory from blocks that are reserved in the database: id = counter * 256 + shard, with one counter
 * for all partitions. A transaction never waits for a block: the reserve is filled before it begins.
 */
import { IDS_IN_RESERVE } from './limits.js';
import type { Store } from './ports/store.js';

export const SHARDS = 256;

export function shardOf(id: number): number {
  return id % SHARDS;
}

/** Thrown out of a decision that used up the reserve; the group is repeated with a larger one. */
export class OutOfIds extends Error {}

export class Ids {
  private readonly store: Pick<Store, 'reserveIds'>;
  private blocks: { next: number; end: number }[] = [];
  private filling: Promise<void> | undefined;

  constructor(store: Pick<Store, 'reserveIds'>) {
    this.store = store;
  }

  next(shard: number): number {
    const block = this.blocks[0];
    if (block === undefined) throw new OutOfIds();
    const counter = block.next++;
    if (block.next === block.end) this.blocks.shift();
    return counter * SHARDS + shard;
  }

  private get left(): number {
    return this.blocks.reduce((sum, block) => sum + block.end - block.next, 0);
  }

  /** Resolves when at least this many ids can be handed out without waiting. */
  async ensure(count = IDS_IN_RESERVE): Promise<void> {
    while (this.left < count) {
      this.filling ??= this.fill().finally(() => {
        this.filling = undefined;
      });
      await this.filling;
    }
  }

  private async fill(): Promise<void> {
    const { first, size } = await this.store.reserveIds();
    this.blocks.push({ next: first, end: first + size });
  }
}
