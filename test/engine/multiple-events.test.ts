// Events with several definitions on a database: what has happened is a row, found again by what happens last.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../support/databases.js';
import {
  deploy,
  instancesOf,
  openEngine,
  sendCommand,
  send as sendTo,
  start,
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

async function send(name: string, correlationKey: string, value: number): Promise<void> {
  const variables = [{ name, data: { encoding: 'json', value: String(value), encrypted: false } }];
  await sendTo(engine, sendCommand(name, correlationKey, { variables }));
}

const instances = (bpmnProcessId: string) => instancesOf(engine, bpmnProcessId);

test('an event that needs two messages goes on with the second, and has the variables of both', async () => {
  const [id, paid, packed] = [fresh(), fresh(), fresh()];
  const wait = all(catching(message(paid, 'order') + message(packed, 'order')));
  await deploy(engine, file({ id, arrows: 'start -> wait -> end', elements: { wait } }));
  const instance = await start(engine, id, { order: 'A' });
  await send(paid, 'A', 7);
  const state = async () => (await engine.engine.reader.processInstance(instance, ['']))?.row.state;
  expect(await state()).toBe('STARTED');
  await send(packed, 'A', 2);
  expect(await state()).toBe('COMPLETED');
  const variables = await engine.engine.reader.processVariables(instance, [paid, packed], ['']);
  expect(variables?.map(({ row }) => row.data?.value).sort()).toEqual(['2', '7']);
});

test('each message of a multiple start event starts an instance', async () => {
  const [id, asked, called] = [fresh(), fresh(), fresh()];
  const begin = { tag: 'startEvent', body: message(asked) + message(called) };
  await deploy(engine, file({ id, arrows: 'begin -> end', elements: { begin } }));
  await send(asked, 'A', 1);
  await send(called, 'B', 2);
  expect((await instances(id)).map(({ row }) => row.correlationKey).sort()).toEqual(['A', 'B']);
});

test('each message behind a gateway that instantiates starts an instance', async () => {
  const [id, asked, called] = [fresh(), fresh(), fresh()];
  const first = { ...eventGateway(), attributes: { instantiate: 'true' } };
  const elements = { first, a: catching(message(asked)), b: catching(message(called)) };
  await deploy(engine, file({ id, arrows: 'first -> a -> end; first -> b -> end', elements }));
  await send(asked, 'A', 1);
  await send(called, 'B', 2);
  expect((await instances(id)).map(({ row }) => row.state)).toEqual(['COMPLETED', 'COMPLETED']);
});
