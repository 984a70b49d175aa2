import { expect, onTestFinished, test } from 'vitest';
import { killServer } from '../chaos/faults/kill.js';
import { stopServer } from '../chaos/faults/stop.js';
import { measure } from '../chaos/measure.js';
import { Dice } from '../chaos/random.js';
import { World } from '../chaos/world.js';
import { freshDatabase } from '../support/databases.js';

// A few of what `npm run chaos` does for a quarter of an hour, with the same parts.

async function openWorld(servers: number): Promise<World> {
  const { settings, drop } = await freshDatabase();
  if (settings.kind !== 'postgres') throw new Error('this test needs PostgreSQL');
  const dice = new Dice(Date.now());
  const world = await World.start({ databaseUrl: settings.url, servers, dice, endMs: 60_000 });
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

test('I1, I5, I7, I14: the only server is killed under load, between flush and the answer to COMMIT, with a worker: nothing is lost and nothing done twice', async () => {
  const world = await openWorld(1);
  await killServer(world, { moment: 'flushing', withWorker: true });
  await killServer(world, { moment: 'committed' });
  await expectUnharmed(world, 2);
}, 180_000);

test('I5, I7, I13: of three servers one is killed, then one stands still with locks held for longer than the dead time: the others go on, and a woken server does nothing twice', async () => {
  const world = await openWorld(3);
  await killServer(world);
  await stopServer(world);
  await expectUnharmed(world, 1);
}, 180_000);
