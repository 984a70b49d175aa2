// Inclusive gateways: which flows a split takes, and when a join has all that can still come (BPMN 2.0.2, 13.4.3).
import { describe, expect, test } from 'vitest';
import { STEPS_PER_COMMAND } from '../../src/core/limits.js';
import { refusalOf, Scenario } from '../support/scenario.js';
import { inclusive, model, subProcess, task } from '../support/scenario-model.js';

const gate = `start -> split -[n > 1]-> a -> gather -> after -> end
  split -[n > 2]-> b -> gather; split -[default]-> c -> gather`;

describe('inclusive split', () => {
  test.each([
    [3, ['a', 'b']],
    [2, ['a']],
    [1, ['c']],
  ])('with n = %d takes each flow whose condition is true, else the default: %s', (n, targets) => {
    const run = new Scenario(model(gate));
    run.start({ n });
    expect(run.waitsAt()).toEqual(targets);
  });

  test('without a true condition and a default is an incident; a variable and a resolve go on', () => {
    const run = new Scenario(model('start -> split -[n > 1]-> a -> end; split -[n > 2]-> b -> end'));
    run.start({ n: 0 });
    expect(run.incidents()).toEqual([
      'split LEAVE NO_FLOW_TAKEN: no condition on the flows of split is true and there is no default flow',
    ]);
    run.resolve({ variables: { n: 3 } });
    expect(run.waitsAt()).toEqual(['a', 'b']);
  });

  test('a condition that fails takes no flow at all', () => {
    const run = new Scenario(model('start -> split -[n > 1]-> a -> end; split -[missing > 2]-> b -> end'));
    run.start({ n: 2 });
    expect(run.waitsAt()).toEqual(['split']);
    expect(run.openIncidents().map(({ reason }) => reason)).toEqual(['VARIABLE_MISSING']);
  });
});

describe('inclusive split without conditions', () => {
  const xml = model('start -> split -> a -> gather -> after -> end; split -> b -> gather; split -> c -> gather', {
    split: inclusive({ topic: 'ask', retries: '1' }),
  });

  test('asks a worker, whose decision names targets or flows, each once', () => {
    const run = new Scenario(xml);
    run.start();
    expect(run.openJob('split')).toMatchObject({ type: 'EVALUATE_INCLUSIVE_GATEWAY', topic: 'ask' });
    run.choose('split', ['c', 'split_a', 'a']);
    expect(run.waitsAt()).toEqual(['a', 'c']);
    run.complete('a');
    run.complete('c');
    expect(run.waitsAt()).toEqual(['after']);
  });

  test.each([
    [['a', 'd'], '"d"'],
    [[], 'none'],
    ['a', 'none'],
    [undefined, 'none'],
  ])('refuses the decision %j, and the job stays held', (decision, given) => {
    const run = new Scenario(xml);
    run.start();
    const refusal = refusalOf(run.decide(run.completion('split', decision === undefined ? {} : { decision })));
    expect(refusal).toMatchObject({ refused: 'DECISION_INVALID', field: 'completion.inclusive_gateway_decision' });
    expect(refusal.message).toBe(`gateway split needs a decision for one of its targets (a, b, c), but got ${given}`);
    run.choose('split', ['b']);
    expect(run.waitsAt()).toEqual(['b']);
  });

  test('a gateway that joins and splits waits first and asks then', () => {
    const arrows = 'start -> fork -> a -> gather -> c -> end; fork -> b -> gather; gather -> d -> end';
    const run = new Scenario(model(arrows));
    run.start();
    run.complete('a');
    expect(run.waitsAt()).toEqual(['b']);
    run.complete('b');
    run.choose('gather', ['d']);
    expect(run.waitsAt()).toEqual(['d']);
  });
});

describe('inclusive join', () => {
  test('waits for as many tokens as were sent, and for no flow that got none', () => {
    const run = new Scenario(model(gate));
    run.start({ n: 3 });
    run.complete('a');
    expect(run.tokens()).toEqual(['a_gather']);
    expect(run.waitsAt()).toEqual(['b']);
    run.complete('b');
    expect(run.waitsAt()).toEqual(['after']);
    run.complete('after');
    expect(run.state()).toBe('COMPLETED');
  });

  test('of one token goes on at once', () => {
    const run = new Scenario(model(gate));
    run.start({ n: 2 });
    run.complete('a');
    expect(run.waitsAt()).toEqual(['after']);
  });

  test('is released by a token that ends elsewhere', () => {
    const run = new Scenario(
      model(`start -> split -[n > 1]-> a -> gather -> after -> end
        split -[n > 2]-> b -> choose -[n > 9]-> gather; choose -[default]-> end2`),
    );
    run.start({ n: 3 });
    run.complete('a');
    expect(run.tokens()).toEqual(['a_gather']);
    run.complete('b');
    expect(run.waitsAt()).toEqual(['after']);
  });

  test('asks for the whole tree only when nothing that is known stands against it', () => {
    const run = new Scenario(model(gate));
    run.start({ n: 3 });
    run.complete('a');
    expect(run.needs).toBe(1);
    run.complete('b');
    expect(run.needs).toBe(2);
    const blocked = new Scenario(
      model('start -> fork -> a -> gather -> end; fork -> b -> c -> gather; fork -> d -> e -> gather'),
    );
    blocked.start();
    blocked.complete('a');
    blocked.needs = 0;
    blocked.complete('b');
    expect(blocked.waitsAt()).toEqual(['c', 'd']);
    expect(blocked.needs).toBe(0);
  });

  test('does not wait for a token that has already passed by', () => {
    const run = new Scenario(model('start -> fork -> a -> gather -> end; fork -> b -> gather; fork -> c -> end2'));
    run.start();
    run.complete('a');
    run.complete('b');
    expect(run.waitsAt()).toEqual(['c']);
  });

  test('takes one token from each flow; a second one on a flow makes a round of its own', () => {
    const run = new Scenario(
      model('start -> fork -> merge -> a -> gather -> after -> end; fork -> merge; fork -> b -> gather'),
    );
    run.start();
    run.complete('a');
    run.complete('a');
    expect(run.tokens()).toEqual(['a_gather', 'a_gather']);
    run.complete('b');
    expect(run.waitsAt()).toEqual(['after', 'after']);
    expect(run.visits().filter((visit) => visit.startsWith('gather'))).toHaveLength(2);
  });

  test('in a loop does not wait for what only its own flow can bring', () => {
    const run = new Scenario(model(`start -> gather -> a -> choose -[again]-> gather; choose -[default]-> end`));
    run.start({ again: true });
    run.complete('a');
    run.complete('a', { again: false });
    expect(run.state()).toBe('COMPLETED');
    expect(run.visits().filter((visit) => visit.startsWith('gather'))).toHaveLength(2);
  });

  test('does not wait for a token that can come to a flow which has one, too', () => {
    const run = new Scenario(
      model('start -> fork -> a -> gather -> after -> end; fork -> b -> choose -[x]-> a; choose -[default]-> gather'),
    );
    run.start();
    run.complete('a');
    expect(run.waitsAt()).toEqual(['after', 'b']);
  });

  test('of two that wait for each other the one that has waited longest goes on', () => {
    const run = new Scenario(
      model(
        `start -> fork -> a -> gather1 -> c -> choose -[x]-> gather2; choose -[default]-> end
        fork -> b -> gather2 -> d -> choose2 -[x]-> gather1; choose2 -[default]-> end2`,
        {
          choose2: { tag: 'exclusiveGateway' },
          gather1: { tag: 'inclusiveGateway' },
          gather2: { tag: 'inclusiveGateway' },
        },
      ),
    );
    run.start({ x: false });
    run.complete('a');
    expect(run.waitsAt()).toEqual(['b']);
    run.complete('b');
    expect(run.waitsAt()).toEqual(['c']);
    run.complete('c');
    expect(run.waitsAt()).toEqual(['d']);
    run.complete('d');
    expect(run.state()).toBe('COMPLETED');
  });

  test('is about its own scope: what runs in another does not hold it, a sub-process that can come does', () => {
    const run = new Scenario(
      model('start -> fork -> a -> gather -> after -> end; fork -> sub -> gather; fork -> other -> end2', {
        sub: subProcess('start1 -> b -> end1'),
        other: subProcess('start2 -> c -> end3'),
      }),
    );
    run.start();
    run.complete('a');
    expect(run.tokens()).toEqual(['a_gather']);
    run.complete('b');
    expect(run.waitsAt()).toEqual(['after', 'c']);
  });

  test('a failing task still holds it', () => {
    const run = new Scenario(model(gate));
    run.start({ n: 3 });
    run.complete('a');
    run.fail('b');
    expect(run.tokens()).toEqual(['a_gather']);
    run.resolve();
    run.complete('b');
    expect(run.waitsAt()).toEqual(['after']);
  });

  test('is withdrawn by a cancel', () => {
    const run = new Scenario(model(gate));
    run.start({ n: 3 });
    run.complete('a');
    run.cancel();
    expect(run.tokens()).toEqual([]);
    expect(run.state()).toBe('CANCELED');
  });

  test('that became ready at the step cap is asked by the task that goes on', () => {
    const length = STEPS_PER_COMMAND - 2;
    const chain = Array.from({ length }, (_, index) => `t${index}`);
    const run = new Scenario(
      model(`start -> fork -> ${chain.join(' -> ')} -> gather -> after -> end; fork -> gather`, {
        ...Object.fromEntries(chain.map((id) => [id, task()])),
      }),
    );
    run.start();
    expect(run.waitsAt()).toEqual([]);
    expect(run.executeTasks()).toBe(1);
    expect(run.waitsAt()).toEqual(['after']);
  });
});
