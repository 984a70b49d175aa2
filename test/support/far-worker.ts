/** A worker as its own process, perhaps in another network: it holds its jobs until it is told to finish, and says all. */
import { Worker } from '../../clients/typescript/src/index.js';

const { address, topic } = JSON.parse(process.argv[2] ?? '{}') as { readonly address: string; readonly topic: string };

const say = (event: string, job = 0) => process.send?.([event, { job }]);
const told = new Promise<void>((resolve) => process.once('message', () => resolve()));

const worker = new Worker({
  address,
  handlers: {
    [topic]: async (job) => {
      say('run', job.id);
      await told;
    },
  },
});
worker.on('connected', () => say('connected'));
worker.on('disconnected', () => say('disconnected'));
worker.on('accepted', () => say('accepted'));
worker.on('canceled', () => say('lost'));
worker.on('refused', () => say('lost'));
process.once('SIGTERM', () => process.exit());
await worker.start();
