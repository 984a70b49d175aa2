// BPMN errors: who catches them, what they end, and what becomes of those that nobody catches.
import { describe, expect, test } from 'vitest';
import { Scenario } from '../support/scenario.js';
import {
  boundary,
  endWith,
  error,
  eventSubProcess,
  model,
  service,
  startOn,
  subProcess,
} from '../support/scenario-model.js';

describe('a job that throws an error', () => {
  const pay = model('start -> pay -> end; declined -> call -> endCall', {
    declined: boundary('pay', error('DECLINED')),
  });

  test('ends its task, and the boundary event of that code goes on', () => {
    const run = new Scenario(pay);
    run.start();
    run.throwError('pay', 'DECLINED');
    expect(run.visits()).toEqual([
      'p STARTED',
      'start COMPLETED',
      'pay TERMINATED',
      'declined COMPLETED',
      'call STARTED',
    ]);
    expect(run.log()).toContain('= job pay DONE 0/0');
    run.complete('call');
    expect(run.state()).toBe('COMPLETED');
  });

  test('is named by what it interrupts and by what it begins (I11)', () => {
    const run = new Scenario(pay);
    run.start();
    run.throwError('pay', 'DECLINED');
    const [task, caught] = ['pay', 'declined'].map((id) =>
      run.world.all('elementInstance').find((each) => run.nameOf(each) === id),
    );
    expect(task?.cancelledBy).toBe(caught?.id);
    const cause = run.world.all('arrival').find(({ consumedBy }) => consumedBy === caught?.id);
    expect(cause).toMatchObject({ producedBy: task?.id, flow: -1 });
  });

  test('of another code is not caught: an incident, which throws nothing when it is resolved', () => {
    const run = new Scenario(pay);
    run.start();
    run.throwError('pay', 'LOST', { why: 'unknown' });
    expect(run.incidents()).toEqual(['pay JOB UNCAUGHT_ERROR: error "LOST" is not caught']);
    expect(run.variables('pay')).toEqual({ why: 'unknown' });
    run.resolve();
    run.complete('pay');
    expect(run.state()).toBe('COMPLETED');
  });

  test('that comes twice is acknowledged twice; one that completed the job before is refused', () => {
    const run = new Scenario(pay);
    run.start();
    const { token, partition, id } = run.lease('pay');
    const thrown = { errorCode: 'DECLINED', message: '', variables: [], by: 'worker' } as const;
    const command = { type: 'throwJobError', job: { partition, id }, lockToken: token, ...thrown } as const;
    expect(run.decide(command)).toMatchObject({ repeated: false, state: 'DONE' });
    expect(run.decide(command)).toMatchObject({ repeated: true, state: 'DONE' });
    run.start();
    const completion = run.completion('pay');
    run.run(completion);
    expect(run.decide({ ...command, job: completion.job, lockToken: completion.lockToken })).toMatchObject({
      refused: 'JOB_ENDED',
    });
  });
});

describe('who catches an error', () => {
  const codes = ['A', 'B'].map((code) => [code, `on${code}`] as const);

  test.each([...codes, ['C', 'onAny'] as const])(
    'the exact code comes before the one that catches all: %s',
    (code, by) => {
      const run = new Scenario(
        model('start -> work -> end; onAny -> any; onA -> a; onB -> b', {
          onAny: boundary('work', error()),
          onA: boundary('work', error('A')),
          onB: boundary('work', error('B')),
        }),
      );
      run.start();
      run.throwError('work', code);
      expect(run.visits()).toContain(`${by} COMPLETED`);
      expect(run.waitsAt()).toEqual([by.slice(2).toLowerCase()]);
    },
  );

  test('of nested sub-processes the nearest that knows the code; all within it ends', () => {
    const inner = subProcess('startI -> forkI -> work -> endI; forkI -> other -> endI2');
    const run = new Scenario(
      model('start -> outer -> end; caught -> repair -> end', {
        outer: subProcess('startO -> inner -> endO; wrong -> endW', {
          inner,
          wrong: boundary('inner', error('OTHER')),
        }),
        caught: boundary('outer', error('BAD')),
      }),
    );
    run.start();
    run.throwError('work', 'BAD');
    expect(run.waitsAt()).toEqual(['repair']);
    expect(run.visits()).toEqual(
      expect.arrayContaining(['outer TERMINATED', 'inner TERMINATED', 'work TERMINATED', 'other TERMINATED']),
    );
    run.complete('repair');
    expect(run.state()).toBe('COMPLETED');
  });

  test('an event sub-process of the scope comes before the boundary event around it, and the scope goes on', () => {
    const run = new Scenario(
      model('start -> sub -> after -> end; outside -> end2', {
        sub: subProcess('start1 -> fork -> work -> end1; fork -> other -> end4', {
          handler: eventSubProcess('caught -> repair -> end3', { caught: startOn(error('BAD')) }),
        }),
        outside: boundary('sub', error()),
      }),
    );
    run.start();
    run.throwError('work', 'BAD');
    expect(run.waitsAt()).toEqual(['repair']);
    expect(run.visits()).toEqual(expect.arrayContaining(['sub STARTED', 'work TERMINATED', 'other TERMINATED']));
    run.complete('repair');
    expect(run.waitsAt()).toEqual(['after']);
  });

  test('an event sub-process does not catch what it throws itself: that goes to the boundary around it', () => {
    const run = new Scenario(
      model('start -> sub -> end; outside -> last', {
        sub: subProcess('start1 -> work -> end1', {
          handler: eventSubProcess('caught -> repair -> end3', { caught: startOn(error()) }),
          second: eventSubProcess('caught2 -> end5', { caught2: startOn(error('AGAIN')) }),
        }),
        outside: boundary('sub', error('AGAIN')),
      }),
    );
    run.start();
    run.throwError('work', 'BAD');
    run.throwError('repair', 'AGAIN');
    expect(run.waitsAt()).toEqual(['last']);
    expect(run.visits()).not.toContain('caught2 COMPLETED');
  });
});

describe('an error end event', () => {
  test('in a sub-process ends it and takes the path of the boundary event', () => {
    const run = new Scenario(
      model('start -> sub -> end; caught -> repair -> end', {
        sub: subProcess('start1 -> fork -> work -> fail; fork -> other -> end1', { fail: endWith(error('BAD')) }),
        caught: boundary('sub', error('BAD')),
      }),
    );
    run.start();
    run.complete('work');
    expect(run.waitsAt()).toEqual(['repair']);
    expect(run.visits()).toEqual(expect.arrayContaining(['fail COMPLETED', 'other TERMINATED', 'sub TERMINATED']));
    run.complete('repair');
    expect(run.state()).toBe('COMPLETED');
  });

  test('as the last token of the process begins the event sub-process that catches it', () => {
    const run = new Scenario(
      model('start -> work -> fail', {
        fail: endWith(error('BAD')),
        handler: eventSubProcess('caught -> repair -> end3', { caught: startOn(error('BAD')) }),
      }),
    );
    run.start();
    run.complete('work');
    expect(run.waitsAt()).toEqual(['repair']);
    run.complete('repair');
    expect(run.state()).toBe('COMPLETED');
  });

  test('that nothing catches is an incident, which throws again when it is resolved', () => {
    const run = new Scenario(
      model('start -> sub -> end; caught -> end2', {
        sub: subProcess('start1 -> fail', { fail: endWith(error('= code')) }),
        caught: boundary('sub', error('GOOD')),
      }),
    );
    run.start({ code: 'BAD' });
    expect(run.incidents()).toEqual(['fail ENTER UNCAUGHT_ERROR: error "BAD" is not caught']);
    run.resolve({ variables: { code: 'GOOD' } });
    expect(run.state()).toBe('COMPLETED');
    expect(run.visits()).toContain('caught COMPLETED');
  });
});

describe('the variables of an error', () => {
  test('go outwards from the boundary event', () => {
    const run = new Scenario(
      model('start -> work -> end; caught -> next', {
        work: service({ inputs: { own: '=1' } }),
        caught: boundary('work', error()),
      }),
    );
    run.start({ known: 1 });
    run.throwError('work', 'BAD', { own: 2, known: 3, fresh: 4 });
    expect(run.variables()).toEqual({ own: 2, known: 3, fresh: 4 });
  });

  test('stay local where the boundary event has outputs', () => {
    const caught = boundary('work', error(), { outputs: { reason: '= text' } });
    const run = new Scenario(model('start -> work -> end; caught -> next', { caught }));
    run.start();
    run.throwError('work', 'BAD', { text: 'too late' });
    expect(run.variables()).toEqual({ reason: 'too late' });
  });

  test('a failing output is an incident of the event, which is left when it is resolved', () => {
    const caught = boundary('work', error(), { outputs: { reason: '= text' } });
    const run = new Scenario(model('start -> work -> end; caught -> next', { caught }));
    run.start();
    run.throwError('work', 'BAD', {});
    expect(run.incidents()).toEqual([expect.stringMatching(/^caught LEAVE VARIABLE_MISSING/)]);
    run.resolve({ variables: { text: 'now' } });
    expect(run.waitsAt()).toEqual(['next']);
  });

  test('of an end event are what its inputs make', () => {
    const run = new Scenario(
      model('start -> sub -> end; caught -> next', {
        sub: subProcess('start1 -> fail', { fail: endWith(error('BAD'), { inputs: { sum: '= a + 1' } }) }),
        caught: boundary('sub', error()),
      }),
    );
    run.start({ a: 1 });
    expect(run.variables()).toEqual({ a: 1, sum: 2 });
  });
});

describe('an inclusive join', () => {
  const gate = 'start -> split -[n > 0]-> a -> gather -> after -> end; split -[n > 1]-> b -> gather';

  test('goes on when an error has taken the last token that could come', () => {
    const run = new Scenario(model(`${gate}; caught -> elsewhere`, { caught: boundary('b', error()) }));
    run.start({ n: 2 });
    run.complete('a');
    run.throwError('b', 'BAD');
    expect(run.waitsAt()).toEqual(['after', 'elsewhere']);
  });

  test('waits for a token that comes out of a boundary event', () => {
    const run = new Scenario(
      model(`${gate.replace('b -> gather', 'b')}; caught -> late -> gather`, { caught: boundary('b', error()) }),
    );
    run.start({ n: 2 });
    run.complete('a');
    expect(run.waitsAt()).toEqual(['b']);
    run.throwError('b', 'BAD');
    run.complete('late');
    expect(run.waitsAt()).toEqual(['after']);
  });
});
