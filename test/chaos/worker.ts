/**
 * A worker as users write one, that writes down what it is given, what it says about it, and what it is answered. Some
 * jobs fail at their first try, so that retries wait for their time.
 */
import { type Job, JobFailure, type JobIdentity, Worker } from '@baton/client';
import { Journal } from './history.js';
import type { WorkerInput, WorkerReport } from './load.js';
import { nameOf, Reader } from './reader.js';

const input = JSON.parse(process.argv[2] ?? '{}') as WorkerInput;
const { name, addresses, topic, lastElement, concurrency, folder } = input;

const RETRY_AFTER_MS = 500;
/** One in so many jobs fails. */
const FAILS = 8;
const LONGEST_WORK_MS = 40;
const READS = 0.2;
const REPORT_MS = 10;

/** Of the server: the outcome may count all the same, or be sent again. */
const PASSING = new Set([
  'ABORTED',
  'CANCELLED',
  'DEADLINE_EXCEEDED',
  'INTERNAL',
  'RESOURCE_EXHAUSTED',
  'UNAVAILABLE',
  'UNKNOWN',
]);

const journal = new Journal(folder, name);
const reader = new Reader(addresses, journal);
let stream = 0;
let server = 0;
let connected = false;
let owed = 0;
let ended = 0;

async function work(job: Job): Promise<void> {
  journal.write({ kind: 'delivered', stream, instance: instanceOf(job), ...handOut(job) });
  await new Promise((resolve) => setTimeout(resolve, Math.random() * LONGEST_WORK_MS));
  owed += 1;
  journal.write({ kind: 'outcome', ...handOut(job) });
  if (job.retryCount === 0 && job.id % FAILS === 0) {
    throw new JobFailure('out of paper', { retryLimit: 3, retryAfter: RETRY_AFTER_MS });
  }
}

function handOut(job: JobIdentity) {
  return { worker: name, job: nameOf(job), token: job.lockToken };
}

function instanceOf({ partition, processInstanceId }: JobIdentity): string {
  return nameOf({ partition, id: processInstanceId });
}

const worker = new Worker({
  address: addresses,
  workerId: name,
  concurrency,
  handlers: { [topic]: work },
  logger: { debug: ignore, info: ignore, warn: ignore, error: ignore },
  onConnected: ({ address }) => {
    stream += 1;
    server = addresses.indexOf(address);
    connected = true;
    journal.write({ kind: 'connected', worker: name, stream, server });
  },
  onDisconnected: () => {
    connected = false;
    journal.write({ kind: 'disconnected', worker: name, stream });
  },
});
worker.on('accepted', ({ job, state }) => {
  owed -= 1;
  journal.write({ kind: 'accepted', ...handOut(job), state: state.replace('JOB_STATE_', '') });
  if (job.bpmnElementId !== lastElement || state !== 'JOB_STATE_DONE') return;
  ended += 1;
  const key = { partition: job.partition, id: job.processInstanceId };
  if (Math.random() < READS) reader.readAfter('end', key, server);
});
worker.on('refused', ({ job, error }) => {
  owed -= 1;
  if (!PASSING.has(error.code)) journal.write({ kind: 'refused', ...handOut(job), reason: error.reason });
});

function ignore(): void {
  // What matters is in the journal.
}

process.on('SIGTERM', async () => {
  await worker.stop({ timeout: 5_000 });
  while (reader.waiting > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  process.exit(0);
});
process.on('disconnect', () => process.exit(1));
setInterval(() => {
  const report: WorkerReport = { server, connected, owed, ended };
  process.send?.(report);
}, REPORT_MS);
await worker.start();
