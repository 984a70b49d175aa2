/** The database is away for longer than anybody's patience, and comes back with all that it had. */
import { readProcesses } from '../facts.js';
import type { World } from '../world.js';

const AWAY_MS = 30_000;

/** All its processes stand still: connections stay, and nothing is answered. */
export async function freezeDatabase(world: World, forMs = AWAY_MS): Promise<void> {
  await world.makeBusy(await world.nextVictim());
  const processes = [world.postgres.pid, ...(await readProcesses(world.settings.databaseUrl))];
  world.faultOfAll('database frozen');
  for (const pid of processes) signal(pid, 'SIGSTOP');
  try {
    await passed(forMs);
  } finally {
    for (const pid of processes) signal(pid, 'SIGCONT');
  }
}

/** Connections are cut, and new ones refused. */
export async function cutDatabaseOff(world: World, forMs = AWAY_MS): Promise<void> {
  await world.makeBusy(await world.nextVictim());
  world.faultOfAll('database out of reach');
  for (const { proxy } of world.cluster.servers) proxy.goAway();
  await passed(forMs);
  for (const { proxy } of world.cluster.servers) proxy.comeBack();
}

/** Some end between the question for them and the signal. */
function signal(pid: number, name: 'SIGSTOP' | 'SIGCONT'): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

function passed(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
