/** The yardstick: the same row changes as bare bulk SQL, on the same PostgreSQL and schema, in the same run. */
import { readFileSync } from 'node:fs';
import pg from 'pg';

const CONNECTIONS = 4;
const INSTANCES_PER_TRANSACTION = 200;
/** Ids of the yardstick lie beyond all that a server hands out. */
const FIRST_ID = 2 ** 52;

let nextId = FIRST_ID;

/** Instances a second, over about `seconds`. */
export async function reference(url: string, seconds: number): Promise<number> {
  const [start, complete] = transactions();
  const clients = await Promise.all(Array.from({ length: CONNECTIONS }, () => connect(url)));
  const until = performance.now() + seconds * 1000;
  const began = performance.now();
  const firstId = nextId;
  let instances = 0;
  await Promise.all(
    clients.map(async (client) => {
      const day = await today(client);
      while (performance.now() < until) {
        const values = [INSTANCES_PER_TRANSACTION, nextId, day];
        nextId += 16 * INSTANCES_PER_TRANSACTION;
        await run(client, start, values);
        await run(client, complete, values);
        instances += INSTANCES_PER_TRANSACTION;
      }
    }),
  );
  const rate = instances / ((performance.now() - began) / 1000);
  await verify(clients, firstId, instances);
  return rate;
}

/** Milliseconds that both transactions of one instance take together, one instance after the other on one connection. */
export async function loneReference(url: string, seconds: number): Promise<readonly number[]> {
  const [start, complete] = transactions();
  const client = await connect(url);
  const day = await today(client);
  const firstId = nextId;
  const times: number[] = [];
  for (const until = performance.now() + seconds * 1000; performance.now() < until; ) {
    const values = [1, nextId, day];
    nextId += 16;
    const began = performance.now();
    await run(client, start, values);
    await run(client, complete, values);
    times.push(performance.now() - began);
  }
  await verify([client], firstId, times.length);
  return times;
}

/** What was timed is there. */
async function verify(clients: readonly pg.Client[], firstId: number, instances: number): Promise<void> {
  const text = "select count(*) from process_instance where id >= $1 and state = 'COMPLETED'";
  const counted = await clients[0]?.query<{ count: string }>(text, [firstId]);
  await Promise.all(clients.map((client) => client.end()));
  const there = Number(counted?.rows[0]?.count);
  if (there !== instances) throw new Error(`the yardstick made ${instances} instances, ${there} are there`);
}

type Texts = readonly string[];

/** The statements under `-- start` and `-- complete`. */
function transactions(): readonly [Texts, Texts] {
  const text = readFileSync(new URL('reference.sql', import.meta.url), 'utf8');
  const [, start, complete] = text.split(/^-- (?:start|complete)$/m);
  const statements = (part: string | undefined) => (part ?? '').split(';\n').flatMap((one) => one.trim() || []);
  return [statements(start), statements(complete)];
}

export async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, pipeline: true } as pg.ClientConfig);
  await client.connect();
  await client.query('set plan_cache_mode = force_generic_plan');
  return client;
}

async function today(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ day: string }>("select (now() at time zone 'utc')::date::text as day");
  const day = rows[0]?.day;
  if (day === undefined) throw new Error('the database does not know what day it is');
  return day;
}

export async function run(client: pg.Client, texts: Texts, values: readonly (number | string)[]): Promise<void> {
  const results = await Promise.all(
    texts.map((text) =>
      text.includes('$1')
        ? client.query({ name: nameOf(text), text: typed(text), values: [...values] })
        : client.query(text),
    ),
  );
  const last = results.at(-1) as pg.QueryResult;
  if (last.command !== 'COMMIT') throw new Error(`the yardstick was not committed: ${last.command}`);
}

/** Parameters stand in expressions where PostgreSQL would guess their types. */
function typed(text: string): string {
  return text
    .replaceAll('$1', '$1::int')
    .replaceAll('$2', '$2::bigint')
    .replaceAll('$3::date', '$3::text::date')
    .replaceAll('$3 ||', '$3::text ||');
}

function nameOf(text: string): string {
  let hash = 7;
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0;
  return `reference_${hash >>> 0}`;
}
