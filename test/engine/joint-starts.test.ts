// Processes that need several messages to start, on a database: one instance, in whatever order and wherever they come.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SendMessage } from '../../src/core/command.js';
import { type FreshDatabase, freshDatabase } from '../support/databases.js';
import {
  CALLER,
  deploy,
  instancesOf,
  openEngine,
  sendCommand,
  send as sendTo,
  type TestEngine,
} from '../support/engine.js';
import { all, catching, eventGateway, file, message } from '../support/scenario-model.js';

let database: FreshDatabase;
let engine: TestEngine;
beforeAll(async () => {
  database = await freshDatabase();
  engine = await openEngine(database.settings, {}, () => undefined);
});
afterAll(async () => {
  await engine.stop();
  await database.drop();
});

const fresh = (): string => `m${randomUUID().slice(0, 8)}`;

const WAITING = { expiration: { duration: 'PT1H' } };

const send = async (name: string, correlationKey: string, more: Partial<SendMessage> = {}, at = engine) => {
  await sendTo(at, sendCommand(name, correlationKey, more));
};
const instances = (bpmnProcessId: string) => instancesOf(engine, bpmnProcessId);

/** The keys of the instances, and how they stand, once as many are there and all have ended. */
async function ended(bpmnProcessId: string, count: number): Promise<readonly string[]> {
  await expect.poll(async () => (await instances(bpmnProcessId)).length, { timeout: 30_000 }).toBe(count);
  for (const { row } of await instances(bpmnProcessId)) {
    await engine.engine.ended(row, AbortSignal.timeout(30_000));
  }
  return (await instances(bpmnProcessId)).map(({ row }) => `${row.correlationKey} ${row.state}`).sort();
}

/** By a start event or by a gateway, in a process that ends when both messages have come. */
const models = {
  'a start event': (id: string, asked: string, called: string) => {
    const begin = all({ tag: 'startEvent', body: message(asked) + message(called) });
    return file({ id, arrows: 'begin -> end', elements: { begin } });
  },
  'a gateway': (id: string, asked: string, called: string) => {
    const first = { ...eventGateway(), attributes: { instantiate: 'true', eventGatewayType: 'Parallel' } };
    const elements = { first, a: catching(message(asked)), b: catching(message(called)) };
    return file({ id, arrows: 'first -> a -> end; first -> b -> end2', elements });
  },
};

describe.each(Object.entries(models))('%s that needs two messages', (_, model) => {
  test('has one instance for both, in either order, one for each key', async () => {
    const [id, asked, called] = [fresh(), fresh(), fresh()];
    await deploy(engine, model(id, asked, called));
    await send(asked, 'A');
    await send(called, 'B');
    expect((await instances(id)).map(({ row }) => row.state)).toEqual(['STARTED', 'STARTED']);
    await send(asked, 'B');
    await send(called, 'A');
    expect(await ended(id, 2)).toEqual(['A COMPLETED', 'B COMPLETED']);
    await send(called, 'A');
    await send(asked, 'A');
    expect(await ended(id, 3)).toEqual(['A COMPLETED', 'A COMPLETED', 'B COMPLETED']);
  });

  test('starts with what was sent before it was deployed, one instance for each pair', async () => {
    const [id, asked, called] = [fresh(), fresh(), fresh()];
    for (const name of [asked, called, called, asked]) await send(name, 'A', WAITING);
    await deploy(engine, model(id, asked, called));
    expect(await ended(id, 2)).toEqual(['A COMPLETED', 'A COMPLETED']);
  });

  test('has one instance for two messages that come at once, to one server or to two', async () => {
    const [id, asked, called] = [fresh(), fresh(), fresh()];
    await deploy(engine, model(id, asked, called));
    // PGlite serves one process.
    const isShared = database.settings.kind === 'postgres';
    const other = isShared ? await openEngine(database.settings, {}, () => undefined) : engine;
    const keys = Array.from({ length: 40 }, (_, at) => `key ${at}`);
    await Promise.all(keys.flatMap((key) => [send(asked, key), send(called, key, {}, other)]));
    expect(await ended(id, keys.length)).toEqual(keys.map((key) => `${key} COMPLETED`).sort());
    if (isShared) await other.stop();
  });

  test('starts no other instance with the message that a suspended one waits for', async () => {
    const [id, asked, called] = [fresh(), fresh(), fresh()];
    await deploy(engine, model(id, asked, called));
    await send(asked, 'A');
    const [first] = await instances(id);
    if (first === undefined) throw new Error('nothing was started');
    const instance = { partition: first.row.partition, id: first.row.id };
    const ask = (type: 'suspendProcessInstance' | 'resumeProcessInstance') =>
      engine.engine.submit({ type, instance, includeCalled: false, by: 'test' }, CALLER);
    await ask('suspendProcessInstance');
    await send(called, 'A', WAITING);
    expect(await instances(id)).toHaveLength(1);
    await ask('resumeProcessInstance');
    expect(await ended(id, 1)).toEqual(['A COMPLETED']);
  });

  test('holds its key as long as an instance is there, and waits with a unique start for its end', async () => {
    const [id, asked, called] = [fresh(), fresh(), fresh()];
    await deploy(engine, model(id, asked, called));
    await send(asked, 'A', { uniqueStart: true, uniqueKey: 'first' });
    await send(asked, 'A', { ...WAITING, uniqueStart: true });
    await send(asked, 'A');
    expect((await instances(id)).map(({ row }) => row.state)).toEqual(['STARTED', 'STARTED']);
    for (let count = 0; count < 3; count++) await send(called, 'A', WAITING);
    expect(await ended(id, 3)).toEqual(['A COMPLETED', 'A COMPLETED', 'A COMPLETED']);
  });
});
