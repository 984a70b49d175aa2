/** Many workers that are connected and do nothing: each waits for a job, or holds one that never ends. */
import { Worker } from '@baton/client';

const { address, topic, workers } = JSON.parse(process.argv[2] ?? '{}') as {
  address: string;
  topic: string;
  workers: number;
};

/** Connections that are made at once. */
const AT_ONCE = 20;

let left = workers;
let held = 0;

async function connect(): Promise<void> {
  while (left > 0) {
    left -= 1;
    const hold = () => {
      held += 1;
      if (held === workers) process.send?.({ holding: held });
      return new Promise<undefined>(() => undefined);
    };
    await new Worker({ address, workerId: `idler-${left}`, concurrency: 1, handlers: { [topic]: hold } }).start();
  }
}

await Promise.all(Array.from({ length: AT_ONCE }, connect));
process.send?.({ ready: true });
process.on('SIGTERM', () => process.exit(0));
