// Signals: to all who wait when one is sent, in the flow, on activities and in event sub-processes, and as starts.
import { describe, expect, test } from 'vitest';
import { Scenario } from '../support/scenario.js';
import {
  boundary,
  catching,
  endWith,
  eventGateway,
  eventSubProcess,
  file,
  model,
  signal,
  startOn,
  subProcess,
  throwing,
  timer,
} from '../support/scenario-model.js';

function send(run: Scenario, name: string, variables = {}): void {
  run.sendSignal(name, variables);
  run.executeTasks();
}

const waiting = model('start -> wait -> end', { wait: catching(signal('go')) });

describe('an intermediate catch event', () => {
  test('goes on when its signal comes, and what came with it is set in the process', () => {
    const run = new Scenario(waiting);
    run.start();
    expect(run.waitsAt()).toEqual(['wait']);
    send(run, 'go', { amount: 3 });
    expect(run.state()).toBe('COMPLETED');
    expect(run.variables()).toEqual({ amount: 3 });
  });

  test('goes on in every instance that waits, and in none that does not', () => {
    const run = new Scenario(waiting);
    const instances = Array.from({ length: 3 }, () => run.start());
    run.sendSignal('go');
    const late = run.start();
    run.executeTasks();
    const state = ({ id }: { readonly id: number }) => run.world.rows.processInstance.get(id)?.state;
    expect(instances.map(state)).toEqual(['COMPLETED', 'COMPLETED', 'COMPLETED']);
    expect(state(late)).toBe('STARTED');
    expect(run.world.all('signalTarget')).toEqual([]);
  });

  test('does not wait for a signal of another name', () => {
    const run = new Scenario(waiting);
    run.start();
    send(run, 'stop');
    expect(run.waitsAt()).toEqual(['wait']);
  });

  test('that has ended since the signal was sent is passed over', () => {
    const run = new Scenario(waiting);
    run.start();
    run.sendSignal('go');
    run.cancel();
    run.executeTasks();
    expect(run.state()).toBe('CANCELED');
  });

  test('waits for a name that an expression makes', () => {
    const run = new Scenario(model('start -> wait -> end', { wait: catching(signal('="order-" + string(order)')) }));
    run.start({ order: 7 });
    send(run, 'order-7');
    expect(run.state()).toBe('COMPLETED');
  });

  test('whose name is no text is an incident, and waits once that is resolved', () => {
    const run = new Scenario(model('start -> wait -> end', { wait: catching(signal('=topic')) }));
    run.start({ topic: true });
    expect(run.incidents()).toEqual([
      'wait ENTER EXPRESSION_FAILED: signal name "topic" must be text of 1 to 255 characters, but is true',
    ]);
    run.setVariables({ topic: 'go' });
    run.resolve();
    send(run, 'go');
    expect(run.state()).toBe('COMPLETED');
  });
});

describe('a boundary event', () => {
  test('interrupts its activity', () => {
    const stop = boundary('work', signal('stop'));
    const run = new Scenario(model('start -> work -> end; stop -> clean -> endStop', { stop }));
    run.start();
    send(run, 'stop');
    expect(run.waitsAt()).toEqual(['clean']);
    expect(run.world.all('signalSubscription')).toEqual([]);
  });

  test('that does not interrupt happens with every signal, until the activity ends', () => {
    const tell = boundary('work', signal('tell'), { interrupting: false });
    const run = new Scenario(model('start -> work -> end; tell -> note -> endTell', { tell }));
    run.start();
    send(run, 'tell');
    send(run, 'tell');
    expect(run.waitsAt()).toEqual(['note', 'note', 'work']);
    run.complete('work');
    send(run, 'tell');
    expect(run.waitsAt()).toEqual(['note', 'note']);
  });

  test('of the same signal as another one: the first that interrupts is the only one', () => {
    const one = boundary('work', signal('stop'));
    const other = boundary('work', signal('stop'));
    const run = new Scenario(model('start -> work -> end; one -> a -> endA; other -> b -> endB', { one, other }));
    run.start();
    send(run, 'stop');
    expect(run.waitsAt()).toEqual(['a']);
  });

  test('at a sub-process still waits after an event inside has interrupted its content', () => {
    const inside = subProcess('startIn -> work -> endIn', {
      handle: eventSubProcess('onHelp -> repair -> endHandle', { onHelp: startOn(signal('help')) }),
    });
    const stop = boundary('inside', signal('stop'));
    const run = new Scenario(model('start -> inside -> end; stop -> clean -> endStop', { inside, stop }));
    run.start();
    send(run, 'help');
    expect(run.waitsAt()).toEqual(['repair']);
    send(run, 'stop');
    expect(run.waitsAt()).toEqual(['clean']);
  });
});

test('an event-based gateway takes the way of the signal, and waits for nothing else', () => {
  const run = new Scenario(
    model('start -> first; first -> told -> a -> endA; first -> late -> b -> endB', {
      first: eventGateway(),
      told: catching(signal('go')),
      late: catching(timer('Duration', 'PT1H')),
    }),
  );
  run.start();
  send(run, 'go');
  expect(run.waitsAt()).toEqual(['a']);
  expect(run.world.all('task')).toEqual([]);
});

describe('an event sub-process', () => {
  const handled = (interrupting: boolean) =>
    model('start -> work -> end', {
      handle: eventSubProcess('told -> note -> endTold', { told: startOn(signal('tell'), { interrupting }) }),
    });

  test('interrupts its scope', () => {
    const run = new Scenario(handled(true));
    run.start();
    send(run, 'tell');
    expect(run.waitsAt()).toEqual(['note']);
  });

  test('that does not interrupt begins with every signal', () => {
    const run = new Scenario(handled(false));
    run.start();
    send(run, 'tell');
    send(run, 'tell');
    expect(run.waitsAt()).toEqual(['note', 'note', 'work']);
  });
});

describe('a start event', () => {
  const started = model('go -> work -> end', { go: startOn(signal('go')) });

  test('starts an instance with the variables of the signal, and waits on', () => {
    const run = new Scenario(started);
    send(run, 'go', { amount: 3 });
    send(run, 'go');
    expect(run.waitsAt()).toEqual(['work', 'work']);
    expect(run.world.all('variable')).toMatchObject([{ name: 'amount' }]);
  });

  test('of an older version starts nothing', () => {
    const run = new Scenario(started);
    run.deploy(model('stop -> work -> end', { stop: startOn(signal('stop')) }));
    send(run, 'go');
    expect(run.world.all('processInstance')).toEqual([]);
  });

  test('lets what waits in its process wait from the beginning', () => {
    const run = new Scenario(
      model('go -> work -> end', {
        go: startOn(signal('go')),
        handle: eventSubProcess('told -> note -> endTold', { told: startOn(signal('tell')) }),
      }),
    );
    send(run, 'go');
    send(run, 'tell');
    expect(run.waitsAt()).toEqual(['note']);
  });

  test('goes on when what its process waits for could not be opened, and that is resolved', () => {
    const run = new Scenario(
      model('go -> work -> end', {
        go: startOn(signal('go')),
        handle: eventSubProcess('told -> note -> endTold', { told: startOn(signal('=name')) }),
      }),
    );
    send(run, 'go', { name: 1.5 });
    const [root] = run.world.all('processInstance');
    if (root !== undefined) run.instance = root;
    expect(run.incidents()).toHaveLength(1);
    run.setVariables({ name: 'tell' });
    run.resolve();
    expect(run.waitsAt()).toEqual(['work']);
  });
});

describe('a process that throws', () => {
  test('goes on at once, and reaches all who wait, itself included', () => {
    const both = file(
      {
        id: 'p',
        arrows: 'start -> fork; fork -> wait -> end; fork -> tell -> endTell',
        elements: { wait: catching(signal('go')), tell: throwing(signal('go'), { inputs: { amount: '=3' } }) },
      },
      { id: 'q', arrows: 'startQ -> waitQ -> endQ', elements: { waitQ: catching(signal('go')) } },
    );
    const run = new Scenario(both);
    run.starts = 'q';
    const other = run.start();
    run.starts = 'p';
    run.start();
    expect(run.waitsAt()).toEqual(['wait', 'waitQ']);
    run.executeTasks();
    expect([run.state(), run.world.rows.processInstance.get(other.id)?.state]).toEqual(['COMPLETED', 'COMPLETED']);
    expect(run.variables()).toEqual({ amount: 3 });
  });

  test('does not hear its own signal where it waits for it only afterwards', () => {
    const run = new Scenario(
      model('start -> tell -> wait -> end', { tell: throwing(signal('go')), wait: catching(signal('go')) }),
    );
    run.start();
    run.executeTasks();
    expect(run.waitsAt()).toEqual(['wait']);
  });

  test('ends with a signal, and its instance is complete', () => {
    const run = new Scenario(
      file(
        { id: 'p', arrows: 'start -> end', elements: { end: endWith(signal('go')) } },
        { id: 'q', arrows: 'go -> work -> endQ', elements: { go: startOn(signal('go')) } },
      ),
    );
    run.start();
    run.executeTasks();
    expect(run.state()).toBe('COMPLETED');
    expect(run.waitsAt()).toEqual(['work']);
  });
});

describe('a suspended instance', () => {
  test('is reached when it is resumed', () => {
    const run = new Scenario(waiting);
    run.start();
    run.suspend();
    send(run, 'go', { amount: 3 });
    send(run, 'go', { amount: 4 });
    expect(run.waitsAt()).toEqual(['wait']);
    run.resume();
    run.executeTasks();
    expect(run.state()).toBe('COMPLETED');
    expect(run.variables()).toEqual({ amount: 3 });
  });

  test('that is canceled meanwhile is not', () => {
    const run = new Scenario(waiting);
    run.start();
    run.suspend();
    send(run, 'go');
    run.cancel();
    expect(run.world.all('task')).toEqual([]);
  });
});
