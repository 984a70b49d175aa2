import { expect, test } from 'vitest';
import { Admission, kindOf } from '../../../src/grpc/admission.js';
import { CALLS, CALLS_BYTES } from '../../../src/grpc/limits.js';

const rooms = { finished: 0, reading: 2, waiting: 1, changing: 2 };

test.each([
  ['CompleteJob', {}, 'finished'],
  ['ExtendJobLocks', {}, 'finished'],
  ['GetJob', {}, 'reading'],
  ['QueryJobs', {}, 'reading'],
  ['CreateProcessInstance', {}, 'changing'],
  ['CreateProcessInstance', { awaitEnd: { variableNames: [] } }, 'waiting'],
  ['LockJobs', { maxWait: { seconds: 10, nanos: 0 } }, 'waiting'],
  ['LockJobs', {}, 'changing'],
])('%s with %j is a call of kind %3$s', (rpc, request, kind) => {
  expect(kindOf(rpc, request)).toBe(kind);
});

test('I8: each kind has its room, and a place that is given back is free', () => {
  const admission = new Admission(rooms);
  const leave = admission.enter('waiting', 10);
  expect(admission.enter('waiting', 10)).toMatchObject({ refused: 'ENGINE_BUSY', metadata: { name: 'waiting' } });
  expect(admission.enter('reading', 10)).toBeTypeOf('function');
  if (typeof leave === 'function') leave();
  expect(admission.enter('waiting', 10)).toBeTypeOf('function');
});

test('I8: what finishes work is let in, however many and however large', () => {
  const admission = new Admission(rooms);
  for (let i = 0; i < 10; i++) expect(admission.enter('finished', CALLS_BYTES)).toBeTypeOf('function');
  expect(CALLS.finished).toBe(Number.POSITIVE_INFINITY);
});

test('I8: requests are bounded by their bytes, and the first is let in whatever it has', () => {
  const admission = new Admission(rooms);
  expect(admission.enter('changing', 2 * CALLS_BYTES)).toBeTypeOf('function');
  expect(admission.enter('changing', 1)).toMatchObject({ refused: 'ENGINE_BUSY', metadata: { name: 'bytes' } });
  expect(admission.enter('finished', 1)).toBeTypeOf('function');
});
