// Runs one portion of the plan with its fuzzer, and with the server that the fuzzer needs.
import type { DatabaseSettings } from '../support/template.js';
import { campaign, type Hooks, type Tally } from './campaign.js';
import { feelFuzzer } from './feel.js';
import type { Portion } from './plan.js';
import { rpcFuzzer } from './rpc.js';
import { streamFuzzer } from './streams.js';
import { openWorld, type WireWorld } from './wire-world.js';
import { xmlFuzzer } from './xml.js';

export interface Setting {
  readonly seed: number;
  /** An empty database, for the kinds that need a server. */
  readonly database: () => Promise<DatabaseSettings>;
  readonly hooks?: Hooks;
}

export async function runPortion({ kind, first, count }: Portion, setting: Setting): Promise<Tally> {
  const { seed, hooks } = setting;
  const range = { seed, first, count };
  switch (kind) {
    case 'xml':
      return campaign(xmlFuzzer, range, hooks);
    case 'feel':
      return campaign(feelFuzzer, range, hooks);
    case 'rpc':
      return withWorld(setting, (world) => campaign(rpcFuzzer(world), range, hooks));
    case 'stream':
      return withWorld(setting, (world) => campaign(streamFuzzer(world), range, hooks));
  }
}

async function withWorld<T>({ seed, database }: Setting, work: (world: WireWorld) => Promise<T>): Promise<T> {
  const world = await openWorld(await database(), seed);
  try {
    return await work(world);
  } finally {
    await world.stop();
  }
}
