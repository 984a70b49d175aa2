// One process of the long form: runs its portions one after the other, and tells its parent how it goes. Which input it
// is at stands in a file, so that the parent can name it when this process ends without a word.
import { openSync, writeSync } from 'node:fs';
import type { Kind, Tally } from './campaign.js';
import type { Portion } from './plan.js';
import { runPortion } from './run-portion.js';

export interface Task {
  readonly seed: number;
  readonly portions: readonly Portion[];
  readonly placeFile: string;
}

export interface Told {
  readonly tally: Tally;
  readonly done: boolean;
}

/** What stands in the place file. */
export interface Place {
  readonly kind: Kind;
  readonly input: number;
}

const { seed, portions, placeFile }: Task = JSON.parse(process.argv[2] ?? '{}');
const file = openSync(placeFile, 'w');

for (const portion of portions) {
  const starting = (input: number) => {
    const place: Place = { kind: portion.kind, input };
    writeSync(file, JSON.stringify(place).padEnd(80), 0);
  };
  const progress = (tally: Tally) => tell({ tally, done: false });
  tell({ tally: await runPortion(portion, seed, { starting, progress }), done: true });
}
process.disconnect();

function tell(told: Told): void {
  process.send?.(told);
}
