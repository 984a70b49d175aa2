/** Callers of unary calls: each starts an instance, locks a job, completes it, and again. Nothing is streamed. */
import { BatonClient } from '@baton/client';

const { address, callers, bpmnProcessId, topic, variables } = JSON.parse(process.argv[2] ?? '{}') as {
  address: string;
  callers: number;
  bpmnProcessId: string;
  topic: string;
  variables: Record<string, unknown>;
};

const client = new BatonClient({ address, workerId: `caller-${process.pid}` });
let started = 0;
let stopping = false;

/** The job may be another caller's instance's: there are as many of the one as of the other. */
async function call(): Promise<void> {
  while (!stopping) {
    await client.instances.create({ bpmnProcessId, variables });
    started += 1;
    const [job] = await client.jobs.lock({ topics: [topic], limit: 1, maxWaitMs: 20_000 });
    if (job === undefined) throw new Error('an instance was started, and there was no job');
    await client.jobs.complete(job);
  }
}

process.on('message', async () => {
  stopping = true;
  await ended;
  process.send?.({ finished: started });
});

process.send?.({ ready: true });
const ended = Promise.all(Array.from({ length: callers }, call));
