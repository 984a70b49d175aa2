// ISO 8601 durations: whole numbers (but seconds), no sign, and the calendar of UTC.
import { describe, expect, test } from 'vitest';
import { addDuration, parseDuration } from '../../src/model/durations.js';

const DAY = 24 * 60 * 60 * 1000;

function added(start: string, text: string): string {
  const duration = parseDuration(text);
  if ('problem' in duration) {
    throw new Error(duration.problem);
  }
  return new Date(addDuration(Date.parse(start), duration)).toISOString();
}

describe('parsing', () => {
  test.each([
    ['PT0S', { months: 0, days: 0, milliseconds: 0 }],
    ['PT30S', { months: 0, days: 0, milliseconds: 30_000 }],
    ['PT1H30M', { months: 0, days: 0, milliseconds: 5_400_000 }],
    ['P1DT12H', { months: 0, days: 1, milliseconds: DAY / 2 }],
    ['P2W', { months: 0, days: 14, milliseconds: 0 }],
    ['P1Y2M3W4DT5H6M7S', { months: 14, days: 25, milliseconds: 18_367_000 }],
    ['P1000Y', { months: 12_000, days: 0, milliseconds: 0 }],
    ['PT0.5S', { months: 0, days: 0, milliseconds: 500 }],
    ['PT1M2,025S', { months: 0, days: 0, milliseconds: 62_025 }],
    ['P01M', { months: 1, days: 0, milliseconds: 0 }],
  ])('%s', (text, duration) => {
    expect(parseDuration(text)).toEqual(duration);
  });

  const help = 'write whole numbers as in P1DT12H, PT30S or P2W, or seconds with up to three decimals as in PT0.5S';
  test.each([
    ['', 'it is not written as ISO 8601 has it'],
    ['P', 'it is not written as ISO 8601 has it'],
    ['PT', 'it is not written as ISO 8601 has it'],
    ['P1DT', 'it is not written as ISO 8601 has it'],
    ['P1H', 'it is not written as ISO 8601 has it'],
    ['PT1D', 'it is not written as ISO 8601 has it'],
    ['P1M1Y', 'it is not written as ISO 8601 has it'],
    ['p1d', 'it is not written as ISO 8601 has it'],
    [' PT5S', 'it is not written as ISO 8601 has it'],
    ['x PT5S', 'it is not written as ISO 8601 has it'],
    ['PT5S\n', 'it is not written as ISO 8601 has it'],
    ['5 minutes', 'it is not written as ISO 8601 has it'],
    ['-PT5S', 'it has a sign'],
    ['+PT5S', 'it has a sign'],
    ['PT-5S', 'it has a sign'],
    ['PT0.5H', 'it has a fraction'],
    ['PT0.0005S', 'it has a fraction'],
    ['P0,5Y', 'it has a fraction'],
  ])('"%s" is refused', (text, reason) => {
    expect(parseDuration(text)).toEqual({ problem: `"${text}" is no duration: ${reason}; ${help}` });
  });

  test.each(['P1001Y', 'P12001M', 'P999999999999D', 'PT999999999999H'])(
    '%s is longer than a thousand years',
    (text) => {
      expect(parseDuration(text)).toEqual({ problem: `"${text}" is longer than the limit of 1000 years` });
    },
  );

  test('a text of a megabyte is refused with a short message', () => {
    const refused = parseDuration('P'.repeat(1_000_000)) as { problem: string };
    expect(refused.problem.length).toBeLessThan(300);
  });
});

describe('adding', () => {
  test.each([
    ['2026-01-31T10:00:00.005Z', 'P1M', '2026-02-28T10:00:00.005Z'],
    ['2028-01-31T10:00:00.000Z', 'P1M', '2028-02-29T10:00:00.000Z'],
    ['2028-02-29T00:00:00.000Z', 'P1Y', '2029-02-28T00:00:00.000Z'],
    ['2026-01-31T00:00:00.000Z', 'P1M1D', '2026-03-01T00:00:00.000Z'],
    ['2026-12-31T23:59:59.999Z', 'P1M', '2027-01-31T23:59:59.999Z'],
    ['2026-03-28T12:00:00.000Z', 'P1D', '2026-03-29T12:00:00.000Z'],
    ['2026-11-23T23:30:00.000Z', 'PT1H', '2026-11-24T00:30:00.000Z'],
    ['2026-11-23T00:00:00.000Z', 'P2W', '2026-12-07T00:00:00.000Z'],
    ['1969-12-31T23:59:59.000Z', 'PT2S', '1970-01-01T00:00:01.000Z'],
    ['2026-11-23T00:00:00.000Z', 'PT0S', '2026-11-23T00:00:00.000Z'],
    ['2026-11-23T00:00:00.000Z', 'P1000Y', '3026-11-23T00:00:00.000Z'],
  ])('%s and %s', (start, duration, end) => {
    expect(added(start, duration)).toBe(end);
  });
});
