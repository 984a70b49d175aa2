// Messages end to end: sending, waiting, starting; each meets its receiver, whatever comes first (I10).
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SendMessage } from '../../src/core/command.js';
import { isRefusal } from '../../src/core/refusal.js';
import type { MessageView } from '../../src/engine/reader.js';
import { type FreshDatabase, freshDatabase } from '../support/databases.js';
import {
  CALLER,
  complete,
  deploy,
  instancesOf,
  lock,
  openEngine,
  sendCommand,
  start,
  type TestEngine,
} from '../support/engine.js';
import { bordered, publishing, startedBy, throwing, waiting } from '../support/message-models.js';

let database: FreshDatabase;
let engine: TestEngine;
let stop: () => Promise<void>;
beforeAll(async () => {
  database = await freshDatabase();
  engine = await openEngine(database.settings, {}, (end) => {
    stop = end;
  });
});
afterAll(async () => {
  await stop();
  await database.drop();
});

/** A name of its own keeps tests apart. */
const fresh = (): string => `m-${randomUUID()}`;

async function send(name: string, key: string, more: Partial<SendMessage> = {}): Promise<MessageView> {
  const sent = await engine.engine.sendMessage(sendCommand(name, key, more), CALLER);
  if (isRefusal(sent)) throw new Error(sent.message);
  return sent.message ?? (await read(sent.id));
}

async function read(id: number): Promise<MessageView> {
  const page = await engine.engine.reader.messages({ id, tenantIds: [''] }, { size: 1, token: '', offset: 0 });
  const view = isRefusal(page) ? undefined : page.results[0];
  if (view === undefined) throw new Error(`there is no message ${id}`);
  return view;
}

const instances = (bpmnProcessId: string) => instancesOf(engine, bpmnProcessId);

/** Resolves when as many instances of the process have ended. */
async function ended(bpmnProcessId: string): Promise<void> {
  for (const { row } of await instances(bpmnProcessId)) await engine.engine.ended(row, new AbortController().signal);
}

const HOUR = { expiration: { duration: 'PT1H' } };
const variable = (name: string, value: unknown) => ({
  name,
  data: { encoding: 'json', value: JSON.stringify(value), encrypted: false },
});

describe('one receiver', () => {
  test('who waits gets the message, its instance goes on, and the answer says which', async () => {
    const name = fresh();
    await deploy(engine, waiting(name, name));
    const instance = await start(engine, name, { order: 17 });
    const { row, deliveries } = await send(name, '17', { variables: [variable('paid', true)], ...HOUR });
    expect(deliveries).toMatchObject([{ processInstanceId: instance.id, started: false, bpmnProcessId: name }]);
    expect(row).toMatchObject({ expiresAt: null });
    await ended(name);
    const read = await engine.engine.reader.processVariables(instance, ['paid'], ['']);
    expect(read?.map((each) => each.row.data?.value)).toEqual(['true']);
  });

  test('a message waits until somebody subscribes, one for each, the oldest first', async () => {
    const name = fresh();
    await deploy(engine, waiting(name, name));
    const first = await send(name, 'a', { variables: [variable('which', 1)], ...HOUR });
    const second = await send(name, 'a', { variables: [variable('which', 2)], ...HOUR });
    expect([first, second].map(({ deliveries }) => deliveries)).toEqual([[], []]);
    const one = await start(engine, name, { order: 'a' });
    await engine.engine.ended(one, new AbortController().signal);
    const other = await start(engine, name, { order: 'a' });
    await engine.engine.ended(other, new AbortController().signal);
    expect((await read(first.row.id)).deliveries).toMatchObject([{ processInstanceId: one.id }]);
    expect((await read(second.row.id)).deliveries).toMatchObject([{ processInstanceId: other.id }]);
  });

  test('who is suspended gets no message; it goes on with it when it is resumed', async () => {
    const name = fresh();
    await deploy(engine, waiting(name, name));
    const halted = await start(engine, name, { order: 'h' });
    const other = await start(engine, name, { order: 'h' });
    const ask = (type: 'suspendProcessInstance' | 'resumeProcessInstance') =>
      engine.engine.submit({ type, instance: halted, includeCalled: false, by: 'test' }, CALLER);
    await ask('suspendProcessInstance');
    expect((await send(name, 'h')).deliveries).toMatchObject([{ processInstanceId: other.id }]);
    const { row, deliveries } = await send(name, 'h', HOUR);
    expect(deliveries).toEqual([]);
    await ask('resumeProcessInstance');
    await engine.engine.ended(halted, new AbortController().signal);
    expect((await read(row.id)).deliveries).toMatchObject([{ processInstanceId: halted.id }]);
  });

  test('a message without an expiration is tried once, and then nobody gets it', async () => {
    const name = fresh();
    await deploy(engine, waiting(name, name));
    const { row } = await send(name, 'b');
    expect(row.endedAt).not.toBeNull();
    const instance = await start(engine, name, { order: 'b' });
    await send(name, 'b');
    await engine.engine.ended(instance, new AbortController().signal);
    expect((await read(row.id)).deliveries).toEqual([]);
  });

  test('who waits comes before a start event, and one message starts one instance', async () => {
    const name = fresh();
    await deploy(engine, waiting(`${name}-wait`, name));
    await deploy(engine, startedBy(`${name}-start`, name, name));
    await start(engine, `${name}-wait`, { order: 'c' });
    expect((await send(name, 'c')).deliveries).toMatchObject([{ bpmnProcessId: `${name}-wait`, started: false }]);
    expect((await send(name, 'c')).deliveries).toMatchObject([{ bpmnProcessId: `${name}-start`, started: true }]);
    const [started] = await instances(`${name}-start`);
    expect(started?.row).toMatchObject({ correlationKey: 'c', state: 'STARTED' });
  });

  test('with one receiver for each process, each gets it once', async () => {
    const name = fresh();
    await deploy(engine, waiting(`${name}-1`, name));
    await deploy(engine, waiting(`${name}-2`, name));
    await deploy(engine, startedBy(`${name}-3`, name, name));
    for (const process of ['1', '1', '2']) await start(engine, `${name}-${process}`, { order: 'd' });
    const { deliveries } = await send(name, 'd', { onePerProcess: true });
    expect(deliveries.map(({ bpmnProcessId }) => bpmnProcessId).sort()).toEqual([
      `${name}-1`,
      `${name}-2`,
      `${name}-3`,
    ]);
  });

  test('a message that a process throws reaches another one', async () => {
    const name = fresh();
    await deploy(engine, waiting(`${name}-wait`, name));
    await deploy(engine, throwing(`${name}-throw`, name));
    const instance = await start(engine, `${name}-wait`, { order: 'e' });
    await start(engine, `${name}-throw`, { order: 'e' });
    await engine.engine.ended(instance, new AbortController().signal);
    const read = await engine.engine.reader.processVariables(instance, ['thrown'], ['']);
    expect(read?.map((each) => each.row.data?.value)).toEqual(['"e"']);
  });

  test('a message that a process publishes for some time waits for who comes later', async () => {
    const name = fresh();
    await deploy(engine, publishing(`${name}-throw`, name, 'PT1H'));
    const thrower = await start(engine, `${name}-throw`, { order: 'p' });
    await engine.engine.ended(thrower, new AbortController().signal);
    await deploy(engine, waiting(`${name}-wait`, name));
    const instance = await start(engine, `${name}-wait`, { order: 'p' });
    await engine.engine.ended(instance, new AbortController().signal);
    expect(await instances(`${name}-wait`)).toMatchObject([{ row: { state: 'COMPLETED' } }]);
  });
});

describe('start events', () => {
  test('a new version takes over, and what waits for its message starts it', async () => {
    const name = fresh();
    const { row } = await send(name, 'f', HOUR);
    await deploy(engine, startedBy(name, name, name));
    const [job] = await lock(engine, name);
    expect((await read(row.id)).deliveries).toMatchObject([{ processInstanceId: job?.job.processInstanceId }]);
    const version = await deploy(engine, startedBy(name, name, `${name}-new`));
    await send(name, 'f');
    const [newer] = await lock(engine, `${name}-new`);
    expect(newer?.job.processId).toBe(version);
  });

  test('a unique start waits until the instance with its key has ended', async () => {
    const name = fresh();
    await deploy(engine, startedBy(name, name, name));
    const unique = { uniqueStart: true, ...HOUR };
    expect((await send(name, 'g', unique)).deliveries).toHaveLength(1);
    const second = await send(name, 'g', unique);
    expect(second.deliveries).toEqual([]);
    expect((await send(name, 'other', unique)).deliveries).toHaveLength(1);
    const jobs = await lock(engine, name, 2);
    for (const job of jobs) await complete(engine, job);
    await lock(engine, name);
    expect((await read(second.row.id)).deliveries).toHaveLength(1);
  });

  test('a unique key answers with the earlier message while that waits, and while its instance runs', async () => {
    const name = fresh();
    await deploy(engine, startedBy(name, name, name));
    const first = await engine.engine.sendMessage(sendCommand(name, 'h', { uniqueKey: 'u' }), CALLER);
    const again = await engine.engine.sendMessage(sendCommand(name, 'h', { uniqueKey: 'u' }), CALLER);
    if (isRefusal(first) || isRefusal(again)) throw new Error('refused');
    expect(again).toMatchObject({ id: first.id, found: true });
    const [job] = await lock(engine, name);
    if (job !== undefined) await complete(engine, job);
    const third = await engine.engine.sendMessage(sendCommand(name, 'h', { uniqueKey: 'u' }), CALLER);
    expect(third).toMatchObject({ found: false });
  });
});

describe('events at the border', () => {
  test('an interrupting one ends the task, and nothing waits any more', async () => {
    const name = fresh();
    await deploy(engine, bordered(name, name, name, true));
    const instance = await start(engine, name, { order: 'i' });
    expect((await send(name, 'i')).deliveries).toHaveLength(1);
    await engine.engine.ended(instance, new AbortController().signal);
    expect((await send(name, 'i')).deliveries).toEqual([]);
  });

  test('a non-interrupting one happens as often as messages come, until the task ends', async () => {
    const name = fresh();
    await deploy(engine, bordered(name, name, name, false));
    await start(engine, name, { order: 'j' });
    for (let i = 0; i < 2; i++) expect((await send(name, 'j')).deliveries).toHaveLength(1);
    const [job] = await lock(engine, name);
    if (job !== undefined) await complete(engine, job);
    expect((await send(name, 'j')).deliveries).toEqual([]);
  });
});

test('a message is ended by hand, once', async () => {
  const { row } = await send(fresh(), 'k', HOUR);
  const command = { type: 'expireMessage', id: row.id, by: 'test' } as const;
  expect(await engine.engine.submit(command, CALLER)).toEqual({ id: row.id });
  expect(await engine.engine.submit(command, CALLER)).toMatchObject({ refused: 'MESSAGE_ENDED' });
});
