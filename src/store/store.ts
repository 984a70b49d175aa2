/** Opens a database and puts the store together. */
import type { Store } from '../engine/ports/store.js';
import { Clock } from './clock.js';
import type { Database } from './database.js';
import { reserveIds } from './engine-row.js';
import { forgetExpired } from './expiry.js';
import { StoreLane } from './lane.js';
import { Leases } from './leases.js';
import { wasCommitted } from './marks.js';
import { checkSchema, migrate } from './migrate.js';
import { StoreNotices } from './notices.js';
import { Partitions } from './partitions.js';
import { Pglite } from './pglite.js';
import { examine, Postgres } from './postgres.js';
import { Processes } from './processes.js';
import { createReader } from './reader.js';
import { Servers } from './servers.js';
import { Share } from './share.js';
import { StoredSignals } from './signal-store.js';
import { Tasks } from './task-store.js';
import { StoredUserTaskChanges } from './user-task-changes.js';

export type DatabaseSettings =
  | { readonly kind: 'postgres'; readonly url: string }
  | { readonly kind: 'pglite'; readonly folder: string }
  /** For tests: it is gone when it is closed. */
  | { readonly kind: 'memory' };

export interface StoreSettings {
  readonly database: DatabaseSettings;
  /** Lanes that will be opened: each keeps a connection, beside those for all else. */
  readonly lanes: number;
  /** `run`: brings the schema to this version. `check`: refuses a schema of another version. */
  readonly migrations: 'run' | 'check';
  /** Told what is unsafe about the database; it is used all the same. */
  readonly warn: (message: string) => void;
}

/** The most that reads take. */
const READ_CONNECTIONS = 3;

/** The most that leases, tasks and all that is not named here take: they may wait for locks of others. */
const WORK_CONNECTIONS = 3;

/** One listens for notices; one is always there for beats, so that a living server does not look dead (I13). */
const OTHER_CONNECTIONS = READ_CONNECTIONS + WORK_CONNECTIONS + 2;

/** Throws DatabaseProblem with a sentence for the person who starts the server. */
export async function openDatabase(settings: StoreSettings): Promise<Database> {
  const { database, lanes, warn } = settings;
  if (database.kind === 'memory') return Pglite.inMemory();
  if (database.kind === 'pglite') return Pglite.open(database.folder);
  const connections = lanes + OTHER_CONNECTIONS;
  await examine({ url: database.url, connections }, warn);
  return new Postgres({ url: database.url, connections });
}

export async function openStore(settings: StoreSettings): Promise<Store> {
  const database = await openDatabase(settings);
  try {
    return await storeOn(database, settings.migrations);
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** The store closes the database when it is closed. */
export async function storeOn(database: Database, migrations: 'run' | 'check' = 'run'): Promise<Store> {
  if (migrations === 'run') await migrate(database);
  else await checkSchema(database);
  const partitions = new Partitions(database);
  await partitions.refresh();
  return assemble(database, partitions);
}

function assemble(database: Database, partitions: Partitions): Store {
  const reading = new Share(database, READ_CONNECTIONS);
  const working = new Share(database, WORK_CONNECTIONS);
  return {
    kind: database.kind,
    isDurable: database.isDurable,
    maxLanes: database.maxLanes,
    openLane: () => StoreLane.open(database, partitions),
    reserveIds: () => reserveIds(working),
    wasCommitted: (mark) => wasCommitted(working, mark),
    preparePartitions: async (daysAhead, from) => {
      await partitions.prepare(daysAhead, from);
      await forgetExpired(working);
    },
    clock: new Clock(working),
    processes: new Processes(working),
    leases: new Leases(working, partitions),
    signals: new StoredSignals(working),
    tasks: new Tasks(working),
    servers: new Servers(database),
    notices: new StoreNotices(working),
    userTaskChanges: new StoredUserTaskChanges(reading),
    reader: createReader(reading),
    close: () => database.close(),
  };
}
