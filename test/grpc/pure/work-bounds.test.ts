// What a worker stream holds in memory is bounded, however its worker behaves (I8).
import { expect, test } from 'vitest';
import { STREAM_BACKLOG_BYTES, STREAM_OUTCOMES } from '../../../src/grpc/limits.js';
import { delivery, replyTo } from '../../support/fake-engine.js';
import { complete, credit, hello, outcomes, quiet, TestStream } from '../../support/work-stream.js';

const MILLION = 1_000_000;
const large = (id: number) => delivery(id, JSON.stringify('x'.repeat(MILLION)));

/** What the engine was granted in bytes, in all. */
function grantedBytes({ engine }: TestStream): number {
  return engine.calls.reduce((sum, call) => {
    const [, , bytes] = /^grant (\d+)(?: bytes (-?\d+))?$/.exec(call) ?? [];
    return sum + (call.startsWith('grant') ? Number(bytes ?? STREAM_BACKLOG_BYTES) : 0);
  }, 0);
}

async function opened(): Promise<TestStream> {
  const stream = new TestStream();
  await stream.send(hello());
  return stream;
}

test('a worker that names no byte budget has that of a backlog, and more when its jobs are on their way', async () => {
  const stream = await opened();
  await stream.send(credit(10_000));
  expect(grantedBytes(stream)).toBe(STREAM_BACKLOG_BYTES);
  for (let id = 1; id <= 10; id++) stream.engine.sink?.deliver(large(id));
  await quiet();
  expect(stream.engine.weighed).toBeGreaterThan(10 * MILLION);
  expect(grantedBytes(stream) - stream.engine.weighed).toBe(STREAM_BACKLOG_BYTES);
});

test('a worker that reads nothing gets no more bytes, whatever it grants', async () => {
  const stream = await opened();
  await stream.send(credit(5_000, 2 ** 40));
  stream.stopReading();
  for (let id = 1; id <= 10; id++) stream.engine.sink?.deliver(large(id));
  await quiet();
  await stream.send(credit(5_000, 2 ** 40));
  expect(grantedBytes(stream)).toBe(STREAM_BACKLOG_BYTES);
  await stream.goOnReading();
  expect(grantedBytes(stream) - stream.engine.weighed).toBe(STREAM_BACKLOG_BYTES);
});

test('small jobs are no reason to tell the engine of bytes', async () => {
  const stream = await opened();
  await stream.send(credit(100));
  for (let id = 1; id <= 100; id++) stream.engine.sink?.deliver(delivery(id));
  await quiet();
  expect(stream.engine.calls.filter((call) => call.startsWith('grant'))).toHaveLength(1);
});

test('a stream is not read while too many of its outcomes are being applied', async () => {
  const stream = await opened();
  const applied = waiting(stream);
  for (let i = 0; i < STREAM_OUTCOMES + 10; i++) await stream.send(outcomes(complete(i + 1, i + 1)));
  expect(stream.unread).toBe(10);
  expect(stream.engine.commands).toHaveLength(STREAM_OUTCOMES);
  applied();
  await quiet();
  expect(stream.unread).toBe(0);
});

test('a stream is not read while the outcomes that are being applied are too large', async () => {
  const stream = await opened();
  const applied = waiting(stream);
  const variablesJson = JSON.stringify({ large: 'x'.repeat(MILLION) });
  for (let i = 0; i < 40; i++) await stream.send(outcomes(complete(i + 1, i + 1, { variablesJson })));
  expect(stream.engine.commands).toHaveLength(Math.ceil(STREAM_BACKLOG_BYTES / (MILLION + 100)));
  applied();
  await quiet();
  expect(stream.engine.commands).toHaveLength(40);
});

/** Outcomes are not answered before the function that comes back is called. */
function waiting({ engine }: TestStream): () => void {
  let open: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  engine.answer = async (command) => {
    await gate;
    return replyTo(command);
  };
  return open;
}
