// Events with several definitions: any of them is enough, or all must have happened; and events that throw several.
import { describe, expect, test } from 'vitest';
import { Scenario } from '../support/scenario.js';
import {
  all,
  boundary,
  catching,
  condition,
  endWith,
  error,
  escalation,
  eventGateway,
  eventSubProcess,
  message,
  model,
  signal,
  startOn,
  subProcess,
  throwing,
  timer,
} from '../support/scenario-model.js';

const HOUR = 3_600_000;
const PAID = message('paid', 'order');
const LATE = timer('Duration', 'PT1H');

function pass(run: Scenario, milliseconds: number): void {
  run.later(milliseconds);
  run.executeTasks();
}

/** What waits: tasks and subscriptions of trees. */
function rows(run: Scenario): readonly string[] {
  const tasks = run.world.all('task').filter(({ rootId }) => rootId !== null);
  return [...tasks.map(({ type }) => type), ...run.world.all('messageSubscription').map(({ name }) => name)];
}

describe('a multiple event in the flow', () => {
  const either = model('start -> wait -> next -> end', {
    wait: catching(PAID + LATE + condition('free'), { outputs: { seen: '= amount' } }),
  });

  test('goes on with the message, and waits for no other', () => {
    const run = new Scenario(either);
    run.start({ order: 'A', free: false });
    expect(rows(run)).toEqual(['TRIGGER_TIMER', 'CONDITION', 'paid']);
    run.send('paid', 'A', { amount: 7 });
    expect(run.waitsAt()).toEqual(['next']);
    expect(rows(run)).toEqual([]);
    expect(run.variables()).toMatchObject({ seen: 7 });
  });

  test('goes on with the timer, or with the condition', () => {
    const run = new Scenario(
      model('start -> wait -> next -> end', { wait: catching(PAID + LATE + condition('free')) }),
    );
    run.start({ order: 'A', free: false });
    pass(run, HOUR);
    expect(run.waitsAt()).toEqual(['next']);
    run.start({ order: 'B', free: false });
    run.setVariables({ free: true });
    expect(run.waitsAt()).toEqual(['next', 'next']);
    expect(rows(run)).toEqual([]);
  });

  test('may stand behind an event-based gateway', () => {
    const run = new Scenario(
      model('start -> first -> a -> left -> end; first -> b -> right -> end', {
        first: eventGateway(),
        a: catching(PAID + LATE),
        b: catching(condition('no')),
      }),
    );
    run.start({ order: 'A', no: false });
    run.send('paid', 'A');
    expect(run.waitsAt()).toEqual(['left']);
    expect(rows(run)).toEqual([]);
  });
});

describe('a multiple event on an activity', () => {
  test('interrupts it once, whatever happens first', () => {
    const run = new Scenario(
      model('start -> work -> end; cut -> after -> end', { cut: boundary('work', PAID + LATE) }),
    );
    run.start({ order: 'A' });
    pass(run, HOUR);
    expect(run.visits()).toContain('work TERMINATED');
    expect(run.waitsAt()).toEqual(['after']);
    expect(rows(run)).toEqual([]);
  });

  test('happens with each of its events, where it does not interrupt', () => {
    const run = new Scenario(
      model('start -> work -> end; cut -> after -> end', {
        cut: boundary('work', PAID + timer('Cycle', 'R2/PT1H'), { interrupting: false }),
      }),
    );
    run.start({ order: 'A' });
    run.send('paid', 'A');
    run.send('paid', 'A');
    pass(run, HOUR);
    pass(run, HOUR);
    expect(run.waitsAt()).toEqual(['after', 'after', 'after', 'after', 'work']);
    run.complete('work');
    expect(rows(run)).toEqual([]);
  });

  test('catches the errors that it names', () => {
    const run = new Scenario(
      model('start -> work -> end; cut -> after -> end', {
        cut: boundary('work', error('GONE') + error('BAD') + LATE),
      }),
    );
    run.start();
    run.throwError('work', 'BAD');
    expect(run.waitsAt()).toEqual(['after']);
    expect(rows(run)).toEqual([]);
  });
});

describe('an event that waits for all', () => {
  test('goes on with the last of them, and has what came with each', () => {
    const run = new Scenario(
      model('start -> wait -> next -> end', {
        wait: all(catching(PAID + message('packed', 'order') + LATE, { outputs: { seen: '= [amount, boxes]' } })),
      }),
    );
    run.start({ order: 'A' });
    run.send('paid', 'A', { amount: 7 });
    pass(run, HOUR);
    expect(run.waitsAt()).toEqual(['wait']);
    expect(rows(run)).toEqual(['HAPPENED', 'HAPPENED', 'packed']);
    run.send('packed', 'A', { boxes: 2 });
    expect(run.waitsAt()).toEqual(['next']);
    expect(run.variables()).toMatchObject({ seen: [7, 2] });
    expect(rows(run)).toEqual([]);
  });

  test('does not count the same one twice', () => {
    const run = new Scenario(
      model('start -> wait -> next -> end', { wait: all(catching(condition('a') + condition('b'))) }),
    );
    run.start({ a: true, b: false });
    for (const a of [false, true, false]) run.setVariables({ a });
    expect(run.waitsAt()).toEqual(['wait']);
    run.setVariables({ b: true });
    expect(run.waitsAt()).toEqual(['next']);
  });

  test('on an activity happens again when all have happened again', () => {
    const run = new Scenario(
      model('start -> work -> end; cut -> after -> end', {
        cut: all(boundary('work', PAID + condition('ready'), { interrupting: false, outputs: { seen: '= amount' } })),
      }),
    );
    run.start({ order: 'A', ready: true });
    run.send('paid', 'A', { amount: 1 });
    expect(run.waitsAt()).toEqual(['after', 'work']);
    run.send('paid', 'A', { amount: 2 });
    expect(run.waitsAt()).toEqual(['after', 'work']);
    run.setVariables({ ready: false });
    run.setVariables({ ready: true });
    expect(run.waitsAt()).toEqual(['after', 'after', 'work']);
    expect(run.variables()).toMatchObject({ seen: 2 });
    run.complete('work');
    expect(rows(run)).toEqual([]);
  });

  test('begins an event sub-process', () => {
    const run = new Scenario(
      model('start -> work -> end', {
        handler: eventSubProcess('caught -> repair -> end2', {
          caught: all(startOn(PAID + condition('ready'))),
        }),
      }),
    );
    run.start({ order: 'A', ready: false });
    run.send('paid', 'A');
    expect(run.waitsAt()).toEqual(['work']);
    run.setVariables({ ready: true });
    expect(run.waitsAt()).toEqual(['repair']);
    expect(rows(run)).toEqual([]);
  });
});

describe('a multiple start event', () => {
  test('starts an instance with each of its messages', () => {
    const run = new Scenario(
      model('begin -> work -> end', { begin: { tag: 'startEvent', body: message('asked') + message('called') } }),
    );
    run.send('asked', 'A', { n: 1 });
    run.send('called', 'A', { n: 2 });
    expect(run.waitsAt()).toEqual(['work', 'work']);
    expect(run.variables()).toEqual({ n: 2 });
  });

  test('leaves what waits in the scope of the process open', () => {
    const run = new Scenario(
      model('begin -> work -> end', {
        begin: { tag: 'startEvent', body: message('asked') + message('called') },
        handler: eventSubProcess('caught -> repair -> end2', { caught: startOn(LATE) }),
      }),
    );
    run.send('asked', 'A');
    pass(run, HOUR);
    expect(run.waitsAt()).toEqual(['repair']);
  });
});

describe('an event that throws several', () => {
  test('sends its messages, and goes on', () => {
    const run = new Scenario(model('start -> tell -> end', { tell: throwing(PAID + message('packed', 'order')) }));
    run.start({ order: 'A' });
    expect(run.world.all('message')).toMatchObject([
      { name: 'paid', correlationKey: 'A' },
      { name: 'packed', correlationKey: 'A' },
    ]);
    expect(run.state()).toBe('COMPLETED');
  });

  test('sends nothing while one of them can not be thrown', () => {
    const run = new Scenario(
      model('start -> tell', { tell: endWith(PAID + message('packed', 'order') + error('GONE')) }),
    );
    run.start({ order: 'A' });
    expect(run.incidents()).toEqual(['tell ENTER UNCAUGHT_ERROR: error "GONE" is not caught']);
    expect(run.world.all('message')).toEqual([]);
    run.start({ order: 7.5 });
    expect(run.openIncidents()).toHaveLength(2);
    expect(run.world.all('message')).toEqual([]);
  });

  test('ends with the error that it throws last', () => {
    const run = new Scenario(
      model('start -> inner -> end; caught -> after -> end', {
        inner: subProcess('start2 -> tell', { tell: endWith(error('GONE') + PAID) }),
        caught: boundary('inner', error('GONE')),
      }),
    );
    run.start({ order: 'A' });
    expect(run.waitsAt()).toEqual(['after']);
    expect(run.world.all('message')).toMatchObject([{ name: 'paid' }]);
  });

  test('goes on after an escalation that does not interrupt', () => {
    const run = new Scenario(
      model('start -> inner -> end; caught -> after -> end', {
        inner: subProcess('start2 -> tell -> more -> end2', { tell: throwing(PAID + escalation('SLOW')) }),
        caught: boundary('inner', escalation('SLOW'), { interrupting: false }),
      }),
    );
    run.start({ order: 'A' });
    expect(run.waitsAt()).toEqual(['after', 'more']);
  });
});

describe('a signal among several definitions', () => {
  function sendSignal(run: Scenario, name: string, variables = {}): void {
    run.sendSignal(name, variables);
    run.executeTasks();
  }

  test('is enough where any of them is, and the others wait no more', () => {
    const run = new Scenario(
      model('start -> wait -> next -> end', { wait: catching(PAID + signal('go') + signal('stop')) }),
    );
    run.start({ order: 'A' });
    expect(run.world.all('signalSubscription').map(({ name }) => name)).toEqual(['go', 'stop']);
    sendSignal(run, 'stop', { amount: 3 });
    expect(run.waitsAt()).toEqual(['next']);
    expect([...rows(run), ...run.world.all('signalSubscription')]).toEqual([]);
    expect(run.variables()).toMatchObject({ amount: 3 });
  });

  test('waits for all of them where all are needed, and one that came twice counts once', () => {
    const run = new Scenario(model('start -> wait -> next -> end', { wait: all(catching(PAID + signal('go'))) }));
    run.start({ order: 'A' });
    sendSignal(run, 'go', { amount: 3 });
    sendSignal(run, 'go', { amount: 4 });
    expect(run.waitsAt()).toEqual(['wait']);
    run.send('paid', 'A');
    expect(run.waitsAt()).toEqual(['next']);
    expect(run.variables()).toMatchObject({ amount: 3 });
  });

  test('on an activity that it does not interrupt, where all are needed, waits again once all have come', () => {
    const run = new Scenario(
      model('start -> work -> end; cut -> after -> end', {
        cut: all(boundary('work', signal('one') + signal('two'), { interrupting: false })),
      }),
    );
    run.start();
    for (const name of ['one', 'one', 'two', 'one']) sendSignal(run, name);
    expect(run.waitsAt()).toEqual(['after', 'work']);
    sendSignal(run, 'two');
    expect(run.waitsAt()).toEqual(['after', 'after', 'work']);
    run.complete('work');
    expect([...rows(run), ...run.world.all('signalSubscription')]).toEqual([]);
  });

  test('happens with each, where any is enough and nothing is interrupted', () => {
    const run = new Scenario(
      model('start -> work -> end; cut -> after -> end', {
        cut: boundary('work', signal('one') + signal('two'), { interrupting: false }),
      }),
    );
    run.start();
    for (const name of ['one', 'one', 'two']) sendSignal(run, name);
    expect(run.waitsAt()).toEqual(['after', 'after', 'after', 'work']);
  });

  test('is thrown with the others, or, while one can not be thrown, not at all', () => {
    const run = new Scenario(
      model('start -> tell -> end', { tell: throwing(signal('go') + message('paid', 'order')) }),
    );
    run.start({ order: true });
    expect(run.world.all('signal')).toEqual([]);
    run.setVariables({ order: 'A' });
    run.resolve();
    expect(run.state()).toBe('COMPLETED');
    expect([run.world.all('signal'), run.world.all('message')]).toMatchObject([[{ name: 'go' }], [{ name: 'paid' }]]);
  });
});
