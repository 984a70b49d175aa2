/** The lanes of a server. A tree's is known from any of its ids (shard modulo lanes), so its commands meet in one queue. */
import type { Command } from '../core/command.js';
import type { Caller } from './face.js';
import { hashOf, shardOfMessage } from './hashes.js';
import { SHARDS } from './ids.js';
import type { Lane } from './lane.js';

export class Lanes {
  readonly all: readonly Lane[];
  private nextShard = 0;

  constructor(count: number, make: () => Lane) {
    this.all = Array.from({ length: count }, make);
  }

  of(shard: number): Lane {
    const lane = this.all[shard % this.all.length];
    if (lane === undefined) throw new Error(`no lane for shard ${shard}`);
    return lane;
  }

  /** A repetition of a request meets the first one's lane; other new trees go where most room is. */
  shardForNew(command: Command, { request, principal }: Caller): number {
    if (command.type === 'sendMessage') return shardOfMessage(command);
    if (request !== undefined) return hashOf(`${principal}\n${request.rpc}\n${request.requestId}`) % SHARDS;
    let emptiest = 0;
    for (const [at, { load }] of this.all.entries()) if (load < (this.all[emptiest]?.load ?? 0)) emptiest = at;
    const rounds = Math.floor(SHARDS / this.all.length);
    this.nextShard = (this.nextShard + 1) % rounds;
    return this.nextShard * this.all.length + emptiest;
  }
}
