// Suspended instances: nothing of them is handed out, tokens stop on their flows, and all goes on when they are resumed.
import { describe, expect, test } from 'vitest';
import { refusalOf, Scenario } from '../support/scenario.js';
import {
  boundary,
  callByWorker,
  callOf,
  catching,
  complex,
  condition,
  error,
  file,
  model,
  receive,
  script,
  subProcess,
  timer,
} from '../support/scenario-model.js';

const suspendedJobs = (run: Scenario) =>
  run.world
    .all('openJob')
    .filter(({ suspended }) => suspended)
    .map(({ topic }) => topic)
    .sort();

describe('a suspended instance', () => {
  test('keeps its jobs from workers until it is resumed', () => {
    const run = new Scenario(
      model('start -> fork -> a -> end; fork -> sub -> end2', { sub: subProcess('startS -> b -> endS') }),
    );
    run.start();
    run.suspend();
    expect(run.state()).toBe('SUSPENDED');
    expect(suspendedJobs(run)).toEqual(['a', 'b']);
    run.resume();
    expect(run.state()).toBe('STARTED');
    expect(suspendedJobs(run)).toEqual([]);
    run.complete('a');
    run.complete('b');
    expect(run.state()).toBe('COMPLETED');
  });

  test('takes the outcome of a held job, whose token then waits on its flow', () => {
    const run = new Scenario(model('start -> a -> b -> end', { a: { tag: 'serviceTask' } }));
    run.start();
    const outcome = run.completion('a', { variables: { done: true } });
    run.suspend();
    run.run(outcome);
    expect(run.variables()).toEqual({ done: true });
    expect(run.tokens()).toEqual(['a_b']);
    expect(run.waitsAt()).toEqual([]);
    run.resume();
    expect(run.tokens()).toEqual([]);
    expect(run.waitsAt()).toEqual(['b']);
  });

  test('lets no conditional event happen until it is resumed, and only what is true then', () => {
    const caught = boundary('a', condition('hot'), { interrupting: false });
    const wet = boundary('a', condition('wet'), { interrupting: false });
    const run = new Scenario(model('start -> a -> end; caught -> cool -> end2; wet -> dry -> end3', { caught, wet }));
    run.start({ hot: false, wet: false });
    run.suspend();
    run.setVariables({ hot: true, wet: true });
    run.setVariables({ wet: false });
    expect(run.visits()).not.toContain('caught COMPLETED');
    run.resume();
    expect(run.waitsAt()).toEqual(['a', 'cool']);
    run.suspend();
    run.setVariables({ hot: false });
    run.setVariables({ hot: true });
    run.resume();
    expect(run.waitsAt()).toEqual(['a', 'cool']);
  });

  test('asks the condition of what it comes to when it is resumed', () => {
    const wait = catching(condition('n > 2'));
    const run = new Scenario(model('start -> a -> wait -> b -> end', { wait }));
    run.start({ n: 3 });
    const outcome = run.completion('a');
    run.suspend();
    run.run(outcome);
    run.resume();
    expect(run.waitsAt()).toEqual(['b']);
  });

  test('lets the tokens at its joins go on only when it is resumed', () => {
    const arrows = 'start -> fork -> a -> join -> b -> end; fork -> c -> join';
    const run = new Scenario(model(arrows));
    run.start();
    run.complete('a');
    const outcome = run.completion('c');
    run.suspend();
    run.run(outcome);
    expect(run.tokens()).toEqual(['a_join', 'c_join']);
    run.resume();
    expect(run.waitsAt()).toEqual(['b']);
  });

  test('opens an inclusive join only when it is resumed', () => {
    const arrows =
      'start -> split -[true]-> a -> both -> after -> end; split -[true]-> c -> both; split -[default]-> both';
    const run = new Scenario(model(arrows, { split: { tag: 'inclusiveGateway' }, both: { tag: 'inclusiveGateway' } }));
    run.start();
    run.complete('a');
    const outcome = run.completion('c');
    run.suspend();
    run.run(outcome);
    expect(run.waitsAt()).toEqual([]);
    run.resume();
    expect(run.waitsAt()).toEqual(['after']);
  });

  test('resets a complex gateway when it is resumed, if what could have come has ended meanwhile', () => {
    const run = new Scenario(
      model('start -> fork -> a -> gate -> after -> end; fork -> b; at -> gate', {
        gate: complex('activationCount >= 1'),
        at: boundary('b', error('E')),
      }),
    );
    run.start();
    run.complete('a');
    run.complete('after');
    const outcome = run.completion('b');
    run.suspend();
    run.run(outcome);
    expect(run.waitsAt()).toEqual(['gate']);
    run.resume();
    expect(run.state()).toBe('COMPLETED');
  });

  test('makes no retry available', () => {
    const run = new Scenario(model('start -> a -> end'));
    run.start();
    const failure = run.failure('a', 'no', { retryLimit: 1 });
    run.suspend();
    run.run(failure);
    expect(suspendedJobs(run)).toEqual(['a']);
    run.resume();
    expect(suspendedJobs(run)).toEqual([]);
  });

  test('makes no retry available whose time has come', () => {
    const run = new Scenario(model('start -> a -> end'));
    run.start();
    run.fail('a', 'no', { retryLimit: 1, retryTimer: 'PT1H' });
    run.suspend();
    run.later(3_600_000);
    run.executeTasks();
    expect(suspendedJobs(run)).toEqual(['a']);
  });

  test('lets no timer happen until it is resumed; of a cycle then the last missed time alone', () => {
    const remind = boundary('a', timer('Cycle', 'R/PT1H'), { interrupting: false });
    const run = new Scenario(model('start -> a -> end; remind -> b -> endB', { remind }));
    run.start();
    run.suspend();
    run.later(3_600_000);
    run.executeTasks();
    run.later(2.5 * 3_600_000);
    run.executeTasks();
    expect(run.waitsAt()).toEqual(['a']);
    run.resume();
    run.executeTasks();
    expect(run.waitsAt()).toEqual(['a', 'b']);
    run.later(1_800_000);
    run.executeTasks();
    expect(run.waitsAt()).toEqual(['a', 'b', 'b']);
  });

  test('runs no script behind an incident that is resolved', () => {
    const run = new Scenario(model('start -> compute -> next -> end', { compute: script('y', 'x + 1') }));
    run.start();
    run.suspend();
    run.resolve({ variables: { x: 1 } });
    expect(run.variables()).toEqual({ x: 1, y: 2 });
    expect(run.tokens()).toEqual(['compute_next']);
    run.resume();
    expect(run.waitsAt()).toEqual(['next']);
  });

  test('receives no message: that goes to another one, or waits until it is resumed', () => {
    const run = new Scenario(model('start -> paid -> check -> end', { paid: receive('paid', '"k"') }));
    const halted = run.start();
    run.start();
    run.suspend(false, halted);
    run.run(run.message('paid', 'k', {}, true));
    run.run(run.message('paid', 'k', {}, true));
    run.settle();
    const waiting = () => run.world.all('messageSubscription').map(({ processInstanceId }) => processInstanceId);
    expect(waiting()).toEqual([halted.id]);
    expect(run.waitsAt()).toEqual(['check', 'paid']);
    run.resume(false, halted);
    run.settle();
    expect(waiting()).toEqual([]);
    expect(run.waitsAt()).toEqual(['check', 'check']);
  });

  test('receives no message that was matched before and is given right behind the suspension', () => {
    const run = new Scenario(model('start -> paid -> check -> end', { paid: receive('paid', '"k"') }));
    const instance = run.start();
    run.settle();
    run.run(run.message('paid', 'k', {}, true));
    const matches = run.dueTasks().map((task) => run.execution(task));
    run.group([{ type: 'suspendProcessInstance', instance, includeCalled: false, by: 'operator' }, ...matches]);
    run.settle();
    expect(run.waitsAt()).toEqual(['paid']);
    run.resume();
    run.settle();
    expect(run.waitsAt()).toEqual(['check']);
  });

  test('that begins to wait for a message while it is suspended receives it when it is resumed', () => {
    const run = new Scenario(model('start -> wait -> end', { wait: { tag: 'receiveTask' } }));
    run.start();
    run.run(run.message('paid', '17', {}, true));
    const answer = run.completion('wait');
    run.suspend();
    run.run({ ...answer, completion: { type: 'messageSubscription', name: 'paid', correlationKey: '17' } });
    run.settle();
    expect(run.state()).toBe('SUSPENDED');
    expect(run.world.all('messageSubscription')).toHaveLength(1);
    run.resume();
    run.settle();
    expect(run.state()).toBe('COMPLETED');
  });

  test('can be canceled', () => {
    const run = new Scenario(model('start -> a -> end'));
    run.start();
    run.suspend();
    run.cancel();
    expect(run.state()).toBe('CANCELED');
  });

  test('is not changed by being suspended again, nor a running one by being resumed', () => {
    const run = new Scenario(model('start -> a -> end'));
    run.start();
    run.resume();
    expect(run.log()).toEqual([]);
    run.suspend();
    run.suspend();
    expect(run.log()).toEqual([]);
  });

  test('that has ended can not be suspended or resumed', () => {
    const run = new Scenario(model('start -> end'));
    const instance = run.start();
    for (const type of ['suspendProcessInstance', 'resumeProcessInstance'] as const) {
      const refused = refusalOf(run.decide({ type, instance, includeCalled: false, by: 'operator' }));
      expect(refused.refused).toBe('PROCESS_INSTANCE_ENDED');
    }
  });
});

describe('what a suspended instance called', () => {
  const nested = (): Scenario => {
    const run = new Scenario(model('start -> call -> after -> end', { call: callOf('child') }));
    run.deploy(file({ id: 'child', arrows: 'startC -> pick -> endC' }));
    run.start();
    return run;
  };

  test('runs on, and its end waits at the caller', () => {
    const run = nested();
    run.suspend();
    expect(suspendedJobs(run)).toEqual([]);
    run.complete('pick');
    expect(run.tokens()).toEqual(['call_after']);
    run.resume();
    expect(run.waitsAt()).toEqual(['after']);
  });

  test('is suspended and resumed with it, where that is asked for', () => {
    const run = nested();
    run.suspend(true);
    expect(suspendedJobs(run)).toEqual(['pick']);
    run.resume();
    expect(suspendedJobs(run)).toEqual(['pick']);
    run.resume(true);
    expect(suspendedJobs(run)).toEqual([]);
  });

  test('can be suspended by itself', () => {
    const run = nested();
    const child = run.world.all('processInstance').find(({ parentId }) => parentId !== null);
    run.suspend(false, child);
    expect(suspendedJobs(run)).toEqual(['pick']);
    expect(run.state()).toBe('STARTED');
  });

  test('while it was suspended is suspended too', () => {
    const run = new Scenario(model('start -> call -> after -> end', { call: callByWorker() }));
    run.deploy(file({ id: 'child', arrows: 'startC -> pick -> endC' }));
    run.start();
    const none = { version: null, correlationKey: null, tags: {}, variables: [] };
    const outcome = run.completion('call');
    run.suspend();
    run.run({ ...outcome, completion: { type: 'calledProcess', bpmnProcessId: 'child', ...none } });
    expect(run.world.all('processInstance').map(({ state }) => state)).toEqual(['SUSPENDED', 'SUSPENDED']);
    expect(run.tokens()).toEqual(['startC_pick']);
    run.resume(true);
    expect(run.waitsAt()).toEqual(['call', 'pick']);
  });
});
