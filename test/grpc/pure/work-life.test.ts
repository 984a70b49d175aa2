// The life of a worker stream: heartbeats, silence, slow readers, drain, and every way to end.
import { describe, expect, test } from 'vitest';
import { delivery } from '../../support/fake-engine.js';
import { complete, credit, heartbeat, hello, outcomes, quiet, TestStream } from '../../support/work-stream.js';

async function openStream(): Promise<TestStream> {
  const stream = new TestStream();
  await stream.send(hello());
  stream.frames.length = 0;
  stream.engine.calls.length = 0;
  return stream;
}

const beat = 5_000;

describe('heartbeats', () => {
  test('of the server come when it has sent nothing else for an interval', async () => {
    const stream = await openStream();
    await stream.pass(beat);
    expect(stream.kinds()).toEqual([]);
    await stream.send(heartbeat);
    await stream.pass(beat);
    await stream.send(heartbeat);
    await stream.pass(beat);
    expect(stream.kinds()).toEqual(['heartbeat', 'heartbeat']);
    await stream.send(heartbeat);
    stream.engine.sink?.deliver(delivery(7));
    await stream.pass(beat);
    expect(stream.kinds()).toEqual(['heartbeat', 'heartbeat', 'jobs']);
  });

  test('of the worker keep the stream alive, and so does any other frame', async () => {
    const stream = await openStream();
    for (let time = 0; time < 10; time++) {
      await stream.pass(2 * beat);
      await stream.send(time % 2 === 0 ? heartbeat : credit(1));
    }
    expect(stream.end).toBeUndefined();
  });

  test('that stay away for three intervals end the stream, and its jobs are kept', async () => {
    const stream = await openStream();
    await stream.pass(3 * beat - 1);
    expect(stream.end).toBeUndefined();
    await stream.pass(1);
    expect(stream.end).toMatchObject({ refused: 'STREAM_SILENT' });
    expect(stream.engine.calls).toEqual(['broken']);
    expect(stream.clock.waiting).toBe(0);
  });
});

describe('a slow reader', () => {
  test('gets no more than its credit, and its new credit waits until it has read', async () => {
    const stream = await openStream();
    await stream.send(credit(2));
    stream.stopReading();
    stream.engine.sink?.deliver(delivery(1));
    await quiet();
    stream.engine.sink?.deliver(delivery(2));
    await stream.send(credit(2), credit(2));
    expect(stream.engine.calls).toEqual(['grant 2']);
    await stream.goOnReading();
    expect(stream.of('jobs').flatMap(({ jobs }) => jobs.map(({ id }) => id))).toEqual([1, 2]);
    expect(stream.engine.calls).toEqual(['grant 2', expect.stringMatching(/^grant 4 bytes/)]);
  });

  test('gets what has gathered in one frame, acks first', async () => {
    const stream = await openStream();
    stream.stopReading();
    stream.engine.sink?.deliver(delivery(1));
    await quiet();
    for (const id of [2, 3, 4]) stream.engine.sink?.deliver(delivery(id));
    await stream.send(outcomes(complete(1, 1)));
    await stream.goOnReading();
    expect(stream.kinds()).toEqual(['jobs', 'outcomeAcks', 'jobs']);
    expect(stream.of('jobs').map(({ jobs }) => jobs.map(({ id }) => id))).toEqual([[1], [2, 3, 4]]);
  });

  test('with too much waiting for it is not read', async () => {
    const stream = await openStream();
    stream.stopReading();
    stream.engine.sink?.deliver(delivery(1));
    await quiet();
    const large = JSON.stringify('x'.repeat(3_000_000));
    for (let id = 2; id <= 8; id++) stream.engine.sink?.deliver(delivery(id, large));
    await stream.send(heartbeat, heartbeat, heartbeat);
    expect(stream.unread).toBe(2);
    await stream.goOnReading();
    expect(stream.unread).toBe(0);
  });

  test('gets no heartbeats on top', async () => {
    const stream = await openStream();
    stream.stopReading();
    stream.engine.sink?.deliver(delivery(1));
    await quiet();
    stream.engine.sink?.deliver(delivery(2));
    for (let time = 0; time < 5; time++) {
      await stream.pass(beat);
      await stream.send(heartbeat);
    }
    await stream.goOnReading();
    expect(stream.kinds()).toEqual(['jobs', 'jobs']);
  });

  test('that is asked nothing more ends at once, without what it did not read', async () => {
    const stream = await openStream();
    stream.stopReading();
    stream.engine.sink?.deliver(delivery(1));
    await quiet();
    stream.engine.sink?.deliver(delivery(2));
    stream.engine.sink?.superseded();
    await stream.goOnReading();
    expect(stream.of('jobs')).toHaveLength(1);
    expect(stream.end).toMatchObject({ refused: 'SESSION_REPLACED' });
  });
});

describe('drain', () => {
  test('says how long is left, takes outcomes until then, and ends the stream', async () => {
    const stream = await openStream();
    stream.engine.sink?.drain('the server stops', 12_000);
    await stream.send(outcomes(complete(1, 7)), heartbeat, credit(5));
    await stream.pass(beat);
    await stream.send(outcomes(complete(2, 8)));
    expect(stream.of('drain')).toMatchObject([
      { reason: 'DRAIN_REASON_SHUTDOWN', timeLeft: { seconds: 12, nanos: 0 } },
    ]);
    expect(stream.of('outcomeAcks')).toHaveLength(2);
    expect(stream.engine.calls).toEqual(['completeJob 7', 'completeJob 8']);
    await stream.pass(7_000);
    expect(stream.end).toMatchObject({ refused: 'SHUTTING_DOWN' });
    expect(stream.engine.calls).toEqual(['completeJob 7', 'completeJob 8', 'broken']);
  });

  test('comes once, however often it is asked for', async () => {
    const stream = await openStream();
    stream.engine.sink?.drain('the server stops', 12_000);
    stream.drain('the server stops', 5_000);
    await quiet();
    expect(stream.of('drain')).toHaveLength(1);
  });

  test('to rebalance says so', async () => {
    const stream = await openStream();
    stream.engine.sink?.drain('rebalance', 5_000);
    await quiet();
    expect(stream.of('drain')).toMatchObject([{ reason: 'DRAIN_REASON_REBALANCE' }]);
  });

  test('leaves no timer when the worker goes first', async () => {
    const stream = await openStream();
    stream.engine.sink?.drain('the server stops', 12_000);
    await stream.cut();
    expect(stream.clock.waiting).toBe(0);
  });
});

describe('the end', () => {
  test('of a stream whose session has a newer one is SESSION_REPLACED', async () => {
    const stream = await openStream();
    stream.engine.sink?.superseded();
    await quiet();
    expect(stream.end).toMatchObject({ refused: 'SESSION_REPLACED' });
    expect(stream.engine.calls).toEqual(['broken']);
  });

  test('of the requests without a goodbye keeps the jobs for the worker', async () => {
    const stream = await openStream();
    await stream.send(outcomes(complete(1, 7)));
    await stream.closeRequests();
    expect(stream.engine.calls).toEqual(['completeJob 7', 'broken']);
    expect(stream.of('outcomeAcks')).toHaveLength(1);
    expect(stream.end).toBeNull();
    expect(stream.settled).toBe(true);
  });

  test('while the engine connects the worker lets go of what it got', async () => {
    const stream = new TestStream();
    const connect = stream.engine.connectWorker.bind(stream.engine);
    let connected: () => void = () => undefined;
    stream.engine.connectWorker = async (greeting, sink) => {
      await new Promise<void>((resolve) => {
        connected = resolve;
      });
      return await connect(greeting, sink);
    };
    await stream.send(hello());
    await stream.cut();
    expect(stream.settled).toBe(false);
    connected();
    await quiet();
    expect(stream.engine.calls).toEqual(['connect worker-1 generation 1', 'broken']);
    expect(stream.settled).toBe(true);
  });

  test('by a bug of the engine is INTERNAL, and tells the operator', async () => {
    const stream = new TestStream();
    stream.engine.connectWorker = async () => {
      throw new Error('boom');
    };
    await stream.send(hello());
    expect(stream.end).toMatchObject({ refused: 'INTERNAL' });
    expect(stream.bugs).toEqual([new Error('boom')]);
  });
});
