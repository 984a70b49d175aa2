/** Where and on what the figures were found: versions, settings, machine, commit. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, type as system, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Client } from 'pg';

const root = fileURLToPath(new URL('..', import.meta.url));

/** What a database promises, and what its speed depends on most. */
const SETTINGS = [
  'fsync',
  'synchronous_commit',
  'full_page_writes',
  'wal_level',
  'shared_buffers',
  'max_wal_size',
  'checkpoint_timeout',
  'max_connections',
] as const;

export type Facts = Readonly<Record<string, string>>;

export interface Surveyed {
  readonly versions: Facts;
  readonly settings: Facts;
  readonly machine: Facts;
}

export async function survey(database: Client, serverSettings: Facts): Promise<Surveyed> {
  const settings: Record<string, string> = {};
  for (const name of SETTINGS) settings[name] = await setting(database, name);
  const [processor] = cpus();
  return {
    versions: { baton: version(), node: process.version, postgres: await setting(database, 'server_version') },
    settings: { ...settings, ...serverSettings },
    machine: {
      processor: `${cpus().length} x ${processor?.model.trim() || process.arch}`,
      memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
      system: `${system()} ${release()}`,
      'load at the start': loadavg()[0]?.toFixed(1) ?? '',
    },
  };
}

/** Figures of a database that may lose what it acknowledged say nothing. */
export async function refuseUnsafe(database: Client): Promise<void> {
  for (const name of ['fsync', 'synchronous_commit']) {
    if ((await setting(database, name)) === 'off') throw new Error(`${name} is off: the benchmark does not run so`);
  }
}

/** Such as `1c776bd of 2026-11-23`; it says when there were changes that are not in it. */
export function commit(): string {
  const git = (...args: string[]) => spawnSync('git', args, { cwd: root, encoding: 'utf8' });
  const { status, stdout } = git('log', '-1', '--format=%h of %cs');
  if (status !== 0) return 'unknown';
  const changed = git('status', '--porcelain').stdout.trim() !== '';
  return `${stdout.trim()}${changed ? ', with changes' : ''}`;
}

function version(): string {
  return (JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }).version;
}

async function setting(database: Client, name: string): Promise<string> {
  const { rows } = await database.query<{ current_setting: string }>('select current_setting($1)', [name]);
  return rows[0]?.current_setting ?? '';
}
