// Processes that begin without a start event: with a receive task, or with the events behind a gateway.
import { expect, test } from 'vitest';
import { Scenario } from '../support/scenario.js';
import { boundary, catching, eventGateway, message, model, receive, timer } from '../support/scenario-model.js';

const instantiate = { instantiate: 'true' };

test('a receive task that instantiates starts an instance with each message, and waits for none in it', () => {
  const ask = receive('asked', '');
  const run = new Scenario(
    model('ask -> work -> end; late -> after -> end', {
      ask: { ...ask, attributes: { ...ask.attributes, ...instantiate } },
      late: boundary('ask', timer('Duration', 'PT1H')),
    }),
  );
  run.send('asked', 'A', { n: 1 });
  run.send('asked', 'B', { n: 2 });
  expect(run.waitsAt()).toEqual(['work', 'work']);
  expect(run.variables()).toEqual({ n: 2 });
  expect(run.world.all('messageSubscription')).toEqual([]);
  expect(run.world.all('task')).toEqual([]);
  run.complete('work');
  expect(run.world.all('processInstance').map(({ state }) => state)).toEqual(['COMPLETED', 'STARTED']);
});

test('each event behind a gateway that instantiates starts an instance on its own way', () => {
  const run = new Scenario(
    model('first -> a -> left -> end; first -> b -> right -> end', {
      first: { ...eventGateway(), attributes: instantiate },
      a: catching(message('asked')),
      b: catching(message('called'), { outputs: { seen: '= n' } }),
    }),
  );
  run.send('asked', 'A');
  expect(run.waitsAt()).toEqual(['left']);
  run.send('called', 'A', { n: 7 });
  expect(run.waitsAt()).toEqual(['left', 'right']);
  expect(run.variables()).toEqual({ seen: 7 });
  expect(run.world.all('messageSubscription')).toEqual([]);
});
