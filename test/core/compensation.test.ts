// Compensation: what has completed is undone, the last first, with the variables of then (BPMN 2.0.2, 10.7 and 13.5.5).
import { describe, expect, test } from 'vitest';
import { Scenario } from '../support/scenario.js';
import {
  boundary,
  callOf,
  compensation,
  condition,
  each,
  endWith,
  error,
  eventSubProcess,
  file,
  handler,
  manual,
  model,
  repeat,
  script,
  service,
  signal,
  startOn,
  subProcess,
  throwing,
  undoneBy,
} from '../support/scenario-model.js';

/** Completes whatever waits, one after the other; answers what waited each time. */
function worked(run: Scenario, variables: Readonly<Record<string, unknown>> = {}): readonly string[] {
  const done: string[] = [];
  for (let waits = run.jobsAt(); waits.length > 0; waits = run.jobsAt()) {
    const [first = ''] = waits;
    done.push(waits.join('+'));
    run.complete(first, variables);
  }
  return done;
}

describe('a compensation throw event', () => {
  const trip = model('start -> flight -> hotel -> car -> undo -> end', {
    ...undoneBy('flight', 'no-flight'),
    ...undoneBy('hotel', 'no-hotel'),
    ...undoneBy('car', 'no-car'),
    undo: throwing(compensation()),
  });

  test('compensates what has completed, the last first, one after the other, and then goes on', () => {
    const run = new Scenario(trip);
    run.start();
    expect(worked(run)).toEqual(['flight', 'hotel', 'car', 'no-car', 'no-hotel', 'no-flight']);
    expect(run.state()).toBe('COMPLETED');
    expect(run.world.all('task')).toEqual([]);
  });

  test('the normal flow does not reach a handler, and what has not completed is not compensated', () => {
    const run = new Scenario(
      model('start -> fork -> flight -> join; fork -> hotel -> undo -> join -> end', {
        ...undoneBy('flight', 'no-flight'),
        ...undoneBy('hotel', 'no-hotel'),
        undo: throwing(compensation()),
      }),
    );
    run.start();
    run.complete('hotel');
    expect(run.jobsAt()).toEqual(['flight', 'no-hotel']);
    run.complete('no-hotel');
    expect(worked(run)).toEqual(['flight']);
    expect(run.state()).toBe('COMPLETED');
  });

  test('goes on at once when there is nothing to compensate', () => {
    const run = new Scenario(model('start -> undo -> end', { undo: throwing(compensation()) }));
    run.start();
    expect(run.state()).toBe('COMPLETED');
  });

  test('compensates each completion once, whoever throws again', () => {
    const run = new Scenario(
      model('start -> flight -> undo -> again -> end', {
        ...undoneBy('flight', 'no-flight'),
        undo: throwing(compensation()),
        again: throwing(compensation()),
      }),
    );
    run.start();
    expect(worked(run)).toEqual(['flight', 'no-flight']);
    expect(run.state()).toBe('COMPLETED');
  });

  test('compensates one activity alone when it names it, each time that it completed', () => {
    const run = new Scenario(
      model('start -> flight -> merge -> hotel -> choose -[more]-> merge; choose -[default]-> undo -> end', {
        ...undoneBy('flight', 'no-flight'),
        ...undoneBy('hotel', 'no-hotel'),
        undo: throwing(compensation('hotel')),
      }),
    );
    run.start({ more: true });
    run.complete('flight');
    run.complete('hotel');
    run.complete('hotel', { more: false });
    expect(worked(run)).toEqual(['no-hotel', 'no-hotel']);
    expect(run.state()).toBe('COMPLETED');
  });

  test('holds its event sub-process, too, where it does not wait', () => {
    const run = new Scenario(
      model('start -> b -> c -> end', {
        ...undoneBy('b', 'un-b'),
        on: eventSubProcess('begun -> a -> d -> undo -> over', {
          begun: startOn(signal('go'), { interrupting: false }),
          ...undoneBy('a', 'un-a'),
          undo: throwing(compensation(undefined, false)),
          over: { tag: 'endEvent' },
        }),
      }),
    );
    run.start();
    run.sendSignal('go');
    run.executeTasks();
    for (const id of ['a', 'b', 'd']) run.complete(id);
    expect(run.jobsAt()).toEqual(['c', 'un-b']);
    run.complete('un-b');
    expect(run.jobsAt()).toEqual(['c', 'un-a']);
    run.complete('un-a');
    run.complete('c');
    expect(run.state()).toBe('COMPLETED');
  });

  test('that is interrupted leaves what it has not begun to others', () => {
    const run = new Scenario(
      model('start -> b -> c -> last -> end', {
        ...undoneBy('b', 'un-b'),
        last: throwing(compensation()),
        on: eventSubProcess('begun -> a -> undo -> over', {
          begun: startOn(signal('go'), { interrupting: false }),
          ...undoneBy('a', 'un-a'),
          undo: throwing(compensation()),
          over: { tag: 'endEvent' },
          stop: eventSubProcess('stopped -> d -> gone', {
            stopped: startOn(signal('stop')),
            gone: { tag: 'endEvent' },
          }),
        }),
      }),
    );
    run.start();
    run.complete('b');
    run.sendSignal('go');
    run.executeTasks();
    run.complete('a');
    expect(run.jobsAt()).toEqual(['c', 'un-a']);
    run.sendSignal('stop');
    run.executeTasks();
    run.complete('d');
    run.complete('c');
    expect(run.jobsAt()).toEqual(['un-b']);
    run.complete('un-b');
    expect(run.state()).toBe('COMPLETED');
  });

  test('does not hold an inclusive join behind the sub-process that it compensates', () => {
    const run = new Scenario(
      model(
        `start -> fork -> sub -> choose -[elsewhere]-> end2; choose -[default]-> gather -> after -> end
        fork -> c -> gather; fork -> d -> undo -> end3`,
        {
          sub: subProcess('startS -> a -> endS', undoneBy('a', 'un-a')),
          undo: throwing(compensation()),
        },
      ),
    );
    run.start({ elsewhere: true });
    for (const id of ['a', 'd', 'c']) run.complete(id);
    expect(run.jobsAt()).toEqual(['after', 'un-a']);
    run.complete('un-a');
    run.complete('after');
    expect(run.state()).toBe('COMPLETED');
  });

  test('does not wait where the model says so; its scope does', () => {
    const run = new Scenario(
      model('start -> flight -> hotel -> undo -> after -> end', {
        ...undoneBy('flight', 'no-flight'),
        ...undoneBy('hotel', 'no-hotel'),
        undo: throwing(compensation(undefined, false)),
      }),
    );
    run.start();
    run.complete('flight');
    run.complete('hotel');
    expect(run.jobsAt()).toEqual(['after', 'no-hotel']);
    run.complete('after');
    run.complete('no-hotel');
    expect(run.jobsAt()).toEqual(['no-flight']);
    expect(run.state()).toBe('STARTED');
    run.complete('no-flight');
    expect(run.state()).toBe('COMPLETED');
  });

  test('from an event sub-process reaches the scope around it', () => {
    const run = new Scenario(
      model('start -> flight -> hotel -> end', {
        ...undoneBy('flight', 'no-flight'),
        failed: eventSubProcess('startF -> undo -> endF', {
          startF: startOn(error('FULL')),
          undo: throwing(compensation('flight')),
        }),
      }),
    );
    run.start();
    run.complete('flight');
    run.throwError('hotel', 'FULL');
    expect(worked(run)).toEqual(['no-flight']);
    expect(run.visits()).toContain('hotel TERMINATED');
    expect(run.state()).toBe('COMPLETED');
  });

  test('reaches what an event sub-process has completed, as a unit', () => {
    const run = new Scenario(
      model('start -> work -> undo -> end', {
        ...undoneBy('work', 'no-work'),
        more: eventSubProcess('startM -> extra -> endM', {
          startM: startOn(condition('wanted'), { interrupting: false }),
          ...undoneBy('extra', 'no-extra'),
        }),
        undo: throwing(compensation()),
      }),
    );
    run.start({ wanted: false });
    run.setVariables({ wanted: true });
    run.complete('extra');
    expect(worked(run)).toEqual(['work', 'no-work', 'no-extra']);
    expect(run.state()).toBe('COMPLETED');
  });

  test('of an end event compensates before its path ends', () => {
    const run = new Scenario(
      model('start -> flight -> undo', { ...undoneBy('flight', 'no-flight'), undo: endWith(compensation()) }),
    );
    run.start();
    expect(worked(run)).toEqual(['flight', 'no-flight']);
    expect(run.state()).toBe('COMPLETED');
  });

  test('what it begins has two causes: what completed, and the event that threw', () => {
    const run = new Scenario(trip);
    run.start();
    for (const id of ['flight', 'hotel', 'car']) run.complete(id);
    const idOf = (name: string) => run.world.all('elementInstance').find((ei) => run.nameOf(ei) === name)?.id;
    const event = idOf('on-no-car');
    const causes = run.world.all('arrival').filter(({ consumedBy }) => consumedBy === event);
    expect(causes.map(({ producedBy }) => producedBy)).toEqual([idOf('car'), idOf('undo')]);
  });
});

describe('a compensation handler', () => {
  test('sees the variables as they were when the activity completed; what it writes goes outwards', () => {
    const run = new Scenario(
      model('start -> book -> change -> undo -> look -> end', {
        book: service({ inputs: { tries: '= 3' } }),
        ...undoneBy('book', 'unbook', script('saw', 'string(number) + string(tries)')),
        change: script('number', '99'),
        undo: throwing(compensation()),
      }),
    );
    run.start();
    run.complete('book', { number: 7 });
    expect(run.variables()).toEqual({ number: 99, saw: '73' });
  });

  test('changes what it saw as it changes everything else', () => {
    const run = new Scenario(
      model('start -> book -> change -> undo -> end', {
        ...undoneBy('book', 'unbook'),
        change: script('number', '99'),
        undo: throwing(compensation()),
      }),
    );
    run.start();
    run.complete('book', { number: 7 });
    run.complete('unbook', { number: 0 });
    expect(run.variables()).toEqual({ number: 0 });
  });

  test('that fails has an incident, and the compensation goes on when that is resolved', () => {
    const run = new Scenario(
      model('start -> a -> b -> undo -> end', {
        ...undoneBy('a', 'un-a'),
        ...undoneBy('b', 'un-b', service({ inputs: { x: '= missing' } })),
        undo: throwing(compensation()),
      }),
    );
    run.start();
    run.complete('a');
    run.complete('b');
    expect(run.openIncidents()).toMatchObject([{ reason: 'VARIABLE_MISSING' }]);
    run.resolve({ variables: { missing: 1 } });
    expect(worked(run)).toEqual(['un-b', 'un-a']);
    expect(run.state()).toBe('COMPLETED');
  });

  test('may be a sub-process, or repeated', () => {
    const run = new Scenario(
      model('start -> a -> b -> undo -> end', {
        ...undoneBy('a', 'un-a', subProcess('startU -> one -> two -> endU')),
        ...undoneBy('b', 'un-b', each(service(), { cardinality: '2' })),
        undo: throwing(compensation()),
      }),
    );
    run.start();
    expect(worked(run)).toEqual(['a', 'b', 'un-b+un-b', 'un-b', 'one', 'two']);
    expect(run.state()).toBe('COMPLETED');
  });

  test('that throws an error ends with the rest of its scope', () => {
    const run = new Scenario(
      model('start -> trip -> end; failed -> repair -> end', {
        trip: subProcess('startT -> a -> b -> undo -> endT', {
          ...undoneBy('a', 'un-a'),
          ...undoneBy('b', 'un-b'),
          undo: throwing(compensation()),
        }),
        failed: boundary('trip', error()),
      }),
    );
    run.start();
    run.complete('a');
    run.complete('b');
    run.throwError('un-b', 'BROKEN');
    expect(run.jobsAt()).toEqual(['repair']);
    expect(run.world.all('task')).toEqual([]);
  });

  test('of a call activity undoes the call as a whole', () => {
    const run = new Scenario(
      file(
        {
          id: 'p',
          arrows: 'start -> call -> undo -> end',
          elements: { call: callOf('q'), ...undoneBy('call', 'uncall'), undo: throwing(compensation()) },
        },
        { id: 'q', arrows: 'startQ -> work -> endQ', elements: undoneBy('work', 'unwork') },
      ),
    );
    run.start();
    expect(worked(run)).toEqual(['work', 'uncall']);
    expect(run.state()).toBe('COMPLETED');
  });
});

describe('a completed sub-process', () => {
  const trip = (elements = {}, arrows = 'start -> trip -> pay -> undo -> end') =>
    model(arrows, {
      trip: subProcess('startT -> flight -> hotel -> endT', {
        ...undoneBy('flight', 'no-flight'),
        ...undoneBy('hotel', 'no-hotel'),
        ...elements,
      }),
      ...undoneBy('pay', 'refund'),
      undo: throwing(compensation()),
    });

  test('is compensated as a unit, at its own place in the order: inside it the last first', () => {
    const run = new Scenario(trip());
    run.start();
    expect(worked(run)).toEqual(['flight', 'hotel', 'pay', 'refund', 'no-hotel', 'no-flight']);
    expect(run.state()).toBe('COMPLETED');
    expect(run.world.all('task')).toEqual([]);
    expect(run.visits().filter((visit) => visit.startsWith('trip'))).toEqual(['trip COMPLETED', 'trip COMPLETED']);
  });

  test('is compensated by its compensation event sub-process, which may compensate what is inside', () => {
    const unit = (elements = {}) =>
      eventSubProcess('startU -> thank -> endU', { startU: startOn(compensation()), ...elements });
    const run = new Scenario(trip({ unit: unit() }));
    run.start();
    expect(worked(run)).toEqual(['flight', 'hotel', 'pay', 'refund', 'thank']);
    expect(run.state()).toBe('COMPLETED');
    expect(run.world.all('task')).toEqual([]);
    const deeper = new Scenario(trip({ unit: unit({ thank: throwing(compensation()) }) }));
    deeper.start();
    expect(worked(deeper)).toEqual(['flight', 'hotel', 'pay', 'refund', 'no-hotel', 'no-flight']);
    expect(deeper.state()).toBe('COMPLETED');
  });

  test('has its own variables again, as they were', () => {
    const run = new Scenario(
      model('start -> trip -> change -> undo -> end', {
        trip: subProcess(
          'startT -> flight -> endT',
          {
            flight: manual(),
            unit: eventSubProcess('startU -> note -> endU', {
              startU: startOn(compensation()),
              note: script('noted', 'string(seat) + string(price)'),
            }),
          },
          { inputs: { seat: '= 12' } },
        ),
        change: script('price', '5'),
        undo: throwing(compensation()),
      }),
    );
    run.start({ price: 3 });
    expect(run.variables()).toEqual({ price: 5, noted: '123' });
    expect(run.state()).toBe('COMPLETED');
  });

  test('is undone by the handler of its boundary event alone, if it has one', () => {
    const run = new Scenario(
      model('start -> trip -> undo -> end', {
        trip: subProcess('startT -> flight -> endT', undoneBy('flight', 'no-flight')),
        ...undoneBy('trip', 'no-trip'),
        undo: throwing(compensation('trip')),
      }),
    );
    run.start();
    expect(worked(run)).toEqual(['flight', 'no-trip']);
    expect(run.state()).toBe('COMPLETED');
  });

  test('catches nothing while it is compensated', () => {
    const run = new Scenario(
      model('start -> trip -> undo -> end; caught -> wrong -> end', {
        trip: subProcess('startT -> flight -> endT', {
          ...undoneBy('flight', 'no-flight'),
          inside: eventSubProcess('startI -> wrong2 -> endI', { startI: startOn(error('FULL')) }),
        }),
        caught: boundary('trip', error('FULL')),
        undo: throwing(compensation()),
        outer: eventSubProcess('startO -> right -> endO', { startO: startOn(error('FULL')) }),
      }),
    );
    run.start();
    run.complete('flight');
    run.throwError('no-flight', 'FULL');
    expect(run.jobsAt()).toEqual(['right']);
  });

  test('in a completed sub-process is compensated with it', () => {
    const run = new Scenario(
      model('start -> outer -> undo -> end', {
        outer: subProcess('startO -> trip -> hotel -> endO', {
          trip: subProcess('startT -> flight -> endT', undoneBy('flight', 'no-flight')),
          ...undoneBy('hotel', 'no-hotel'),
        }),
        undo: throwing(compensation('outer')),
      }),
    );
    run.start();
    expect(worked(run)).toEqual(['flight', 'hotel', 'no-hotel', 'no-flight']);
    expect(run.state()).toBe('COMPLETED');
  });
});

describe('what is repeated', () => {
  test('is compensated once for each instance that completed, with its item', () => {
    const run = new Scenario(
      model('start -> book -> undo -> end', {
        book: each(service(), { collection: 'seats', item: 'seat', sequential: true }),
        ...undoneBy('book', 'unbook', script('seen', 'append(seen, seat)', { outputs: { seen: '= seen' } })),
        undo: throwing(compensation('book')),
      }),
    );
    run.start({ seats: ['a', 'b', 'c'] });
    for (const seen of [['x'], ['x'], ['x']]) run.complete('book', { seen });
    expect(run.visits().filter((visit) => visit === 'unbook COMPLETED')).toHaveLength(3);
    expect(run.variables()).toMatchObject({ seen: ['x', 'a'] });
    expect(run.state()).toBe('COMPLETED');
  });

  test('is compensated only when all of it has completed', () => {
    const run = new Scenario(
      model('start -> fork -> book -> join; fork -> undo -> after -> join -> end', {
        book: each(service(), { cardinality: '2' }),
        ...undoneBy('book', 'unbook'),
        undo: throwing(compensation()),
      }),
    );
    run.start();
    run.complete('book');
    expect(run.jobsAt()).toEqual(['after', 'book']);
    expect(worked(run)).toEqual(['after+book', 'book']);
    expect(run.state()).toBe('COMPLETED');
  });

  test('compensates the instances that a completion condition left', () => {
    const run = new Scenario(
      model('start -> book -> undo -> end', {
        book: each(service(), { cardinality: '3', until: 'enough' }),
        ...undoneBy('book', 'unbook'),
        undo: throwing(compensation()),
      }),
    );
    run.start({ enough: false });
    run.complete('book');
    run.complete('book', { enough: true });
    expect(worked(run)).toEqual(['unbook', 'unbook']);
    expect(run.state()).toBe('COMPLETED');
  });

  test('as a sub-process is a unit for each of its instances; a loop, too', () => {
    const run = new Scenario(
      model('start -> trip -> again -> undo -> end', {
        trip: each(subProcess('startT -> flight -> endT', undoneBy('flight', 'no-flight')), { cardinality: '2' }),
        again: repeat(service(), { maximum: 2 }),
        ...undoneBy('again', 'not-again'),
        undo: throwing(compensation()),
      }),
    );
    run.start();
    expect(worked(run)).toEqual([
      'flight+flight',
      'flight',
      'again',
      'again',
      'not-again',
      'not-again',
      'no-flight',
      'no-flight',
    ]);
    expect(run.state()).toBe('COMPLETED');
    expect(run.world.all('task')).toEqual([]);
  });
});

describe('what is no longer compensated', () => {
  test('a scope that is interrupted or terminated takes its completions with it', () => {
    const run = new Scenario(
      model('start -> trip -> undo -> end; left -> undo', {
        trip: subProcess('startT -> flight -> hotel -> endT', undoneBy('flight', 'no-flight')),
        left: boundary('trip', error('FULL')),
        undo: throwing(compensation()),
      }),
    );
    run.start();
    run.complete('flight');
    run.throwError('hotel', 'FULL');
    expect(run.state()).toBe('COMPLETED');
    const terminated = new Scenario(
      model('start -> trip -> undo -> end', {
        trip: subProcess('startT -> flight -> terminate', undoneBy('flight', 'no-flight')),
        undo: throwing(compensation()),
      }),
    );
    terminated.start();
    terminated.complete('flight');
    expect(terminated.state()).toBe('COMPLETED');
  });

  test('a process that has ended, or is canceled, remembers nothing', () => {
    const run = new Scenario(model('start -> a -> b -> end', undoneBy('a', 'un-a')));
    run.start();
    run.complete('a');
    expect(run.world.all('task')).toHaveLength(1);
    run.complete('b');
    expect(run.world.all('task')).toEqual([]);
    run.start();
    run.complete('a');
    run.cancel();
    expect(run.world.all('task')).toEqual([]);
  });

  test('a compensation that an event sub-process ends is not repeated for what it had begun', () => {
    const run = new Scenario(
      model('start -> a -> b -> undo -> end', {
        ...undoneBy('a', 'un-a'),
        ...undoneBy('b', 'un-b'),
        undo: throwing(compensation()),
        stop: eventSubProcess('startS -> undoRest -> endS', {
          startS: startOn(condition('stop')),
          undoRest: throwing(compensation()),
        }),
      }),
    );
    run.start({ stop: false });
    run.complete('a');
    run.complete('b');
    run.setVariables({ stop: true });
    expect(worked(run)).toEqual(['un-a']);
    expect(run.visits()).toContain('un-b TERMINATED');
    expect(run.state()).toBe('COMPLETED');
  });

  test('a process without compensation has no row more', () => {
    const run = new Scenario(model('start -> a -> end', { undone: handler(), ...undoneBy('a', 'undone') }));
    run.start();
    expect(run.world.all('task')).toEqual([]);
  });
});
