// Timers: events that the clock triggers, in the flow, on activities and in event sub-processes.
import { describe, expect, test } from 'vitest';
import { Scenario } from '../support/scenario.js';
import { boundary, catching, eventSubProcess, model, startOn, timer } from '../support/scenario-model.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

function pass(run: Scenario, milliseconds: number): void {
  run.later(milliseconds);
  run.executeTasks();
}

describe('an intermediate timer', () => {
  test('waits for its duration, and not a millisecond less', () => {
    const run = new Scenario(model('start -> pause -> end', { pause: catching(timer('Duration', 'PT1H')) }));
    run.start();
    pass(run, HOUR - 1);
    expect(run.waitsAt()).toEqual(['pause']);
    pass(run, 1);
    expect(run.state()).toBe('COMPLETED');
    expect(run.world.all('task')).toEqual([]);
  });

  test('takes a date or a duration that an expression makes', () => {
    const run = new Scenario(
      model('start -> first -> second -> end', {
        first: catching(timer('Date', '= date and time("2100-01-01T00:00:00Z")')),
        second: catching(timer('Duration', '= duration("P1D")')),
      }),
    );
    run.start();
    expect(run.world.all('task')).toMatchObject([{ dueAt: Date.parse('2100-01-01T00:00:00Z'), type: 'TRIGGER_TIMER' }]);
    run.later(Date.parse('2100-01-01T00:00:00Z') - run.now);
    run.executeTasks();
    expect(run.world.all('task')).toMatchObject([{ dueAt: Date.parse('2100-01-02T00:00:00Z') }]);
  });

  test('whose date has passed happens at once', () => {
    const pause = catching(timer('Date', '2001-01-01T00:00:00Z'));
    const run = new Scenario(model('start -> pause -> end', { pause }));
    run.start();
    run.executeTasks();
    expect(run.state()).toBe('COMPLETED');
  });

  test('that makes no sense is an incident, and is read again when that is resolved', () => {
    const pause = catching(timer('Duration', '= wait'));
    const run = new Scenario(model('start -> pause -> end', { pause }));
    run.start({ wait: 'tomorrow' });
    expect(run.incidents()).toEqual([
      'pause ENTER TIMER_FAILED: timer "wait": "tomorrow" is no duration; write an ISO 8601 duration, such as P1DT12H',
    ]);
    run.setVariables({ wait: 'PT5M' });
    run.resolve();
    pass(run, 5 * MINUTE);
    expect(run.state()).toBe('COMPLETED');
  });

  test('of an instance that is canceled is gone', () => {
    const run = new Scenario(model('start -> pause -> end', { pause: catching(timer('Duration', 'PT1H')) }));
    run.start();
    run.cancel();
    expect(run.world.all('task')).toEqual([]);
  });
});

describe('a timer on an activity', () => {
  test('interrupts it when its time comes', () => {
    const late = boundary('work', timer('Duration', 'PT1H'));
    const run = new Scenario(model('start -> work -> end; late -> escalate -> endLate', { late }));
    run.start();
    pass(run, HOUR);
    expect(run.visits()).toEqual([
      'p STARTED',
      'start COMPLETED',
      'work TERMINATED',
      'late COMPLETED',
      'escalate STARTED',
    ]);
    expect(run.log()).toContain('= job work CANCELED 0/0');
  });

  test('does nothing when the activity was faster', () => {
    const late = boundary('work', timer('Duration', 'PT1H'));
    const run = new Scenario(model('start -> work -> end; late -> escalate -> endLate', { late }));
    run.start();
    run.complete('work');
    expect(run.state()).toBe('COMPLETED');
    expect(run.world.all('task')).toEqual([]);
  });

  test('that does not interrupt repeats as often as its cycle says, while the activity goes on', () => {
    const remind = boundary('work', timer('Cycle', 'R2/PT1H'), { interrupting: false });
    const run = new Scenario(model('start -> work -> end; remind -> mail -> endMail', { remind }));
    run.start();
    for (let hour = 0; hour < 4; hour += 1) pass(run, HOUR);
    expect(run.waitsAt()).toEqual(['mail', 'mail', 'work']);
    expect(run.world.all('task')).toEqual([]);
  });

  test('that does not interrupt, with a duration, happens once', () => {
    const remind = boundary('work', timer('Duration', 'PT1H'), { interrupting: false });
    const run = new Scenario(model('start -> work -> end; remind -> mail -> endMail', { remind }));
    run.start();
    pass(run, 5 * HOUR);
    expect(run.waitsAt()).toEqual(['mail', 'work']);
    expect(run.world.all('task')).toEqual([]);
  });
});

describe('a cycle whose times were missed', () => {
  const caughtUp = (value: string) => {
    const properties = `<zeebe:properties><zeebe:property name="timerCatchUp" value="${value}"/></zeebe:properties>`;
    const event = boundary('work', timer('Cycle', 'R/PT1H'), { interrupting: false });
    const remind = value === '' ? event : { ...event, extensions: properties };
    const run = new Scenario(model('start -> work -> end; remind -> mail -> endMail', { remind }));
    run.start();
    const begin = run.now;
    pass(run, 5.5 * HOUR);
    const mails = run.waitsAt().filter((id) => id === 'mail').length;
    const [next] = run.world.all('task').map(({ dueAt }) => (dueAt - begin) / HOUR);
    return { mails, next };
  };

  test.each([
    ['', 1],
    ['last', 1],
    ['all', 5],
    ['none', 0],
  ])('happens by its policy "%s" %i times, and goes on in its old rhythm', (value, mails) => {
    expect(caughtUp(value)).toEqual({ mails, next: 6 });
  });
});

describe('a timer of an event sub-process', () => {
  const inside = (interrupting: boolean) =>
    eventSubProcess('begin -> mail -> endMail', {
      begin: startOn(timer('Cycle', 'R/PT1H'), { interrupting }),
    });

  test('interrupts the scope and is gone', () => {
    const run = new Scenario(model('start -> work -> end', { late: inside(true) }));
    run.start();
    pass(run, HOUR);
    expect(run.waitsAt()).toEqual(['mail']);
    expect(run.world.all('task')).toEqual([]);
    run.complete('mail');
    expect(run.state()).toBe('COMPLETED');
  });

  test('that does not interrupt begins again with each time, until the scope ends', () => {
    const run = new Scenario(model('start -> work -> end', { late: inside(false) }));
    run.start();
    pass(run, HOUR);
    pass(run, HOUR);
    expect(run.waitsAt()).toEqual(['mail', 'mail', 'work']);
    run.complete('work');
    run.complete('mail');
    run.complete('mail');
    expect(run.state()).toBe('COMPLETED');
    expect(run.world.all('task')).toEqual([]);
  });
});
