/** What the server holds on to while instances come and go. */

import { sleep } from '../context.js';
import { deploy, verify } from '../counting.js';
import { Load } from '../load.js';
import { oneTask } from '../models.js';
import { atMost, type Part, rounded } from '../part.js';
import { type Memory, Probes } from '../probes.js';

/** Of each half. */
const SAMPLES = 5;

export const memory: Part = {
  name: 'memory',
  about: 'heap after a forced collection and RSS of the server over 300,000 instances: the second half to the first',
  keys: ['memory'],
  targets: { 'memory.heap_ratio': atMost(1.1), 'memory.rss_ratio': atMost(1.1) },
  async run(context) {
    const { scale } = context;
    const database = await context.database();
    const probes = new Probes(context.folder());
    const server = await context.server(database, probes);
    await deploy(server.address, oneTask);
    const began = new Date();
    const load = await Load.start(context, [server], oneTask);
    const samples: Memory[] = [];
    for (let sample = 1; sample <= 2 * SAMPLES; sample++) {
      while (load.completed < (scale.memoryInstances * sample) / (2 * SAMPLES)) {
        load.check();
        await sleep(0.02);
      }
      samples.push(await probes.memory());
      context.progress(`${load.completed} instances, ${megabytes(samples.at(-1)?.heap ?? 0)} MB of heap`);
    }
    const started = await load.finish();
    await verify(database.client, began, started);
    return { memory: halves(started, samples) };
  },
};

function halves(instances: number, samples: readonly Memory[]) {
  const mean = (of: keyof Memory, from: number) =>
    samples.slice(from, from + SAMPLES).reduce((sum, sample) => sum + sample[of], 0) / SAMPLES;
  const [heap, laterHeap] = [mean('heap', 0), mean('heap', SAMPLES)];
  const [rss, laterRss] = [mean('rss', 0), mean('rss', SAMPLES)];
  return {
    instances,
    heap_first_half_mb: megabytes(heap),
    heap_second_half_mb: megabytes(laterHeap),
    heap_ratio: rounded(laterHeap / heap),
    rss_first_half_mb: megabytes(rss),
    rss_second_half_mb: megabytes(laterRss),
    rss_ratio: rounded(laterRss / rss),
  };
}

function megabytes(bytes: number): number {
  return rounded(bytes / 1e6);
}
