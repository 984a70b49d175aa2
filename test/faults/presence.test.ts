import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { freshDatabase } from '../support/databases.js';
import { openEngine } from '../support/engine.js';
import { PostgresProxy } from '../support/postgres-proxy.js';

const DEAD_TIME_MS = 900;
const SERVERS = ['one', 'other'] as const;

async function open() {
  const { settings, drop } = await freshDatabase();
  onTestFinished(drop);
  if (settings.kind !== 'postgres') throw new Error('this test needs PostgreSQL');
  const database = new pg.Client({ connectionString: settings.url });
  await database.connect();
  onTestFinished(() => database.end());
  const servers = [];
  for (const serverId of SERVERS) {
    const proxy = await PostgresProxy.start(settings.url);
    onTestFinished(() => proxy.stop());
    const times = { deadTimeMs: DEAD_TIME_MS, resumeWindowMs: DEAD_TIME_MS };
    servers.push({
      serverId,
      proxy,
      engine: await openEngine({ kind: 'postgres', url: proxy.url }, { serverId, ...times }),
    });
  }
  /** Of all servers, the one that beat last first. */
  const beats = async () => {
    const { rows } = await database.query<{ id: string; beat: string }>(
      'select id, beat from server order by beat_at desc',
    );
    return rows.map(({ id, beat }) => ({ id, beat: Number(beat) }));
  };
  return { servers, beats };
}

const passed = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test('I13: a database that stands still for longer than the dead time kills no server', async () => {
  const { servers, beats } = await open();
  for (const serverId of SERVERS) {
    while (((await beats()).find(({ id }) => id === serverId)?.beat ?? 0) < 3) await passed(10);
  }
  for (const { proxy } of servers) proxy.freeze();
  const before = await beats();
  await passed(2 * DEAD_TIME_MS);
  // The one that beat last has seen all beats of the other: on it, nothing new of the other can be told from silence.
  const [last] = before;
  servers.find(({ serverId }) => serverId === last?.id)?.proxy.thaw();
  while ((await beats()).find(({ id }) => id === last?.id)?.beat === last?.beat) await passed(10);
  for (const { proxy } of servers) proxy.thaw();
  await passed(DEAD_TIME_MS);
  const said = servers.flatMap(({ engine }) => engine.log.lines.map(({ message }) => message));
  expect(said.filter((message) => message.includes('declared dead'))).toEqual([]);
});
