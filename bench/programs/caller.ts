/**
 * Callers of unary calls: each starts an instance, completes a job, and again. Nothing is streamed. Jobs are locked as a
 * worker that polls does it: one call for all that are waited for.
 */
import { BatonClient, type Job } from '@baton/client';

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

const takers: ((job: Job) => void)[] = [];
let polling = false;

/** The job may be another caller's instance's: there are as many of the one as of the other. */
async function call(): Promise<void> {
  while (!stopping) {
    await client.instances.create({ bpmnProcessId, variables });
    started += 1;
    const job = await new Promise<Job>((resolve) => {
      takers.push(resolve);
      if (!polling) poll().catch(fail);
    });
    await client.jobs.complete(job);
  }
}

async function poll(): Promise<void> {
  polling = true;
  while (takers.length > 0) {
    const jobs = await client.jobs.lock({ topics: [topic], limit: takers.length, maxWaitMs: 20_000 });
    for (const job of jobs) takers.shift()?.(job);
  }
  polling = false;
}

function fail(error: unknown): void {
  console.error(error);
  process.exit(1);
}

process.on('message', async () => {
  stopping = true;
  await ended;
  process.send?.({ finished: started });
});

process.send?.({ ready: true });
const ended = Promise.all(Array.from({ length: callers }, call));
