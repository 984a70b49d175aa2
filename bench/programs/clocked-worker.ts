/** Completes each job at once, and notes when it came and when its completion was acknowledged. */
import { Worker } from '@baton/client';
import { now } from '../clock.js';

const { address, topic, concurrency } = JSON.parse(process.argv[2] ?? '{}') as {
  address: string;
  topic: string;
  concurrency: number;
};

const came = new Map<string, number>();
const ended = new Map<string, number>();

const worker = new Worker({
  address,
  concurrency,
  handlers: {
    [topic]: ({ partition, processInstanceId }) => {
      came.set(`${partition}/${processInstanceId}`, now());
    },
  },
});
worker.on('accepted', ({ job }) => ended.set(`${job.partition}/${job.processInstanceId}`, now()));
await worker.start();
process.send?.({ ready: true });

process.on('message', ({ count }: { count: number }) => {
  const timer = setInterval(() => {
    if (ended.size < count) return;
    clearInterval(timer);
    process.send?.({ times: { came: Object.fromEntries(came), ended: Object.fromEntries(ended) } });
  }, 20);
});

process.on('SIGTERM', async () => {
  await worker.stop({ timeout: 2_000 });
  process.exit(0);
});
