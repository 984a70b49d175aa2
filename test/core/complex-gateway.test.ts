// Complex gateways: when they go on, what they take, and when they are reset (BPMN 2.0.2, 13.4.5).
import { describe, expect, test } from 'vitest';
import { Scenario } from '../support/scenario.js';
import { complex, model } from '../support/scenario-model.js';

const three = 'start -> fork -> a -> gate -> after -> end; fork -> b -> gate; fork -> c -> gate';

function gates(run: Scenario): readonly string[] {
  return run.visits().filter((visit) => visit.startsWith('gate'));
}

describe('a complex gateway', () => {
  test('that needs one of three goes on with the first, and what comes late ends there', () => {
    const run = new Scenario(model(three, { gate: complex('activationCount >= 1') }));
    run.start();
    run.complete('b');
    expect(run.waitsAt()).toEqual(expect.arrayContaining(['a', 'after', 'c']));
    run.complete('a');
    run.complete('after');
    expect(run.state()).toBe('STARTED');
    run.complete('c');
    expect(run.state()).toBe('COMPLETED');
    expect(run.visits().filter((visit) => visit.startsWith('after'))).toHaveLength(1);
    expect(gates(run)).toHaveLength(1);
  });

  test.each([2, 3])('that needs %d of three waits for that many', (n) => {
    const run = new Scenario(model(three, { gate: complex('activationCount >= n') }));
    run.start({ n });
    for (const id of ['a', 'b', 'c'].slice(0, n - 1)) run.complete(id);
    expect(run.waitsAt()).not.toContain('after');
    expect(run.tokens()).toHaveLength(n - 1);
    run.complete(['a', 'b', 'c'][n - 1] ?? '');
    expect(run.waitsAt()).toContain('after');
    expect(run.tokens()).toEqual([]);
  });

  test('counts the flows that have a token: two on one flow are no two of three', () => {
    const run = new Scenario(
      model('start -> fork -> merge -> a -> gate -> after -> end; fork -> merge; fork -> b -> gate', {
        gate: complex('activationCount >= 2'),
      }),
    );
    run.start();
    run.complete('a');
    run.complete('a');
    expect(run.waitsAt()).toEqual(['b']);
    run.complete('b');
    expect(run.tokens()).toEqual(['a_gate']);
  });

  test('begins again after its reset, in a loop', () => {
    const run = new Scenario(
      model(
        `start -> merge -> fork -> a -> gate -> after -> choose -[again]-> merge; choose -[default]-> end
        fork -> b -> gate; fork -> c -> gate`,
        { gate: complex('activationCount >= 2') },
      ),
    );
    run.start({ again: true });
    for (const id of ['a', 'b', 'c', 'after', 'c', 'a']) run.complete(id);
    expect(gates(run)).toHaveLength(2);
    run.complete('after', { again: false });
    expect(run.waitsAt()).toEqual(expect.arrayContaining(['b']));
    run.complete('b');
    expect(run.state()).toBe('COMPLETED');
  });

  test('is reset when a token that could have come has ended elsewhere', () => {
    const run = new Scenario(
      model(`start -> fork -> a -> gate -> after -> end; fork -> b -> choose -[x]-> gate; choose -[default]-> end2`, {
        gate: complex('activationCount >= 1'),
      }),
    );
    run.start({ x: false });
    run.complete('a');
    run.complete('after');
    expect(run.state()).toBe('STARTED');
    run.complete('b');
    expect(run.state()).toBe('COMPLETED');
  });

  test('lets its flows ask whether it waits for the start or for the reset', () => {
    const run = new Scenario(
      model(
        `start -> fork -> a -> gate -[waitingForStart]-> first -> end; fork -> b -> gate
        gate -[not(waitingForStart)]-> last -> end2`,
        { gate: complex('activationCount >= 1') },
      ),
    );
    run.start();
    run.complete('a');
    expect(run.waitsAt()).toEqual(expect.arrayContaining(['b', 'first']));
    run.complete('b');
    expect(run.waitsAt()).toEqual(expect.arrayContaining(['first', 'last']));
    run.complete('first');
    run.complete('last');
    expect(run.state()).toBe('COMPLETED');
  });

  test('takes each flow whose condition is true, else the default, and none of them again at its reset', () => {
    const run = new Scenario(
      model(
        `start -> fork -> a -> gate -[n > 1]-> x -> end; gate -[n > 2]-> y -> end; gate -[default]-> z -> end
        fork -> b -> gate`,
        { gate: complex('activationCount >= 1') },
      ),
    );
    run.start({ n: 0 });
    run.complete('a');
    run.complete('b', { n: 3 });
    expect(run.waitsAt()).toEqual(['z']);
  });

  test('without a true condition and a default is an incident; a variable and a resolve go on', () => {
    const run = new Scenario(
      model('start -> fork -> a -> gate -[n > 1]-> x -> end; fork -> b -> gate', {
        gate: complex('activationCount >= 1'),
      }),
    );
    run.start({ n: 0 });
    run.complete('a');
    expect(run.incidents()).toEqual([
      'gate LEAVE NO_FLOW_TAKEN: no condition on the flows of gate is true and there is no default flow',
    ]);
    run.complete('b');
    run.resolve({ variables: { n: 2 } });
    expect(run.waitsAt()).toEqual(['x']);
    run.complete('x');
    expect(run.state()).toBe('COMPLETED');
  });

  test('whose activation condition fails is an incident of its scope, and is asked again when that is resolved', () => {
    const run = new Scenario(model(three, { gate: complex('activationCount >= missing') }));
    run.start();
    run.complete('a');
    run.complete('b');
    expect(run.openIncidents().map(({ phase, reason }) => [phase, reason])).toEqual([['CONTINUE', 'VARIABLE_MISSING']]);
    expect(run.openIncidents()[0]?.message).toContain('activation condition "activationCount >= missing" of gate');
    run.resolve({ variables: { missing: 2 } });
    expect(run.waitsAt()).toEqual(expect.arrayContaining(['after', 'c']));
  });

  test('holds an inclusive join behind it until its reset', () => {
    const run = new Scenario(
      model(
        `start -> fork -> a -> gate -[waitingForStart]-> first -> end2; fork -> b -> gate
        gate -[not(waitingForStart)]-> gather -> after -> end; fork -> c -> gather`,
        { gate: complex('activationCount >= 1') },
      ),
    );
    run.start();
    run.complete('a');
    run.complete('c');
    expect(run.waitsAt()).not.toContain('after');
    expect(run.tokens()).toEqual(['c_gather']);
    run.complete('b');
    expect(run.waitsAt()).toEqual(expect.arrayContaining(['after', 'first']));
  });

  test('with one flow in and no condition lets each token go on', () => {
    const run = new Scenario(
      model('start -> gate -[n > 1]-> a -> end; gate -[default]-> b -> end', {
        gate: { tag: 'complexGateway' },
      }),
    );
    run.start({ n: 2 });
    run.complete('a');
    expect(run.state()).toBe('COMPLETED');
  });

  test('that waits for its reset ends with a cancel', () => {
    const run = new Scenario(model(three, { gate: complex('activationCount >= 1') }));
    run.start();
    run.complete('a');
    run.cancel();
    expect(run.state()).toBe('CANCELED');
    expect(run.tokens()).toEqual([]);
  });
});
