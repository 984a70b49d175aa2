/**
 * The folder of a PGlite database: never open twice, never half made, never opened when it is something else.
 *
 * Two processes on one folder lose data silently, and an interrupted first start leaves a folder that can not open.
 */
import { randomUUID } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { DatabaseProblem } from './errors.js';

/** The PostgreSQL inside the pinned PGlite. */
const MAJOR_VERSION = '18';

/** Folders that this process has open: its own pid in a lock file says nothing about them. */
const openHere = new Set<string>();

export class FolderLock {
  readonly folder: string;
  private readonly file: string;
  private readonly content: string;

  /** Takes the lock, or throws: it is never taken from a living process. */
  constructor(folder: string) {
    this.folder = resolve(folder);
    this.file = `${this.folder}.lock`;
    this.content = JSON.stringify({ ...holder(), token: randomUUID() });
    mkdirSync(dirname(this.folder), { recursive: true });
    for (let attempt = 0; !this.take(); attempt++) {
      if (attempt === 10) throw new DatabaseProblem(`The lock file ${this.file} changes all the time; try again.`);
    }
    openHere.add(this.folder);
  }

  release(): void {
    openHere.delete(this.folder);
    if (readIfThere(this.file) === this.content) unlinkSync(this.file);
  }

  /** A link is made at once or not at all. False: try again. */
  private take(): boolean {
    const own = `${this.file}.${randomUUID()}`;
    writeFileSync(own, this.content);
    try {
      linkSync(own, this.file);
      return true;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      return this.clear();
    } finally {
      unlinkSync(own);
    }
  }

  /** Removes the lock of a dead process: moved aside first, so that of two who try one finds that it took another's. */
  private clear(): false {
    const found = readIfThere(this.file);
    if (found === null) return false;
    this.refuseLiving(found);
    const aside = `${this.file}.${randomUUID()}`;
    try {
      renameSync(this.file, aside);
    } catch {
      return false;
    }
    if (readIfThere(aside) !== found) linkSync(aside, this.file);
    unlinkSync(aside);
    return false;
  }

  private refuseLiving(found: string): void {
    const process = readHolder(found);
    if (openHere.has(this.folder) || (process !== null && isAlive(process))) {
      throw new DatabaseProblem(
        `The database in ${this.folder} is in use by process ${process?.pid ?? 'unknown'} (lock file ${this.file}). ` +
          'Stop that process, or name another folder.',
      );
    }
  }
}

interface Holder {
  readonly pid: number;
  /** When the process started, where the system tells: pids are given again. */
  readonly started: string | null;
}

function holder(): Holder {
  return { pid: process.pid, started: startOf(process.pid) };
}

function readHolder(content: string): Holder | null {
  try {
    const { pid, started } = JSON.parse(content) as Partial<Holder>;
    return typeof pid === 'number' ? { pid, started: started ?? null } : null;
  } catch {
    return null;
  }
}

function isAlive({ pid, started }: Holder): boolean {
  const now = startOf(pid);
  if (now !== null && started !== null) return now === started;
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Linux: this boot, and the tick at which the process started. */
function startOf(pid: number): string | null {
  const boot = readIfThere('/proc/sys/kernel/random/boot_id');
  const stat = readIfThere(`/proc/${pid}/stat`);
  if (boot === null || stat === null) return null;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return `${boot.trim()} ${fields[19]}`;
}

function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

/** What the folder holds; throws when that is nothing to open. */
export function inspectFolder(folder: string): 'nothing' | 'database' {
  if (!existsSync(folder) || readdirSync(folder).length === 0) return 'nothing';
  const version = readIfThere(join(folder, 'PG_VERSION'))?.trim();
  if (version === undefined) {
    throw new DatabaseProblem(`The folder ${folder} holds files, but no database: PG_VERSION is missing.`);
  }
  if (version !== MAJOR_VERSION) {
    throw new DatabaseProblem(
      `The database in ${folder} was made by PostgreSQL ${version}; this version of Baton needs ${MAJOR_VERSION}.`,
    );
  }
  if (!existsSync(join(folder, 'global', 'pg_control'))) {
    throw new DatabaseProblem(`The database in ${folder} is damaged: global/pg_control is missing.`);
  }
  return 'database';
}

/** The first start makes the database in a sibling folder; what an interrupted one left there goes. */
export function siblingFor(folder: string): string {
  const prefix = `${basename(folder)}.new-`;
  for (const name of readdirSync(dirname(folder))) {
    if (name.startsWith(prefix)) rmSync(join(dirname(folder), name), { recursive: true });
  }
  return join(dirname(folder), `${prefix}${process.pid}`);
}

/**
 * From here on it is there, also after a power cut: PGlite leaves the files that it begins with to the system, which
 * writes them when it likes. Answers how many files and folders were synced.
 */
export function moveIntoPlace(sibling: string, folder: string): number {
  const synced = syncAll(sibling);
  renameSync(sibling, folder);
  sync(dirname(folder));
  return synced + 1;
}

/** A folder after what is in it. */
function syncAll(folder: string): number {
  let synced = 1;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) synced += syncAll(path);
    else {
      sync(path);
      synced += 1;
    }
  }
  sync(folder);
  return synced;
}

function sync(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
