// The protocol of the Work stream, rule by rule (jobs.proto), with a test as server, clock and handlers.
import { describe, expect, test } from 'vitest';
import { JobFailure } from '../../../clients/typescript/src/worker/failures.js';
import { completed, thrown } from '../../../clients/typescript/src/worker/outcomes.js';
import { handleOf, makeJob } from '../../support/fake-job-server.js';
import { World } from './world.js';

describe('hello (rule 2)', () => {
  test('is the first frame and says who the worker is and what it takes', () => {
    const world = new World({ tenantIds: ['acme'] });
    world.session.start();
    expect(world.wire.kinds).toEqual(['hello']);
    expect(world.wire.hello).toEqual({
      workerId: 'worker',
      sessionId: 'session-1',
      generation: 1,
      topics: [{ topic: 'work', variableNames: [], withoutVariables: false, maxHold: undefined }],
      tenantIds: ['acme'],
      maxMessageBytes: 1_000_000,
      held: [],
      client: 'test',
    });
  });

  test('is followed by nothing until the server has answered', () => {
    const world = new World();
    world.session.start();
    world.clock.advance(9_000);
    expect(world.wire.kinds).toEqual(['hello']);
    expect(world.names()).toEqual([]);
  });

  test('raises the generation on each stream, also on those that got nowhere, and keeps the session', () => {
    const world = new World();
    world.session.start();
    world.cut();
    world.clock.advance(1_000);
    world.cut();
    world.clock.advance(2_000);
    expect(world.wires.map(({ hello }) => [hello.sessionId, hello.generation])).toEqual([
      ['session-1', 1],
      ['session-1', 2],
      ['session-1', 3],
    ]);
  });
});

describe('credit (rule 3)', () => {
  test('is granted for each free place after the hello', () => {
    const world = World.open({ concurrency: 7 });
    expect(world.wire.all('credit')).toEqual([{ jobs: 7, bytes: 0 }]);
    expect(world.event('connected')).toMatchObject({ serverId: 'server', generation: 1, heldJobs: 0, lostJobs: 0 });
  });

  test('goes along with the outcomes of handlers that ended', () => {
    const world = World.open();
    const [first, second, third] = world.push({}, {}, {});
    world.finish(first, second);
    expect(world.wire.all('outcomes')).toHaveLength(1);
    expect(world.wire.all('outcomes')[0]).toMatchObject({ outcomes: [{ sequence: 1 }, { sequence: 2 }] });
    expect(world.wire.all('outcomes')[0]?.credit).toEqual({ jobs: 2, bytes: 0 });
    world.finish(third);
    expect(world.wire.granted).toBe(7);
  });

  test('never exceeds what the server takes', () => {
    const world = World.open({ concurrency: 100 }, { maxCredit: 10 });
    expect(world.wire.granted).toBe(10);
    world.push({}, {}, {});
    world.accept(1);
    expect(world.wire.granted).toBe(13);
  });

  test('begins anew on each stream, without the places that are taken', () => {
    const world = World.open();
    world.push({});
    world.reconnect();
    expect(world.wire.granted).toBe(3);
  });

  test('is withheld while too many outcomes have no ack, and comes back with the acks (I8)', () => {
    const world = World.open({ concurrency: 600 });
    for (let round = 0; round < 20 && world.wire.granted - world.taken > 0; round += 1) {
      const jobs = world.push(...Array.from({ length: world.wire.granted - world.taken }, () => ({})));
      world.finish(...jobs);
    }
    expect(world.taken).toBe(1_600);
    world.accept(...Array.from({ length: 10 }, (_, index) => index + 1));
    expect(world.wire.granted).toBe(1_610);
  });
});

describe('outcomes and acks (rules 5 and 6)', () => {
  test('carry token and rising sequences, and are kept until their ack', () => {
    const world = World.open();
    const [first, second] = world.push({}, {});
    world.finish(second);
    world.finish(first);
    expect(world.wire.sequences).toEqual([1, 2]);
    expect(world.wire.outcomes[0]?.outcome).toMatchObject({ $case: 'complete', value: handleOf(second) });
    world.accept(1);
    expect(world.event('accepted')).toMatchObject({ job: { id: second.id }, state: 'JOB_STATE_DONE' });
    world.reconnect();
    expect(world.wire.sequences).toEqual([2]);
  });

  test('without ack come again first and in their order, also when acks come in another order', () => {
    const world = World.open();
    const [a, b, c, d] = world.push({}, {}, {}, {});
    world.finish(a, b, c);
    world.accept(2);
    world.cut();
    world.finish(d);
    world.clock.advance(1_000);
    world.welcome();
    expect(world.wire.hello.held).toEqual([handleOf(a), handleOf(c), handleOf(d)]);
    expect(world.wire.sequences).toEqual([1, 3, 4]);
  });

  test('come again on each stream until they are acknowledged', () => {
    const world = World.open();
    const [job] = world.push({});
    world.finish(job);
    for (let generation = 2; generation < 6; generation += 1) {
      world.reconnect();
      expect(world.wire.sequences).toEqual([1]);
    }
    world.accept(1);
    world.accept(1);
    world.reconnect();
    expect(world.wire.sequences).toEqual([]);
    expect(world.names().filter((name) => name === 'accepted')).toHaveLength(1);
  });

  test('that are refused are an event, and are dropped', () => {
    const world = World.open();
    const [job] = world.push({});
    world.finish(job);
    world.refuse(1, 'the job has ended', false);
    expect(world.event('refused')).toMatchObject({ job: { id: job.id }, error: { code: 'FAILED_PRECONDITION' } });
    world.reconnect();
    expect(world.wire.hello.held).toEqual([]);
    expect(world.wire.sequences).toEqual([]);
  });

  test('that are refused while the job is still held become a failure that says why', () => {
    const world = World.open();
    const [job] = world.push({});
    world.finish(job);
    world.refuse(1, 'variables are no JSON object', true);
    expect(world.wire.outcomes[1]).toMatchObject({
      sequence: 2,
      outcome: { $case: 'fail', value: { ...handleOf(job), retryTimer: '', retryLimit: undefined } },
    });
    const [, second] = world.wire.outcomes;
    expect(second?.outcome?.$case === 'fail' && second.outcome.value.errorMessage).toContain('no JSON object');
  });

  test('that are refused for a reason that passes are sent again later, under a new sequence', () => {
    const world = World.open();
    const [early, other] = world.push({}, {});
    world.finish(early);
    world.finish(other);
    for (const sequence of [1, 3, 4]) {
      world.refuse(sequence, 'the database is away', true, 14);
      expect(world.wire.sequences).not.toContain(sequence + (sequence === 1 ? 2 : 1));
      world.clock.advance(4_000);
    }
    expect(world.wire.sequences).toEqual([1, 2, 3, 4, 5]);
    const own = world.wire.outcomes.filter(({ outcome }) => outcome?.value.id === early.id);
    expect(own.map(({ outcome }) => outcome?.$case)).toEqual(Array.from({ length: 4 }, () => 'complete'));
    expect(world.wire.granted).toBe(6);
  });

  test('that wait to be sent again are listed on coming back, and are forgotten when they are lost or the end comes', () => {
    const world = World.open();
    const [early, lost] = world.push({}, {});
    world.finish(early, lost);
    world.refuse(1, 'the database is away', true, 14);
    world.refuse(2, 'the database is away', true, 14);
    world.random = 0.1;
    world.reconnect({ lost: [{ ...handleOf(lost), reason: 'JOB_CANCEL_REASON_LOCK_ENDED' }] });
    expect(world.wire.hello.held).toEqual([handleOf(early), handleOf(lost)]);
    world.clock.advance(1_000);
    expect(world.wire.outcomes.map(({ outcome }) => outcome?.value.id)).toEqual([early.id]);
    world.refuse(3, 'the database is away', true, 14);
    world.session.stop(0);
    world.clock.advance(0);
    expect(world.session.phase).toBe('closed');
    expect(world.clock.next).toBeUndefined();
  });

  test('are given back when even that failure is refused', () => {
    const world = World.open();
    const [job] = world.push({});
    world.finish(job);
    world.refuse(1, 'first', true);
    world.refuse(2, 'second', true);
    expect(world.wire.all('giveBack')).toEqual([{ jobs: [handleOf(job)], reason: 'FAILED_PRECONDITION: second' }]);
    world.reconnect();
    expect(world.wire.hello.held).toEqual([]);
  });
});

describe('sizes (rule 13)', () => {
  const text = (length: number) => ({ text: 'x'.repeat(length) });

  test('split outcomes over frames', () => {
    const world = World.open({}, { maxMessageBytes: 10_000 });
    const jobs = world.push({}, {}, {});
    for (const job of jobs) world.end(job, completed(job, text(2_000)));
    world.clock.turn();
    expect(world.wire.all('outcomes').map(({ outcomes }) => outcomes.length)).toEqual([1, 1, 1]);
    expect(world.wire.all('outcomes').map(({ credit }) => credit?.jobs)).toEqual([undefined, undefined, 3]);
  });

  test('allow an outcome that just fits', () => {
    const world = World.open({}, { maxMessageBytes: 10_000 });
    const [job] = world.push({});
    world.end(job, completed(job, text(9_000)));
    world.clock.turn();
    expect(world.wire.outcomes[0]?.outcome?.$case).toBe('complete');
  });

  test('make a failure of an outcome that is too large for the server, instead of a stream that breaks for ever', () => {
    const world = World.open({}, { maxMessageBytes: 10_000 });
    const [job] = world.push({});
    world.end(job, completed(job, text(10_000)));
    world.clock.turn();
    const [outcome] = world.wire.outcomes;
    expect(outcome).toMatchObject({ sequence: 1, outcome: { $case: 'fail', value: handleOf(job) } });
    expect(outcome?.outcome?.$case === 'fail' && outcome.outcome.value.errorMessage).toMatch(
      /the outcome has 10\d\d\d bytes, and the server takes messages of at most 9936 bytes/,
    );
  });

  test('put at most a thousand outcomes into a frame', () => {
    const world = World.open({ concurrency: 2_500 });
    const jobs = world.push(...Array.from({ length: 2_500 }, () => ({})));
    world.finish(...jobs);
    expect(world.wire.all('outcomes').map(({ outcomes }) => outcomes.length)).toEqual([1_000, 1_000, 500]);
  });
});

describe('a server that does not read (I8)', () => {
  test('gets no more frames and no credit, and all of it in order once it reads', () => {
    const world = World.open();
    const [a, b, c] = world.push({}, {}, {});
    world.wire.full = true;
    world.finish(a);
    world.finish(b);
    world.finish(c);
    expect(world.wire.sequences).toEqual([1]);
    world.wire.full = false;
    world.wire.listener.writable();
    expect(world.wire.sequences).toEqual([1, 2, 3]);
    expect(world.wire.granted).toBe(7);
  });
});

describe('canceled jobs (rule 8)', () => {
  test('abort the handler and send no outcome; the place is free when the handler ends', () => {
    const world = World.open();
    const [job] = world.push({});
    const canceled = { ...handleOf(job), reason: 'JOB_CANCEL_REASON_ELEMENT_ENDED' as const };
    world.receive({ $case: 'jobsCanceled', value: { jobs: [canceled] } });
    expect(world.aborted).toEqual([{ token: job.lockToken, reason: 'JOB_CANCEL_REASON_ELEMENT_ENDED' }]);
    expect(world.event('canceled')).toMatchObject({ job: { id: job.id } });
    expect(world.wire.granted).toBe(4);
    world.finish(job);
    expect(world.wire.sequences).toEqual([]);
    expect(world.wire.granted).toBe(5);
  });

  test('of an earlier hand-out leave the later one alone (I5)', () => {
    const world = World.open();
    const [job] = world.push({});
    const earlier = { ...handleOf(job), lockToken: 'earlier', reason: 'JOB_CANCEL_REASON_UNLOCKED' as const };
    world.receive({ $case: 'jobsCanceled', value: { jobs: [earlier] } });
    expect(world.aborted).toEqual([]);
    world.finish(job);
    expect(world.wire.sequences).toEqual([1]);
  });
});

describe('heartbeats (rule 9)', () => {
  test('are sent when nothing else was sent for the interval, and only then', () => {
    const world = World.open();
    const beats = () => world.wire.all('heartbeat').length;
    world.clock.advance(5_000);
    expect(beats()).toBe(1);
    const [job] = world.push({});
    world.finish(job);
    world.clock.advance(2_500);
    expect(beats()).toBe(1);
    world.clock.advance(2_500);
    expect(beats()).toBe(2);
  });

  test('of a worker with nothing else to say are one in each interval', () => {
    const world = World.open();
    for (let time = 0; time < 10; time += 1) {
      world.receive({ $case: 'heartbeat', value: {} });
      world.clock.advance(5_000);
    }
    expect(world.wire.all('heartbeat')).toHaveLength(10);
  });

  test('of the server keep the stream alive; silence ends it, and the worker comes back', () => {
    const world = World.open();
    for (let beat = 0; beat < 10; beat += 1) {
      world.clock.advance(10_000);
      world.receive({ $case: 'heartbeat', value: {} });
    }
    expect(world.wires).toHaveLength(1);
    world.clock.advance(17_500);
    expect(world.wire.closed).toBe(true);
    expect(world.event('disconnected').error).toMatchObject({ code: 'UNAVAILABLE', reason: 'STREAM_SILENT' });
    world.clock.advance(1_000);
    expect(world.wires).toHaveLength(2);
  });

  test('give up on a server that never answers the hello', () => {
    const world = new World();
    world.session.start();
    world.clock.advance(12_500);
    expect(world.wires[0]?.closed).toBe(true);
  });

  test('give up sooner on a hello while jobs are in hand, and later with each failure', () => {
    const world = World.open({}, { resumeWindow: { seconds: 8, nanos: 0 } });
    world.push({});
    world.random = 0;
    world.cut();
    const patience = Array.from({ length: 4 }, () => {
      world.clock.advance(0);
      const opened = world.clock.now;
      const streams = world.wires.length;
      while (world.wires.length === streams) world.clock.advance(world.clock.next ?? 0);
      return world.clock.now - opened;
    });
    expect(patience).toEqual([2_500, 5_000, 10_000, 12_500]);
  });

  test('take no server for dead because this process stood still', () => {
    const world = World.open();
    // One timer fires, however late: what came meanwhile has not been read yet.
    world.clock.jump(3_600_000);
    expect(world.wire.closed).toBe(false);
  });
});

describe('coming back (rule 10)', () => {
  test('lists the jobs in hand, and stops those that the server no longer holds', () => {
    const world = World.open();
    const [a, b] = world.push({}, {});
    world.reconnect({ lost: [{ ...handleOf(a), reason: 'JOB_CANCEL_REASON_LOCK_ENDED' }], held: [handleOf(b)] });
    expect(world.wire.hello.held).toEqual([handleOf(a), handleOf(b)]);
    expect(world.aborted).toEqual([{ token: a.lockToken, reason: 'JOB_CANCEL_REASON_LOCK_ENDED' }]);
    expect(world.event('connected')).toMatchObject({ generation: 2, heldJobs: 1, lostJobs: 1 });
    world.finish(a, b);
    expect(world.wire.outcomes).toMatchObject([{ sequence: 1, outcome: { value: { id: b.id } } }]);
  });

  test('waits a random part of a time that doubles up to 30 s', () => {
    const world = new World();
    world.random = 0.999;
    world.session.start();
    const waits = Array.from({ length: 8 }, () => {
      world.cut();
      const wait = world.event('disconnected').reconnectInMs ?? 0;
      world.clock.advance(wait);
      return Math.round(wait / 1000);
    });
    expect(waits).toEqual([1, 2, 4, 8, 16, 30, 30, 30]);
    world.random = 0;
    world.cut();
    expect(world.event('disconnected').reconnectInMs).toBe(0);
  });

  test('waits no longer than a quarter of the resume window while it holds jobs', () => {
    const world = World.open({}, { resumeWindow: { seconds: 20, nanos: 0 } });
    world.push({});
    world.random = 0.999;
    const waits = Array.from({ length: 6 }, () => {
      world.cut();
      const wait = world.event('disconnected').reconnectInMs ?? 0;
      world.clock.advance(wait);
      return Math.round(wait / 1000);
    });
    expect(waits).toEqual([1, 2, 4, 5, 5, 5]);
  });

  test('waits little again after a stream that was of use', () => {
    const world = new World();
    world.session.start();
    for (let attempt = 0; attempt < 6; attempt += 1) {
      world.cut();
      world.clock.advance(30_000 * 0.5);
    }
    world.welcome();
    world.receive({ $case: 'heartbeat', value: {} });
    world.cut();
    expect(world.event('disconnected').reconnectInMs).toBe(500);
  });

  test('tries the next address each time, beginning at any of them', () => {
    const world = new World({ addresses: ['a', 'b', 'c'] });
    world.session.start();
    for (let attempt = 0; attempt < 3; attempt += 1) {
      world.cut();
      world.clock.advance(world.event('disconnected').reconnectInMs ?? 0);
    }
    expect(world.wires.map(({ address }) => address)).toEqual(['b', 'c', 'a', 'b']);
  });

  test('hears nothing of an earlier stream any more', () => {
    const world = World.open();
    const [earlier] = world.wires;
    world.reconnect();
    earlier?.listener.frame({ $case: 'jobs', value: { jobs: [makeJob()] } });
    earlier?.listener.ended(undefined);
    expect(world.running).toEqual([]);
    expect(world.session.phase).toBe('open');
  });

  test('begins another session when a newer generation of this one is elsewhere', () => {
    const world = World.open();
    const [a, b] = world.push({}, {});
    world.finish(a);
    world.cut('ABORTED', 'SESSION_REPLACED');
    world.clock.advance(1_000);
    world.welcome();
    expect(world.wire.hello).toMatchObject({ sessionId: 'session-2', generation: 1, held: [] });
    expect(world.aborted).toEqual([{ token: b.lockToken, reason: 'SESSION_REPLACED' }]);
    expect(world.wire.sequences).toEqual([]);
    const [c] = world.push({});
    world.finish(c);
    expect(world.wire.sequences).toEqual([1]);
  });
});

describe('drain (rule 11)', () => {
  const drain = {
    $case: 'drain',
    value: { reason: 'DRAIN_REASON_SHUTDOWN', timeLeft: { seconds: 10, nanos: 0 } },
  } as const;

  test('finishes what is in hand, asks for no more, and comes back elsewhere at once', () => {
    const world = World.open();
    const [job] = world.push({});
    world.receive(drain);
    expect(world.event('draining')).toMatchObject({ reason: 'DRAIN_REASON_SHUTDOWN', timeLeftMs: 10_000 });
    world.finish(job);
    expect(world.wire.all('outcomes')[0]?.credit).toBeUndefined();
    expect(world.wires).toHaveLength(1);
    world.accept(1);
    expect(world.wires[0]?.closed).toBe(true);
    world.clock.advance(0);
    expect(world.wires.map(({ address }) => address)).toEqual(['second', 'first']);
    expect(world.event('disconnected')).toMatchObject({ error: undefined, reconnectInMs: 0 });
  });

  test('leaves before the time is over, with what is still in hand', () => {
    const world = World.open();
    const [job] = world.push({});
    world.receive(drain);
    world.clock.advance(7_999);
    expect(world.wires).toHaveLength(1);
    world.clock.advance(1);
    expect(world.wire.hello).toMatchObject({ generation: 2, held: [handleOf(job)] });
    expect(world.aborted).toEqual([]);
  });

  test('comes back at once when there is nothing in hand', () => {
    const world = World.open();
    world.receive(drain);
    world.clock.advance(0);
    expect(world.wires).toHaveLength(2);
  });
});

describe('stopping (rules 7 and 12)', () => {
  test('waits for the jobs in hand and their acks, then says goodbye and waits for the end', () => {
    const world = World.open();
    const [job] = world.push({});
    world.session.stop(60_000);
    world.finish(job);
    expect(world.wire.kinds.at(-1)).toBe('outcomes');
    expect(world.wire.all('outcomes')[0]?.credit).toBeUndefined();
    world.accept(1);
    expect(world.wire.kinds.at(-1)).toBe('goodbye');
    expect(world.session.phase).toBe('leaving');
    world.wire.listener.ended(undefined);
    expect(world.event('stopped').error).toBeUndefined();
    expect(world.clock.next).toBeUndefined();
  });

  test('gives back jobs that were on their way', () => {
    const world = World.open();
    const [held] = world.push({});
    world.session.stop(60_000);
    const late = world.push({}, {});
    expect(world.wire.all('giveBack')).toEqual([{ jobs: late.map(handleOf), reason: 'the worker stops' }]);
    expect(world.running.map(({ wire }) => wire.id)).toEqual([held.id]);
  });

  test('aborts and leaves what has not ended in time; the goodbye gives it back', () => {
    const world = World.open();
    const [slow, quick] = world.push({}, {});
    world.session.stop(3_000);
    world.finish(quick);
    world.accept(1);
    world.clock.advance(3_000);
    expect(world.aborted).toEqual([{ token: slow.lockToken, reason: 'WORKER_STOPPED' }]);
    expect(world.wire.kinds.at(-1)).toBe('goodbye');
    world.wire.listener.ended(undefined);
    world.finish(slow);
    expect(world.wire.sequences).toEqual([1]);
  });

  test('waits a little longer for acks, then says that they are missing', () => {
    const world = World.open();
    const [job] = world.push({});
    world.finish(job);
    world.session.stop(3_000);
    world.clock.advance(8_000);
    expect(world.event('stopped').error?.message).toContain('before 1 outcomes were acknowledged');
    expect(world.wire.closed).toBe(true);
  });

  test('does not wait for ever for a server that does not end the stream', () => {
    const world = World.open();
    world.session.stop(3_000);
    world.clock.advance(5_000);
    expect(world.session.phase).toBe('closed');
    expect(world.wire.closed).toBe(true);
  });

  test('comes back once more to deliver outcomes when the stream is broken', () => {
    const world = World.open();
    const [job] = world.push({});
    world.finish(job);
    world.cut();
    world.session.stop(60_000);
    world.clock.advance(1_000);
    world.welcome();
    expect(world.wire.sequences).toEqual([1]);
    expect(world.wire.granted).toBe(0);
    world.accept(1);
    expect(world.wire.kinds.at(-1)).toBe('goodbye');
  });

  test('ends at once when there is neither a stream nor anything to say', () => {
    for (const prepare of [() => new World(), broken, connecting]) {
      const world = prepare();
      world.session.stop(60_000);
      expect(world.session.phase).toBe('closed');
      expect(world.event('stopped').error).toBeUndefined();
      expect(world.clock.next).toBeUndefined();
    }
  });

  function broken(): World {
    const world = World.open();
    world.cut();
    return world;
  }

  function connecting(): World {
    const world = new World();
    world.session.start();
    return world;
  }
});

describe('faults (rule 14)', () => {
  test.each([
    ['INVALID_ARGUMENT', true],
    ['INVALID_ARGUMENT', false],
    ['UNAUTHENTICATED', false],
    ['PERMISSION_DENIED', false],
    ['UNIMPLEMENTED', false],
  ] as const)('end the worker: %s, let in before: %s', (code, before) => {
    const world = before ? World.open() : new World();
    world.session.start();
    const [job] = before ? world.push({}) : [];
    world.cut(code);
    expect(world.event('stopped').error?.code).toBe(code);
    expect(world.event('error').error).toBe(world.event('stopped').error);
    expect(world.aborted).toEqual(job ? [{ token: job.lockToken, reason: 'WORKER_STOPPED' }] : []);
    expect(world.clock.next).toBeUndefined();
  });

  test.each([
    ['UNAUTHENTICATED', true],
    ['PERMISSION_DENIED', true],
    ['UNIMPLEMENTED', true],
    ['UNAVAILABLE', false],
    ['ABORTED', true],
    ['RESOURCE_EXHAUSTED', false],
    ['INTERNAL', true],
    ['UNKNOWN', true],
  ] as const)('are waited out: %s, let in before: %s', (code, before) => {
    const world = before ? World.open() : new World();
    world.session.start();
    world.cut(code);
    world.clock.advance(1_000);
    expect(world.wires).toHaveLength(2);
  });

  test('of a handler are outcomes like others', () => {
    const world = World.open();
    const [job] = world.push({});
    world.end(job, thrown(job, new JobFailure('no', { retryLimit: 3, retryAfter: 10_000 })));
    world.clock.turn();
    expect(world.wire.outcomes[0]?.outcome).toMatchObject({
      $case: 'fail',
      value: { errorMessage: 'no', retryLimit: 3, retryTimer: 'PT10S' },
    });
  });
});
