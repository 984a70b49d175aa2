/** One instance of a process on an empty database, watched: what waiting rows it leaves, and what its end changes. */
import { BatonClient } from '@baton/client';
import type pg from 'pg';
import { type Context, type Database, sleep } from './context.js';
import { changes, reserve, type Statements, snapshot } from './copies.js';
import { count } from './counting.js';

interface Recorded {
  readonly database: Database;
  /** Of the start, and then of each thing that was done; one text each. */
  readonly transactions: readonly Statements[];
}

interface Recording {
  readonly bpmnXml: string;
  /** One after the other; after each of them the database is looked at. */
  readonly steps: readonly ((client: BatonClient, database: pg.Client, address: string) => Promise<unknown>)[];
  /** How many ids will be taken by copies. */
  readonly copies: number;
}

/** The server that did it is stopped: what it did can be copied. */
export async function record(context: Context, { bpmnXml, steps, copies }: Recording): Promise<Recorded> {
  const database = await context.database();
  const server = await context.server(database);
  const client = new BatonClient({ address: server.address });
  await client.processes.create({ bpmnXml });
  await snapshot(database.client, 'bench_0');
  for (const [index, step] of steps.entries()) {
    await step(client, database.client, server.address);
    await snapshot(database.client, `bench_${index + 1}`);
  }
  client.close();
  await server.stop();
  const last = `bench_${steps.length}`;
  await reserve(database.client, last, copies);
  const transactions: Statements[] = [];
  for (const index of steps.keys()) {
    transactions.push(await changes(database.client, `bench_${index}`, `bench_${index + 1}`, last));
  }
  return { database, transactions };
}

/** Root instances that have ended since then; without a time, all. */
export function endedRoots(client: pg.Client, since = new Date(0)): Promise<number> {
  const text = "select count(*) from process_instance where id = root_id and state = 'COMPLETED' and ended_at >= $1";
  return count(client, text, [since]);
}

/** Asks again and again: what it does is told by rows alone. */
export async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(0.05);
}
