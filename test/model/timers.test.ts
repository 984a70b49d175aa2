// Timers: which texts are dates, durations and cycles, and when they are due, by the calendar and its zones.
import { describe, expect, test } from 'vitest';
import { type DueTime, dueTime, nextTime, nextTimeAfter, timerProblem } from '../../src/model/timers.js';
import { definitions, expectProblems, flow, START } from './support.js';

/** The first times of a cycle that is set at a moment. */
function times(text: string, setAt: string, most = 4): string[] {
  const first = dueTime('CYCLE', text, Date.parse(setAt));
  if ('problem' in first) throw new Error(first.problem);
  const found: string[] = [];
  for (let due: DueTime | undefined = first; due !== undefined && found.length < most; due = nextTime(due)) {
    found.push(new Date(due.dueAt).toISOString().slice(0, 16));
  }
  return found;
}

describe('repetitions', () => {
  test('count from when they are set, and end', () => {
    expect(times('R3/PT1H', '2026-01-01T00:30Z')).toEqual(['2026-01-01T01:30', '2026-01-01T02:30', '2026-01-01T03:30']);
  });

  test('with a start begin there', () => {
    expect(times('R2/2026-05-01T08:00:00Z/P1D', '2026-01-01T00:00Z')).toEqual(['2026-05-01T08:00', '2026-05-02T08:00']);
  });

  test('by months stay at the end of the month: nothing adds up', () => {
    expect(times('R/P1M', '2026-01-31T00:00Z')).toEqual([
      '2026-02-28T00:00',
      '2026-03-31T00:00',
      '2026-04-30T00:00',
      '2026-05-31T00:00',
    ]);
  });

  test('by days in a zone stay at nine in the morning over the change to summer time, by hours they do not', () => {
    const start = '2026-03-28T09:00:00[Europe/Berlin]';
    expect(times(`R2/${start}/P1D`, '2026-01-01T00:00Z')).toEqual(['2026-03-28T08:00', '2026-03-29T07:00']);
    expect(times(`R2/${start}/PT24H`, '2026-01-01T00:00Z')).toEqual(['2026-03-28T08:00', '2026-03-29T08:00']);
  });

  test('find the first time after years at once, in their rhythm', () => {
    const due = dueTime('CYCLE', 'R/PT7S', 0);
    if ('problem' in due) throw new Error(due.problem);
    const now = Date.parse('2026-01-01T00:00:00Z');
    const next = nextTimeAfter(due, now)?.dueAt ?? 0;
    expect([next % 7000, next > now, next <= now + 7000]).toEqual([0, true, true]);
  });

  test('have no time after the last one', () => {
    const due = dueTime('CYCLE', 'R3/PT1H', 0);
    expect('problem' in due ? due : nextTimeAfter(due, 3 * 3_600_000)).toBeUndefined();
  });
});

describe('CRON expressions', () => {
  test('count in UTC', () => {
    expect(times('0 9 * * 1-5', '2026-01-02T10:00Z', 2)).toEqual(['2026-01-05T09:00', '2026-01-06T09:00']);
  });

  test('may have seconds, and names', () => {
    expect(times('30 0 12 * * MON', '2026-01-01T00:00Z', 1)).toEqual(['2026-01-05T12:00']);
    expect(times('@daily', '2026-01-01T12:00Z', 2)).toEqual(['2026-01-02T00:00', '2026-01-03T00:00']);
  });

  test('in a zone follow its summer time', () => {
    const text = 'CRON_TZ=Europe/Berlin 0 9 * * *';
    expect(times(text, '2026-03-27T12:00Z', 2)).toEqual(['2026-03-28T08:00', '2026-03-29T07:00']);
    expect(times(text, '2026-10-23T12:00Z', 3)).toEqual(['2026-10-24T07:00', '2026-10-25T08:00', '2026-10-26T08:00']);
  });

  test('at an hour that comes twice happen once, and at one that does not come soon after it', () => {
    const text = 'CRON_TZ=Europe/Berlin 30 2 * * *';
    expect(times(text, '2026-10-24T12:00Z', 2)).toEqual(['2026-10-25T00:30', '2026-10-26T01:30']);
    expect(times(text, '2026-03-28T12:00Z', 2)).toEqual(['2026-03-29T01:00', '2026-03-30T00:30']);
  });
});

describe('timers that can not be used', () => {
  test.each([
    ['DATE', 'PT1H', '"PT1H" is no date'],
    ['DATE', '2026-01-01T00:00:00', 'has no time zone'],
    ['DURATION', '2026-01-01T00:00:00Z', 'is no duration'],
    ['DURATION', '-PT1H', 'is no duration'],
    ['CYCLE', 'R3/soon', 'is no repetition'],
    ['CYCLE', 'R0/PT1H', 'it never happens'],
    ['CYCLE', 'R/PT0S', 'it takes no time'],
    ['CYCLE', '61 * * * *', 'is no CRON expression'],
    ['CYCLE', '0 0 30 2 *', 'has no time after now'],
    ['CYCLE', 'CRON_TZ=Europe/Nowhere 0 0 * * *', 'is no CRON expression'],
    ['CYCLE', '2026-01-01T00:00:00', 'is no CRON expression'],
  ] as const)('%s "%s": %s', (type, text, problem) => {
    expect(timerProblem(type, text)).toContain(problem);
  });

  test('are refused at deployment when they are no expressions', () => {
    expectProblems(
      definitions(`<bpmn:process id="p" isExecutable="true">${START}
        <bpmn:intermediateCatchEvent id="c"><bpmn:timerEventDefinition>§<bpmn:timeDuration>1 hour</bpmn:timeDuration>
        </bpmn:timerEventDefinition></bpmn:intermediateCatchEvent><bpmn:endEvent id="e"/>
        ${flow('a', 'start', 'c')}${flow('b', 'c', 'e')}</bpmn:process>`),
      [['TIMER_INVALID', 'c', '"1 hour" is no duration; write an ISO 8601 duration, such as P1DT12H']],
    );
  });

  test('of a process need a time that is known without variables', () => {
    const begins = (id: string, timer: string) =>
      `§<bpmn:startEvent id="${id}"><bpmn:timerEventDefinition>${timer}</bpmn:timerEventDefinition></bpmn:startEvent>
       <bpmn:task id="t-${id}"/>${flow(`f-${id}`, id, `t-${id}`)}`;
    const fine = begins('fine', '<bpmn:timeCycle>="R/" + "PT1H"</bpmn:timeCycle>').slice(1);
    expectProblems(
      definitions(`<bpmn:process id="p" isExecutable="true">${fine}
        ${begins('reads', '<bpmn:timeDuration>=wait</bpmn:timeDuration>')}
        ${begins('wrong', '<bpmn:timeCycle>="R0/PT1H"</bpmn:timeCycle>')}</bpmn:process>`),
      [
        ['TIMER_INVALID', 'reads', 'the duration of the timer start event is no text that is known without variables'],
        ['TIMER_INVALID', 'wrong', '"R0/PT1H" is no repetition: it never happens'],
      ],
    );
  });
});
