/** Which faults there are, in which rounds: each round has a database and servers of its own, and is checked by itself. */
import { CLOCK_MODULE, jumpClock } from './faults/clock.js';
import { crashDatabase } from './faults/database-crash.js';
import { killServer } from './faults/kill.js';
import { cutDatabaseOff, freezeDatabase } from './faults/outage.js';
import { stopAllServers, stopServer } from './faults/stop.js';
import type { World } from './world.js';

export interface Round {
  readonly name: string;
  readonly servers: number;
  readonly faults: readonly ((world: World) => Promise<void>)[];
  readonly imports?: readonly string[];
  /** Nothing happens that a living server could be declared dead for. */
  readonly nobodyDies?: true;
}

const KILLS_IN_ROUND = 25;

/** So many kills, half of them of a server alone, and the other faults in proportion. */
export function plan(kills: number): readonly Round[] {
  const alone = Math.ceil(kills / 2);
  return [
    ...killRounds(alone, 1),
    ...killRounds(kills - alone, 3),
    { name: 'crashes of the database', servers: 3, faults: times(share(kills, 20), crashDatabase) },
    { name: 'stops of a server', servers: 3, faults: times(share(kills, 40), stopServer) },
    { name: 'stops of all servers', servers: 3, faults: times(share(kills, 100), stopAllServers), nobodyDies: true },
    {
      name: 'outages of the database',
      servers: 3,
      faults: [(world) => freezeDatabase(world), (world) => cutDatabaseOff(world)],
      nobodyDies: true,
    },
    {
      name: 'jumps of a clock',
      servers: 3,
      faults: times(share(kills, 33), jumpClock),
      imports: [CLOCK_MODULE],
      nobodyDies: true,
    },
  ];
}

export function killRounds(kills: number, servers: number): readonly Round[] {
  const rounds: Round[] = [];
  for (let left = kills; left > 0; left -= KILLS_IN_ROUND) {
    const faults = Array.from({ length: Math.min(left, KILLS_IN_ROUND) }, (_none, place) => killAt(place));
    rounds.push({ name: servers === 1 ? 'kills of a server alone' : `kills, ${servers} servers`, servers, faults });
  }
  return rounds;
}

/** Three in seven fall between flush and the answer to COMMIT; one in three takes a worker along. */
function killAt(place: number): (world: World) => Promise<void> {
  const moment = (['committing', 'committed', 'flushing'] as const)[place % 7];
  return (world) => killServer(world, { withWorker: place % 3 === 2, ...(moment === undefined ? {} : { moment }) });
}

function share(kills: number, each: number): number {
  return Math.max(1, Math.round(kills / each));
}

function times<T>(count: number, item: T): readonly T[] {
  return Array.from({ length: count }, () => item);
}
