// Messages over gRPC: one, many and a stream; queries with pages; what is refused.
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  MessageServiceService as methods,
  QueryMessageSubscriptionsRequest,
  QueryMessagesRequest,
  SendMessageRequest,
  SendMessagesRequest,
} from '../../src/gen/baton/v1/messages.js';
import { CreateProcessRequest, ProcessServiceService } from '../../src/gen/baton/v1/processes.js';
import { refusalOf, startApi, type TestApi } from '../support/api.js';
import { type FreshDatabase, freshDatabase } from '../support/databases.js';
import { startedBy } from '../support/message-models.js';

let database: FreshDatabase;
let api: TestApi;

beforeAll(async () => {
  database = await freshDatabase();
  api = await startApi(database.settings);
});

afterAll(async () => {
  await api.stop();
  await database.drop();
});

const message = (fields: Partial<SendMessageRequest>) =>
  SendMessageRequest.fromPartial({ name: 'paid', correlationKey: '17', ...fields });

const hour = { kind: { $case: 'timeDuration', value: 'PT1H' } } as const;

async function deploy(bpmnXml: string): Promise<void> {
  await api.client.call(ProcessServiceService.createProcess, CreateProcessRequest.fromPartial({ bpmnXml }));
}

test('a message that starts an instance says so, and its repetition gets the same answer', async () => {
  await deploy(startedBy('on-paid', 'paid', 'ship'));
  const request = message({ requestId: 'r1', variablesJson: '{"amount": 3}' });
  const first = await api.client.call(methods.sendMessage, request);
  expect(first.message).toMatchObject({ correlated: true, deliveries: [{ bpmnProcessId: 'on-paid', started: true }] });
  const again = await api.client.call(methods.sendMessage, request);
  expect(again.message?.deliveries).toEqual(first.message?.deliveries);
});

test('of many, each has its own result', async () => {
  const requests = [message({ name: 'nobody', expirationTimer: hour }), message({ variablesJson: 'no JSON' })];
  const { results } = await api.client.call(methods.sendMessages, SendMessagesRequest.fromPartial({ requests }));
  expect(results.map(({ result }) => result?.$case)).toEqual(['sent', 'error']);
});

test('a message is kept until the first time of its cycle, and one that is no cycle is refused', async () => {
  const kept = (value: string) =>
    api.client.call(
      methods.sendMessage,
      message({ name: 'nobody', expirationTimer: { kind: { $case: 'timeCycle', value } } }),
    );
  const { message: monthly } = await kept('0 0 1 * *');
  const expiresAt = monthly?.expiresAt ?? new Date(0);
  expect(expiresAt.toISOString()).toMatch(/-01T00:00:00.000Z$/);
  expect(expiresAt > (monthly?.createdAt ?? expiresAt)).toBe(true);
  const refused = await refusalOf(kept('often'));
  expect(refused).toMatchObject({ reason: 'TIMER_INVALID', fields: ['expiration_timer.time_cycle'] });
});

test('messages come in pages, newest first, by what was asked for', async () => {
  for (let i = 0; i < 3; i++) {
    await api.client.call(methods.sendMessage, message({ name: 'listed', expirationTimer: hour }));
  }
  const page = await api.client.call(
    methods.queryMessages,
    QueryMessagesRequest.fromPartial({ name: 'listed', correlated: false, pageSize: 2 }),
  );
  const rest = await api.client.call(
    methods.queryMessages,
    QueryMessagesRequest.fromPartial({
      ...{ name: 'listed', correlated: false, pageSize: 2 },
      pageToken: page.nextPageToken,
    }),
  );
  const ids = [...page.results, ...rest.results].map(({ id }) => id);
  expect(ids).toEqual([...ids].sort((one, other) => other - one));
  expect(ids).toHaveLength(3);
});

test('start events are among what waits for messages', async () => {
  const request = QueryMessageSubscriptionsRequest.fromPartial({ name: 'paid', startEvents: true });
  const { results } = await api.client.call(methods.queryMessageSubscriptions, request);
  expect(results).toMatchObject([{ bpmnElementId: 'start', correlationKey: '', processInstanceId: undefined }]);
});
