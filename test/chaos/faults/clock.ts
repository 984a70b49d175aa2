/** The clock of one server jumps by an hour, forwards or back, while it works. Its database keeps its own. */
import type { World } from '../world.js';

/** Loaded into the servers, so that their clocks can jump. */
export const CLOCK_MODULE = './test/chaos/faults/clock-jump.mjs';

export async function jumpClock(world: World): Promise<void> {
  const victim = await world.nextVictim();
  await world.makeBusy(victim);
  world.fault('jump of the clock', [victim.place]);
  victim.signal('SIGUSR2');
}
