// Problems become statuses that every client can read.
import type { Metadata } from '@grpc/grpc-js';
import { status } from '@grpc/grpc-js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { refuse } from '../../src/core/refusal.js';
import { ModelProblems } from '../../src/gen/baton/v1/processes.js';
import { BadRequest, ErrorInfo, PreconditionFailure, RetryInfo } from '../../src/gen/google/rpc/error_details.js';
import { Status } from '../../src/gen/google/rpc/status.js';
import { codes, internalProblem, type Problem, type Reason, toServiceError, toStatus } from '../../src/grpc/errors.js';

const decoders: Readonly<Record<string, (bytes: Uint8Array) => unknown>> = {
  'type.googleapis.com/google.rpc.ErrorInfo': (bytes) => ErrorInfo.decode(bytes),
  'type.googleapis.com/google.rpc.BadRequest': (bytes) => BadRequest.decode(bytes),
  'type.googleapis.com/google.rpc.PreconditionFailure': (bytes) => PreconditionFailure.decode(bytes),
  'type.googleapis.com/google.rpc.RetryInfo': (bytes) => RetryInfo.decode(bytes),
  'type.googleapis.com/baton.v1.ModelProblems': (bytes) => ModelProblems.decode(bytes),
};

const detailsOf = (problem: Problem): unknown[] =>
  toStatus(problem).details.map(({ typeUrl, value }) => decoders[typeUrl]?.(value));

/** Bytes of the trailers: what clients with limits count. */
function trailerBytes(details: string, metadata: Metadata): number {
  const [packed] = metadata.get('grpc-status-details-bin');
  const text = Buffer.isBuffer(packed) ? packed.toString('base64') : '';
  return encodeURI(details).length + text.length;
}

describe('a refusal becomes a status', () => {
  test('with its code, and ErrorInfo with reason, domain and facts', () => {
    const refusal = refuse('JOB_NOT_FOUND', 'There is no job 2026-11-23/17.', { partition: '2026-11-23', id: '17' });
    expect(toStatus(refusal)).toMatchObject({ code: status.NOT_FOUND, message: 'There is no job 2026-11-23/17.' });
    expect(detailsOf(refusal)).toEqual([
      { reason: 'JOB_NOT_FOUND', domain: 'baton', metadata: { partition: '2026-11-23', id: '17' } },
    ]);
  });

  test('that names what is in the way, when the state is wrong', () => {
    const [, failure] = detailsOf(
      refuse('JOB_ENDED', 'Job 2026-11-23/17 is DONE.', { partition: '2026-11-23', id: '17' }),
    );
    expect(failure).toEqual({
      violations: [
        { type: 'JOB_ENDED', subject: 'partition=2026-11-23 id=17', description: 'Job 2026-11-23/17 is DONE.' },
      ],
    });
  });

  test('that names the field, when there is one', () => {
    const [, bad] = detailsOf(refuse('DECISION_INVALID', 'There is no flow to x.', {}, 'completion'));
    expect(bad).toMatchObject({ fieldViolations: [{ field: 'completion', reason: 'DECISION_INVALID' }] });
  });

  test('that says when to try again, when the server is full', () => {
    const [, retry] = detailsOf(refuse('ENGINE_BUSY', 'The queues are full.'));
    expect(retry).toEqual({ retryDelay: { seconds: 0, nanos: 200_000_000 } });
    const [, later] = detailsOf({ refused: 'ENGINE_BUSY', message: 'full', retryAfterMs: 1_250 });
    expect(later).toEqual({ retryDelay: { seconds: 1, nanos: 250_000_000 } });
  });
});

test('a call ends with the same status in its trailer', () => {
  const problem: Problem = {
    refused: 'REQUEST_INVALID',
    message: 'two faults',
    faults: [
      { field: 'id', message: 'must be greater than 0', reason: 'int64.gte' },
      { field: 'tags["a b"]', message: 'is no name' },
    ],
  };
  const error = toServiceError(problem);
  expect(error).toMatchObject({ code: status.INVALID_ARGUMENT, details: 'two faults' });
  const [packed] = error.metadata.get('grpc-status-details-bin');
  expect(Status.decode(Buffer.from(packed ?? ''))).toEqual(toStatus(problem));
});

test('problems of a model come with their places', () => {
  const found = {
    rule: 'FLOW_TARGET_INVALID',
    message: 'The flow leads nowhere.',
    elementId: 'flow_1',
    line: 12,
    column: 5,
    help: 'Give it a target.',
  };
  const [info, list] = detailsOf({ refused: 'MODEL_INVALID', message: 'one problem', problems: [found] });
  expect(info).toMatchObject({ reason: 'MODEL_INVALID', metadata: {} });
  expect(list).toMatchObject({
    problems: [
      { rule: 'FLOW_TARGET_INVALID', bpmnElementId: 'flow_1', line: 12, column: 5, advice: 'Give it a target.' },
    ],
  });
});

test('a bug tells its id and nothing else', () => {
  expect(toStatus(internalProblem('3f0c2a'))).toMatchObject({ code: status.INTERNAL });
  expect(detailsOf(internalProblem('3f0c2a'))).toEqual([
    { reason: 'INTERNAL', domain: 'baton', metadata: { error_id: '3f0c2a' } },
  ]);
});

describe('whatever a problem holds', () => {
  const text = fc.string({ unit: 'binary', maxLength: 3_000 });
  const lone = fc.constantFrom('a\ud800', '\udc00b', '漢'.repeat(2_000), '\ud83d\ude00'.repeat(1_000));
  const anyText = fc.oneof(text, lone);
  const fault = fc.record({ field: anyText, message: anyText });
  const problems = fc.record({
    refused: fc.constantFrom(...reasons()),
    message: anyText,
    metadata: fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'), anyText),
    faults: fc.array(fault, { maxLength: 60 }),
  });

  test('its trailers stay below 8 KiB, the least that clients take', () => {
    fc.assert(
      fc.property(problems, (problem) => {
        const { details, metadata } = toServiceError(problem);
        expect(trailerBytes(details, metadata)).toBeLessThan(8_000);
      }),
    );
  });

  test('a list that was cut says so', () => {
    const faults = Array.from({ length: 500 }, (_, index) => ({
      field: `variables[${index}].name`,
      message: 'is bad',
    }));
    const [info, bad] = detailsOf({ refused: 'REQUEST_INVALID', message: '500 faults', faults });
    const shown = BadRequest.fromPartial(bad ?? {}).fieldViolations.length;
    expect(shown).toBeGreaterThan(20);
    expect(info).toMatchObject({ metadata: { total: '500', shown: String(shown) } });
  });
});

function reasons(): Reason[] {
  return Object.keys(codes).filter((name): name is Reason => name in codes);
}
