// A PostgreSQL server of our own, for tests, bench and scripts: started on a free port, stopped in any way, restarted.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
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
  readonly settings?: Settings;
  /** Folders in which its data, and its write-ahead log, are put: small disks. */
  readonly dataIn?: string;
  readonly logIn?: string;
}

type Settings = Readonly<Record<string, string | number>>;

export interface PostgresServer {
  /** The database `postgres` of this server, over TCP. */
  readonly url: string;
  readonly port: number;
  readonly dataFolder: string;
  readonly majorVersion: number;
  /** The postmaster; another one after each restart. */
  readonly pid: number;
  stop(mode?: StopMode): Promise<void>;
  /** Starts again on the same port and data, with these settings besides. */
  restart(settings?: Settings): Promise<void>;
  /**
   * A replica that this server waits for at each COMMIT. It is made of a stopped copy of the data, so this server is
   * restarted. `select pg_promote()` makes it a primary.
   */
  standby(): Promise<PostgresServer>;
  /** Stops and deletes it: to be called even when a test fails, since a test worker may end without warning. */
  remove(): Promise<void>;
}

/** fsync and synchronous_commit stay on, as in production: only initdb is spared the wait. */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const wanted = options.version ?? (process.env.BATON_TEST_POSTGRES === 'newest' ? 'newest' : 'any');
  const owner = serverUser();
  const base = temporaryFolder('baton-pg-');
  const binaries = findBinaries(wanted, base);
  const dataFolder = join(options.dataIn ?? base, 'data');
  const logFolder = options.logIn === undefined ? undefined : join(options.logIn, 'wal');
  mkdirSync(dataFolder, { mode: 0o700 });
  if (logFolder !== undefined) mkdirSync(logFolder, { mode: 0o700 });
  own(owner, base, dataFolder, ...(logFolder === undefined ? [] : [logFolder]));
  initialize(binaries, dataFolder, owner, logFolder);
  return serve({ binaries, base, dataFolder, port: await freePort(), owner, settings: options.settings ?? {} });
}

async function serve(launched: Launch): Promise<PostgresServer> {
  const { binaries, base, dataFolder, port, owner } = launched;
  let { settings } = launched;
  const start = () => launch({ ...launched, settings });
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
    async restart(more = {}) {
      await stop();
      settings = { ...settings, ...more };
      server = await start();
    },
    async standby() {
      await stop();
      const ofStandby = temporaryFolder('baton-pg-');
      const copy = join(ofStandby, 'data');
      cpSync(dataFolder, copy, { recursive: true });
      // Not every version of Node copies the rights of folders.
      chmodSync(copy, 0o700);
      writeFileSync(join(copy, 'standby.signal'), '');
      if (owner) spawnSync('chown', ['-R', `${owner.uid}:${owner.gid}`, ofStandby]);
      const primary = `host=127.0.0.1 port=${port} user=postgres application_name=standby`;
      settings = { ...settings, synchronous_standby_names: 'standby' };
      server = await start();
      const own = { ...launched.settings, primary_conninfo: primary };
      return serve({ binaries, base: ofStandby, dataFolder: copy, port: await freePort(), owner, settings: own });
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

function own(owner: Owner | undefined, ...folders: readonly string[]): void {
  if (owner) for (const folder of folders) chownSync(folder, owner.uid, owner.gid);
}

function initialize(binaries: Binaries, dataFolder: string, owner: Owner | undefined, logFolder?: string): void {
  const locale = process.platform === 'linux' ? 'C.UTF-8' : 'C';
  const args = ['--pgdata', dataFolder, '--username', 'postgres', '--auth', 'trust', '--no-sync'];
  const more = ['--encoding', 'UTF8', '--locale', locale, ...(logFolder === undefined ? [] : ['--waldir', logFolder])];
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
  readonly settings: Settings;
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
      if (/ready to accept (read-only )?connections/.test(line)) resolve(server);
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
