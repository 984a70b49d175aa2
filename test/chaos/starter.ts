/**
 * Starts instances as fast as its callers are answered, sends the message that some of them wait for, and every now and
 * then a signal to all. It writes down each try before it is made and each answer. What was not answered is tried again,
 * on any server, with the same request id: until it is answered.
 */
import { randomUUID } from 'node:crypto';
import { BatonClient, BatonError } from '@baton/client';
import { Journal } from './history.js';
import type { StarterInput, StarterReport } from './load.js';
import { EVENTS, MESSAGE, SIGNAL, TASKS } from './models.js';
import { nameOf, Reader } from './reader.js';

const input = JSON.parse(process.argv[2] ?? '{}') as StarterInput;
const { addresses, callersPerServer, folder } = input;

const PATIENCE_MS = 10_000;
/** Answers after which the instance is read on another server. */
const READS = 0.2;
/** Instances that may be open at once: beyond, starts wait for their ends. */
const MOST_OPEN = 4_000;
const REPORT_MS = 10;
/** Instances that wait for events, of all. */
const WITH_EVENTS = 0.25;
/** Messages that are sent before there is anybody who waits for them. */
const EARLY = 0.5;
const SIGNAL_EACH_MS = 500;

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
  if (Math.random() >= WITH_EVENTS) {
    await untilAnswered(home, (attempt, server) => start(TASKS, requestId, attempt, server));
    return;
  }
  const steps = [
    () => untilAnswered(home, (attempt, server) => start(EVENTS, requestId, attempt, server)),
    () => untilAnswered(home, (attempt, server) => send(requestId, attempt, server)),
  ];
  for (const step of Math.random() < EARLY ? steps.reverse() : steps) await step();
}

type Try = (attempt: number, server: number) => Promise<boolean>;

async function untilAnswered(home: number, tryOnce: Try): Promise<void> {
  for (let attempt = 1, server = home; ; attempt++) {
    count(server, 1);
    const isAnswered = await tryOnce(attempt, server);
    count(server, -1);
    if (isAnswered) return;
    server = anyServer();
    await sleep(100 + Math.random() * 200);
  }
}

async function start(bpmnProcessId: string, requestId: string, attempt: number, server: number): Promise<boolean> {
  journal.write({ kind: 'call', requestId, attempt, server });
  try {
    const { processInstance } = await clientOf(server).instances.create({
      bpmnProcessId,
      requestId,
      correlationKey: requestId,
      variables: { amount: 1, order: requestId },
    });
    journal.write({ kind: 'ack', requestId, attempt, instance: nameOf(processInstance) });
    started += 1;
    if (Math.random() < READS) reader.readAfter('start', processInstance, server);
    return true;
  } catch (error) {
    journal.write({ kind: 'unanswered', requestId, attempt, reason: reasonOf(error) });
    return false;
  }
}

async function send(key: string, attempt: number, server: number): Promise<boolean> {
  journal.write({ kind: 'send', key, attempt, server });
  try {
    await clientOf(server).messages.send({
      ...{ name: MESSAGE, correlationKey: key, requestId: `${MESSAGE}-${key}` },
      expirationTimer: { kind: { $case: 'timeDuration', value: 'PT1H' } },
    });
    journal.write({ kind: 'sent', key, attempt });
    return true;
  } catch (error) {
    journal.write({ kind: 'unsent', key, attempt, reason: reasonOf(error) });
    return false;
  }
}

/** Who waits later is reached by a later one: this goes on for as long as anything may wait. */
async function signalAll(): Promise<void> {
  for (;;) {
    await sleep(SIGNAL_EACH_MS);
    const server = anyServer();
    try {
      await clientOf(server).signals.send({ name: SIGNAL, requestId: randomUUID() });
      journal.write({ kind: 'signalled', server });
    } catch {
      // There will be another one.
    }
  }
}

function reasonOf(error: unknown): string {
  return error instanceof BatonError ? error.reason : String(error);
}

function anyServer(): number {
  return Math.floor(Math.random() * addresses.length);
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
void signalAll();
