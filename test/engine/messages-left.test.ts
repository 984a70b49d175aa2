// A message whose server went before it was matched: the task is in the database, and whoever comes next does it (I14).
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { isRefusal } from '../../src/core/refusal.js';
import type { Message, Task } from '../../src/core/state.js';
import { write } from '../store/support/opened.js';
import { freshDatabase } from '../support/databases.js';
import { deploy, openEngine, start } from '../support/engine.js';
import { waiting } from '../support/message-models.js';

test('I14: a message that was sent and not matched when its server went reaches its receiver', async () => {
  const database = await freshDatabase();
  const first = await openEngine(database.settings, {}, () => undefined);
  await deploy(first, waiting('left', 'left'));
  const instance = await start(first, 'left', { order: 'a' });
  // What the group of a send writes, by a server that ends before it goes on.
  const { first: counter } = await first.store.reserveIds();
  const id = counter * 256;
  const now = Date.now();
  const sent = { tenantId: '', createdAt: now, createdBy: 'test' };
  const address = { name: 'left', correlationKey: 'a' };
  const message: Message = {
    ...{ ...sent, ...address, id, uniqueKey: '', onePerProcess: false, uniqueStart: false, variables: null },
    ...{ traceParent: null, thrownBy: null, expiresAt: now, endedAt: null },
  };
  const task: Task = {
    ...{ ...sent, partition: instance.partition, id: id + 256, rootId: null, processInstanceId: null },
    ...{ elementInstanceId: null, elementId: null, processId: null, type: 'MATCH_MESSAGE', dueAt: now },
    payload: { type: 'MATCH_MESSAGE', ...address, messageId: id },
  };
  const lane = await first.store.openLane();
  await write(lane, { message: { born: [message] }, task: { born: [task] } }, randomUUID());
  await lane.close();
  await first.stop();
  const next = await openEngine(database.settings, {}, () => undefined);
  await next.engine.ended(instance, AbortSignal.timeout(20_000));
  const page = await next.engine.reader.messages({ id, tenantIds: [''] }, { size: 1, token: '', offset: 0 });
  expect(isRefusal(page) ? page : page.results).toMatchObject([{ deliveries: [{ processInstanceId: instance.id }] }]);
  await next.stop();
  await database.drop();
}, 60_000);
