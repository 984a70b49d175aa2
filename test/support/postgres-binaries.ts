// Finds the programs of a PostgreSQL server on this machine, or brings them from npm.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, realpathSync, symlinkSync } from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** `any` is what the machine has, else the oldest version that we support; `newest` is the newest that we know of. */
export type WantedVersion = 'any' | 'newest';

export interface Binaries {
  readonly folder: string;
  readonly major: number;
}

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const oldest = 15;
const newest = 18;

/** Brought ones go into the given folder, because the server's own user (see postgres.ts) must be able to run them. */
export function findBinaries(wanted: WantedVersion, folder: string): Binaries {
  const atLeast = wanted === 'newest' ? newest : oldest;
  return installed().find(({ major }) => major >= atLeast) ?? bring(atLeast, folder);
}

/** `pg_config` alone is no server: only folders with both programs count. */
function installed(): Binaries[] {
  const onPath = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  const usual = ['/usr/lib/postgresql', '/opt/homebrew/opt', '/usr/local/opt'].flatMap((folder) =>
    existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name, 'bin')) : [],
  );
  return [...onPath, ...usual].flatMap((folder) => {
    const initdb = join(folder, 'initdb');
    if (!existsSync(initdb) || !existsSync(join(folder, 'postgres'))) return [];
    const real = dirname(realpathSync(initdb));
    const major = majorOf(real);
    return major === undefined ? [] : [{ folder: real, major }];
  });
}

function majorOf(folder: string): number | undefined {
  const { stdout } = spawnSync(join(folder, 'postgres'), ['--version'], { encoding: 'utf8' });
  const match = /\(PostgreSQL\) (\d+)/.exec(stdout ?? '');
  return match ? Number(match[1]) : undefined;
}

function bring(major: number, into: string): Binaries {
  const name = `postgres-${major}-${process.platform}-${process.arch}`;
  const source = join(root, 'test/postgres/node_modules', name, 'native');
  if (!existsSync(source)) {
    spawnSync(process.execPath, [join(root, 'scripts/run.mjs'), 'postgres'], { cwd: root, stdio: 'inherit' });
  }
  if (!existsSync(source)) throw new Error(missing(major, `npm has none for ${process.platform} ${process.arch}`));
  const target = join(into, 'native');
  cpSync(source, target, { recursive: true });
  link(target);
  const folder = join(target, 'bin');
  if (majorOf(folder) !== major) throw new Error(missing(major, 'the one from npm does not run here'));
  return { folder, major };
}

function missing(major: number, why: string): string {
  return `The tests need PostgreSQL ${major} or later: ${why}. Install it, so that initdb and postgres are in PATH.`;
}

/** npm packages hold no links: a list beside the files says which are needed. */
function link(native: string): void {
  const list: unknown = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8'));
  for (const { source, target } of list as { source: string; target: string }[]) {
    const path = join(dirname(native), target);
    if (!existsSync(path)) symlinkSync(basename(source), path);
  }
}
