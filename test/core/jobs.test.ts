// Outcomes of held jobs: retries, incidents, repetition, and who may say what (I5).
import { describe, expect, test } from 'vitest';
import type { Command } from '../../src/core/command.js';
import { refusalOf, Scenario } from '../support/scenario.js';
import { model, service } from '../support/scenario-model.js';

const MINUTE = 60_000;

function started(retries?: string): Scenario {
  const spec = retries === undefined ? {} : { topic: 'work', retries };
  const run = new Scenario(model('start -> pick -> after -> end', { pick: service(spec) }));
  run.start();
  return run;
}

const states = (run: Scenario) =>
  run.world.all('job').map(({ state, retryCount, retryLimit }) => `${state} ${retryCount}/${retryLimit}`);

describe('failing', () => {
  test('with retries left makes a new job at once', () => {
    const run = started('3');
    run.fail('pick', 'it broke');
    expect(states(run)).toEqual(['CAUSED_RETRY 0/2', 'CREATED 1/2']);
    expect(run.world.all('job')[0]).toMatchObject({ error: 'it broke', lockedBy: 'worker', completedBy: 'worker' });
    expect(run.openJob('pick').lock).toBeNull();
  });

  test('with a timer makes a job that nobody can have until it is due', () => {
    const run = started('3');
    run.fail('pick', 'later', { retryTimer: 'PT5M' });
    expect(run.world.all('openJob')).toEqual([]);
    expect(run.world.all('task')).toMatchObject([{ type: 'ACTIVATE_JOB', dueAt: run.now + 5 * MINUTE }]);
    run.later(5 * MINUTE - 1);
    expect(run.executeTasks()).toBe(0);
    run.later(1);
    expect(run.executeTasks()).toBe(1);
    expect(run.openJob('pick').dueAt).toBe(run.now);
    run.complete('pick');
    expect(run.waitsAt()).toEqual(['after']);
  });

  test('a timer that is executed too early does nothing', () => {
    const run = started('3');
    run.fail('pick', 'later', { retryTimer: 'PT5M' });
    const [task] = run.world.all('task');
    const { partition, id } = task ?? run.instance;
    expect(run.run({ type: 'executeTask', task: { partition, id }, by: 'engine' })).toEqual({ executed: false });
    expect(run.log()).toEqual([]);
  });

  test('a task that was executed already does nothing', () => {
    const run = started();
    expect(run.run({ type: 'executeTask', task: { ...run.instance, id: 99 }, by: 'engine' })).toEqual({
      executed: false,
    });
  });

  test('after the last retry is an incident with the message; a resolve makes a job with all its retries', () => {
    const run = started('2');
    run.fail('pick', 'one');
    run.fail('pick', 'two');
    expect(states(run)).toEqual(['CAUSED_RETRY 0/1', 'CAUSED_INCIDENT 1/1']);
    expect(run.incidents()).toEqual(['pick JOB JOB_RETRIES_EXHAUSTED: two']);
    expect(run.openIncidents()).toMatchObject([{ jobId: run.world.all('job')[1]?.id }]);
    const job = run.resolve();
    expect(job?.id).toBe(run.openJob('pick').id);
    expect(states(run)[2]).toBe('CREATED 0/1');
    run.complete('pick');
    expect(run.waitsAt()).toEqual(['after']);
  });

  test('a resolve can set variables, and its timer lets the job wait', () => {
    const run = started();
    run.fail('pick');
    run.resolve({ variables: { hint: 'try this' }, retryTimer: 'PT1H' });
    expect(run.variables()).toEqual({ hint: 'try this' });
    expect(run.world.all('openJob')).toEqual([]);
    run.later(60 * MINUTE);
    run.executeTasks();
    expect(run.openJob('pick')).toBeDefined();
  });

  test('the limit of the failure wins over that of the model', () => {
    const run = started('3');
    run.fail('pick', 'no use', { retryLimit: 0 });
    expect(states(run)).toEqual(['CAUSED_INCIDENT 0/2']);
    const other = started();
    other.fail('pick', 'once more', { retryLimit: 1 });
    expect(states(other)).toEqual(['CAUSED_RETRY 0/0', 'CREATED 1/0']);
  });

  test('variables of a failure stay with the element for the next try', () => {
    const run = started('3');
    run.fail('pick', 'half done', { variables: { done: 5 } });
    expect(run.variables('pick')).toEqual({ done: 5 });
    expect(run.variables()).toEqual({});
  });
});

describe('errors and rejections', () => {
  test.each([
    ['', 'error "E1" is not caught'],
    ['no stock', 'error "E1" is not caught: no stock'],
  ])('an error with the message "%s" that nothing catches is an incident', (message, expected) => {
    const run = started('3');
    const { type: _, retryLimit: __, retryTimer: ___, variables: ____, ...outcome } = run.failure('pick');
    run.run({ ...outcome, type: 'throwJobError', errorCode: 'E1', message, variables: [] });
    expect(run.incidents()).toEqual([`pick JOB UNCAUGHT_ERROR: ${expected}`]);
    expect(states(run)).toEqual(['CAUSED_INCIDENT 0/2']);
    run.resolve();
    expect(states(run)).toEqual(['CAUSED_INCIDENT 0/2', 'CREATED 0/2']);
  });

  test('a job that can not be delivered is an incident', () => {
    const run = started('3');
    const { job, lockToken } = run.failure('pick');
    run.run({ type: 'rejectJob', job, lockToken, reason: 'JOB_TOO_LARGE', message: 'it has 9 MB', by: 'engine' });
    expect(run.incidents()).toEqual(['pick JOB JOB_TOO_LARGE: it has 9 MB']);
  });
});

describe('the lock token (I5)', () => {
  test('an outcome that comes twice is acknowledged again, and changes nothing', () => {
    const run = started('3');
    const fail = run.failure('pick');
    expect(run.run(fail)).toMatchObject({ repeated: false, state: 'CAUSED_RETRY' });
    expect(run.run(fail)).toEqual({ job: fail.job, repeated: true, state: 'CAUSED_RETRY' });
    expect(run.log()).toEqual([]);
    const complete = run.completion('pick');
    expect(run.run(complete)).toMatchObject({ repeated: false, state: 'DONE' });
    expect(run.run(complete)).toMatchObject({ repeated: true, state: 'DONE' });
    expect(run.log()).toEqual([]);
  });

  test('an outcome that comes twice is acknowledged also when the instance has ended', () => {
    const run = new Scenario(model('start -> pick -> end'));
    run.start();
    const complete = run.completion('pick');
    run.run(complete);
    expect(run.state()).toBe('COMPLETED');
    expect(run.run(complete)).toMatchObject({ repeated: true });
  });

  test('twice in one commit group is once (I4)', () => {
    const run = started();
    const complete = run.completion('pick');
    expect(run.group([complete, complete])).toMatchObject([{ repeated: false }, { repeated: true }]);
    expect(run.waitsAt()).toEqual(['after']);
  });

  test('another outcome after the first one is refused', () => {
    const run = started('3');
    const fail = run.failure('pick');
    run.run(run.completion('pick'));
    const id = `${fail.job.partition}/${fail.job.id}`;
    expect(refusalOf(run.decide(fail))).toEqual({
      refused: 'JOB_ENDED',
      message: `job ${id} has ended: DONE`,
      metadata: { job: id, state: 'DONE' },
    });
  });

  test('the first outcome with another token after the job ended is refused', () => {
    const run = started();
    const complete = run.completion('pick');
    run.run(complete);
    expect(refusalOf(run.decide({ ...complete, lockToken: 'guess' })).refused).toBe('JOB_ENDED');
  });

  const outcomes: readonly [string, (run: Scenario) => Command][] = [
    ['a completion', (run) => run.completion('pick', { variables: { x: 1 } })],
    ['a failure', (run) => run.failure('pick', 'broken', { variables: { x: 1 } })],
    ['an error', (run) => ({ ...run.failure('pick'), type: 'throwJobError', errorCode: 'E', variables: [] })],
    ['a rejection', (run) => ({ ...run.failure('pick'), type: 'rejectJob', reason: 'JOB_TOO_LARGE' })],
  ];

  test.each(outcomes)('%s with another token is refused and changes nothing', (_what, outcome) => {
    const run = started();
    const command = { ...outcome(run), lockToken: 'another' } as Command;
    const refusal = refusalOf(run.decide(command));
    expect(refusal.refused).toBe('LOCK_TOKEN_MISMATCH');
    expect(refusal.message).toMatch(/^job 2026-11-23\/\d+ is held with another lock token$/);
    expect(run.log()).toEqual([]);
  });

  test.each(outcomes)('%s of a job that nobody holds is refused and changes nothing', (_what, outcome) => {
    const run = started();
    const command = outcome(run);
    const open = run.openJob('pick');
    run.world.rows.openJob.set(open.id, { ...open, lock: null });
    const refusal = refusalOf(run.decide(command));
    expect(refusal.refused).toBe('JOB_NOT_HELD');
    expect(refusal.message).toMatch(/^job 2026-11-23\/\d+ is not held by any worker$/);
    expect(run.log()).toEqual([]);
  });

  test('a retry that waits for its timer is not held', () => {
    const run = started('3');
    const first = run.failure('pick', 'later', { retryTimer: 'PT1H' });
    run.run(first);
    const waiting = run.world.all('job').find(({ state }) => state === 'CREATED');
    const job = { partition: first.job.partition, id: waiting?.id ?? 0 };
    expect(refusalOf(run.decide({ ...first, job })).refused).toBe('JOB_NOT_HELD');
  });

  test('a job that does not exist is not found', () => {
    const run = started();
    const refusal = refusalOf(run.decide({ ...run.failure('pick'), job: { partition: '2026-11-23', id: 5 } }));
    expect(refusal).toEqual({
      refused: 'JOB_NOT_FOUND',
      message: 'job 2026-11-23/5 does not exist',
      metadata: { job: '2026-11-23/5' },
    });
  });

  test('a job that was canceled with its instance has ended', () => {
    const run = started();
    const complete = run.completion('pick');
    run.cancel();
    expect(refusalOf(run.decide(complete))).toMatchObject({ refused: 'JOB_CANCELED', metadata: { state: 'CANCELED' } });
  });
});
