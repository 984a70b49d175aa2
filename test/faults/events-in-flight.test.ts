// Timers, messages and called processes in flight while servers die and COMMITs are in doubt: nothing that was
// acknowledged is lost, and nothing happens twice.
import { randomUUID } from 'node:crypto';
import { type ServiceError, status } from '@grpc/grpc-js';
import { expect, onTestFinished, test } from 'vitest';
import { MessageServiceService, SendMessageRequest } from '../../src/gen/baton/v1/messages.js';
import {
  CreateProcessInstanceRequest,
  ProcessInstanceServiceService,
} from '../../src/gen/baton/v1/process_instances.js';
import { CreateProcessRequest, ProcessServiceService } from '../../src/gen/baton/v1/processes.js';
import { TestClient } from '../support/api.js';
import { freshDatabase } from '../support/databases.js';
import { CALLER, deploy, openEngine, send, sendCommand, start, type TestEngine } from '../support/engine.js';
import { sql, until } from '../support/outage.js';
import { PostgresProxy } from '../support/postgres-proxy.js';
import { startServer } from '../support/programs.js';
import { callOf, catching, file, message, timer } from '../support/scenario-model.js';

async function freshUrl(): Promise<string> {
  const { settings, drop } = await freshDatabase();
  if (settings.kind !== 'postgres') throw new Error('this test needs PostgreSQL');
  onTestFinished(drop);
  return settings.url;
}

/** A timer, a message, and a called process with a timer of its own. */
function flight(): string {
  const soon = catching(timer('Duration', 'PT0.2S'));
  const elements = { tick: soon, paid: catching(message('paid', 'order')), call: callOf('inner') };
  return file(
    { id: 'flight', arrows: 'start -> tick -> paid -> call -> end', elements },
    { id: 'inner', arrows: 'start-inner -> tack -> end-inner', elements: { tack: soon } },
  );
}

/** Each instance went its way once, and nothing is left of the way. */
async function expectOnce(url: string, count: number): Promise<void> {
  const numberOf = async (query: string) => Number((await sql(url, `select count(*) from ${query}`))[0]?.[0]);
  const instances = "process_instance where state = 'COMPLETED' and parent_id is";
  expect(await numberOf(`${instances} null`)).toBe(count);
  expect(await numberOf(`${instances} not null`)).toBe(count);
  expect(await numberOf('process_instance')).toBe(2 * count);
  // Eight elements and two processes, each visited once.
  expect(await numberOf('element_instance')).toBe(10 * count);
  expect(await numberOf('message')).toBe(count);
  expect(await numberOf('message_delivery')).toBe(count);
  expect(await numberOf('(select distinct process_instance_id from message_delivery) as receivers')).toBe(count);
  expect(await numberOf('message_subscription')).toBe(0);
  expect(await numberOf("task where type in ('TRIGGER_TIMER', 'MATCH_MESSAGE')")).toBe(0);
}

const ended = (url: string) =>
  sql(url, "select id from process_instance where state = 'COMPLETED' and parent_id is null");

const COUNT = 40;

test('I7, I10, I13, I14: a server is killed with timers due, messages half matched and called processes at work: two others finish all of it, once', async () => {
  const url = await freshUrl();
  const begin = async () => {
    const server = await startServer({ BATON_DATABASE_URL: url, BATON_LOG_LEVEL: 'error' });
    onTestFinished(() => server.kill());
    const client = new TestClient(server.address);
    onTestFinished(() => client.close());
    return { server, client };
  };
  const first = await begin();
  await first.client.call(ProcessServiceService.createProcess, CreateProcessRequest.fromPartial({ bpmnXml: flight() }));
  const starting = (order: number) =>
    CreateProcessInstanceRequest.fromPartial({
      process: { $case: 'bpmnProcess', value: { bpmnProcessId: 'flight' } },
      variablesJson: JSON.stringify({ order }),
      requestId: `start-${order}`,
    });
  const sending = (order: number) =>
    SendMessageRequest.fromPartial({
      ...{ name: 'paid', correlationKey: String(order), requestId: `send-${order}` },
      expirationTimer: { kind: { $case: 'timeDuration', value: 'PT1H' } },
    });
  /** What was not acknowledged is asked for again, with the same request id. */
  const open = new Set(Array.from({ length: COUNT }, (_, order) => order));
  const askAll = async (clients: readonly TestClient[]) => {
    await Promise.all(
      [...open].map(async (order) => {
        const client = clients[order % clients.length];
        try {
          await client?.call(ProcessInstanceServiceService.createProcessInstance, starting(order));
          await client?.call(MessageServiceService.sendMessage, sending(order));
          open.delete(order);
        } catch (error) {
          if (clients.length > 1 || (error as ServiceError).code !== status.UNAVAILABLE) throw error;
        }
      }),
    );
  };
  const asked = askAll([first.client]);
  await until(() => open.size < COUNT);
  await first.server.kill();
  await asked;
  expect((await ended(url)).length).toBeLessThan(COUNT);
  const others = [await begin(), await begin()];
  await askAll(others.map(({ client }) => client));
  await until(async () => (await ended(url)).length === COUNT);
  await expectOnce(url, COUNT);
}, 180_000);

async function sendPaid(engine: TestEngine, order: number): Promise<void> {
  const request = { rpc: 'SendMessage', requestId: `${order}-${randomUUID()}`, hash: 'h' };
  await send(engine, sendCommand('paid', String(order), { expiration: { duration: 'PT1H' } }), { ...CALLER, request });
}

test('I7, I10: the COMMITs of timers, matches and calls are lost on their way or answered to nobody, in turn: each of them happens once', async () => {
  const url = await freshUrl();
  const proxy = await PostgresProxy.start(url);
  onTestFinished(() => proxy.stop());
  const engine = await openEngine({ kind: 'postgres', url: proxy.url }, { lanes: 1 });
  await deploy(engine, flight());
  const orders = Array.from({ length: 8 }, (_, order) => order);
  let breaks = 0;
  let isOver = false;
  const breaking = (async () => {
    for (; !isOver; breaks += 1) await (breaks % 2 === 0 ? proxy.cutAfterNextCommit() : proxy.loseNextCommit());
  })();
  for (const order of orders) {
    await start(engine, 'flight', { order });
    await sendPaid(engine, order);
  }
  await until(async () => (await ended(url)).length === orders.length);
  expect(breaks).toBeGreaterThan(2 * orders.length);
  await expectOnce(url, orders.length);
  isOver = true;
  // One more COMMIT lets the last wait for one end.
  await Promise.all([breaking, start(engine, 'flight', { order: -1 })]);
}, 180_000);
