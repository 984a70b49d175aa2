/**
 * A worker for order-fulfilment.bpmn. Start it beside `baton serve`:
 *
 *     npx tsx examples/order-worker.ts [host:port]
 */
import { Worker } from '@baton/client';
import { orderHandlers } from './order-handlers.js';

const address = process.argv[2] ?? '127.0.0.1:22866';
const worker = new Worker({ address, handlers: orderHandlers, concurrency: 20 });

worker.on('connected', ({ serverId }) => console.log(`connected to ${serverId}`));
worker.on('accepted', ({ job, state }) => console.log(`${job.correlationKey} ${job.topic} ${state}`));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => worker.stop());

await worker.start();
await worker.stopped;
