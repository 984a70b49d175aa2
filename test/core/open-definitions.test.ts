// Events whose definition the model leaves open: workers are asked by jobs, and the answer opens the wait.
import { describe, expect, test } from 'vitest';
import { refusalOf, Scenario } from '../support/scenario.js';
import { changesOf } from '../support/scenario-executing.js';
import {
  boundary,
  catching,
  endWith,
  error,
  escalation,
  eventGateway,
  eventSubProcess,
  model,
  service,
  signal,
  startOn,
  subProcess,
  throwing,
} from '../support/scenario-model.js';

const HOUR = 3_600_000;
const OPEN_TIMER = '<bpmn:timerEventDefinition/>';
const OPEN_MESSAGE = '<bpmn:messageEventDefinition/>';
const inAnHour = { type: 'timer', timer: { type: 'DURATION', text: 'PT1H' } } as const;
const paid = { type: 'messageSubscription', name: 'paid', correlationKey: '17' } as const;

/** A boundary event on which the model says that a worker gives the code. */
function asked(spec: ReturnType<typeof boundary>, topic: string) {
  return { ...spec, extensions: `<zeebe:taskDefinition type="${topic}"/>` };
}

function pass(run: Scenario, milliseconds: number): void {
  run.later(milliseconds);
  run.executeTasks();
}

const jobTypes = (run: Scenario) => run.world.all('openJob').map(({ type, topic }) => `${type} ${topic}`);

describe('a catch event', () => {
  test('without a time asks for its timer, and waits for what the worker gives', () => {
    const run = new Scenario(model('start -> pause -> end', { pause: catching(OPEN_TIMER) }));
    run.start();
    expect(jobTypes(run)).toEqual(['SET_TIMER pause']);
    run.answer('pause', inAnHour);
    expect(run.world.all('openJob')).toEqual([]);
    pass(run, HOUR - 1);
    expect(run.waitsAt()).toEqual(['pause']);
    pass(run, 1);
    expect(run.state()).toBe('COMPLETED');
  });

  test('refuses a timer that is none, by field, and its worker holds the job still', () => {
    const run = new Scenario(model('start -> pause -> end', { pause: catching(OPEN_TIMER) }));
    run.start();
    const wrong = { type: 'timer', timer: { type: 'CYCLE', text: 'often' } } as const;
    const refused = { refused: 'DECISION_INVALID', field: 'completion.timer' };
    expect(refusalOf(run.decide({ ...run.completion('pause'), completion: wrong }))).toMatchObject(refused);
    expect(refusalOf(run.decide({ ...run.completion('pause'), completion: paid }))).toMatchObject(refused);
    expect(refusalOf(run.decide(run.completion('pause')))).toMatchObject(refused);
    expect(run.openJob('pause').lock).not.toBeNull();
    run.answer('pause', inAnHour);
    expect(run.world.all('task')).toMatchObject([{ type: 'TRIGGER_TIMER', dueAt: run.now + HOUR }]);
  });

  test('without a message asks for name and key; a receive task does too', () => {
    const run = new Scenario(
      model('start -> wait -> receive -> end', { wait: catching(OPEN_MESSAGE), receive: { tag: 'receiveTask' } }),
    );
    run.start();
    expect(jobTypes(run)).toEqual(['SUBSCRIBE_MESSAGE wait']);
    run.answer('wait', paid);
    const subscription = { name: 'paid', correlationKey: '17', elementInstanceId: run.living('wait').id };
    expect(run.world.all('messageSubscription')).toMatchObject([subscription]);
  });

  test('whose message has a name asks for the key alone', () => {
    const named = model('start -> wait -> end', { wait: catching('<bpmn:messageEventDefinition messageRef="M"/>') });
    const run = new Scenario(named.replace('<bpmn:process', '<bpmn:message id="M" name="paid"/><bpmn:process'));
    run.start();
    expect(jobTypes(run)).toEqual(['SET_MESSAGE_CORRELATION_KEY wait']);
    const refused = { refused: 'DECISION_INVALID', field: 'completion.message_correlation_key' };
    expect(refusalOf(run.decide({ ...run.completion('wait'), completion: paid }))).toMatchObject(refused);
    run.answer('wait', { type: 'messageCorrelationKey', correlationKey: '17' });
    expect(run.world.all('messageSubscription')).toMatchObject([{ name: 'paid', correlationKey: '17' }]);
  });

  test('without a signal asks for its name, and waits for that', () => {
    const run = new Scenario(model('start -> wait -> end', { wait: catching(signal()) }));
    run.start();
    expect(jobTypes(run)).toEqual(['SUBSCRIBE_SIGNAL wait']);
    const refused = { refused: 'DECISION_INVALID', field: 'completion.signal_name' };
    expect(refusalOf(run.decide({ ...run.completion('wait'), completion: paid }))).toMatchObject(refused);
    run.answer('wait', { type: 'signalName', name: 'go' });
    run.sendSignal('go', { amount: 3 });
    run.executeTasks();
    expect(run.state()).toBe('COMPLETED');
    expect(run.variables()).toEqual({ amount: 3 });
  });

  test('behind a gateway is asked for with the others; the first that happens takes the other jobs away', () => {
    const run = new Scenario(
      model('start -> which -> soon -> a; which -> later -> b', {
        which: eventGateway(),
        soon: catching(OPEN_TIMER),
        later: catching(OPEN_MESSAGE),
      }),
    );
    run.start();
    expect(jobTypes(run)).toEqual(['SET_TIMER soon', 'SUBSCRIBE_MESSAGE later']);
    run.answer('soon', inAnHour);
    pass(run, HOUR);
    expect(run.waitsAt()).toEqual(['a']);
    expect(run.world.all('job').map(({ state }) => state)).toEqual(['DONE', 'CANCELED', 'CREATED']);
  });
});

describe('an activity', () => {
  const attached = () =>
    new Scenario(
      model('start -> work -> end; late -> a; cancel -> b', {
        work: service({ topic: 'work' }),
        late: boundary('work', OPEN_TIMER),
        cancel: boundary('work', OPEN_MESSAGE, { interrupting: false }),
      }),
    );

  test('begins when all that is attached to it is known', () => {
    const run = attached();
    run.start();
    expect(jobTypes(run)).toEqual(['SET_TIMER late', 'SUBSCRIBE_MESSAGE cancel']);
    expect(run.visits()).toEqual([expect.any(String), 'start COMPLETED', 'work CREATED']);
    run.answer('cancel', paid);
    expect(run.visits().at(-1)).toBe('work CREATED');
    run.answer('late', inAnHour);
    expect(run.visits().at(-1)).toBe('work STARTED');
    expect(jobTypes(run)).toEqual(['EXECUTE work']);
    pass(run, HOUR);
    expect(run.waitsAt()).toEqual(['a']);
    expect(run.world.all('messageSubscription')).toEqual([]);
  });

  test('that is done has no waits left', () => {
    const run = attached();
    run.start();
    run.answer('late', inAnHour);
    run.answer('cancel', paid);
    run.complete('work');
    expect(run.state()).toBe('COMPLETED');
    expect([...run.world.all('task'), ...run.world.all('messageSubscription')]).toMatchObject([
      { type: 'MATCH_MESSAGE' },
    ]);
  });

  test('whose definition fails for good waits as an incident, and begins when that is resolved and answered', () => {
    const run = new Scenario(model('start -> work -> end; late -> a', { late: boundary('work', OPEN_TIMER) }));
    run.start();
    run.fail('late', 'no idea', { retryLimit: 0 });
    expect(run.incidents()).toEqual(['work JOB JOB_RETRIES_EXHAUSTED: no idea']);
    run.resolve();
    run.answer('late', inAnHour);
    expect(jobTypes(run)).toEqual(['EXECUTE work']);
  });

  test('keeps a definition that fails until its retry is answered', () => {
    const run = new Scenario(model('start -> work -> end; late -> a', { late: boundary('work', OPEN_TIMER) }));
    run.start();
    run.fail('late', 'not now', { retryLimit: 1, retryTimer: 'PT5M' });
    expect(run.visits().at(-1)).toBe('work CREATED');
    pass(run, 300_000);
    run.answer('late', inAnHour);
    expect(run.visits().at(-1)).toBe('work STARTED');
  });

  test('begins when the signal that ends it is known', () => {
    const run = new Scenario(model('start -> work -> end; stop -> a', { stop: boundary('work', signal()) }));
    run.start();
    expect(run.visits().at(-1)).toBe('work CREATED');
    run.answer('stop', { type: 'signalName', name: 'stop' });
    expect(jobTypes(run)).toEqual(['EXECUTE work']);
    run.sendSignal('stop');
    run.executeTasks();
    expect(run.waitsAt()).toEqual(['a']);
  });

  test('catches an error with the code that a worker gave, and no other', () => {
    const run = new Scenario(
      model('start -> work -> end; wrong -> a; any -> b', {
        wrong: asked(boundary('work', error()), 'code'),
        any: boundary('work', error()),
      }),
    );
    run.start();
    expect(jobTypes(run)).toEqual(['SET_ERROR_CODE code']);
    run.answer('wrong', { type: 'errorCode', code: 'E1' });
    run.throwError('work', 'E1');
    expect(run.waitsAt()).toEqual(['a']);
    run.start();
    run.answer('wrong', { type: 'errorCode', code: 'E1' });
    run.throwError('work', 'E2');
    expect(run.waitsAt()).toEqual(['a', 'b']);
  });

  test('catches every escalation where the worker gives no code', () => {
    const run = new Scenario(
      model('start -> work -> end; up -> a', { up: asked(boundary('work', escalation()), 'code') }),
    );
    run.start();
    run.answer('up', null);
    run.throwEscalation('work', 'anything');
    expect(run.waitsAt()).toEqual(['a']);
  });
});

describe('what throws', () => {
  test('an error without a code asks for it first', () => {
    const run = new Scenario(
      model('start -> inner -> end; caught -> a', {
        inner: subProcess('startI -> fail', { fail: endWith(error()) }),
        caught: boundary('inner', error('E1')),
      }),
    );
    run.start();
    expect(jobTypes(run)).toEqual(['SET_ERROR_CODE fail']);
    expect(refusalOf(run.decide(run.completion('fail')))).toMatchObject({ field: 'completion.error_code' });
    run.answer('fail', { type: 'errorCode', code: 'E1' });
    expect(run.waitsAt()).toEqual(['a']);
  });

  test('an error that nothing catches is an incident, and is asked for again when that is resolved', () => {
    const run = new Scenario(model('start -> fail', { fail: endWith(error()) }));
    run.start();
    run.answer('fail', { type: 'errorCode', code: 'E1' });
    expect(run.incidents()).toEqual(['fail ENTER UNCAUGHT_ERROR: error "E1" is not caught']);
    run.resolve();
    expect(jobTypes(run)).toEqual(['SET_ERROR_CODE fail']);
  });

  test('a signal without a name asks for it, and goes on once it is thrown', () => {
    const run = new Scenario(
      model('start -> tell -> after -> end', { tell: throwing(signal(), { inputs: { amount: '=3' } }) }),
    );
    run.start();
    expect(jobTypes(run)).toEqual(['SET_SIGNAL_NAME tell']);
    const refused = { refused: 'DECISION_INVALID', field: 'completion.signal_name' };
    expect(refusalOf(run.decide(run.completion('tell')))).toMatchObject(refused);
    const tooLong = { type: 'signalName', name: 'n'.repeat(256) } as const;
    expect(refusalOf(run.decide({ ...run.completion('tell'), completion: tooLong }))).toMatchObject(refused);
    expect(run.world.all('signal')).toEqual([]);
    run.answer('tell', { type: 'signalName', name: 'go' });
    expect(run.waitsAt()).toEqual(['after']);
    expect(run.world.all('signal')).toMatchObject([{ name: 'go', variables: expect.stringContaining('amount') }]);
  });

  test('a signal without a name at the end ends with the answer', () => {
    const run = new Scenario(model('start -> tell', { tell: endWith(signal()) }));
    run.start();
    run.answer('tell', { type: 'signalName', name: 'go' });
    expect(run.state()).toBe('COMPLETED');
    expect(run.world.all('signal')).toMatchObject([{ name: 'go' }]);
  });

  test('an escalation without a code goes on after the answer', () => {
    const run = new Scenario(model('start -> up -> after -> end', { up: throwing(escalation()) }));
    run.start();
    run.answer('up', { type: 'escalationCode', code: 'late' });
    expect(run.waitsAt()).toEqual(['after']);
  });
});

test('a scope does not wait for its event sub-process, which is there when the worker has answered', () => {
  const run = new Scenario(
    model('start -> work -> end', {
      stop: eventSubProcess('late -> tidy -> done', { late: startOn(OPEN_TIMER) }),
    }),
  );
  run.start();
  expect(jobTypes(run)).toEqual(['SET_TIMER late', 'EXECUTE work']);
  run.answer('late', inAnHour);
  pass(run, HOUR);
  expect(run.waitsAt()).toEqual(['tidy']);
});

test('a worker that is asked for a definition can not throw an error', () => {
  const run = new Scenario(model('start -> pause -> end', { pause: catching(OPEN_TIMER) }));
  run.start();
  const { partition, id, token } = run.lease('pause');
  const command = {
    type: 'throwJobError',
    job: { partition, id },
    lockToken: token,
    errorCode: 'E',
    message: '',
    variables: changesOf({}),
    by: 'worker',
  } as const;
  expect(refusalOf(run.decide(command))).toMatchObject({ refused: 'DECISION_INVALID' });
});
