// Messages in trees: who waits for one, and for how long. How a match finds them is proven with a database.
import { expect, test } from 'vitest';
import { Scenario } from '../support/scenario.js';
import {
  boundary,
  eventSubProcess,
  message,
  model,
  receive,
  startOn,
  subProcess,
  throwing,
  timer,
} from '../support/scenario-model.js';

const MINUTE = 60_000;

function send(run: Scenario, name: string): void {
  run.run(run.message(name, 'k'));
  run.settle();
}

test('a message at the border of a sub-process is waited for while an event sub-process has interrupted its inside', () => {
  const late = eventSubProcess('start-late -> remind -> end-late', {
    'start-late': startOn(timer('Duration', 'PT1M')),
  });
  const elements = {
    sub: subProcess('start-sub -> work -> end-sub', { late }),
    stopped: boundary('sub', message('stop', '"k"')),
  };
  const run = new Scenario(model('start -> sub -> end; stopped -> tidy -> end-stopped', elements));
  run.start();
  run.later(MINUTE);
  run.settle();
  expect(run.waitsAt()).toEqual(['remind']);
  send(run, 'stop');
  expect(run.waitsAt()).toEqual(['tidy']);
});

test('a message reaches what waits for it, with its variables, and what waits with another key waits on', () => {
  const run = new Scenario(model('start -> paid -> check -> end', { paid: receive('paid', 'order') }));
  run.start({ order: 7 });
  run.run(run.message('paid', '8', { sum: 1 }));
  run.settle();
  expect(run.waitsAt()).toEqual(['paid']);
  run.run(run.message('paid', '7', { sum: 2 }));
  run.settle();
  expect(run.waitsAt()).toEqual(['check']);
  expect(run.variables()).toEqual({ order: 7, sum: 2 });
});

test('a message is published with the key and for the time that the event says', () => {
  const published = (attributes: string) =>
    message('paid').replace(
      '/>',
      `><bpmn:extensionElements><zeebe:publishMessage ${attributes}/></bpmn:extensionElements></bpmn:messageEventDefinition>`,
    );
  const xml = model('start -> once -> longer -> end', {
    once: throwing(published('correlationKey="k1"')),
    longer: throwing(published('correlationKey="=order" timeToLive="=time"')),
  });
  const run = new Scenario(xml);
  run.start({ order: 7, time: 'PT1M' });
  expect(run.world.all('message')).toMatchObject([
    { name: 'paid', correlationKey: 'k1', expiresAt: run.now },
    { name: 'paid', correlationKey: '7', expiresAt: run.now + MINUTE },
  ]);
  run.start({ order: 8, time: 'soon' });
  expect(run.incidents()).toMatchObject([expect.stringMatching(/^longer ENTER TIMER_FAILED: timer "time": /)]);
});
