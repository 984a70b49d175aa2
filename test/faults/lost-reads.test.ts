// Reads whose connection is lost: they change nothing, so they are repeated, and whoever has sent a message need not send it again.
import { randomUUID } from 'node:crypto';
import { status } from '@grpc/grpc-js';
import { expect, onTestFinished, test } from 'vitest';
import { Matches } from '../../src/engine/matches.js';
import { MessageServiceService, SendMessageRequest } from '../../src/gen/baton/v1/messages.js';
import { openApi } from '../support/api.js';
import { freshDatabase } from '../support/databases.js';
import { openEngine } from '../support/engine.js';
import { PostgresProxy } from '../support/postgres-proxy.js';

async function freshProxy(): Promise<PostgresProxy> {
  const { settings, drop } = await freshDatabase();
  if (settings.kind !== 'postgres') throw new Error('this test needs PostgreSQL');
  onTestFinished(drop);
  const proxy = await PostgresProxy.start(settings.url);
  onTestFinished(() => proxy.stop());
  return proxy;
}

test('I7: a message that was sent is told to its sender, though the connection is lost over which it is read', async () => {
  const proxy = await freshProxy();
  const { client } = await openApi({ kind: 'postgres', url: proxy.url }, { databasePatienceMs: 200 });
  const request = SendMessageRequest.fromPartial({ name: 'paid', correlationKey: 'a', requestId: randomUUID() });
  const send = () => client.call(MessageServiceService.sendMessage, request);
  const first = await send();
  let isLost = false;
  proxy.at('reading', () => {
    isLost = true;
    return true;
  });
  // What is sent again was sent before: its answer is read.
  expect((await send()).message?.id).toBe(first.message?.id);
  expect(isLost).toBe(true);
  proxy.goAway();
  await expect(send()).rejects.toMatchObject({ code: status.UNAVAILABLE });
}, 60_000);

test('I10: a match is looked up again when the database was away', async () => {
  const proxy = await freshProxy();
  const { engine } = await openEngine({ kind: 'postgres', url: proxy.url });
  const { reader } = engine;
  proxy.goAway();
  const looked = new Matches(reader).outcome({ partition: '2026-01-01', id: 1 }, 2, '');
  await expect(reader.tasks({ tenantIds: [''] }, { size: 1, token: '', offset: 0 })).rejects.toThrow();
  proxy.comeBack();
  expect(await looked).toBeNull();
}, 60_000);
