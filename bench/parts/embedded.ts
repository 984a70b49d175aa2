/** The plain process on the embedded database. */
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { sleep } from '../context.js';
import { deploy, endedIn, verify } from '../counting.js';
import { Load } from '../load.js';
import { oneTask } from '../models.js';
import type { Part } from '../part.js';

export const embedded: Part = {
  name: 'embedded',
  about: 'the plain process over streams, on the embedded database',
  keys: ['pglite_per_s'],
  async run(context) {
    const { scale } = context;
    const folder = join(context.folder(), 'data');
    const server = await context.server({ folder });
    await deploy(server.address, oneTask);
    const began = new Date();
    const load = await Load.start(context, [server], oneTask);
    await sleep(scale.warmUpSeconds);
    const window = await load.window(scale.seconds);
    const started = await load.finish();
    // Only one process at a time can have it open.
    await server.stop();
    const database = await PGlite.create(folder);
    try {
      await verify(database, began, started);
      return { pglite_per_s: Math.round((await endedIn(database, window)) / window.seconds) };
    } finally {
      await database.close();
    }
  },
};
