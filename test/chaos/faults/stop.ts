/** Servers that are only slow: stopped by the system for longer than the dead time, and woken. */
import type { World } from '../world.js';

/** Longer than transactions may stay idle, too: then their locks are free. */
const DEAD_TIMES = 3;

/** One server stops while it holds locks of trees; the others must declare it dead and go on. */
export async function stopServer(world: World): Promise<void> {
  const victim = await world.nextVictimWithWorker();
  await world.makeBusy(victim);
  await victim.at('locked', () => {
    world.fault('stop with locks held', [victim.place]);
    victim.signal('SIGSTOP');
    return true;
  });
  const before = world.load.ended;
  await passed(DEAD_TIMES * world.deadTimeMs);
  world.woken([victim.place], world.load.ended - before);
  victim.signal('SIGCONT');
}

/** As when the machine sleeps: who wakes can not blame the others for their silence. */
export async function stopAllServers(world: World): Promise<void> {
  await world.makeBusy(await world.nextVictim());
  world.faultOfAll('stop of all servers');
  for (const server of world.cluster.servers) server.signal('SIGSTOP');
  await passed(DEAD_TIMES * world.deadTimeMs);
  for (const server of world.cluster.servers) server.signal('SIGCONT');
}

function passed(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
