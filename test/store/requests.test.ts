import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RequestRow } from '../../src/engine/ports/lane.js';
import { changes, NOWHERE, type Opened, openFresh, openLane } from './support/opened.js';
import { TODAY } from './support/rows.js';

let opened: Opened;
beforeAll(async () => {
  opened = await openFresh();
});
afterAll(() => opened.close());

function request(requestId: string, rest: Partial<RequestRow> = {}): RequestRow {
  const key = { tenantId: '', principal: 'p', rpc: 'CreateProcessInstance', requestId };
  return { ...key, hash: 'h', reference: 256, partition: null, ...rest };
}

const commit = { changes: changes({}), oldMark: null, refusedRequests: [] };

test('a first request inserts its row; a repetition gets what is stored', async () => {
  const lane = await openLane(opened.store);
  const first = await lane.begin({ ...NOWHERE, requests: [request('a')] });
  expect(first.requests).toEqual([null]);
  await lane.commit({ ...commit, mark: crypto.randomUUID() });
  const again = await lane.begin({
    ...NOWHERE,
    requests: [request('b'), request('a', { hash: 'other', reference: 512 })],
  });
  expect(again.requests).toEqual([null, { hash: 'h', reference: { partition: TODAY, id: 256 } }]);
});

test('of two equal requests in one group the second meets the first', async () => {
  const lane = await openLane(opened.store);
  const requests = [request('c', { reference: 1 }), request('c', { reference: 2 })];
  const located = await lane.begin({ ...NOWHERE, requests });
  expect(located.requests).toEqual([null, { hash: 'h', reference: { partition: TODAY, id: 1 } }]);
});

test('the key is tenant, principal, call and id', async () => {
  const lane = await openLane(opened.store);
  const others = [{ tenantId: 't' }, { principal: 'q' }, { rpc: 'CancelProcessInstance' }, { requestId: 'e' }, {}];
  const requests = others.map((other) => request('d', other));
  expect((await lane.begin({ ...NOWHERE, requests })).requests).toEqual([null, null, null, null, null]);
});

test('a request that addresses a row stores its day', async () => {
  const lane = await openLane(opened.store);
  await lane.begin({ ...NOWHERE, requests: [request('f', { partition: '2026-01-02' })] });
  await lane.commit({ ...commit, mark: crypto.randomUUID() });
  const located = await lane.begin({ ...NOWHERE, requests: [request('f')] });
  expect(located.requests).toEqual([{ hash: 'h', reference: { partition: '2026-01-02', id: 256 } }]);
});

test('a refusal deletes its row: the id can be used again', async () => {
  const lane = await openLane(opened.store);
  await lane.begin({ ...NOWHERE, requests: [request('g')] });
  await lane.commit({ ...commit, mark: crypto.randomUUID(), refusedRequests: [request('g')] });
  expect((await lane.begin({ ...NOWHERE, requests: [request('g')] })).requests).toEqual([null]);
});

test('a row of a group that rolled back was never there', async () => {
  const lane = await openLane(opened.store);
  await lane.begin({ ...NOWHERE, requests: [request('i')] });
  await lane.rollback();
  expect((await lane.begin({ ...NOWHERE, requests: [request('i')] })).requests).toEqual([null]);
});

test('two lanes with the same request: one inserts, the other waits and meets its row', async ({ skip }) => {
  if (opened.store.maxLanes === 1) skip('PGlite has one lane');
  const [one, other] = [await openLane(opened.store), await openLane(opened.store)];
  expect((await one.begin({ ...NOWHERE, requests: [request('j', { reference: 1 })] })).requests).toEqual([null]);
  const waiting = other.begin({ ...NOWHERE, requests: [request('j', { reference: 2 })] });
  await one.commit({ ...commit, mark: crypto.randomUUID() });
  expect((await waiting).requests).toEqual([{ hash: 'h', reference: { partition: TODAY, id: 1 } }]);
});
