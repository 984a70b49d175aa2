// Runs one portion of the plan with its fuzzer, and with what the fuzzer needs.
import { campaign, type Hooks, type Tally } from './campaign.js';
import { feelFuzzer } from './feel.js';
import type { Portion } from './plan.js';
import { xmlFuzzer } from './xml.js';

export async function runPortion({ kind, first, count }: Portion, seed: number, hooks: Hooks = {}): Promise<Tally> {
  switch (kind) {
    case 'xml':
      return campaign(xmlFuzzer, { seed, first, count }, hooks);
    case 'feel':
      return campaign(feelFuzzer, { seed, first, count }, hooks);
  }
}
