/** The binding figure: instances a second over streams, and its ratio to the yardstick before and after. */
import type { Context } from '../context.js';
import { deploy, type Measured, measure } from '../counting.js';
import { oneTask } from '../models.js';
import { atLeast, type Part, rounded } from '../part.js';
import { reference } from '../reference.js';

export const stream: Part = {
  name: 'stream',
  about: 'start -> service task -> end, one variable: 1,000 in flight, started over a stream, completed over Work',
  keys: ['reference_per_s', 'stream_per_s', 'stream_ratio', 'cpu_us_per_instance'],
  model: oneTask,
  targets: { stream_ratio: atLeast(0.25, ', the goal is 0.4') },
  async run(context) {
    const { database, server } = await context.site();
    await deploy(server.address, oneTask);
    const yardstick = () => reference(database.url, context.scale.seconds / 2);
    context.progress('the yardstick, before');
    const before = await yardstick();
    context.progress('the stream');
    const measured = await measure(context, database, [server], oneTask);
    context.progress('the yardstick, after');
    const after = await yardstick();
    const perSecond = (before + after) / 2;
    return {
      reference_per_s: Math.round(perSecond),
      reference: { before_per_s: Math.round(before), after_per_s: Math.round(after) },
      stream_per_s: Math.round(measured.instancesPerSecond),
      stream_ratio: rounded(measured.instancesPerSecond / perSecond),
      cpu_us_per_instance: cpuPerInstance(measured),
    };
  },
};

function cpuPerInstance({ window, instances }: Measured) {
  const micros = (seconds: number | undefined) =>
    seconds === undefined ? null : Math.round((seconds / instances) * 1e6);
  const { server, database, starter, worker } = window.cpu;
  return { server: micros(server), database: micros(database), starter: micros(starter), worker: micros(worker) };
}

/**
 * The plain figure, to which other models are compared: measured in this run, now if it was not yet;
 * who asks tells it as `plain_per_s`.
 */
export async function plainPerSecond(context: Context): Promise<number> {
  const { earlier } = context;
  const known = earlier.stream_per_s ?? earlier.plain_per_s;
  if (typeof known === 'number') return known;
  context.progress('the plain process, to compare with');
  const { database, server } = await context.site();
  await deploy(server.address, oneTask);
  const { instancesPerSecond } = await measure(context, database, [server], oneTask);
  return instancesPerSecond;
}
