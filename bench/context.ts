/** What a part is given: databases, servers and programs of its own, which end with it. */
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { PostgresServer } from '../test/support/postgres.js';
import { startProgram, startServer } from '../test/support/programs.js';
import { removeFolder, temporaryFolder } from '../test/support/temporary-folder.js';
import type { Figures } from './part.js';
import type { Probes } from './probes.js';
import { BenchProgram } from './program.js';
import type { Scale } from './scale.js';

export interface Database {
  readonly url: string;
  readonly client: pg.Client;
}

export interface Server {
  readonly address: string;
  readonly pid: number;
  stop(): Promise<void>;
}

export interface Surroundings {
  readonly scale: Scale;
  readonly postgres: PostgresServer;
  /** Of every server, as environment variables. */
  readonly serverSettings: Readonly<Record<string, string>>;
  progress(text: string): void;
  /** What parts that want nothing but a server share, where that is good enough. Absent: each has its own. */
  readonly shared?: Site;
}

/** A server on a database of its own. */
export interface Site {
  readonly database: Database;
  readonly server: Server;
}

/** Killed when this process ends, however it ends. */
const children = new Set<ChildProcess>();

process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

export class Context {
  readonly scale: Scale;
  readonly postgres: PostgresServer;
  /** Of the parts before this one. */
  readonly earlier: Figures;
  readonly progress: (text: string) => void;
  private readonly surroundings: Surroundings;
  private readonly ends: (() => Promise<void>)[] = [];

  constructor(surroundings: Surroundings, earlier: Figures) {
    this.surroundings = surroundings;
    this.scale = surroundings.scale;
    this.postgres = surroundings.postgres;
    this.progress = surroundings.progress;
    this.earlier = earlier;
  }

  /** An empty one; a server brings its schema. */
  async database(): Promise<Database> {
    const name = `bench_${randomUUID().slice(0, 8)}`;
    const administer = async (statement: string) => {
      const client = await connect(this.postgres.url);
      await client.query(statement).finally(() => client.end());
    };
    await administer(`create database ${name}`);
    this.atEnd(() => administer(`drop database ${name} with (force)`));
    const url = this.postgres.url.replace(/postgres$/, name);
    const client = await connect(url);
    this.atEnd(() => client.end());
    return { url, client };
  }

  async site(): Promise<Site> {
    if (this.surroundings.shared !== undefined) return this.surroundings.shared;
    const database = await this.database();
    return { database, server: await this.server(database) };
  }

  /** On a PostgreSQL database, or on the embedded one in a folder. */
  async server(on: { readonly url: string } | { readonly folder: string }, probes?: Probes): Promise<Server> {
    const settings = {
      ...('url' in on ? { BATON_DATABASE_URL: on.url } : { BATON_DATA_FOLDER: on.folder }),
      BATON_LOG_LEVEL: 'warn',
      ...this.surroundings.serverSettings,
      ...probes?.settings,
    };
    const { child, address, stop } = await startServer(settings, { imports: probes?.imports ?? [] });
    this.owns(child);
    this.atEnd(stop);
    return { address, pid: child.pid ?? 0, stop };
  }

  /** A program of this folder; it has said that it is ready. */
  async program(name: string, input: object): Promise<BenchProgram> {
    const started = startProgram(`bench/programs/${name}.ts`, input);
    this.owns(started.child);
    const program = new BenchProgram(name, started);
    this.atEnd(() => program.stop());
    await program.next('ready');
    return program;
  }

  private owns(child: ChildProcess): void {
    children.add(child);
    child.once('exit', () => children.delete(child));
  }

  folder(): string {
    const folder = temporaryFolder('baton-bench-');
    this.atEnd(async () => removeFolder(folder));
    return folder;
  }

  /** The last thing that was started ends first. */
  atEnd(end: () => Promise<void>): void {
    this.ends.push(end);
  }

  /** All of them end, whatever goes wrong; then the first error is thrown. */
  async end(): Promise<void> {
    const errors: unknown[] = [];
    for (const end of this.ends.splice(0).reverse()) await end().catch((error: unknown) => errors.push(error));
    if (errors.length > 0) throw errors[0];
  }
}

export async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  // A database that is dropped, or stopped, ends its sessions: whoever asks something is told.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

export function sleep(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}
