/** SIGKILL of a server under load: at any moment, or between the flush of a commit group and the answer to its COMMIT. */
import type { Moment } from '../../support/postgres-proxy.js';
import type { World } from '../world.js';

export interface KillWishes {
  /** Left out: at any moment. */
  readonly moment?: Exclude<Moment, 'reading' | 'locked'>;
  /** A worker dies with it: nobody comes back for the jobs that it held. */
  readonly withWorker?: boolean;
}

const LONGEST_PAUSE_MS = 60;

/** Resolves when the server is up again. */
export async function killServer(world: World, { moment, withWorker = false }: KillWishes = {}): Promise<void> {
  const victim = await world.nextVictim();
  const kill = () => {
    if (!world.isBusy(victim.place)) return false;
    world.fault('kill', [victim.place], moment === undefined ? undefined : 'flush and COMMIT');
    victim.signal('SIGKILL');
    return true;
  };
  let killed = false;
  for (let longest = LONGEST_PAUSE_MS; !killed; longest /= 2) {
    await world.makeBusy(victim);
    await new Promise((resolve) => setTimeout(resolve, world.dice.next() * longest));
    killed = moment === undefined ? kill() : await victim.at(moment, kill);
  }
  if (withWorker) await world.killWorker(victim.place);
  await victim.gone();
  await victim.start();
}
