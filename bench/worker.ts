/** A worker that does nothing: completes each job at once, and counts. */
import { Worker } from '@baton/client';

const { address, topic, concurrency } = JSON.parse(process.argv[2] ?? '{}') as {
  address: string;
  topic: string;
  concurrency: number;
};

let completed = 0;

const worker = new Worker({
  address,
  concurrency,
  handlers: {
    [topic]: async () => {
      completed += 1;
      return undefined;
    },
  },
});

await worker.start();
process.send?.({ ready: true });
const report = setInterval(() => process.send?.({ completed }), 5);

process.on('SIGTERM', async () => {
  clearInterval(report);
  await worker.stop({ timeout: 2_000 });
  process.exit(0);
});
