/** Asks the probes in a server's threads: one process or several, one thread or several. */
import { readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

export interface Memory {
  /** Bytes after a forced collection, of all threads. */
  readonly heap: number;
  /** Bytes of all processes. */
  readonly rss: number;
}

export class Probes {
  /** What a server is started with, so that it has probes. */
  readonly settings: Readonly<Record<string, string>>;
  readonly imports = [fileURLToPath(new URL('probe.mjs', import.meta.url))];
  private readonly folder: string;

  /** The folder's path is short: those of sockets have a limit of about 100 bytes. */
  constructor(folder: string) {
    this.folder = folder;
    this.settings = { BENCH_PROBES: folder };
  }

  async memory(): Promise<Memory> {
    const all = await this.ask<{ pid: number; heap: number; rss: number }>('memory');
    const processes = new Map(all.map(({ pid, rss }) => [pid, rss]));
    const sum = (numbers: Iterable<number>) => [...numbers].reduce((one, other) => one + other, 0);
    return { heap: sum(all.map(({ heap }) => heap)), rss: sum(processes.values()) };
  }

  async begin(kind: 'cpu' | 'heap'): Promise<void> {
    await this.ask('begin', kind);
  }

  /** Writes a profile of each thread into the folder. */
  async end(kind: 'cpu' | 'heap', folder: string): Promise<void> {
    await this.ask('end', kind, folder);
  }

  private ask<T>(...words: readonly string[]): Promise<T[]> {
    return Promise.all(
      readdirSync(this.folder).map(async (name) => {
        const socket = connect(join(this.folder, name));
        socket.write(`${JSON.stringify(words)}\n`);
        const answer = JSON.parse(await text(socket)) as T & { error?: string };
        if (answer.error !== undefined) throw new Error(`a probe failed: ${answer.error}`);
        return answer;
      }),
    );
  }
}
