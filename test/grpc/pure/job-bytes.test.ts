// The quick encoder of jobs writes what the generated one writes.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JobDelivery } from '../../../src/engine/face.js';
import { Job } from '../../../src/gen/baton/v1/jobs.js';
import { jobBytes } from '../../../src/grpc/job-bytes.js';
import { toJob } from '../../../src/grpc/job-out.js';
import { delivery } from '../../support/fake-engine.js';

const id = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
const count = fc.integer({ min: 0, max: 1000 });
const time = fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 });
/** Texts of every length of a length, and of characters of one to four bytes. */
const text = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string(),
  fc.string({ unit: 'grapheme', minLength: 30, maxLength: 200 }),
  fc.nat(40_000).map((length) => 'x'.repeat(length)),
);
const maybe = fc.option(text);

const jobs: fc.Arbitrary<JobDelivery> = fc
  .record({
    job: fc.record({
      id,
      elementInstanceId: id,
      elementId: id,
      processId: id,
      processInstanceId: id,
      type: fc.constantFrom('EXECUTE' as const, 'EVALUATE_EXCLUSIVE_GATEWAY' as const),
      topic: text,
      priority: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
      retryCount: count,
      retryLimit: count,
      attempt: count,
      attemptKey: text,
      dueAt: time,
      createdAt: time,
      createdBy: text,
      tenantId: text,
      error: maybe,
    }),
    lock: fc.record({ token: text, lockedBy: text, lockedAt: time }),
    more: fc.record({
      bpmnProcessId: text,
      version: text,
      bpmnElementId: text,
      correlationKey: maybe,
      traceParent: maybe,
      calledId: fc.option(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })),
      headers: fc.dictionary(text, text, { maxKeys: 3, noNullPrototype: true }),
      variables: fc.array(
        fc.record({ name: text, data: fc.record({ encoding: text, value: text, encrypted: fc.boolean() }) }),
        { maxLength: 4 },
      ),
    }),
  })
  .map(({ job, lock, more }) => {
    const base = delivery(1);
    return { ...base, ...more, job: { ...base.job, ...job }, lock: { ...base.lock, ...lock } };
  });

test('any job is the same by both encoders', () => {
  fc.assert(
    fc.property(jobs, (each) => {
      expect(Job.decode(jobBytes(each))).toEqual(Job.decode(Job.encode(toJob(each, 0)).finish()));
    }),
    { numRuns: 300 },
  );
});

test('a job larger than the buffer is whole, and so is the one after it', () => {
  for (const length of [10, 70_000, 3_000_000, 10]) {
    const each = delivery(7, JSON.stringify('ä'.repeat(length)));
    expect(Job.decode(jobBytes(each))).toEqual(Job.decode(Job.encode(toJob(each, 0)).finish()));
  }
});
