// Outcomes on a worker stream: applied, acknowledged, refused, sent again; and never too many at once (I8).
import { describe, expect, test } from 'vitest';
import type { Command } from '../../../src/core/command.js';
import { STREAM_OUTCOMES } from '../../../src/grpc/limits.js';
import { delivery, replyTo } from '../../support/fake-engine.js';
import { complete, goodbye, handle, hello, outcomes, quiet, TestStream } from '../../support/work-stream.js';

async function openStream(): Promise<TestStream> {
  const stream = new TestStream();
  await stream.send(hello());
  stream.frames.length = 0;
  stream.engine.calls.length = 0;
  return stream;
}

/** Acks in short: `1 DONE`, `2 refused JOB_ENDED`, `3 refused DECISION_INVALID held`. */
function acks(stream: TestStream): string[] {
  return stream
    .of('outcomeAcks')
    .flatMap((frame) => frame.acks)
    .map(({ sequence, result, stillHeld }) => {
      if (result?.$case === 'accepted') return `${sequence} ${result.value.state.slice('JOB_STATE_'.length)}`;
      return `${sequence} refused ${result?.value.message}${stillHeld ? ' held' : ''}`;
    });
}

/** Answers that the test gives one by one. */
class Answers {
  readonly #waiting = new Map<number, (reply: object) => void>();

  readonly answer = (command: Command): Promise<object> =>
    new Promise((resolve) => {
      if ('job' in command) this.#waiting.set(command.job.id, () => resolve(replyTo(command)));
    });

  async give(...ids: number[]): Promise<void> {
    for (const id of ids) this.#waiting.get(id)?.({});
    await quiet();
  }
}

const fail = (sequence: number, id: number, retryTimer = '') => ({
  sequence,
  outcome: {
    $case: 'fail' as const,
    value: {
      ...handle(id),
      errorMessage: 'no',
      retryTimer,
      variables: [],
      variablesJson: '{"why":1}',
      workerId: '',
      requestId: '',
    },
  },
});

const bpmnError = (sequence: number, id: number) => ({
  sequence,
  outcome: {
    $case: 'error' as const,
    value: {
      ...handle(id),
      errorCode: 'E1',
      errorMessage: '',
      variables: [],
      variablesJson: '',
      workerId: '',
      requestId: '',
    },
  },
});

const escalation = (sequence: number, id: number) => ({
  sequence,
  outcome: {
    $case: 'escalation' as const,
    value: {
      ...handle(id),
      escalationCode: 'E1',
      retryTimer: '',
      variables: [],
      variablesJson: '',
      workerId: '',
      requestId: '',
    },
  },
});

describe('outcomes', () => {
  test('become commands of the worker with the token', async () => {
    const stream = await openStream();
    await stream.send(
      outcomes(
        complete(1, 7, { variablesJson: '{"total": 1.10}' }),
        fail(2, 8, 'PT5S'),
        bpmnError(3, 9),
        escalation(4, 10),
      ),
    );
    expect(stream.engine.commands).toMatchObject([
      {
        type: 'completeJob',
        job: { partition: '2026-11-23', id: 7 },
        lockToken: 'token-7',
        by: 'worker-1',
        variables: [{ name: 'total', data: { encoding: 'json', value: '1.10', encrypted: false } }],
      },
      { type: 'failJob', job: { id: 8 }, message: 'no', retryLimit: null, retryTimer: 'PT5S' },
      { type: 'throwJobError', job: { id: 9 }, errorCode: 'E1' },
      { type: 'throwJobEscalation', job: { id: 10 }, escalationCode: 'E1', retryTimer: null },
    ]);
    expect(acks(stream)).toEqual(['1 DONE', '2 CAUSED_INCIDENT', '3 CAUSED_INCIDENT', '4 CAUSED_INCIDENT']);
  });

  test('have no deadline and are not taken back when the stream goes', async () => {
    const stream = await openStream();
    await stream.send(outcomes(complete(1, 7)));
    expect(stream.engine.callers).toEqual([{ principal: 'anonymous', tenantIds: [''] }]);
  });

  test('are acknowledged in the order in which they finish', async () => {
    const stream = await openStream();
    const answers = new Answers();
    stream.engine.answer = answers.answer;
    await stream.send(outcomes(complete(1, 7), complete(2, 8), complete(3, 9)));
    await answers.give(8);
    await answers.give(9, 7);
    expect(acks(stream)).toEqual(['2 DONE', '3 DONE', '1 DONE']);
    expect(stream.of('outcomeAcks')).toHaveLength(2);
  });

  test('that come again are acknowledged again, as the engine says', async () => {
    const stream = await openStream();
    stream.engine.answer = async (command) => ({ ...replyTo(command), repeated: true });
    await stream.send(outcomes(complete(4, 7)));
    expect(acks(stream)).toEqual(['4 DONE']);
  });

  test('whose sequence does not rise end the stream', async () => {
    const stream = await openStream();
    await stream.send(outcomes(complete(2, 7)), outcomes(complete(2, 7)));
    expect(stream.end).toMatchObject({
      refused: 'PROTOCOL_VIOLATION',
      field: 'outcomes.outcomes[0].sequence',
    });
  });
});

describe('a refused outcome', () => {
  test.each([
    ['JOB_NOT_FOUND', ''],
    ['JOB_NOT_HELD', ''],
    ['LOCK_TOKEN_MISMATCH', ''],
    ['JOB_ENDED', ''],
    ['DECISION_INVALID', ' held'],
    ['VARIABLE_SCOPE_NOT_FOUND', ' held'],
  ])('%s says whether the job is still held:%s', async (refused, held) => {
    const stream = await openStream();
    stream.engine.sink?.deliver(delivery(7));
    stream.engine.answer = async () => ({ refused, message: 'no', metadata: {} });
    await stream.send(outcomes(complete(1, 7)));
    expect(acks(stream)).toEqual([`1 refused no${held}`]);
  });

  test('that breaks the rules hurts no other one', async () => {
    const stream = await openStream();
    await stream.send(outcomes(complete(1, 7), complete(2, 8, { lockToken: '' }), complete(3, 9)));
    expect(stream.engine.calls).toEqual(['completeJob 7', 'completeJob 9']);
    const [ack] = stream.of('outcomeAcks').flatMap((frame) => frame.acks.filter(({ sequence }) => sequence === 2));
    expect(ack).toMatchObject({ stillHeld: true, result: { $case: 'refused', value: { code: 3 } } });
    expect(acks(stream).filter((text) => text.endsWith('DONE'))).toEqual(['1 DONE', '3 DONE']);
  });

  test.each([
    ['variables that are no JSON object', complete(1, 7, { variablesJson: '[1]' })],
    ['the same variable twice', complete(1, 7, { variablesJson: '{"a":1,"a":2}' })],
    ['a retry time that is no duration', fail(1, 7, 'soon')],
  ])('is still held after %s', async (_, outcome) => {
    const stream = await openStream();
    stream.engine.sink?.deliver(delivery(7));
    await stream.send(outcomes(outcome));
    expect(stream.engine.calls).toEqual([]);
    expect(stream.of('outcomeAcks')[0]?.acks).toMatchObject([{ sequence: 1, stillHeld: true }]);
    expect(stream.end).toBeUndefined();
  });

  test('without a sequence can not be answered: the stream ends', async () => {
    const stream = await openStream();
    await stream.send(outcomes(complete(0, 7)));
    expect(stream.end).toMatchObject({ refused: 'REQUEST_INVALID' });
  });

  test('by a server that stops has no ack: the stream ends, and the worker sends it again elsewhere', async () => {
    const stream = await openStream();
    stream.engine.answer = async () => ({ refused: 'SHUTTING_DOWN', message: 'stopping', metadata: {} });
    await stream.send(outcomes(complete(1, 7)));
    expect(acks(stream)).toEqual([]);
    expect(stream.end).toMatchObject({ refused: 'SHUTTING_DOWN' });
  });

  test('by a bug is answered with INTERNAL and logged; the stream goes on (I6)', async () => {
    const stream = await openStream();
    stream.engine.sink?.deliver(delivery(7));
    stream.engine.answer = async () => {
      throw new Error('boom');
    };
    await stream.send(outcomes(complete(1, 7)));
    expect(acks(stream)).toEqual(['1 refused a bug held']);
    expect(stream.bugs).toEqual([new Error('boom')]);
    expect(stream.end).toBeUndefined();
  });
});

describe('too many outcomes at once', () => {
  test('are not refused: the stream is not read until there is room (I8)', async () => {
    const stream = await openStream();
    const answers = new Answers();
    stream.engine.answer = answers.answer;
    const frame = (first: number) =>
      outcomes(...Array.from({ length: 1_000 }, (_, index) => complete(first + index, first + index)));
    await stream.send(frame(1), frame(1_001), frame(2_001));
    expect(stream.engine.commands).toHaveLength(STREAM_OUTCOMES);
    expect(stream.unread).toBe(1);
    await answers.give(1);
    expect(stream.engine.commands).toHaveLength(3_000);
    expect(stream.unread).toBe(0);
  });

  test('do not make the worker look silent while it is not read', async () => {
    const stream = await openStream();
    stream.engine.answer = () => new Promise(() => undefined);
    const all = Array.from({ length: 1_000 }, (_, index) => index + 1);
    await stream.send(
      outcomes(...all.map((n) => complete(n, n))),
      outcomes(...all.map((n) => complete(n + 1_000, n + 1_000))),
    );
    await stream.pass(60_000);
    expect(stream.end).toBeUndefined();
  });
});

describe('the last outcomes', () => {
  test('are applied and acknowledged before a goodbye lets the other jobs go', async () => {
    const stream = await openStream();
    const answers = new Answers();
    stream.engine.answer = answers.answer;
    await stream.send(outcomes(complete(1, 7)), goodbye);
    expect(stream.engine.calls).toEqual(['completeJob 7']);
    await answers.give(7);
    expect(stream.engine.calls).toEqual(['completeJob 7', 'goodbye']);
    expect(acks(stream)).toEqual(['1 DONE']);
    expect(stream.end).toBeNull();
    expect(stream.settled).toBe(true);
  });

  test('are awaited after the stream broke, whose jobs are kept at once', async () => {
    const stream = await openStream();
    const answers = new Answers();
    stream.engine.answer = answers.answer;
    await stream.send(outcomes(complete(1, 7)));
    await stream.cut();
    expect(stream.engine.calls).toEqual(['completeJob 7', 'broken']);
    expect(stream.settled).toBe(false);
    await answers.give(7);
    expect(stream.settled).toBe(true);
    expect(acks(stream)).toEqual([]);
  });
});
