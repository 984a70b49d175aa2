import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { freshDatabase } from '../support/databases.js';
import { complete, deploy, openEngine, start, TestWorker } from '../support/engine.js';
import { tasks } from '../support/models.js';
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
  const beatsOf = async (server: string) => (await beats()).find(({ id }) => id === server)?.beat ?? 0;
  return { servers, beats, beatsOf, database, settings };
}

const times = { deadTimeMs: DEAD_TIME_MS, resumeWindowMs: DEAD_TIME_MS };

const passed = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test('I13: a database that stands still for longer than the dead time kills no server', async () => {
  const { servers, beats, beatsOf } = await open();
  for (const serverId of SERVERS) while ((await beatsOf(serverId)) < 3) await passed(10);
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

test('I13: a server that joins others is heard before they could take it for dead', async () => {
  const { servers, beatsOf, settings } = await open();
  for (const serverId of SERVERS) while ((await beatsOf(serverId)) < 3) await passed(10);
  const third = await openEngine(settings, { serverId: 'third', ...times });
  const from = await beatsOf('one');
  while ((await beatsOf('one')) < from + 6) await passed(10);
  expect(await beatsOf('third')).toBeGreaterThanOrEqual(3);
  const said = [third, ...servers.map(({ engine }) => engine)].flatMap(({ log }) => log.lines);
  expect(said.filter(({ message }) => message.includes('declared dead'))).toEqual([]);
});

class ToldWorker extends TestWorker {
  told = false;

  override drain(): void {
    this.told = true;
    super.drain();
  }
}

test('I13: a server that was declared dead begins anew: its streams are told to go, and what it hands out from then on is its own', async () => {
  const { servers, database } = await open();
  const [dead, other] = servers;
  if (dead === undefined || other === undefined) throw new Error('no servers');
  const topic = randomUUID();
  await deploy(dead.engine, tasks(`p-${topic}`, topic));
  const first = new ToldWorker();
  await first.connect(dead.engine, topic);
  const { rows } = await database.query<{ epoch: string }>('select epoch from server where id = $1', [dead.serverId]);
  expect(await other.engine.store.servers.declareDead(dead.serverId, Number(rows[0]?.epoch))).toBe(true);
  await first.until(() => first.told);
  const worker = new TestWorker();
  const session = await worker.connect(dead.engine, topic);
  session.grant(1, 1e6);
  await start(dead.engine, `p-${topic}`);
  await worker.until(() => worker.delivered.length === 1);
  expect(await other.engine.store.leases.collectEnded()).toEqual([]);
  const [job] = worker.delivered;
  if (job === undefined) throw new Error('no job');
  expect(await complete(dead.engine, job)).toMatchObject({ repeated: false });
  await session.goodbye();
});
