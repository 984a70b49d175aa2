/** The plain process on several servers of one database. */
import { deploy, measure } from '../counting.js';
import { oneTask } from '../models.js';
import type { Part } from '../part.js';

export const servers: Part = {
  name: 'servers',
  about: 'the plain process on 1, 2 and 3 servers of one database, each with a starter and a worker of its own',
  keys: ['servers'],
  async run(context) {
    const figures: Record<string, number> = {};
    for (const count of context.scale.servers) {
      context.progress(`${count} of them`);
      const database = await context.database();
      const running = [];
      for (let one = 0; one < count; one++) running.push(await context.server(database));
      await deploy(running[0]?.address ?? '', oneTask);
      const { instancesPerSecond } = await measure(context, database, running, oneTask);
      figures[`on_${count}_per_s`] = Math.round(instancesPerSecond);
      await Promise.all(running.map((server) => server.stop()));
    }
    return { servers: figures };
  },
};
