// Processes that need several events to start: the first message makes the instance, and the others belong to it by the key.
import { describe, expect, test } from 'vitest';
import { Scenario } from '../support/scenario.js';
import {
  all,
  catching,
  eventGateway,
  eventSubProcess,
  message,
  model,
  signal,
  startOn,
  timer,
} from '../support/scenario-model.js';

const HOUR = 3_600_000;

function states(run: Scenario): readonly string[] {
  return run.world.all('processInstance').map(({ state, correlationKey }) => `${correlationKey} ${state}`);
}

/** What waits for messages and signals, and the tasks of trees. */
function waiting(run: Scenario): readonly string[] {
  const tasks = run.world.all('task').filter(({ rootId }) => rootId !== null);
  return [...tasks, ...run.world.all('messageSubscription'), ...run.world.all('signalSubscription')].map((row) =>
    'type' in row ? row.type : row.name,
  );
}

describe('a parallel gateway that instantiates', () => {
  const gateway = () =>
    new Scenario(
      model('first -> a -> left -> end; first -> b -> right -> end2', {
        first: { ...eventGateway(), attributes: { instantiate: 'true', eventGatewayType: 'Parallel' } },
        a: catching(message('asked')),
        b: catching(message('called')),
      }),
    );

  test.each([
    ['asked', 'called', 'left', 'right'],
    ['called', 'asked', 'right', 'left'],
  ])('follows "%s" at once, and "%s" in the same instance when it comes', (first, second, way, other) => {
    const run = gateway();
    run.send(first, 'A', { n: 1 });
    expect(run.waitsAt()).toEqual(['first', way]);
    run.send(second, 'A', { n: 2 });
    expect(run.waitsAt()).toEqual([way, other].sort());
    expect(states(run)).toEqual(['A STARTED']);
    expect(run.variables()).toEqual({ n: 2 });
    expect(waiting(run)).toEqual([]);
    run.complete('left');
    run.complete('right');
    expect(states(run)).toEqual(['A COMPLETED']);
  });

  test('does not let its instance complete before all have come', () => {
    const run = gateway();
    run.send('asked', 'A');
    run.complete('left');
    expect(states(run)).toEqual(['A STARTED']);
    expect(waiting(run)).toEqual(['called']);
    run.send('called', 'A');
    run.complete('right');
    expect(states(run)).toEqual(['A COMPLETED']);
  });

  test('starts another instance by another key, and when a message comes again', () => {
    const run = gateway();
    run.send('asked', 'A');
    run.send('called', 'B');
    run.send('asked', 'A');
    expect(states(run)).toEqual(['A STARTED', 'B STARTED', 'A STARTED']);
    for (const way of ['left', 'left', 'right']) run.complete(way);
    run.send('called', 'A');
    run.complete('right');
    expect(states(run)).toEqual(['A COMPLETED', 'B STARTED', 'A STARTED']);
    run.send('called', 'A');
    run.complete('right');
    expect(states(run)).toEqual(['A COMPLETED', 'B STARTED', 'A COMPLETED']);
  });

  test('has one instance for two messages that are matched in one group', () => {
    const run = gateway();
    for (const name of ['asked', 'called']) run.run(run.message(name, 'A'));
    run.group(run.dueTasks().map((task) => run.execution(task)));
    run.executeTasks();
    expect(states(run)).toEqual(['A STARTED']);
    expect(run.waitsAt()).toEqual(['left', 'right']);
  });

  test('ends with its instance', () => {
    const run = gateway();
    run.send('asked', 'A');
    run.cancel();
    expect(waiting(run)).toEqual([]);
    expect(run.world.all('heldKey')).toEqual([]);
    run.send('called', 'A');
    expect(states(run)).toEqual(['A CANCELED', 'A STARTED']);
  });

  test('waits in event sub-processes from its first message on', () => {
    const run = new Scenario(
      model('first -> a -> left -> end; first -> b -> right -> end2', {
        first: { ...eventGateway(), attributes: { instantiate: 'true', eventGatewayType: 'Parallel' } },
        a: catching(message('asked')),
        b: catching(message('called')),
        handler: eventSubProcess('caught -> repair -> end3', { caught: startOn(timer('Duration', 'PT1H')) }),
      }),
    );
    run.send('asked', 'A');
    run.later(HOUR);
    run.executeTasks();
    expect(run.waitsAt()).toEqual(['repair']);
    expect(waiting(run)).toEqual([]);
    expect(run.visits()).toContain('first TERMINATED');
  });
});

describe('a start event that needs all of its events', () => {
  const start = (definitions: string, more = {}) =>
    new Scenario(model('begin -> work -> end', { begin: all({ tag: 'startEvent', body: definitions }), ...more }));

  test.each([
    ['asked', 'called'],
    ['called', 'asked'],
  ])('begins with "%s" and "%s", with what came with both', (first, second) => {
    const run = start(message('asked') + message('called'));
    run.send(first, 'A', { [first]: 1, n: 1 });
    expect(run.waitsAt()).toEqual(['begin']);
    expect(run.variables()).toEqual({});
    run.send(second, 'A', { [second]: 2, n: 2 });
    expect(run.waitsAt()).toEqual(['work']);
    expect(run.variables()).toEqual({ [first]: 1, [second]: 2, n: 2 });
    expect(states(run)).toEqual(['A STARTED']);
    expect(waiting(run)).toEqual([]);
  });

  test('waits for signals and timers from its first message on', () => {
    const run = start(message('asked') + signal('open') + timer('Duration', 'PT1H'));
    run.sendSignal('open');
    expect(states(run)).toEqual([]);
    run.send('asked', 'A', { n: 1 });
    run.later(HOUR);
    run.executeTasks();
    expect(run.waitsAt()).toEqual(['begin']);
    run.sendSignal('open', { m: 2 });
    run.executeTasks();
    expect(run.waitsAt()).toEqual(['work']);
    expect(run.variables()).toEqual({ n: 1, m: 2 });
    expect(waiting(run)).toEqual([]);
  });

  test('opens what waits in the scope of the process when it begins', () => {
    const handler = eventSubProcess('caught -> repair -> end2', { caught: startOn(timer('Duration', 'PT1H')) });
    const run = start(message('asked') + message('called'), { handler });
    run.send('asked', 'A');
    run.later(2 * HOUR);
    run.executeTasks();
    expect(run.waitsAt()).toEqual(['begin']);
    run.send('called', 'A');
    expect(run.waitsAt()).toEqual(['work']);
    run.later(HOUR);
    run.executeTasks();
    expect(run.waitsAt()).toEqual(['repair']);
  });

  test('ends with its instance before it has begun', () => {
    const run = start(message('asked') + signal('open') + timer('Duration', 'PT1H'));
    run.send('asked', 'A');
    run.cancel();
    expect(waiting(run)).toEqual([]);
    expect(states(run)).toEqual(['A CANCELED']);
  });
});
