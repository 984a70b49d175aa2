// Signals end to end: all who wait when one is sent are reached, once each, and nobody else.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SendSignal } from '../../src/core/command.js';
import { isRefusal } from '../../src/core/refusal.js';
import type { Ref } from '../../src/core/state.js';
import type { SignalView } from '../../src/engine/reader.js';
import { type FreshDatabase, freshDatabase } from '../support/databases.js';
import { CALLER, complete, deploy, lock, openEngine, start, type TestEngine } from '../support/engine.js';
import { boundary, catching, file, service, signal, startOn, throwing } from '../support/scenario-model.js';

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
const fresh = (): string => `s-${randomUUID()}`;

async function send(name: string, more: Partial<SendSignal> = {}, caller = CALLER): Promise<SignalView> {
  const sent = await engine.engine.sendSignal(
    { tenantId: '', name, variables: [], traceParent: null, by: 'test', ...more },
    caller,
  );
  if (isRefusal(sent)) throw new Error(sent.message);
  return read({ id: sent.id });
}

async function read(filter: { readonly id?: number; readonly name?: string }): Promise<SignalView> {
  const page = await engine.engine.reader.signals({ ...filter, tenantIds: [''] }, { size: 1, token: '', offset: 0 });
  const view = isRefusal(page) ? undefined : page.results[0];
  if (view === undefined) throw new Error('there is no such signal');
  return view;
}

async function ended(...instances: readonly Ref[]): Promise<void> {
  for (const instance of instances) await engine.engine.ended(instance, new AbortController().signal);
}

async function valueIn(instance: Ref, name: string): Promise<string | undefined> {
  const found = await engine.engine.reader.processVariables(instance, [name], ['']);
  return found?.[0]?.row.data?.value;
}

const waiting = (id: string, name: string) =>
  file({ id, arrows: 'start -> wait -> end', elements: { wait: catching(signal(name)) } });

const amount = [{ name: 'amount', data: { encoding: 'json', value: '3', encrypted: false } }];

describe('those who wait', () => {
  test('are all reached, in more than one step, with the variables; who comes later is not', async () => {
    const name = fresh();
    await deploy(engine, waiting(name, name));
    const instances: Ref[] = [];
    for (let i = 0; i < 230; i++) instances.push(await start(engine, name, {}));
    const { row } = await send(name, { variables: amount });
    expect(row.subscriberCount).toBe(230);
    const late = await start(engine, name, {});
    await ended(...instances);
    expect(await valueIn(instances[0] as Ref, 'amount')).toBe('3');
    expect((await send(name)).row.subscriberCount).toBe(1);
    await ended(late);
    expect((await read({ id: row.id })).pendingCount).toBe(0);
  });

  test('are those of the tenant', async () => {
    const name = fresh();
    await deploy(engine, waiting(name, name));
    await start(engine, name, {});
    const sent = await engine.engine.sendSignal(
      { tenantId: 'other', name, variables: [], traceParent: null, by: 'test' },
      { ...CALLER, tenantIds: ['other'] },
    );
    if (isRefusal(sent)) throw new Error(sent.message);
    const page = await engine.engine.reader.signals(
      { id: sent.id, tenantIds: ['other'] },
      { size: 1, token: '', offset: 0 },
    );
    expect(page).toMatchObject({ results: [{ row: { subscriberCount: 0 } }] });
  });

  test('at the border of a task: an interrupting signal ends the task, another one leaves it', async () => {
    const name = fresh();
    await deploy(
      engine,
      file({
        id: name,
        arrows: 'start -> work -> end; tell -> note -> endTell; stop -> clean -> endStop',
        elements: {
          work: service({ topic: `${name}-work` }),
          note: service({ topic: `${name}-note` }),
          clean: service({ topic: `${name}-clean` }),
          tell: boundary('work', signal(`${name}-tell`), { interrupting: false }),
          stop: boundary('work', signal(`${name}-stop`)),
        },
      }),
    );
    const instance = await start(engine, name, {});
    await send(`${name}-tell`);
    const [note] = await lock(engine, `${name}-note`);
    await send(`${name}-stop`);
    const [clean] = await lock(engine, `${name}-clean`);
    for (const job of [note, clean]) if (job !== undefined) await complete(engine, job);
    await ended(instance);
    expect((await send(`${name}-tell`)).row.subscriberCount).toBe(0);
  });
});

describe('start events', () => {
  test('each start an instance, of the newest version alone', async () => {
    const name = fresh();
    const started = (topic: string) =>
      file({
        id: name,
        arrows: 'go -> work -> end',
        elements: { go: startOn(signal(name)), work: service({ topic }) },
      });
    await deploy(engine, started(name));
    expect((await send(name)).row.subscriberCount).toBe(1);
    await lock(engine, name);
    const version = await deploy(engine, started(`${name}-new`));
    expect((await send(name, { variables: amount })).row.subscriberCount).toBe(1);
    const [job] = await lock(engine, `${name}-new`);
    expect(job?.job.processId).toBe(version);
    expect(job?.variables).toMatchObject([{ name: 'amount' }]);
  });
});

test('a signal that a process throws reaches those who wait, and not what its own tree waits for later', async () => {
  const name = fresh();
  await deploy(engine, waiting(`${name}-wait`, name));
  await deploy(
    engine,
    file({
      id: `${name}-throw`,
      arrows: 'start -> tell -> wait -> end',
      elements: { tell: throwing(signal(name), { inputs: { amount: '=3' } }), wait: catching(signal(name)) },
    }),
  );
  const instance = await start(engine, `${name}-wait`, {});
  const thrower = await start(engine, `${name}-throw`, {});
  await ended(instance);
  expect(await valueIn(instance, 'amount')).toBe('3');
  expect((await read({ name })).row).toMatchObject({ subscriberCount: 1, thrownBy: expect.any(Number) });
  expect((await send(name)).row.subscriberCount).toBe(1);
  await ended(thrower);
});

test('a request that is repeated sends one signal', async () => {
  const name = fresh();
  const request = { rpc: 'SendSignal', requestId: name, hash: 'h' };
  const first = await send(name, {}, { ...CALLER, request });
  expect((await send(name, {}, { ...CALLER, request })).row.id).toBe(first.row.id);
  const other = await engine.engine.sendSignal(
    { tenantId: '', name, variables: [], traceParent: null, by: 'test' },
    { ...CALLER, request: { ...request, hash: 'other' } },
  );
  expect(other).toMatchObject({ refused: 'REQUEST_ID_REUSED' });
});

test('a suspended instance is reached when it is resumed', async () => {
  const name = fresh();
  await deploy(engine, waiting(name, name));
  const instance = await start(engine, name, {});
  const suspension = { instance, includeCalled: false, by: 'test' };
  await engine.engine.submit({ type: 'suspendProcessInstance', ...suspension }, CALLER);
  const { row } = await send(name);
  expect(row.subscriberCount).toBe(1);
  await engine.engine.submit({ type: 'resumeProcessInstance', ...suspension }, CALLER);
  await ended(instance);
  expect((await read({ id: row.id })).pendingCount).toBe(0);
});
