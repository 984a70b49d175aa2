/** PostgreSQL stops as in a crash, with a COMMIT in flight, and starts again. */
import type { World } from '../world.js';

export async function crashDatabase(world: World): Promise<void> {
  const victim = await world.nextVictim();
  await world.makeBusy(victim);
  let stopped: Promise<void> | undefined;
  await victim.at('committing', () => {
    world.faultOfAll('database crash', 'flush and COMMIT');
    stopped = world.postgres.stop('immediate');
    return true;
  });
  await stopped;
  await world.postgres.restart();
}
