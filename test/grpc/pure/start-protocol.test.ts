// The protocol of a stream of starts: credit, answers, heartbeats, drain, and every way to end.
import { describe, expect, test } from 'vitest';
import { BadRequest, ErrorInfo } from '../../../src/gen/google/rpc/error_details.js';
import type { Status } from '../../../src/gen/google/rpc/status.js';
import { ANSWERS_BYTES, STREAM_BACKLOG_BYTES, STREAM_REQUESTS } from '../../../src/grpc/limits.js';
import { startOf, startsOf, TestStarts } from '../../support/start-stream.js';
import { quiet } from '../../support/work-stream.js';

async function openStream(): Promise<TestStarts> {
  const stream = new TestStarts();
  await quiet();
  return stream;
}

const beat = 5_000;

function detail<T>(status: Status | undefined, type: string, decode: (bytes: Uint8Array) => T): T | undefined {
  const found = status?.details.find(({ typeUrl }) => typeUrl.endsWith(type));
  return found === undefined ? undefined : decode(found.value);
}

describe('credit', () => {
  test('comes first, before any request', async () => {
    const stream = await openStream();
    expect(stream.messages).toEqual([{ credit: STREAM_REQUESTS, results: [], drainTimeLeft: undefined }]);
  });

  test('comes again with the answers, one for each, and only as they leave (I8)', async () => {
    const stream = await openStream();
    await stream.send(...startsOf(3));
    expect(stream.messages).toHaveLength(1);
    await stream.answer('a-2');
    expect(stream.messages[1]).toMatchObject({ credit: 1, results: [{ requestId: 'a-2' }] });
    stream.stopReading();
    await stream.answer('a-1');
    await stream.answer('a-3');
    expect(stream.credit).toBe(STREAM_REQUESTS + 2);
    await stream.goOnReading();
    expect(stream.credit).toBe(STREAM_REQUESTS + 3);
  });

  test('bounds what the server keeps for a reader that does not read', async () => {
    const stream = await openStream();
    const [first = startOf(''), ...others] = [...startsOf(1_000), ...startsOf(1_000, 'b')];
    await stream.send(first, ...others.slice(0, 999));
    await stream.send(...others.slice(999));
    stream.stopReading();
    // It had asked for one more message.
    await stream.answer(first.requestId);
    await stream.answer(...others.map(({ requestId }) => requestId));
    await stream.send(startOf('c-1'));
    expect(stream.started).toHaveLength(STREAM_REQUESTS + 1);
    await stream.send(startOf('c-2'));
    expect(stream.started).toHaveLength(STREAM_REQUESTS + 1);
    await stream.goOnReading();
    expect(stream.end).toMatchObject({ refused: 'PROTOCOL_VIOLATION' });
  });

  test('that is not there ends the stream, and nothing of that message is started', async () => {
    const stream = await openStream();
    await stream.send(...startsOf(1_000));
    await stream.send(...startsOf(999, 'b'));
    await stream.send(startOf('c-1'), startOf('c-2'));
    expect(stream.started).toHaveLength(1_999);
    expect(stream.end).toMatchObject({ refused: 'PROTOCOL_VIOLATION' });
  });

  test('is not granted by heartbeats', async () => {
    const stream = await openStream();
    await stream.send();
    await stream.pass(beat);
    await stream.send();
    await stream.pass(beat);
    expect(stream.messages.length).toBeGreaterThan(1);
    expect(stream.credit).toBe(STREAM_REQUESTS);
  });
});

describe('answers', () => {
  test('come in any order, with the id of their request', async () => {
    const stream = await openStream();
    await stream.send(...startsOf(3));
    await stream.answer('a-3');
    await stream.answer('a-1');
    expect(stream.answered).toEqual(['a-3', 'a-1']);
    expect(stream.results[0]?.result?.result).toMatchObject({ value: { message: 'answer to a-3' } });
  });

  test('that are ready in the same turn leave in one message', async () => {
    const stream = await openStream();
    await stream.send(...startsOf(100));
    await stream.answer(...startsOf(100).map(({ requestId }) => requestId));
    expect(stream.messages).toHaveLength(2);
    expect(stream.messages[1]).toMatchObject({ credit: 100 });
    expect(stream.messages[1]?.results).toHaveLength(100);
  });

  test('that are large together are spread over messages', async () => {
    const stream = await openStream();
    const tags = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`tag-${index}`, 'ä'.repeat(1_000)]));
    const requests = startsOf(40);
    await stream.send(...requests);
    await stream.succeed(tags, ...requests.map(({ requestId }) => requestId));
    expect(stream.answered).toEqual(requests.map(({ requestId }) => requestId));
    expect(Math.max(...stream.sizes)).toBeLessThanOrEqual(ANSWERS_BYTES);
    expect(stream.sizes.length).toBeGreaterThan(4);
    expect(stream.credit).toBe(STREAM_REQUESTS + 40);
  });

  test('to a request with faults say which, and its neighbours are started', async () => {
    const stream = await openStream();
    const variables = [{ name: 'no name', data: undefined }];
    await stream.send(startOf('good'), startOf('bad', { variables, tenantId: '!' }), startOf('fine'));
    expect(stream.started).toEqual(['good', 'fine']);
    expect(stream.answered).toEqual(['bad']);
    const result = stream.results[0]?.result?.result;
    const status = result?.$case === 'error' ? result.value : undefined;
    expect(detail(status, 'ErrorInfo', ErrorInfo.decode)?.reason).toBe('REQUEST_INVALID');
    const fields = detail(status, 'BadRequest', BadRequest.decode)?.fieldViolations.map(({ field }) => field);
    expect(fields).toEqual(expect.arrayContaining(['variables[0].name', 'tenant_id']));
    await stream.answer('good', 'fine');
    expect(stream.credit).toBe(STREAM_REQUESTS + 3);
  });
});

describe('a stream ends', () => {
  test.each([
    ['a request without id', startOf(''), 'requests[1].request_id'],
    ['a request that wants to wait', startOf('b', { awaitEnd: { variableNames: [] } }), 'requests[1].await_end'],
  ])('with PROTOCOL_VIOLATION at %s, and starts nothing of its message', async (_, bad, field) => {
    const stream = await openStream();
    await stream.send(startOf('a'), bad);
    expect(stream.started).toEqual([]);
    expect(stream.end).toMatchObject({ refused: 'PROTOCOL_VIOLATION', field });
  });

  test('with REQUEST_INVALID at what can not be answered', async () => {
    for (const bytes of [Buffer.from([0xff, 0xff]), Buffer.from([0x0a, 0x05, 0x82, 0x02, 0x02, 0xff, 0xff])]) {
      const stream = await openStream();
      await stream.sendBytes(bytes);
      expect(stream.end).toMatchObject({ refused: 'REQUEST_INVALID' });
      expect(stream.started).toEqual([]);
    }
    const stream = await openStream();
    await stream.send(startOf('x'.repeat(101)));
    expect(stream.end).toMatchObject({ refused: 'REQUEST_INVALID' });
  });

  test('with REQUEST_INVALID at more than 1,000 requests in one message', async () => {
    const stream = await openStream();
    await stream.send(...startsOf(1_001));
    expect(stream.end).toMatchObject({ refused: 'REQUEST_INVALID' });
    expect(stream.started).toEqual([]);
  });

  test('with OK when the client has closed its side and all is answered', async () => {
    const stream = await openStream();
    await stream.send(...startsOf(2));
    await stream.answer('a-1');
    await stream.closeRequests();
    expect(stream.end).toBeUndefined();
    await stream.pass(10 * beat);
    expect(stream.end).toBeUndefined();
    await stream.answer('a-2');
    expect(stream.answered).toEqual(['a-1', 'a-2']);
    expect(stream.end).toBeNull();
    expect(stream.settled).toBe(true);
    expect(stream.clock.waiting).toBe(0);
  });

  test('when the transport goes, and is settled when the engine has answered', async () => {
    const stream = await openStream();
    await stream.send(...startsOf(1));
    await stream.cut();
    expect(stream.end).toBeNull();
    expect(stream.settled).toBe(false);
    await stream.answer('a-1');
    expect(stream.settled).toBe(true);
    expect(stream.answered).toEqual([]);
    expect(stream.clock.waiting).toBe(0);
  });
});

describe('heartbeats', () => {
  test('of the server come when it has sent nothing else for an interval, and are empty', async () => {
    const stream = await openStream();
    await stream.pass(beat);
    expect(stream.messages).toHaveLength(1);
    await stream.send();
    await stream.pass(beat);
    expect(stream.sizes.slice(1)).toEqual([0]);
    await stream.send(startOf('a'));
    await stream.answer('a');
    await stream.pass(beat);
    expect(stream.messages).toHaveLength(3);
  });

  test('of the client keep the stream alive, and so does any request', async () => {
    const stream = await openStream();
    for (let time = 0; time < 10; time += 1) {
      await stream.pass(2 * beat);
      if (time % 2 === 0) await stream.send();
      else await stream.send(startOf(`a-${time}`));
    }
    expect(stream.end).toBeUndefined();
  });

  test('that stay away for three intervals end the stream', async () => {
    const stream = await openStream();
    await stream.pass(3 * beat - 1);
    expect(stream.end).toBeUndefined();
    await stream.pass(1);
    expect(stream.end).toMatchObject({ refused: 'STREAM_SILENT' });
    expect(stream.clock.waiting).toBe(0);
  });

  test('do not pile up for a reader that does not read', async () => {
    const stream = await openStream();
    stream.stopReading();
    for (let time = 0; time < 10; time += 1) {
      await stream.send();
      await stream.pass(beat);
    }
    await stream.goOnReading();
    expect(stream.messages.length).toBeLessThanOrEqual(3);
  });
});

describe('large requests', () => {
  test('stop the reading until there is room, and the client is not taken for silent', async () => {
    const stream = await openStream();
    const value = 'x'.repeat(STREAM_BACKLOG_BYTES / 16);
    const variables = Array.from('abcdefgh', (name) => ({ name, data: { encoding: 'text', value, encrypted: false } }));
    await stream.send(startOf('a', { variables }));
    await stream.send(startOf('b', { variables }));
    await stream.send(startOf('c'));
    expect(stream.started).toEqual(['a', 'b']);
    expect(stream.unread).toBe(1);
    await stream.pass(10 * beat);
    expect(stream.end).toBeUndefined();
    await stream.answer('a');
    expect(stream.started).toEqual(['a', 'b', 'c']);
  });
});

describe('drain', () => {
  test('says how long is left; what was sent is answered, without new credit', async () => {
    const stream = await openStream();
    await stream.send(startOf('a'));
    await stream.drain(20_000);
    expect(stream.messages.at(-1)).toMatchObject({ drainTimeLeft: { seconds: 20, nanos: 0 } });
    await stream.send(startOf('b'));
    await stream.answer('a', 'b');
    expect(stream.answered).toEqual(['a', 'b']);
    expect(stream.credit).toBe(STREAM_REQUESTS);
    await stream.closeRequests();
    expect(stream.end).toBeNull();
    expect(stream.clock.waiting).toBe(0);
  });

  test('closes the stream when the time is over, after all answers', async () => {
    const stream = await openStream();
    await stream.send(startOf('a'), startOf('b'));
    await stream.drain(20_000);
    stream.stopReading();
    await stream.answer('a');
    for (let time = 0; time < 2; time += 1) {
      await stream.pass(10_000);
      await stream.send();
    }
    await stream.goOnReading();
    expect(stream.answered).toEqual(['a']);
    expect(stream.end).toMatchObject({ refused: 'SHUTTING_DOWN' });
  });
});
