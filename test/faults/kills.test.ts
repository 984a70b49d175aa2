import { expect, onTestFinished, test } from 'vitest';
import { killServer } from '../chaos/faults/kill.js';
import { measure } from '../chaos/measure.js';
import { Dice } from '../chaos/random.js';
import { World } from '../chaos/world.js';
import { freshDatabase } from '../support/databases.js';

// A few of what `npm run chaos` does for a quarter of an hour, with the same parts.

async function openWorld(servers: number): Promise<World> {
  const { settings, drop } = await freshDatabase();
  if (settings.kind !== 'postgres') throw new Error('this test needs PostgreSQL');
  const world = await World.start({ databaseUrl: settings.url, servers, dice: new Dice(Date.now()) });
  onTestFinished(async () => {
    await world.kill();
    await drop();
  });
  return world;
}

/** Ends the world; nothing may be wrong, and each kill must have had something to destroy. */
async function expectUnharmed(world: World, kills: number): Promise<void> {
  const { history, facts, violations } = await world.end();
  expect(violations).toEqual([]);
  expect(facts.instances.length).toBeGreaterThan(0);
  const inFlight = measure(history).faults.flatMap((one) => (one.fault === 'kill' ? [one.inFlight] : []));
  expect(inFlight).toHaveLength(kills);
  expect(Math.min(...inFlight)).toBeGreaterThanOrEqual(100);
}

test('I1, I5, I7, I14: the only server is killed under load, also between flush and the answer to COMMIT: nothing is lost and nothing done twice', async () => {
  const world = await openWorld(1);
  await killServer(world, { moment: 'committing' });
  await killServer(world, { moment: 'committed' });
  await killServer(world, { withWorker: true });
  await expectUnharmed(world, 3);
}, 180_000);

test('I5, I7, I13: one of three servers is killed, with a worker: its jobs go on, and all that was acknowledged is there', async () => {
  const world = await openWorld(3);
  await killServer(world, { withWorker: true });
  await killServer(world);
  await expectUnharmed(world, 2);
}, 180_000);
