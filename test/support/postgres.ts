// A PostgreSQL server of our own, for tests, bench and scripts: started on a free port, stopped in any way, restarted.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chownSync, mkdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Binaries, findBinaries, type WantedVersion } from './postgres-binaries.js';
import { removeFolder, temporaryFolder } from './temporary-folder.js';

/** As pg_ctl names them: wait for clients, end their sessions, or stop as in a crash (the next start recovers). */
export type StopMode = 'smart' | 'fast' | 'immediate';

const signals = { smart: 'SIGTERM', fast: 'SIGINT', immediate: 'SIGQUIT' } as const satisfies Record<StopMode, string>;

export interface PostgresOptions {
  /** Left out, the environment variable BATON_TEST_POSTGRES decides, and without it `any`. */
  readonly version?: WantedVersion;
  /** Server settings, as in postgresql.conf. */
  readonly settings?: Readonly<Record<string, string | number>>;
}

export interface PostgresServer {
  /** The database `postgres` of this server, over TCP. */
  readonly url: string;
  readonly port: number;
  readonly dataFolder: string;
  readonly majorVersion: number;
  /** The postmaster; another one after each restart. */
  readonly pid: number;
  stop(mode?: StopMode): Promise<void>;
  /** Starts again on the same port and data. */
  restart(): Promise<void>;
  /** Stops and deletes it: to be called even when a test fails, since a test worker may end without warning. */
  remove(): Promise<void>;
}

/** fsync and synchronous_commit stay on, as in production: only initdb is spared the wait. */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const wanted = options.version ?? (process.env.BATON_TEST_POSTGRES === 'newest' ? 'newest' : 'any');
  const owner = serverUser();
  const base = temporaryFolder('baton-pg-');
  const binaries = findBinaries(wanted, base);
  const dataFolder = join(base, 'data');
  mkdirSync(dataFolder, { mode: 0o700 });
  if (owner) for (const folder of [base, dataFolder]) chownSync(folder, owner.uid, owner.gid);
  initialize(binaries, dataFolder, owner);
  const port = await freePort();
  const start = () => launch({ binaries, base, dataFolder, port, owner, settings: options.settings ?? {} });
  let server: ChildProcess = await start();
  const kill = () => server.kill('SIGQUIT');
  process.prependOnceListener('exit', kill);

  const stop = async (mode: StopMode = 'fast') => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const ended = new Promise((resolve) => server.once('exit', resolve));
    server.kill(signals[mode]);
    await ended;
  };
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    port,
    dataFolder,
    majorVersion: binaries.major,
    get pid() {
      return pidOf(server);
    },
    stop,
    async restart() {
      await stop();
      server = await start();
    },
    async remove() {
      await stop('immediate');
      process.off('exit', kill);
      removeFolder(base);
    },
  };
}

interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** PostgreSQL refuses to run as root, and needs a user that has an entry in /etc/passwd. */
function serverUser(): Owner | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const entries = readFileSync('/etc/passwd', 'utf8').split('\n');
  const entry = ['postgres', 'nobody'].map((name) => entries.find((line) => line.startsWith(`${name}:`))).find(Boolean);
  const [, , uid, gid] = (entry ?? '').split(':').map(Number);
  if (uid === undefined || gid === undefined) {
    throw new Error('As root the tests need a user `postgres` or `nobody` to run PostgreSQL as.');
  }
  return { uid, gid };
}

function initialize(binaries: Binaries, dataFolder: string, owner: Owner | undefined): void {
  const locale = process.platform === 'linux' ? 'C.UTF-8' : 'C';
  const args = ['--pgdata', dataFolder, '--username', 'postgres', '--auth', 'trust', '--no-sync'];
  const more = ['--encoding', 'UTF8', '--locale', locale];
  const { status, stdout, stderr, error } = spawnSync(join(binaries.folder, 'initdb'), [...args, ...more], {
    ...owner,
    cwd: dataFolder,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`initdb failed: ${error?.message ?? `${stdout}${stderr}`}`);
}

interface Launch {
  readonly binaries: Binaries;
  readonly base: string;
  readonly dataFolder: string;
  readonly port: number;
  readonly owner: Owner | undefined;
  readonly settings: Readonly<Record<string, string | number>>;
}

/** Resolves when the server says that it takes connections; what it said before is the error if it never does. */
function launch({ binaries, base, dataFolder, port, owner, settings }: Launch): Promise<ChildProcess> {
  const all = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: base,
    max_connections: 200,
    timezone: 'UTC',
    lc_messages: 'C',
    ...settings,
  };
  const flags = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const server = spawn(join(binaries.folder, 'postgres'), ['-D', dataFolder, ...flags], {
    ...owner,
    cwd: base,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  return new Promise((resolve, reject) => {
    const said: string[] = [];
    server.once('error', reject);
    server.once('exit', (code) => reject(new Error(`postgres ended with code ${code}:\n${said.join('\n')}`)));
    createInterface({ input: server.stderr }).on('line', (line) => {
      if (said.length < 100) said.push(line);
      if (line.includes('ready to accept connections')) resolve(server);
    });
  });
}

function pidOf(server: ChildProcess): number {
  if (server.pid === undefined) throw new Error('PostgreSQL was not started');
  return server.pid;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() =>
        typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no free port')),
      );
    });
  });
}
