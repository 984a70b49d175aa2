// Rows that the benchmark fills in are those that an engine writes.
import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { verify } from '../../bench/counting.js';
import { fill } from '../../bench/fill.js';
import { oneTask } from '../../bench/models.js';
import { freshDatabase } from '../support/databases.js';
import { complete, deploy, lock, openEngine, start, type TestEngine } from '../support/engine.js';

/** With all rows of an instance. `request` differs, as calls do. */
const TABLES = ['process_instance', 'element_instance', 'arrival', 'variable', 'job', 'open_job'];

/** What is another in each instance: whether it is there is compared. */
const OWN =
  /(^|_)(at|by|token|key)$|^(id|partition|shard|root_id|scope_id|parent_id|.*_instance_id|ended_by_element|.*_variables)$/;

test.for([
  { ended: true, what: 'an instance that has ended' },
  { ended: false, what: 'an instance whose job waits' },
])('filled rows of $what are those of an engine, and what was done is counted', async ({ ended }) => {
  const database = await freshDatabase();
  onTestFinished(() => database.drop());
  if (database.settings.kind !== 'postgres') throw new Error('this test needs PostgreSQL');
  const client = new pg.Client({ connectionString: database.settings.url });
  await client.connect();
  onTestFinished(() => client.end());
  const engine = await openEngine(database.settings);
  const began = new Date();
  await deploy(engine, oneTask.bpmnXml);
  const { id, partition } = await start(engine, oneTask.id, oneTask.variables);
  if (ended) await end(engine);
  const written = await rowsOf(client, id);
  await engine.stop();
  await expect(verify(client, began, 2)).rejects.toThrow('2 instances were acknowledged as started, 1 are there');
  const verified = verify(client, began, 1);
  if (ended) await verified;
  else await expect(verified).rejects.toThrow('1 instances were completed, 0 are in the database');

  await fill({ url: database.settings.url, client }, { instances: 3, days: [partition], ended });
  const { rows } = await client.query<{ id: string }>('select id from process_instance where id <> $1', [id]);
  expect(rows).toHaveLength(3);
  for (const filled of rows) expect(await rowsOf(client, Number(filled.id))).toEqual(written);

  const again = await openEngine(database.settings);
  const later = await start(again, oneTask.id, oneTask.variables);
  expect(later.id).toBeGreaterThan(Math.max(...rows.map((row) => Number(row.id))));
});

async function end(engine: TestEngine): Promise<void> {
  const [delivery] = await lock(engine, 'work');
  if (delivery === undefined) throw new Error('there is no job');
  await complete(engine, delivery);
}

/** By table, in order of id. */
async function rowsOf(client: pg.Client, root: number): Promise<object> {
  const found: Record<string, object[]> = {};
  for (const table of TABLES) {
    const order = table === 'variable' ? 'name' : 'id';
    const { rows } = await client.query<Record<string, unknown>>(
      `select * from ${table} where root_id = $1 order by ${order}`,
      [root],
    );
    found[table] = rows.map((row) => Object.fromEntries(Object.entries(row).map(shape)));
  }
  return found;
}

function shape([name, value]: [string, unknown]): [string, unknown] {
  return OWN.test(name) ? [name, value !== null] : [name, value];
}
