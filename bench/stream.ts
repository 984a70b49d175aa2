/** start -> service task -> end, 1,000 in flight: started in bulk, completed over the Work stream. */
import type pg from 'pg';
import { startProgram } from '../test/support/programs.js';

export interface StreamResult {
  readonly instances: number;
  readonly perSecond: number;
}

const IN_FLIGHT = 1_000;
const PER_CALL = 50;
const WARM_UP_SECONDS = 3;

/** Runs for about `seconds` after a warm-up, and counts in the database what was done. */
export async function stream(address: string, database: pg.Client, seconds: number): Promise<StreamResult> {
  const worker = startProgram('bench/worker.ts', { address, topic: 'work', concurrency: IN_FLIGHT });
  const starter = startProgram('bench/starter.ts', {
    address,
    bpmnProcessId: 'one-task',
    inFlight: IN_FLIGHT,
    perCall: PER_CALL,
  });
  try {
    await Promise.all([once(worker.child, 'ready'), once(starter.child, 'ready')]);
    worker.child.on('message', (message) => starter.child.send(message as object));
    starter.child.send({ completed: 0 });
    await sleep(WARM_UP_SECONDS);
    const before = await count(database);
    const began = performance.now();
    await sleep(seconds);
    const after = await count(database);
    const perSecond = (after - before) / ((performance.now() - began) / 1000);
    const idle = once(starter.child, 'idle');
    starter.child.send({ stop: true });
    await idle;
    return { instances: after - before, perSecond };
  } finally {
    await Promise.all([starter.stop(), worker.stop()]);
  }
}

/** Ids of the yardstick's rows are beyond 2^52. */
async function count(database: pg.Client): Promise<number> {
  const { rows } = await database.query<{ count: string }>(
    "select count(*) from process_instance where state = 'COMPLETED' and id < 4503599627370496",
  );
  return Number(rows[0]?.count);
}

function once(child: NodeJS.EventEmitter, word: 'ready' | 'idle'): Promise<void> {
  return new Promise((resolve) => {
    child.on('message', (message: { ready?: boolean; idle?: boolean }) => {
      if (message[word]) resolve();
    });
  });
}

function sleep(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}
