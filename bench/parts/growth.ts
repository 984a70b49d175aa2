/** The plain process where many instances are in the database already. */
import { deploy, measure } from '../counting.js';
import { dayOf, fill, prepare } from '../fill.js';
import { oneTask } from '../models.js';
import { atLeast, type Part, rounded } from '../part.js';

export const growth: Part = {
  name: 'growth',
  about:
    'the plain process with 10 thousand and 1 million ended instances of today in the database: the last to the first',
  keys: ['growth'],
  targets: { 'growth.ratio': atLeast(0.85) },
  async run(context) {
    const database = await context.database();
    await prepare(context, database);
    const figures: Record<string, number> = {};
    const rates: number[] = [];
    let filled = 0;
    for (const instances of context.scale.growth) {
      context.progress(`filling in instances, up to ${instances}`);
      await fill(database, { instances: instances - filled, days: [await dayOf(database.client, 0)], ended: true });
      filled = instances;
      const server = await context.server(database);
      await deploy(server.address, oneTask);
      context.progress('the stream');
      const { instancesPerSecond } = await measure(context, database, [server], oneTask);
      await server.stop();
      figures[`with_${instances}_per_s`] = Math.round(instancesPerSecond);
      rates.push(instancesPerSecond);
    }
    return { growth: { ...figures, ratio: rounded((rates.at(-1) ?? 0) / (rates[0] ?? 0)) } };
  },
};
