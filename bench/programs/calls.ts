/** Starts instances that need no worker over the stream, so many unanswered at a time; says how many were started. */
import { BatonClient } from '@baton/client';

const { address, bpmnProcessId, unanswered } = JSON.parse(process.argv[2] ?? '{}') as {
  address: string;
  bpmnProcessId: string;
  unanswered: number;
};

const starts = new BatonClient({ address }).instances.stream();
let started = 0;
let stopping = false;

async function start(): Promise<void> {
  while (!stopping) {
    await starts.create({ bpmnProcessId });
    started += 1;
  }
}

process.on('message', async (message: { begin?: true; stop?: true }) => {
  if (message.stop) stopping = true;
  if (!message.begin) return;
  await Promise.all(Array.from({ length: unanswered }, start));
  process.send?.({ finished: started });
});
process.send?.({ ready: true });
