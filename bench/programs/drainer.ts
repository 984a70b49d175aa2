/** Completes each job at once, and watches their order: jobs of earlier days come before jobs of today. */
import { Worker } from '@baton/client';

const { address, topic, concurrency, today } = JSON.parse(process.argv[2] ?? '{}') as {
  address: string;
  topic: string;
  concurrency: number;
  today: string;
};

let completed = 0;
let fresh = 0;
let overtaken = 0;

const worker = new Worker({
  address,
  concurrency,
  handlers: {
    [topic]: ({ partition }) => {
      if (partition === today) fresh += 1;
      else if (fresh > 0) overtaken += 1;
    },
  },
});
worker.on('accepted', () => {
  completed += 1;
});
await worker.start();
process.send?.({ ready: true });
setInterval(() => process.send?.({ progress: { completed, fresh, overtaken } }), 5);

process.on('message', async () => {
  await worker.stop({ timeout: 10_000 });
  process.send?.({ stopped: { completed, fresh, overtaken } });
});

process.on('SIGTERM', () => process.exit(0));
