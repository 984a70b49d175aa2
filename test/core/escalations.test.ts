// BPMN escalations: who catches them, what goes on beside them, and that none is lost. And links, which go straight on.
import { describe, expect, test } from 'vitest';
import { Scenario } from '../support/scenario.js';
import {
  boundary,
  catching,
  endWith,
  escalation,
  eventSubProcess,
  link,
  model,
  startOn,
  subProcess,
  throwing,
} from '../support/scenario-model.js';

const NON = { interrupting: false };

describe('a job that throws an escalation', () => {
  const pack = (spec = {}) =>
    model('start -> pack -> end; late -> call -> endCall', { late: boundary('pack', escalation('LATE'), spec) });

  test('ends its task where the boundary event interrupts', () => {
    const run = new Scenario(pack());
    run.start();
    run.throwEscalation('pack', 'LATE', { days: 3 });
    expect(run.visits()).toContain('pack TERMINATED');
    expect(run.waitsAt()).toEqual(['call']);
    expect(run.variables()).toEqual({ days: 3 });
    expect(run.log()).toContain('= job pack DONE 0/0');
  });

  test('goes on with another job where it does not interrupt, as often as it throws', () => {
    const run = new Scenario(pack(NON));
    run.start();
    run.throwEscalation('pack', 'LATE');
    run.throwEscalation('pack', 'LATE');
    expect(run.waitsAt()).toEqual(['call', 'call', 'pack']);
    run.complete('pack');
    run.complete('call');
    run.complete('call');
    expect(run.state()).toBe('COMPLETED');
  });

  test('names the time from which the other job may be had', () => {
    const run = new Scenario(pack(NON));
    run.start();
    run.throwEscalation('pack', 'LATE', {}, 'PT1H');
    expect(run.world.all('openJob').map(({ topic }) => topic)).toEqual(['call']);
    run.later(3_600_000);
    run.executeTasks();
    run.complete('pack');
    expect(run.waitsAt()).toEqual(['call']);
  });

  test('of another code is an incident; the work is done again when it is resolved', () => {
    const run = new Scenario(pack());
    run.start();
    run.throwEscalation('pack', 'LOST');
    expect(run.incidents()).toEqual(['pack JOB UNCAUGHT_ESCALATION: escalation "LOST" is not caught']);
    run.resolve();
    run.complete('pack');
    expect(run.state()).toBe('COMPLETED');
  });
});

describe('an escalation event of the model', () => {
  const RAISE = { raise: throwing(escalation('LATE')) };
  const END = { endRaise: endWith(escalation('LATE')) };
  const inside = (arrows: string, spec = {}) =>
    model('start -> sub -> after -> end; late -> call -> end2', {
      sub: subProcess(arrows, arrows.includes('endRaise') ? END : RAISE),
      late: boundary('sub', escalation('LATE'), spec),
    });

  test('in the middle goes on beside a boundary event that does not interrupt', () => {
    const run = new Scenario(inside('start1 -> raise -> work -> end1', NON));
    run.start();
    expect(run.waitsAt()).toEqual(['call', 'work']);
    run.complete('work');
    expect(run.waitsAt()).toEqual(['after', 'call']);
  });

  test('in the middle ends with its scope where the boundary event interrupts', () => {
    const run = new Scenario(inside('start1 -> fork -> raise -> work -> end1; fork -> other -> end3'));
    run.start();
    expect(run.waitsAt()).toEqual(['call']);
    expect(run.visits()).toEqual(expect.arrayContaining(['raise COMPLETED', 'sub TERMINATED']));
    expect(run.visits().join()).not.toContain('work');
  });

  test('at the end lets its scope end beside a boundary event that does not interrupt', () => {
    const run = new Scenario(inside('start1 -> work -> endRaise', NON));
    run.start();
    run.complete('work');
    expect(run.waitsAt()).toEqual(['after', 'call']);
    expect(run.visits()).toContain('sub COMPLETED');
  });

  test('that nothing catches stops nothing, but is kept', () => {
    const run = new Scenario(
      model('start -> raise -> work -> endRaise', {
        raise: throwing(escalation('LATE')),
        endRaise: endWith(escalation('LATER')),
      }),
    );
    run.start();
    run.complete('work');
    expect(run.state()).toBe('COMPLETED');
    expect(run.openIncidents()).toEqual([]);
    expect(run.world.all('incident')).toMatchObject([
      { reason: 'UNCAUGHT_ESCALATION', message: 'escalation "LATE" is not caught' },
      { reason: 'UNCAUGHT_ESCALATION', message: 'escalation "LATER" is not caught' },
    ]);
  });
});

describe('an event sub-process', () => {
  const handled = (spec = {}) =>
    model('start -> fork -> raise -> work -> end; fork -> other -> end2', {
      raise: throwing(escalation('LATE')),
      handler: eventSubProcess('caught -> repair -> end3', { caught: startOn(escalation(), spec) }),
    });

  test('that does not interrupt runs beside its scope, which ends when all has ended', () => {
    const run = new Scenario(handled(NON));
    run.start();
    expect(run.waitsAt()).toEqual(['other', 'repair', 'work']);
    for (const each of ['other', 'work', 'repair']) run.complete(each);
    expect(run.state()).toBe('COMPLETED');
  });

  test('that interrupts is all that is left of its scope', () => {
    const run = new Scenario(handled());
    run.start();
    expect(run.waitsAt()).toEqual(['repair']);
    run.complete('repair');
    expect(run.state()).toBe('COMPLETED');
  });
});

describe('links', () => {
  test('lead to the catch event of their name in the same scope', () => {
    const run = new Scenario(
      model('start -> choose -[left]-> goLeft; choose -[default]-> goRight; onLeft -> a -> end; onRight -> b -> end', {
        goLeft: throwing(link('L')),
        goRight: throwing(link('R')),
        onLeft: catching(link('L')),
        onRight: catching(link('R')),
      }),
    );
    run.start({ left: false });
    expect(run.waitsAt()).toEqual(['b']);
    run.complete('b');
    expect(run.state()).toBe('COMPLETED');
  });

  test('can be a way back, and end at the step limit like any loop', () => {
    const run = new Scenario(
      model('start -> merge -> work -> choose -[again]-> goBack; onBack -> merge; choose -[default]-> end', {
        goBack: throwing(link('back')),
        onBack: catching(link('back')),
      }),
    );
    run.start({ again: true });
    run.complete('work');
    run.complete('work', { again: false });
    expect(run.state()).toBe('COMPLETED');
  });

  test('are ways by which a token can come to an inclusive join', () => {
    const run = new Scenario(
      model('start -> split -[n > 0]-> a -> gather -> after -> end; split -[n > 1]-> b -> goOn; onward -> gather', {
        goOn: throwing(link('on')),
        onward: catching(link('on')),
      }),
    );
    run.start({ n: 2 });
    run.complete('a');
    expect(run.waitsAt()).toEqual(['b']);
    run.complete('b');
    expect(run.waitsAt()).toEqual(['after']);
  });
});
