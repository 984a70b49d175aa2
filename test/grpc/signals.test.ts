// Signals over gRPC: sending, queries with pages, what is refused.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CreateProcessRequest, ProcessServiceService } from '../../src/gen/baton/v1/processes.js';
import {
  SignalServiceService as methods,
  QuerySignalSubscriptionsRequest,
  QuerySignalsRequest,
  SendSignalRequest,
} from '../../src/gen/baton/v1/signals.js';
import { startApi, type TestApi } from '../support/api.js';
import { type FreshDatabase, freshDatabase } from '../support/databases.js';
import { model, signal, startOn } from '../support/scenario-model.js';

let database: FreshDatabase;
let api: TestApi;

beforeAll(async () => {
  database = await freshDatabase();
  api = await startApi(database.settings);
  const bpmnXml = model('go -> work -> end', { go: startOn(signal('opened')) });
  await api.client.call(ProcessServiceService.createProcess, CreateProcessRequest.fromPartial({ bpmnXml }));
});

afterAll(async () => {
  await api.stop();
  await database.drop();
});

const request = (fields: Partial<SendSignalRequest>) => SendSignalRequest.fromPartial({ name: 'opened', ...fields });

test('the answer says how many receive it, and its repetition is the same signal', async () => {
  const first = await api.client.call(methods.sendSignal, request({ requestId: 'r1', variablesJson: '{"amount": 3}' }));
  expect(first.signal).toMatchObject({ name: 'opened', subscriberCount: 1 });
  const again = await api.client.call(methods.sendSignal, request({ requestId: 'r1', variablesJson: '{"amount": 3}' }));
  expect(again.signal?.id).toBe(first.signal?.id);
  const other = api.client.call(methods.sendSignal, request({ requestId: 'r1' }));
  await expect(other).rejects.toMatchObject({ code: 6 });
});

test('variables that are none are refused with their field', async () => {
  const sent = api.client.call(methods.sendSignal, request({ variablesJson: 'no JSON' }));
  await expect(sent).rejects.toMatchObject({ code: 3 });
});

test('signals come in pages, newest first, by what was asked for', async () => {
  for (let i = 0; i < 3; i++) await api.client.call(methods.sendSignal, request({ name: 'listed' }));
  const asked = { name: 'listed', pageSize: 2 };
  const page = await api.client.call(methods.querySignals, QuerySignalsRequest.fromPartial(asked));
  const { nextPageToken: pageToken } = page;
  const rest = await api.client.call(methods.querySignals, QuerySignalsRequest.fromPartial({ ...asked, pageToken }));
  const ids = [...page.results, ...rest.results].map(({ id }) => id);
  expect(ids).toEqual([...ids].sort((one, other) => other - one));
  expect(ids).toHaveLength(3);
});

test('start events are among what waits for signals', async () => {
  const asked = QuerySignalSubscriptionsRequest.fromPartial({ name: 'opened', startEvents: true });
  const { results } = await api.client.call(methods.querySignalSubscriptions, asked);
  expect(results).toMatchObject([{ bpmnElementId: 'go', processInstanceId: undefined }]);
  const waiting = { ...asked, startEvents: false };
  expect((await api.client.call(methods.querySignalSubscriptions, waiting)).results).toEqual([]);
});
