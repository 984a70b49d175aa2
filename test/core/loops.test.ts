// The standard loop: an activity again and again, while its condition is true (BPMN 2.0.2, 13.3.6).
import { describe, expect, test } from 'vitest';
import { STEPS_PER_COMMAND, STEPS_WITHOUT_WAIT } from '../../src/core/limits.js';
import { Scenario } from '../support/scenario.js';
import { model, repeat, script, service, subProcess } from '../support/scenario-model.js';

const looped = (spec: object) => model('start -> ask -> after -> end', { ask: repeat(service(), spec) });

describe('a standard loop', () => {
  test('runs once before its condition is asked', () => {
    const run = new Scenario(looped({ condition: 'again' }));
    run.start({ again: false });
    expect(run.waitsAt()).toEqual(['ask']);
    run.complete('ask');
    expect(run.waitsAt()).toEqual(['after']);
  });

  test('with testBefore does not run at all when its condition is false', () => {
    const run = new Scenario(looped({ condition: 'again', testBefore: true }));
    run.start({ again: false });
    expect(run.waitsAt()).toEqual(['after']);
  });

  test('runs again while its condition is true, and sees what a round has made', () => {
    const run = new Scenario(looped({ condition: 'again' }));
    run.start();
    run.complete('ask', { again: true });
    expect(run.waitsAt()).toEqual(['ask']);
    run.complete('ask', { again: false });
    expect(run.waitsAt()).toEqual(['after']);
  });

  test('knows in its condition how many rounds there were', () => {
    const run = new Scenario(
      model('start -> count -> end', {
        count: repeat(script('n', 'loopCounter * 10'), { condition: 'loopCounter < 3' }),
      }),
    );
    run.start();
    expect(run.state()).toBe('COMPLETED');
    expect(run.variables()).toEqual({ n: 30 });
  });

  test('ends at its maximum', () => {
    const run = new Scenario(looped({ maximum: 2 }));
    run.start();
    run.complete('ask');
    run.complete('ask');
    expect(run.waitsAt()).toEqual(['after']);
  });

  test('a condition that fails is an incident between two rounds; a resolve goes on', () => {
    const run = new Scenario(looped({ condition: 'again' }));
    run.start();
    run.complete('ask', { again: 'maybe' });
    expect(run.incidents()[0]).toMatch(/^ask CONTINUE EXPRESSION_FAILED: loop condition "again": /);
    run.resolve({ variables: { again: true } });
    expect(run.waitsAt()).toEqual(['ask']);
  });

  test('of a sub-process makes a scope for each round', () => {
    const sub = repeat(subProcess('start1 -> a -> end1'), { maximum: 2 });
    const run = new Scenario(model('start -> sub -> end', { sub }));
    run.start();
    run.complete('a');
    run.complete('a');
    expect(run.state()).toBe('COMPLETED');
    expect(run.visits().filter((visit) => visit.startsWith('sub'))).toHaveLength(3);
  });

  test('that never waits is stopped, and goes on when the incident is resolved', () => {
    const run = new Scenario(
      model('start -> think -> end', { think: repeat(script('n', 'n + 1'), { condition: 'go' }) }),
    );
    run.start({ n: 0, go: true });
    const [waiting] = run.world.all('task');
    if (waiting?.payload.type !== 'CONTINUE') throw new Error('there is no task that continues');
    const payload = { ...waiting.payload, steps: STEPS_WITHOUT_WAIT - STEPS_PER_COMMAND };
    run.world.rows.task.set(waiting.id, { ...waiting, payload });
    run.executeTasks();
    expect(run.openIncidents().map(({ reason }) => reason)).toEqual(['STEP_LIMIT']);
    run.resolve({ variables: { go: false } });
    run.executeTasks();
    expect(run.state()).toBe('COMPLETED');
  });
});
