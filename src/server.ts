/**
 * The composition root, the only file that knows every ring: the store, the engine on it, and the gRPC server before it.
 *
 * It stops from the outside in: health says NOT_SERVING and workers go elsewhere, calls in flight finish, the engine
 * commits what it has, the store is closed.
 */
import { resolve } from 'node:path';
import { type ServerSettings, version } from './config.js';
import type { RunningEngine } from './engine/engine.js';
import { isAway } from './engine/log.js';
import type { Store } from './engine/ports/store.js';
import type { Serving } from './grpc/serve.js';
import { DatabaseProblem } from './store/errors.js';
import { migrate } from './store/migrate.js';
import { openDatabase, openStore, type StoreSettings } from './store/store.js';

/** A pino logger fits. */
export interface ServerLog {
  debug(facts: object, message: string): void;
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

export interface RunningServer {
  /** Where clients connect to, such as `127.0.0.1:22866`. */
  readonly address: string;
  /** Workers finish and go elsewhere, calls in flight finish; what is still open when the time is over is cut. */
  drain(): Promise<void>;
  /** Commits what is in flight and leaves; drains first if nobody did. */
  stop(): Promise<void>;
}

export async function startServer(settings: ServerSettings, log: ServerLog): Promise<RunningServer> {
  // The embedded database opens in a thread of its own: what the server needs besides is loaded meanwhile.
  const opening = openStore(storeSettings(settings, settings.migrations, log));
  const loading = load();
  const store = await opening;
  const started: (() => Promise<void>)[] = [() => store.close()];
  try {
    const { startEngine, serve } = await loading;
    const engine = await startEngine(store, engineSettings(settings), log);
    started.push(() => engine.stop());
    const { listenHost: host, listenPort: port } = settings;
    const serving = await serve({ engine, log, host, port });
    return new Running(serving, engine, store, settings.drainTimeout);
  } catch (error) {
    for (const undo of started.reverse()) await undo();
    throw error;
  }
}

async function load() {
  const [{ startEngine }, { serve, readSurface }] = await Promise.all([
    import('./engine/engine.js'),
    import('./grpc/serve.js'),
  ]);
  readSurface();
  return { startEngine, serve };
}

/** Brings the schema of the database to this version; answers the versions that were made. */
export async function migrateDatabase(settings: ServerSettings, log: ServerLog): Promise<readonly number[]> {
  const database = await openDatabase(storeSettings(settings, 'run', log));
  try {
    return await migrate(database);
  } finally {
    await database.close();
  }
}

/** What can be said to the person who starts the server; undefined for a fault of the server. */
export function startProblem(error: unknown): string | undefined {
  if (error instanceof DatabaseProblem) return error.message;
  if (isAway(error)) return `The database can not be used: ${error.message}. Try again when it can.`;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (error instanceof Error && 'path' in error && typeof error.path === 'string') {
    return `The data folder can not be used: ${error.message}. Name another one with --data-folder, or change who may write there.`;
  }
  if (
    error instanceof Error &&
    (code === 'EADDRINUSE' || /EADDRINUSE|EADDRNOTAVAIL|EACCES|No address added/.test(error.message))
  ) {
    return `The server can not listen there: ${error.message}`;
  }
  return undefined;
}

/** Which database, and what happens to it when the power goes, in a sentence. */
export function describeDatabase({ databaseUrl, dataFolder, ephemeral }: ServerSettings): string {
  if (ephemeral) return 'database in memory, for tests: all of it is gone when this server ends';
  if (databaseUrl === undefined) {
    const folder = resolve(dataFolder);
    return `embedded database in ${folder}: each commit is synced to disk; it serves this one process, for first runs, development and tests`;
  }
  const { hostname, port, pathname } = new URL(databaseUrl);
  const place = `${hostname || 'localhost'}${port && `:${port}`}${pathname}`;
  return `PostgreSQL at ${place}: as durable as that server is set to be (fsync, synchronous_commit)`;
}

function storeSettings(settings: ServerSettings, migrations: 'run' | 'check', log: ServerLog): StoreSettings {
  return {
    database: whichDatabase(settings),
    lanes: settings.lanes,
    migrations,
    warn: (message) => log.warn({}, message),
  };
}

function whichDatabase({ databaseUrl, dataFolder, ephemeral }: ServerSettings): StoreSettings['database'] {
  if (ephemeral) return { kind: 'memory' };
  if (databaseUrl !== undefined) return { kind: 'postgres', url: databaseUrl };
  return { kind: 'pglite', folder: resolve(dataFolder) };
}

function engineSettings(settings: ServerSettings) {
  return {
    serverId: settings.serverId,
    version,
    lanes: settings.lanes,
    heartbeatIntervalMs: settings.heartbeatInterval,
    resumeWindowMs: settings.resumeWindow,
    deadTimeMs: settings.deadTime,
    allowSetTime: settings.allowSetTime,
  };
}

class Running implements RunningServer {
  readonly address: string;
  readonly #serving: Serving;
  readonly #engine: RunningEngine;
  readonly #store: Store;
  readonly #drainTimeoutMs: number;
  #drained: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;

  constructor(serving: Serving, engine: RunningEngine, store: Store, drainTimeoutMs: number) {
    this.address = serving.address;
    this.#serving = serving;
    this.#engine = engine;
    this.#store = store;
    this.#drainTimeoutMs = drainTimeoutMs;
  }

  drain(): Promise<void> {
    this.#drained ??= this.#serving.drain(this.#drainTimeoutMs);
    return this.#drained;
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stopInOrder();
    return this.#stopped;
  }

  async #stopInOrder(): Promise<void> {
    await this.drain();
    await this.#engine.stop();
    await this.#store.close();
  }
}
