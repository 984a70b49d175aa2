// I10: sends race subscribes on three servers with one database; every message has one receiver, and none is left.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SendMessage } from '../../src/core/command.js';
import { isRefusal } from '../../src/core/refusal.js';
import type { MessageView } from '../../src/engine/reader.js';
import { type FreshDatabase, freshDatabase } from '../support/databases.js';
import { deploy, openEngine, sendCommand, send as sendTo, start, type TestEngine } from '../support/engine.js';
import { startedBy, waiting } from '../support/message-models.js';
import { until } from '../support/outage.js';

const PAIRS = Number(process.env.BATON_MESSAGE_PAIRS ?? 300);

let database: FreshDatabase;
let servers: readonly TestEngine[];
beforeAll(async () => {
  database = await freshDatabase();
  const opened: TestEngine[] = [];
  for (let i = 0; i < 3; i++) opened.push(await openEngine(database.settings, {}, () => undefined));
  servers = opened;
});
afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop()));
  await database.drop();
});

function server(index: number): TestEngine {
  const found = servers[index % servers.length];
  if (found === undefined) throw new Error('no server');
  return found;
}

async function send(at: TestEngine, name: string, key: string, more: Partial<SendMessage> = {}) {
  const { id } = await sendTo(at, sendCommand(name, key, { expiration: { duration: 'PT1H' }, ...more }));
  return id;
}

async function allOf(name: string): Promise<readonly MessageView[]> {
  const { reader } = server(0).engine;
  const found: MessageView[] = [];
  for (let token = ''; ; ) {
    const page = await reader.messages({ name, tenantIds: [''] }, { size: 1_000, token, offset: 0 });
    if (isRefusal(page)) throw new Error(page.message);
    found.push(...page.results);
    if (page.nextToken === '') return found;
    token = page.nextToken;
  }
}

test('each of many sends meets its subscribe, wherever the two are and whichever comes first', async () => {
  await deploy(server(0), waiting('race', 'race'));
  const pairs = Array.from({ length: PAIRS }, (_, i) => i);
  const instances = await Promise.all(
    pairs.map(async (i) => {
      const [instance] = await Promise.all([
        start(server(i), 'race', { order: `k${i}` }),
        send(server(i + 1), 'race', `k${i}`),
      ]);
      return instance;
    }),
  );
  const { signal } = new AbortController();
  for (const [i, instance] of instances.entries()) await server(i).engine.ended(instance, signal);
  const receivers = (await allOf('race')).flatMap(({ deliveries }) => deliveries.map((each) => each.processInstanceId));
  expect(receivers.sort()).toEqual(instances.map(({ id }) => id).sort());
}, 300_000);

test('many messages of one key reach many who wait for it, one each', async () => {
  await deploy(server(0), waiting('crowd', 'crowd'));
  const many = Array.from({ length: 60 }, (_, i) => i);
  const [instances] = await Promise.all([
    Promise.all(many.map((i) => start(server(i), 'crowd', { order: 'same' }))),
    Promise.all(many.map((i) => send(server(i + 1), 'crowd', 'same'))),
  ]);
  const { signal } = new AbortController();
  for (const [i, instance] of instances.entries()) await server(i).engine.ended(instance, signal);
  const messages = await allOf('crowd');
  expect(messages.map(({ deliveries }) => deliveries.length)).toEqual(many.map(() => 1));
}, 300_000);

test('of unique starts that race, one starts and the others wait', async () => {
  await deploy(server(0), startedBy('unique', 'unique', 'unique-topic'));
  await Promise.all(Array.from({ length: 12 }, (_, i) => send(server(i), 'unique', 'one', { uniqueStart: true })));
  const delivered = async () => (await allOf('unique')).filter(({ deliveries }) => deliveries.length > 0);
  // A match that meets another one's locks is done again, after its sender was answered.
  await until(async () => (await delivered()).length > 0);
  await until(async () => (await matches()).length === 0);
  expect(await delivered()).toHaveLength(1);
}, 300_000);

async function matches(): Promise<readonly unknown[]> {
  const page = await server(0).engine.reader.tasks({ tenantIds: [''] }, { size: 100, token: '', offset: 0 });
  if (isRefusal(page)) throw new Error(page.message);
  return page.results.filter(({ row }) => row.type === 'MATCH_MESSAGE');
}
