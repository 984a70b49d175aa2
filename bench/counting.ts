/** What the database says was done: a figure counts only if the rows are there. */
import { BatonClient } from '@baton/client';
import type { Context, Database, Server } from './context.js';
import { sleep } from './context.js';
import { Load, type Window } from './load.js';
import type { Model } from './models.js';

export interface Measured {
  /** Instances that ended in the window. */
  readonly instances: number;
  readonly instancesPerSecond: number;
  readonly tasksPerSecond: number;
  readonly window: Window;
}

export async function deploy(address: string, { bpmnXml }: Model): Promise<void> {
  const client = new BatonClient({ address });
  try {
    await client.processes.create({ bpmnXml });
  } finally {
    client.close();
  }
}

/** A load for some time after a warm-up, and then until all that was started has ended. */
export async function measure(
  context: Context,
  database: Database,
  servers: readonly Server[],
  model: Model,
): Promise<Measured> {
  const began = new Date();
  const load = await Load.start(context, servers, model);
  await sleep(context.scale.warmUpSeconds);
  const window = await load.window(context.scale.seconds);
  const started = await load.finish();
  const { client } = database;
  await verify(client, began, started);
  const [instances, tasks] = [await endedIn(client, window), await doneIn(client, window)];
  const perSecond = (done: number) => done / window.seconds;
  return { instances, instancesPerSecond: perSecond(instances), tasksPerSecond: perSecond(tasks), window };
}

/** Rows of the yardstick do not count: their ids are greater. */
const OWN = 'id < 4503599627370496';

const AND_ENDED = " and state = 'COMPLETED'";

/** A pg client, or an embedded database. */
export interface Queries {
  query(text: string, values: unknown[]): Promise<{ rows: unknown[] }>;
}

type Times = Pick<Window, 'from' | 'to'>;

export async function endedIn(queries: Queries, { from, to }: Times): Promise<number> {
  const ended = "state = 'COMPLETED' and ended_at > $1 and ended_at <= $2";
  return count(queries, `select count(*) from process_instance where ${OWN} and ${ended}`, [from, to]);
}

async function doneIn(queries: Queries, { from, to }: Times): Promise<number> {
  const text = "select count(*) from job where state = 'DONE' and completed_at > $1 and completed_at <= $2";
  return count(queries, text, [from, to]);
}

/** All that was acknowledged as started since then is there, and has ended. */
export async function verify(queries: Queries, since: Date, started: number): Promise<void> {
  const text = `select count(*) from process_instance where ${OWN} and created_at >= $1`;
  const there = await count(queries, text, [since]);
  const ended = await count(queries, text + AND_ENDED, [since]);
  if (there !== started) throw new Error(`${started} instances were acknowledged as started, ${there} are there`);
  if (ended !== started) throw new Error(`${started} instances were completed, ${ended} are in the database`);
}

export async function count(queries: Queries, text: string, values: unknown[] = []): Promise<number> {
  const { rows } = await queries.query(text, values);
  return Number((rows[0] as { count: string | number } | undefined)?.count);
}
