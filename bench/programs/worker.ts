/** A worker that does nothing: completes each job at once, and counts those that are acknowledged as completed. */
import { Worker } from '@baton/client';

const { address, topic, concurrency, result } = JSON.parse(process.argv[2] ?? '{}') as {
  address: string;
  topic: string;
  concurrency: number;
  /** Variables that each job is completed with. */
  result?: Record<string, unknown>;
};

let completed = 0;

const worker = new Worker({ address, concurrency, handlers: { [topic]: async () => result } });
worker.on('accepted', () => {
  completed += 1;
});

await worker.start();
process.send?.({ ready: true });
const report = setInterval(() => process.send?.({ completed }), 5);

process.on('SIGTERM', async () => {
  clearInterval(report);
  await worker.stop({ timeout: 2_000 });
  process.exit(0);
});
