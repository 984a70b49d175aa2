// Copies that the benchmark fills in and ends by SQL are the rows that an engine writes.
import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { changes, fillCopies, reserve, snapshot } from '../../bench/copies.js';
import { messageWait, recordedVariables } from '../../bench/event-models.js';
import { freshDatabase } from '../support/databases.js';
import { deploy, openEngine, start } from '../support/engine.js';

const TREE = ['process_instance', 'element_instance', 'arrival', 'variable', 'message_subscription'];

/** What is another in each instance: whether it is there is compared. */
const OWN = /(^|_)at$|^(id|shard|root_id|scope_id|parent_id|.*_instance_id|ended_by_element|produced_by|consumed_by)$/;

test('copies of an instance that waits for a message have the rows of an engine, each with its own key', async () => {
  const database = await freshDatabase();
  onTestFinished(() => database.drop());
  if (database.settings.kind !== 'postgres') throw new Error('this test needs PostgreSQL');
  const { url } = database.settings;
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  onTestFinished(() => client.end());
  const engine = await openEngine(database.settings);
  await deploy(engine, messageWait);
  await snapshot(client, 'before');
  const { id } = await start(engine, 'message-wait', recordedVariables);
  await snapshot(client, 'waiting');
  const another = await start(engine, 'message-wait', { key: 'key-2' });
  await engine.stop();

  await reserve(client, 'waiting', 3);
  await fillCopies({ url, client }, await changes(client, 'before', 'waiting', 'waiting'), 2, 3);
  const { rows } = await client.query<{ id: string }>(
    'select id from process_instance where id <> all($1) order by id',
    [[id, another.id]],
  );
  expect(rows).toHaveLength(2);
  const [copy] = rows;
  expect(await rowsOf(client, Number(copy?.id))).toEqual(await rowsOf(client, another.id));

  const again = await openEngine(database.settings);
  const later = await start(again, 'message-wait', recordedVariables);
  expect(later.id).toBeGreaterThan(Math.max(...rows.map((row) => Number(row.id))));
});

/** Ids of a tree by their place in it, so that those that name each other can be compared. */
async function rowsOf(client: pg.Client, root: number): Promise<object> {
  const { rows: ids } = await client.query<{ id: string }>(
    'select id from element_instance where root_id = $1 order by id',
    [root],
  );
  const place = (text: string) => ids.reduce((known, { id }, at) => known.replaceAll(id, `#${at}`), text);
  const found: Record<string, object[]> = {};
  for (const table of TREE) {
    const order = table === 'variable' ? 'name' : 'id';
    const { rows } = await client.query<Record<string, unknown>>(
      `select * from ${table} where root_id = $1 order by ${order}`,
      [root],
    );
    found[table] = rows.map((row) =>
      Object.fromEntries(
        Object.entries(row).map(([name, value]) => {
          if (name === 'path') return [name, place(String(value))];
          return OWN.test(name) ? [name, value !== null] : [name, value];
        }),
      ),
    );
  }
  return found;
}
