/**
 * Starts instances as fast as its callers are answered, and writes down each try before it is made and each answer. What
 * was not answered is tried again, on any server, with the same request id: until it is answered.
 */
import { randomUUID } from 'node:crypto';
import { BatonClient, BatonError } from '@baton/client';
import { Journal } from './history.js';
import type { StarterInput, StarterReport } from './load.js';
import { nameOf, Reader } from './reader.js';

const input = JSON.parse(process.argv[2] ?? '{}') as StarterInput;
const { addresses, bpmnProcessId, callersPerServer, folder } = input;

const PATIENCE_MS = 10_000;
/** Answers after which the instance is read on another server. */
const READS = 0.2;
/** Instances that may be open at once: beyond, starts wait for their ends. */
const MOST_OPEN = 4_000;
const REPORT_MS = 10;

const journal = new Journal(folder, 'starter');
const reader = new Reader(addresses, journal);
const clients = addresses.map((address) => new BatonClient({ address, maxAttempts: 1, timeoutMs: PATIENCE_MS }));
const inFlight = addresses.map(() => 0);
let started = 0;
let ended = 0;
let callers = 0;
let stopping = false;

async function call(home: number): Promise<void> {
  callers += 1;
  while (!stopping) {
    if (started - ended < MOST_OPEN) await startOne(home);
    else await sleep(20);
  }
  callers -= 1;
}

async function burst(server: number): Promise<void> {
  callers += 1;
  await startOne(server);
  callers -= 1;
}

async function startOne(home: number): Promise<void> {
  const requestId = randomUUID();
  for (let attempt = 1, server = home; ; attempt++) {
    if (await tryOnce(requestId, attempt, server)) return;
    server = Math.floor(Math.random() * addresses.length);
    await sleep(100 + Math.random() * 200);
  }
}

async function tryOnce(requestId: string, attempt: number, server: number): Promise<boolean> {
  journal.write({ kind: 'call', requestId, attempt, server });
  count(server, 1);
  try {
    const { processInstance } = await clientOf(server).instances.create({
      bpmnProcessId,
      requestId,
      correlationKey: requestId,
      variables: { amount: 1 },
    });
    journal.write({ kind: 'ack', requestId, attempt, instance: nameOf(processInstance) });
    started += 1;
    if (Math.random() < READS) reader.readAfter('start', processInstance, server);
    return true;
  } catch (error) {
    const reason = error instanceof BatonError ? error.reason : String(error);
    journal.write({ kind: 'unanswered', requestId, attempt, reason });
    return false;
  } finally {
    count(server, -1);
  }
}

function clientOf(server: number): BatonClient {
  const client = clients[server];
  if (client === undefined) throw new Error(`there is no server ${server}`);
  return client;
}

function count(server: number, change: number): void {
  inFlight[server] = (inFlight[server] ?? 0) + change;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

interface Order {
  readonly ended?: number;
  readonly stop?: true;
  readonly burst?: { readonly server: number; readonly calls: number };
}

process.on('message', (message: Order) => {
  const { server = 0, calls = 0 } = message.burst ?? {};
  for (let i = 0; i < calls; i++) void burst(server);
  ended = message.ended ?? ended;
  stopping ||= message.stop === true;
});
process.on('SIGTERM', () => process.exit(0));
process.on('disconnect', () => process.exit(1));
setInterval(() => {
  const idle = stopping && callers === 0 && reader.waiting === 0;
  const report: StarterReport = { inFlight, started, idle };
  process.send?.(report);
}, REPORT_MS);
for (const server of addresses.keys()) for (let i = 0; i < callersPerServer; i++) void call(server);
