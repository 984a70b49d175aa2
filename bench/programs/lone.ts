/** One instance alone: started, its job completed, its end acknowledged, and only then the next. */
import { BatonClient, Worker } from '@baton/client';
import { now } from '../clock.js';

const { address, bpmnProcessId, topic, variables } = JSON.parse(process.argv[2] ?? '{}') as {
  address: string;
  bpmnProcessId: string;
  topic: string;
  variables: Record<string, unknown>;
};

const client = new BatonClient({ address });
const worker = new Worker({ address, concurrency: 1, handlers: { [topic]: () => undefined } });
await worker.start();
process.send?.({ ready: true });

function nextEnd(): Promise<number> {
  return new Promise((resolve) => {
    const off = worker.on('accepted', () => {
      off();
      resolve(now());
    });
  });
}

async function one(): Promise<number> {
  const ended = nextEnd();
  const began = now();
  await client.instances.create({ bpmnProcessId, variables });
  return (await ended) - began;
}

process.on('message', async ({ seconds }: { seconds: number }) => {
  const until = now() + seconds * 1000;
  const times: number[] = [];
  while (now() < until) times.push(await one());
  process.send?.({ times });
});

process.on('SIGTERM', async () => {
  await worker.stop({ timeout: 2_000 });
  process.exit(0);
});
