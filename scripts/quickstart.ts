/**
 * npm run quickstart: a server on the embedded database in a temporary folder, a model, a worker, ten orders. It shows
 * what happens to each, and ends with 0 only if every instance ended as it should. `-- --keep` keeps the server up.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { BatonClient, type Created, Worker } from '@baton/client';
import { orderHandlers } from '../examples/order-handlers.js';
import { createDisplay, type Display } from './quickstart/display.js';
import { type Order, orders } from './quickstart/orders.js';
import { type ServerProcess, startServer } from './quickstart/server-process.js';

const model = 'examples/order-fulfilment.bpmn';
const bpmnProcessId = 'order-fulfilment';
const root = fileURLToPath(new URL('..', import.meta.url));

/** Far more than it takes; then something is wrong. */
const MOST_MS = 60_000;

interface Ended {
  readonly order: Order;
  readonly retries: number;
  readonly jobs: number;
  /** What is not as it should be. */
  readonly faults: readonly string[];
}

const { values } = parseArgs({ options: { keep: { type: 'boolean', default: false } } });
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());

process.exitCode = await main().catch((error: unknown) => {
  if (!stopping.signal.aborted) console.error(error);
  return 1;
});

async function main(): Promise<number> {
  const display = createDisplay();
  const began = performance.now();
  display.step('Starting a server on an embedded database in a temporary folder');
  const server = await startServer(root, stopping.signal);
  try {
    display.done(`The server listens on ${server.address}`);
    return await tour(server, display, began);
  } catch (error) {
    if (!stopping.signal.aborted) process.stderr.write(server.said());
    throw error;
  } finally {
    await server.stop();
  }
}

async function tour({ address }: ServerProcess, display: Display, began: number): Promise<number> {
  const client = new BatonClient({ address });
  const worker = new Worker({ client, workerId: 'quickstart', handlers: orderHandlers, concurrency: 20 });
  try {
    const { processes } = await client.processes.create({ bpmnXml: readFileSync(`${root}${model}`, 'utf8') });
    for (const { version } of processes) display.done(`${model} is deployed as version ${version} of ${bpmnProcessId}`);
    await worker.start();
    display.done(`A worker is connected, for ${Object.keys(orderHandlers).join(', ')}`);
    const ended = await runOrders(client, worker, display);
    const failed = ended.filter(({ faults }) => faults.length > 0);
    summarize(ended, display, address, performance.now() - began);
    if (values.keep && failed.length === 0) await keep(display, address);
    return failed.length === 0 ? 0 : 1;
  } finally {
    await worker.stop({ timeout: 1_000 });
    client.close();
  }
}

async function runOrders(client: BatonClient, worker: Worker, display: Display): Promise<readonly Ended[]> {
  const lines = display.lines(`Running ${orders.length} orders`, orders.length);
  worker.on('accepted', ({ job, state }) => {
    const failed = state === 'JOB_STATE_CAUSED_RETRY';
    const again = job.retryCount > 0 ? ` at try ${job.retryCount + 1}, after: ${job.errorMessage}` : '';
    lines.add(job.correlationKey, job.topic, failed ? 'failed; it is tried again' : `done${again}`);
  });
  const ended = await Promise.all(
    orders.map(async (order) => {
      const { id, variables } = order;
      const start = { bpmnProcessId, correlationKey: id, variables: { order: variables } };
      lines.add(id, '', 'ordered');
      const created = await client.instances.create({ ...start, awaitEnd: { maxWaitMs: MOST_MS } });
      const result = await inspect(client, order, created);
      lines.ended(id, result.faults.length === 0 ? String(created.variables.outcome) : result.faults.join('; '));
      return result;
    }),
  );
  lines.close(ended.every(({ faults }) => faults.length === 0));
  return ended;
}

/** Reads the instance anew: what the server has is what counts. */
async function inspect(client: BatonClient, order: Order, { processInstance }: Created): Promise<Ended> {
  const { partition, id } = processInstance;
  const now = await client.instances.get({ partition, id });
  const jobs = await client.jobs.query({ partition, processInstanceId: id }).toArray();
  const retries = jobs.filter(({ state }) => state === 'JOB_STATE_CAUSED_RETRY').length;
  const expected = { state: 'INSTANCE_STATE_COMPLETED', outcome: order.outcome, retries: order.retries, incidents: 0 };
  const found = {
    state: now.processInstance.state,
    outcome: now.variables.outcome,
    retries,
    incidents: now.incidents.length,
  };
  const faults = (Object.keys(expected) as (keyof typeof expected)[])
    .filter((name) => expected[name] !== found[name])
    .map((name) => `${name} is ${found[name]}, not ${expected[name]} (instance ${partition}/${id})`);
  return { order, retries, jobs: jobs.length, faults };
}

function summarize(ended: readonly Ended[], display: Display, address: string, milliseconds: number): void {
  const sum = (count: (one: Ended) => number) => ended.reduce((total, one) => total + count(one), 0);
  const good = ended.filter(({ faults }) => faults.length === 0).length;
  display.summary([
    `${good} of ${ended.length} instances ended as they should, ${sum(({ jobs }) => jobs)} jobs, ` +
      `${sum(({ retries }) => retries)} of them failed and tried again, ${(milliseconds / 1000).toFixed(1)} s`,
    '',
    'Try next:',
    ...(values.keep
      ? [`  npx baton instances --address ${address}`, `  npx baton jobs --address ${address} --state CAUSED_RETRY`]
      : ['  npm run quickstart -- --keep          the same, and the server stays up']),
    '  npx baton serve                       a server that keeps its data in ./baton-data',
    `  npx baton deploy ${model}`,
    '  npx tsx examples/order-worker.ts      a worker in a few lines',
    '  npx baton --help',
  ]);
}

/** Server and worker stay, until somebody stops them. */
async function keep(display: Display, address: string): Promise<void> {
  display.done(`The server and the worker stay up on ${address}; Ctrl+C ends them`);
  if (stopping.signal.aborted) return;
  await new Promise((resolve) => stopping.signal.addEventListener('abort', resolve, { once: true }));
}
