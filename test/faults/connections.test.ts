import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EngineServiceService } from '../../src/gen/baton/v1/engine.js';
import { STREAMS_PER_CONNECTION } from '../../src/grpc/limits.js';
import { type Refused, readRefusal, startApi, type TestApi, TestClient } from '../support/api.js';
import { type FreshDatabase, freshDatabase } from '../support/databases.js';
import { FLAG, FRAME, headersOf, RawHttp2 } from '../support/raw-http2.js';

// What a hostile or broken peer does to its connection is that connection's trouble: the others are served.

const INFO = EngineServiceService.getEngineInfo;
const { path: INFO_PATH } = INFO;
const LIMIT = 6;

const opened: { close(): void }[] = [];
let database: FreshDatabase;
/** Lets few connections in. */
let small: TestApi;
/** Wants its pings answered soon. */
let strict: TestApi;
beforeAll(async () => {
  database = await freshDatabase();
  small = await startApi(database.settings, {}, { connections: LIMIT });
  strict = await startApi(database.settings, {}, { keepaliveMs: { time: 1_000, timeout: 3_000 } });
});
afterAll(async () => {
  for (const client of opened) client.close();
  await Promise.all([small.stop(), strict.stop()]);
  await database.drop();
});

async function raw({ serving }: TestApi, open = RawHttp2.open): Promise<RawHttp2> {
  const client = await open(serving.address);
  opened.push(client);
  return client;
}

test('I8: a connection beyond the limit is told so and closed, and those that are there are served', async () => {
  await small.client.call(INFO, {});
  const inside: RawHttp2[] = [];
  while (inside.length < LIMIT - 1) inside.push(await raw(small));
  await Promise.all(inside.map((client) => client.pinged()));

  const outside = await raw(small);
  const { payload } = await outside.first(({ type }) => type === FRAME.goaway);
  expect(payload.subarray(8).toString()).toContain(`${LIMIT} connections, which is its limit`);
  await outside.closed;

  const client = new TestClient(small.serving.address);
  opened.push(client);
  const refused = await client.call(INFO, {}).then(
    () => undefined,
    (error): Refused => readRefusal(error),
  );
  expect(refused?.code).toBe(14);
  expect((await small.client.call(INFO, {})).version).toBe('test');

  inside[0]?.close();
  await expect
    .poll(() =>
      raw(small).then((next) =>
        next.pinged().then(
          () => 'in',
          () => 'out',
        ),
      ),
    )
    .toBe('in');
});

test('a connection that begins a call and answers pings may be slow', async () => {
  const slow = await raw(strict);
  slow.call(INFO_PATH);
  const pings = () => slow.frames.filter(({ type, flags }) => type === FRAME.ping && (flags & FLAG.ack) === 0).length;
  await expect.poll(pings, { timeout: 20_000 }).toBeGreaterThan(2);
  expect(slow.over).toBe(false);
});

test('a connection is told how many streams it may have', async () => {
  const client = await raw(strict);
  const { payload } = await client.first(({ type, flags }) => type === FRAME.settings && (flags & FLAG.ack) === 0);
  const settings = new Map<number, number>();
  for (let at = 0; at < payload.length; at += 6) settings.set(payload.readUInt16BE(at), payload.readUInt32BE(at + 2));
  expect(settings.get(MAX_CONCURRENT_STREAMS)).toBe(STREAMS_PER_CONNECTION);
});

const offences: Readonly<Record<string, (client: RawHttp2) => void | Promise<void>>> = {
  'stops in the middle of its headers': (client) =>
    void client.send(FRAME.headers, 0, 1, headersOf(INFO_PATH).subarray(0, 20)),
  'opens more streams than it may': (client) => {
    for (let i = 0; i <= STREAMS_PER_CONNECTION; i++) client.call(INFO_PATH, 2 * i + 1);
  },
  'sends more metadata than fits': (client) => {
    const block = headersOf(INFO_PATH, { large: 'x'.repeat(100_000) });
    for (let at = 0; at < block.length; at += PIECE) {
      const flags = at + PIECE >= block.length ? FLAG.endHeaders : 0;
      client.send(at === 0 ? FRAME.headers : FRAME.continuation, flags, 1, block.subarray(at, at + PIECE));
    }
  },
  'sends headers that never end': (client) =>
    flood(client, (turn) => client.send(turn === 0 ? FRAME.headers : FRAME.continuation, 0, 1, headersOf('/x'))),
  'sends pings and reads nothing': (client) => flood(client, () => client.send(FRAME.ping, 0, 0, Buffer.alloc(8))),
  'sends settings and reads nothing': (client) => flood(client, () => client.send(FRAME.settings)),
  'resets its calls and reads nothing': (client) =>
    flood(client, (turn) => {
      client.call(INFO_PATH, 2 * turn + 1);
      return client.send(FRAME.resetStream, 0, 2 * turn + 1, Buffer.alloc(4));
    }),
};

describe.concurrent('a connection is closed that', () => {
  test('says nothing and answers no ping', async ({ expect }) => {
    const silent = await raw(strict, RawHttp2.connect);
    await silent.closed;
    expect(silent.frames.map(({ type }) => type)).toEqual([FRAME.settings, FRAME.ping, FRAME.goaway]);
  });

  test.each(Object.entries(offences))('%s', async (_what, offend) => {
    const client = await raw(strict);
    await client.pinged();
    await offend(client);
    await client.closed;
  });
});

test('after all that, others are served', async () => {
  expect((await strict.client.call(INFO, {})).version).toBe('test');
});

const MAX_CONCURRENT_STREAMS = 3;
const PIECE = 16_000;

/** Sends as fast as the server reads, until the connection is over. */
async function flood(client: RawHttp2, next: (turn: number) => boolean): Promise<void> {
  client.socket.pause();
  for (let turn = 0; !client.over; turn++) {
    const drained = () => new Promise((resolve) => client.socket.once('drain', resolve));
    if (!next(turn)) await Promise.race([client.closed, drained()]);
    if (turn % 100 === 0) await new Promise(setImmediate);
  }
}
