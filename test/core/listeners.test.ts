// Execution listeners: jobs before an element begins and before it leaves.
import { describe, expect, test } from 'vitest';
import { refusalOf, Scenario } from '../support/scenario.js';
import {
  boundary,
  callOf,
  catching,
  compensation,
  each,
  endWith,
  error,
  escalation,
  eventGateway,
  eventSubProcess,
  exclusive,
  file,
  link,
  listeners,
  listening,
  message,
  model,
  repeat,
  script,
  send,
  service,
  signal,
  startOn,
  subProcess,
  task,
  throwing,
  timer,
  transaction,
  undoneBy,
  user,
} from '../support/scenario-model.js';

const HOUR = 3_600_000;

/** Type and topic of each open job. */
const jobs = (run: Scenario) => run.world.all('openJob').map(({ type, topic }) => `${type} ${topic}`);

/** Works off all jobs, oldest first; says in which order they came. */
function workOff(run: Scenario): readonly string[] {
  const done: string[] = [];
  for (let [open] = run.world.all('openJob'); open !== undefined; [open] = run.world.all('openJob')) {
    done.push(open.topic);
    run.completeJob(open);
  }
  return done;
}

describe('listeners of an activity', () => {
  const all = ['start check', 'start reserve', 'end log', 'end release'];

  test('are jobs one after the other: before its own work begins, and before it leaves', () => {
    const run = new Scenario(model('start -> pay -> after -> end', { pay: listening(service(), ...all) }));
    run.start();
    expect(jobs(run)).toEqual(['START_LISTENER check']);
    run.complete('pay');
    expect(jobs(run)).toEqual(['START_LISTENER reserve']);
    run.complete('pay');
    expect(jobs(run)).toEqual(['EXECUTE pay']);
    run.complete('pay');
    expect(jobs(run)).toEqual(['END_LISTENER log']);
    run.complete('pay');
    expect(jobs(run)).toEqual(['END_LISTENER release']);
    run.complete('pay');
    expect(run.waitsAt()).toEqual(['after']);
    const keys = run.world.all('job').map(({ attemptKey }) => attemptKey);
    expect(new Set(keys).size).toBe(keys.length);
  });

  test('see its inputs; what a start listener gives is its own, and what begins sees it', () => {
    const inputs = { order: '=id + 1' };
    const pay = listening(service({ topic: '=place', inputs, outputs: { paid: '=order' } }), 'start choose');
    const run = new Scenario(model('start -> pay -> after -> end', { pay }));
    run.start({ id: 6 });
    expect(run.variables('pay')).toEqual({ order: 7 });
    expect(run.visits()).toContain('pay CREATED');
    run.complete('pay', { place: 'till', order: 8 });
    expect(jobs(run)).toEqual(['EXECUTE till']);
    const [, , ei] = run.world.all('elementInstance');
    expect(JSON.parse(ei?.inputs ?? '[]')).toMatchObject([
      { name: 'order', value: '8' },
      { name: 'place', value: '"till"' },
    ]);
    run.complete('pay');
    expect(run.variables()).toEqual({ id: 6, paid: 8 });
  });

  test('come after the outputs; what an end listener gives stays in the scope around, and conditions see it', () => {
    const pay = listening(service({ outputs: { paid: '=paid + 1' } }), 'end log');
    const arrows = 'start-in -> pay; pay -[size > 1]-> large; pay -[default]-> small';
    const run = new Scenario(model('start -> sub -> end', { sub: subProcess(arrows, { pay }) }));
    run.start({ paid: 1 });
    run.complete('pay');
    expect(run.variables()).toEqual({ paid: 2 });
    run.complete('pay', { size: 2 });
    expect(run.variables('sub')).toEqual({ size: 2 });
    expect(run.waitsAt()).toEqual(['large']);
    expect(run.variables()).toEqual({ paid: 2 });
  });

  test('keep what is attached to it from waiting before it begins, and after its work is done', () => {
    const pay = listening(service(), 'start check', 'end log');
    const elements = { pay, late: boundary('pay', timer('Duration', 'PT1H')) };
    const run = new Scenario(model('start -> pay -> end; late -> remind -> end-late', elements));
    run.start();
    expect(run.world.all('task')).toEqual([]);
    run.complete('pay');
    expect(run.world.all('task')).toHaveLength(1);
    run.complete('pay');
    expect(run.world.all('task')).toEqual([]);
    run.later(HOUR);
    run.executeTasks();
    run.complete('pay');
    expect(run.state()).toBe('COMPLETED');
  });

  test('are asked before workers say what is attached to it', () => {
    const elements = {
      pay: listening(service(), 'start check'),
      late: boundary('pay', '<bpmn:timerEventDefinition/>'),
    };
    const run = new Scenario(model('start -> pay -> end; late -> remind -> end-late', elements));
    run.start();
    expect(jobs(run)).toEqual(['START_LISTENER check']);
    run.complete('pay');
    expect(jobs(run)).toEqual(['SET_TIMER late']);
    run.answer('late', { type: 'timer', timer: { type: 'DURATION', text: 'PT1H' } });
    expect(jobs(run)).toEqual(['EXECUTE pay']);
  });

  test('end with it when it is interrupted or canceled, and are halted with it', () => {
    const sub = subProcess('start-in -> pay', { pay: listening(service(), 'start check') });
    const elements = { sub, stop: boundary('sub', timer('Duration', 'PT1H')) };
    const run = new Scenario(model('start -> sub -> end; stop -> tidy -> end-stop', elements));
    run.start();
    run.suspend();
    expect(run.world.all('openJob')).toMatchObject([{ topic: 'check', suspended: true }]);
    run.resume();
    run.later(HOUR);
    run.executeTasks();
    expect(run.world.all('job')).toMatchObject([{ state: 'CANCELED' }, { topic: 'tidy' }]);
    run.start();
    run.cancel();
    expect(run.openIncidents()).toEqual([]);
    expect(jobs(run)).toEqual(['EXECUTE tidy']);
  });

  test('belong to each instance of a loop, and not to its body', () => {
    const pick = each(listening(script('sum', 'item * 2'), 'start check', 'end log'), {
      collection: 'items',
      item: 'item',
      output: ['sums', 'sum'],
    });
    const again = repeat(listening(task(), 'start again'), { maximum: 2 });
    const run = new Scenario(model('start -> pick -> again -> end', { pick, again }));
    run.start({ items: [1, 2] });
    expect(jobs(run)).toEqual(['START_LISTENER check', 'START_LISTENER check']);
    expect(workOff(run)).toEqual(['check', 'check', 'log', 'log', 'again', 'again']);
    expect(run.variables()).toMatchObject({ sums: [2, 4] });
    expect(run.state()).toBe('COMPLETED');
  });
});

describe('where listeners stand', () => {
  const started = { kind: 'k' };
  const CASES: Readonly<Record<string, readonly [xml: string, ...done: string[]]>> = {
    'a task that passes through': [model('start -> a -> end', { a: listening(task(), 'start x', 'end y') }), 'x', 'y'],
    'a user task and a sub-process': [
      model('start -> a -> end', {
        a: listening(subProcess('start-in -> b', { b: listening(send(), 'end z') }), 'start x', 'end y'),
      }),
      ...['x', 'b', 'z', 'y'],
    ],
    'start and end events': [
      model('start -> end', {
        start: listening({ tag: 'startEvent' }, 'end x'),
        end: listening({ tag: 'endEvent' }, 'start y', 'end z'),
      }),
      ...['x', 'y', 'z'],
    ],
    'a start event of a sub-process': [
      model('start -> a -> end', {
        a: subProcess('start-in -> b', { 'start-in': listening({ tag: 'startEvent' }, 'end x') }),
      }),
      ...['x', 'b'],
    ],
    gateways: [
      model(
        'start -> fork; fork -> a -> choose; fork -> b -> choose; choose -[kind = "k"]-> end; choose -[default]-> end',
        {
          fork: listening({ tag: 'parallelGateway' }, 'start x'),
          choose: listening(exclusive(), 'start y'),
        },
      ),
      ...['x', 'a', 'b', 'y', 'y'],
    ],
    joins: [
      model('start -> fork; fork -> a -> join; fork -> b -> join; join -> gather -> end', {
        join: listening({ tag: 'parallelGateway' }, 'start x'),
        gather: listening({ tag: 'inclusiveGateway' }, 'start y'),
      }),
      ...['a', 'b', 'x', 'y'],
    ],
    'an inclusive join': [
      model('start -> split; split -[true]-> a -> gather; split -[true]-> b -> gather; gather -> end', {
        gather: listening({ tag: 'inclusiveGateway' }, 'start x'),
      }),
      ...['a', 'b', 'x'],
    ],
    'events that throw': [
      model('start -> a -> b -> c -> d -> end', {
        a: listening({ tag: 'intermediateThrowEvent' }, 'start a1', 'end a2'),
        b: listening(throwing(signal('s')), 'start b1', 'end b2'),
        c: listening(throwing(message('m', '"k"')), 'start c1', 'end c2'),
        d: listening(throwing(escalation('E')), 'start d1'),
        end: listening(endWith(message('m', '"k"')), 'start e1', 'end e2'),
      }),
      ...['a1', 'a2', 'b1', 'b2', 'c1', 'c2', 'd1', 'e1', 'e2'],
    ],
    'a compensation event': [
      model('start -> a -> end', { a: listening(throwing(compensation()), 'start x', 'end y') }),
      ...['x', 'y'],
    ],
    links: [
      model('start -> a; b -> end', {
        a: listening(throwing(link('l')), 'start x', 'end y'),
        b: listening(catching(link('l')), 'start z', 'end w'),
      }),
      ...['x', 'y', 'z', 'w'],
    ],
    'a terminate end event': [
      model('start -> fork; fork -> a; fork -> terminate', {
        a: user(),
        terminate: listening(endWith('<bpmn:terminateEventDefinition/>'), 'start x', 'end y'),
      }),
      ...['x', 'y'],
    ],
    'an error end event and what catches it': [
      model('start -> a -> end; caught -> b -> end', {
        a: subProcess('start-in -> fail', { fail: listening(endWith(error('E')), 'start x') }),
        caught: listening(boundary('a', error('E')), 'end y'),
      }),
      ...['x', 'y', 'b'],
    ],
    'an event sub-process': [
      model('start -> a -> end', {
        a: subProcess('start-in -> fail', {
          fail: endWith(error('E')),
          rescue: listening(
            eventSubProcess('begin -> b', { begin: listening(startOn(error('E')), 'end y') }),
            'start x',
            'end z',
          ),
        }),
      }),
      ...['x', 'y', 'b', 'z'],
    ],
    'a transaction that is cancelled': [
      model('start -> a -> end; cancelled -> b -> end', {
        a: transaction('start-in -> w -> cancel', {
          ...undoneBy('w', 'undo', listening(service(), 'start u1', 'end u2')),
          w: listening(service(), 'end w1'),
          cancel: listening(endWith('<bpmn:cancelEventDefinition/>'), 'start x', 'end y'),
        }),
        cancelled: listening(boundary('a', '<bpmn:cancelEventDefinition/>'), 'end z'),
      }),
      ...['w', 'w1', 'x', 'u1', 'undo', 'u2', 'y', 'z', 'b'],
    ],
    'a process, and one that it calls': [
      file(
        {
          id: 'p',
          arrows: 'start -> a -> end',
          elements: { a: listening(callOf('q'), 'start a1', 'end a2') },
          extensions: listeners('start p1', 'start p2', 'end p3'),
        },
        { id: 'q', arrows: 'startQ -> b -> endQ', extensions: listeners('start q1', 'end q2') },
      ),
      ...['p1', 'p2', 'a1', 'q1', 'b', 'q2', 'a2', 'p3'],
    ],
  };

  test.each(Object.entries(CASES))('%s', (_name, [xml, ...done]) => {
    const run = new Scenario(xml);
    run.start(started);
    expect(workOff(run)).toEqual(done);
    expect(run.incidents()).toEqual([]);
    expect(run.state()).toBe('COMPLETED');
  });

  test('an event waits behind its start listeners, and is left behind its end listeners', () => {
    const elements = {
      wait: listening(catching(timer('Duration', 'PT1H')), 'start x', 'end y'),
      decide: listening(eventGateway(), 'start z'),
      on: listening(catching(message('m', '"k"')), 'end w'),
      late: catching(timer('Duration', 'P1D')),
    };
    const run = new Scenario(model('start -> wait -> decide -> on -> end; decide -> late -> end', elements));
    run.start();
    run.later(HOUR);
    expect(run.executeTasks()).toBe(0);
    run.complete('wait');
    run.later(HOUR);
    run.executeTasks();
    expect(jobs(run)).toEqual(['END_LISTENER y']);
    expect(workOff(run)).toEqual(['y', 'z']);
    run.run(run.message('m', 'k', { got: 1 }));
    run.settle();
    expect(run.variables()).toEqual({ got: 1 });
    expect(workOff(run)).toEqual(['w']);
    expect(run.state()).toBe('COMPLETED');
  });

  test('a signal whose name a worker gives is thrown before its end listeners are asked', () => {
    const raise = listening(throwing('<bpmn:signalEventDefinition/>'), 'end x');
    const run = new Scenario(model('start -> raise -> end', { raise }));
    run.start();
    run.answer('raise', { type: 'signalName', name: 's' });
    expect(jobs(run)).toEqual(['END_LISTENER x']);
    run.complete('raise');
    expect(run.state()).toBe('COMPLETED');
  });

  test('a process that a message has started begins with it when its start listeners are done', () => {
    const inner = eventSubProcess('begin -> c', { begin: startOn(message('stop', 'order')) });
    const elements = { startM: startOn(message('go'), { outputs: { order: '=id' } }), inner };
    const run = new Scenario(
      file({ id: 'p', arrows: 'startM -> a -> end', elements, extensions: listeners('start x') }),
    );
    run.run(run.message('go', 'k', { id: '7' }));
    run.settle();
    expect(jobs(run)).toEqual(['START_LISTENER x']);
    const [open] = run.world.all('openJob');
    if (open !== undefined) run.completeJob(open, { id: '8' });
    run.settle();
    expect(jobs(run)).toEqual(['EXECUTE a']);
    expect(run.world.all('messageSubscription')).toMatchObject([{ name: 'stop', correlationKey: '7' }]);
    expect(run.world.all('task')).toEqual([]);
  });
});

describe('trouble with listeners', () => {
  const pay = (...all: string[]) => model('start -> pay -> after -> end', { pay: listening(service(), ...all) });

  test('a listener that fails for good is an incident, and its job is done again', () => {
    const run = new Scenario(pay('start check', 'start reserve'));
    run.start();
    run.complete('pay');
    run.fail('pay');
    expect(run.incidents()).toEqual(['pay JOB JOB_RETRIES_EXHAUSTED: it broke']);
    run.resolve();
    expect(workOff(run)).toEqual(['reserve', 'pay', 'after']);
  });

  test('an error or escalation that a listener throws is an incident, whatever catches it', () => {
    const elements = {
      sub: subProcess('start-in -> pay', { pay: listening(service(), 'start check') }),
      caught: boundary('sub', error()),
      raised: boundary('sub', escalation()),
    };
    const run = new Scenario(model('start -> sub -> end; caught -> a; raised -> b', elements));
    run.start();
    run.throwError('pay', 'E');
    expect(run.incidents()).toEqual(['pay JOB UNCAUGHT_ERROR: error "E" is not caught']);
    run.resolve();
    run.throwEscalation('pay', 'E');
    expect(run.incidents()).toEqual(['pay JOB UNCAUGHT_ESCALATION: escalation "E" is not caught']);
  });

  test('what fails behind a listener goes on behind it, and does nothing twice', () => {
    const spec = { topic: '=place', inputs: { n: '=n + 1' }, outputs: { n: '=n + 1' } };
    const xml = model('start -> pay; pay -[big]-> after', { pay: listening(service(spec), 'start check', 'end log') });
    const run = new Scenario(xml);
    run.start({ n: 1 });
    run.complete('pay');
    expect(run.incidents()).toMatchObject([expect.stringMatching(/^pay LISTENER /)]);
    run.resolve({ variables: { place: 'till', big: 0 } });
    expect(jobs(run)).toEqual(['EXECUTE till']);
    expect(run.variables('pay')).toEqual({ n: 2 });
    run.complete('pay');
    run.complete('pay');
    expect(run.variables()).toMatchObject({ n: 3 });
    expect(run.incidents()).toMatchObject([expect.stringMatching(/^pay LISTENER /)]);
    run.resolve({ variables: { big: true } });
    expect(run.waitsAt()).toEqual(['after']);
    expect(run.variables()).toMatchObject({ n: 3 });
  });

  test('a listener whose topic fails is asked when the incident is resolved, and those before it are not', () => {
    const run = new Scenario(pay('start check', 'start =place', 'end log', 'end =place'));
    run.start();
    run.complete('pay');
    run.resolve({ variables: { place: 'till' } });
    expect(workOff(run)).toEqual(['till', 'pay', 'log', 'till', 'after']);
  });

  test('a listener asks for no result', () => {
    const run = new Scenario(pay('start check'));
    run.start();
    const completion = { type: 'errorCode', code: 'E' } as const;
    expect(refusalOf(run.decide({ ...run.completion('pay'), completion }))).toMatchObject({
      refused: 'DECISION_INVALID',
      field: 'completion',
    });
    run.complete('pay');
    expect(jobs(run)).toEqual(['EXECUTE pay']);
  });
});
