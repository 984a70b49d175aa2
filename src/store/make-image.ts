/**
 * Makes the image that databases in memory begin as: a program of its own, which the build runs. `make-image.js FILE`
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { migrate } from './migrate.js';
import { Pglite } from './pglite.js';

async function main(file: string): Promise<void> {
  const base = mkdtempSync(join(tmpdir(), 'baton-image-'));
  try {
    const folder = join(base, 'data');
    const database = await Pglite.open(folder);
    await migrate(database);
    await database.close();
    const made = await PGlite.create(folder);
    await made.exec('checkpoint');
    const image = await made.dumpDataDir('gzip');
    await made.close();
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, Buffer.from(await image.arrayBuffer()));
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
}

const [file] = process.argv.slice(2);
if (file === undefined) throw new Error('make-image needs the file to write');
await main(file);
