/** What many connected workers cost while nothing happens (I12). */
import { BatonClient } from '@baton/client';
import { PostgresProxy } from '../../test/support/postgres-proxy.js';
import { type Context, type Server, sleep } from '../context.js';
import { deploy } from '../counting.js';
import { cpuSeconds } from '../cpu.js';
import { oneTask } from '../models.js';
import { atMost, below, type Part, rounded } from '../part.js';

const fewStatements = atMost(30);
const littleCpu = below(3, ' % of a core');

/** What connecting and handing out left to do is over. */
const SETTLE_SHARE = 0.1;

export const idle: Part = {
  name: 'idle',
  about: '1,000 connected workers without work, and 1,000 that each hold a long job, for a minute each',
  keys: ['idle'],
  targets: {
    'idle.waiting.statements_per_minute': fewStatements,
    'idle.waiting.cpu_percent': littleCpu,
    'idle.holding.statements_per_minute': fewStatements,
    'idle.holding.cpu_percent': littleCpu,
  },
  async run(context) {
    const { idleWorkers: workers } = context.scale;
    const database = await context.database();
    const proxy = await PostgresProxy.start(database.url);
    context.atEnd(() => proxy.stop());
    const server = await context.server({ url: proxy.url });
    await deploy(server.address, oneTask);
    const idlers = await context.program('idlers', { address: server.address, topic: 'work', workers });
    context.progress(`${workers} workers are connected`);
    const waiting = await watch(context, server, proxy);
    const holding = idlers.next<number>('holding');
    await startSome(server.address, workers);
    await holding;
    context.progress(`${workers} workers hold a job`);
    return { idle: { workers, waiting, holding: await watch(context, server, proxy) } };
  },
};

async function watch({ scale }: Context, server: Server, proxy: PostgresProxy) {
  await sleep(SETTLE_SHARE * scale.idleSeconds);
  const began = performance.now();
  const [statements, cpu] = [proxy.statements, cpuSeconds(server.pid)];
  await sleep(scale.idleSeconds);
  const seconds = (performance.now() - began) / 1000;
  const after = cpuSeconds(server.pid);
  return {
    statements_per_minute: rounded(((proxy.statements - statements) * 60) / seconds),
    cpu_percent: cpu === undefined || after === undefined ? null : rounded((100 * (after - cpu)) / seconds),
  };
}

async function startSome(address: string, count: number): Promise<void> {
  const client = new BatonClient({ address });
  const { id: bpmnProcessId, variables } = oneTask;
  const starts = await client.instances.createMany(Array.from({ length: count }, () => ({ bpmnProcessId, variables })));
  client.close();
  for (const { error } of starts) if (error !== undefined) throw error;
}
