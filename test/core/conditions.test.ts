// Conditional events, which happen when a condition becomes true, and the gateway that waits for the first of several.
import { describe, expect, test } from 'vitest';
import { Scenario } from '../support/scenario.js';
import {
  boundary,
  catching,
  condition,
  eventGateway,
  eventSubProcess,
  model,
  service,
  startOn,
} from '../support/scenario-model.js';

describe('a conditional catch event', () => {
  const wait = model('start -> enough -> next -> end', {
    enough: catching(condition('n > 2'), { outputs: { seen: '= n' } }),
  });

  test('waits until the command that makes its condition true', () => {
    const run = new Scenario(wait);
    run.start({ n: 1 });
    expect(run.waitsAt()).toEqual(['enough']);
    run.setVariables({ n: 2 });
    expect(run.waitsAt()).toEqual(['enough']);
    run.setVariables({ n: 3 });
    expect(run.waitsAt()).toEqual(['next']);
    expect(run.variables()).toEqual({ n: 3, seen: 3 });
    expect(run.world.all('task')).toEqual([]);
  });

  test('goes on at once when its condition is true already, and waits for what is not there yet', () => {
    const run = new Scenario(wait);
    run.start({ n: 9 });
    expect(run.waitsAt()).toEqual(['next']);
    run.start();
    expect(run.world.all('incident')).toEqual([]);
    run.setVariables({ n: 4 });
    expect(run.waitsAt()).toEqual(['next', 'next']);
  });

  test('waits on when its condition is neither true nor false; that is kept', () => {
    const run = new Scenario(wait);
    run.start({ n: 'many' });
    expect(run.waitsAt()).toEqual(['enough']);
    expect(run.openIncidents()).toEqual([]);
    expect(run.world.all('incident')).toMatchObject([{ reason: 'EXPRESSION_FAILED' }]);
    run.setVariables({ n: 4 });
    expect(run.waitsAt()).toEqual(['next']);
  });

  test('asks with the variables of its own place', () => {
    const run = new Scenario(
      model('start -> fork -> work -> end; fork -> other -> end; caught -> end', {
        work: service({ inputs: { n: '= 10' } }),
        caught: boundary('work', condition('n > 5 and go'), { interrupting: false }),
      }),
    );
    run.start({ n: 1, go: false });
    run.complete('other', { go: true });
    expect(run.visits()).toContain('caught COMPLETED');
  });
});

describe('a conditional boundary event', () => {
  const watched = (spec = {}) =>
    model('start -> work -> end; hot -> cool -> end', { hot: boundary('work', condition('heat > 5'), spec) });

  test('interrupts what it is attached to', () => {
    const run = new Scenario(watched());
    run.start({ heat: 1 });
    run.setVariables({ heat: 6 });
    expect(run.visits()).toContain('work TERMINATED');
    expect(run.waitsAt()).toEqual(['cool']);
  });

  test('happens each time that its condition becomes true, where it does not interrupt', () => {
    const run = new Scenario(watched({ interrupting: false }));
    run.start({ heat: 1 });
    for (const heat of [6, 7, 1, 8]) run.setVariables({ heat });
    expect(run.waitsAt()).toEqual(['cool', 'cool', 'work']);
    run.complete('work');
    expect(run.world.all('task')).toEqual([]);
  });

  test('is asked once, at the end of the command', () => {
    const run = new Scenario(
      model('start -> fork -> work -> end; fork -> other -> up -> down -> end; hot -> cool -> end', {
        hot: boundary('work', condition('heat > 5')),
        up: { tag: 'scriptTask', extensions: '<zeebe:script expression="=9" resultVariable="heat"/>' },
        down: { tag: 'scriptTask', extensions: '<zeebe:script expression="=0" resultVariable="heat"/>' },
      }),
    );
    run.start({ heat: 1 });
    run.complete('other');
    expect(run.waitsAt()).toEqual(['work']);
  });

  test('sees what a worker reports, also with a failure', () => {
    const run = new Scenario(
      model('start -> work -> end; hot -> cool -> end', {
        work: service({ topic: 'work', retries: '3' }),
        hot: boundary('work', condition('heat > 5')),
      }),
    );
    run.start({ heat: 1 });
    run.fail('work', 'too hot', { variables: { heat: 6 } });
    expect(run.waitsAt()).toEqual(['cool']);
  });
});

test('a conditional event sub-process interrupts its scope', () => {
  const run = new Scenario(
    model('start -> work -> end', {
      handler: eventSubProcess('caught -> repair -> end2', { caught: startOn(condition('broken')) }),
    }),
  );
  run.start({ broken: false });
  run.setVariables({ broken: true });
  expect(run.waitsAt()).toEqual(['repair']);
  run.complete('repair');
  expect(run.state()).toBe('COMPLETED');
  expect(run.world.all('task')).toEqual([]);
});

describe('an event-based gateway', () => {
  const race = model('start -> first -> a -> left -> end; first -> b -> right -> end', {
    first: eventGateway(),
    a: catching(condition('x')),
    b: catching(condition('y')),
  });

  test('takes the way of the event that happens first, and waits for no other', () => {
    const run = new Scenario(race);
    run.start({ x: false, y: false });
    expect(run.waitsAt()).toEqual(['first']);
    run.setVariables({ y: true });
    expect(run.waitsAt()).toEqual(['right']);
    run.setVariables({ x: true });
    expect(run.waitsAt()).toEqual(['right']);
    run.complete('right');
    expect(run.state()).toBe('COMPLETED');
  });

  test('takes one way when several happen at once', () => {
    const run = new Scenario(race);
    run.start({ x: true, y: true });
    expect(run.waitsAt()).toEqual(['left']);
    expect(run.world.all('task')).toEqual([]);
  });

  test('ends with its scope', () => {
    const run = new Scenario(race);
    run.start({ x: false, y: false });
    run.cancel();
    expect(run.world.all('task')).toEqual([]);
  });
});
