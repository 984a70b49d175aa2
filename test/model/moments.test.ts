// Points in time, as models and expressions write them.
import { describe, expect, test } from 'vitest';
import { momentOf } from '../../src/model/moments.js';

const NOW = Date.UTC(2026, 0, 31, 12);

describe('a moment', () => {
  test.each([
    ['2026-12-24T18:00:00Z', Date.UTC(2026, 11, 24, 18)],
    ['2026-12-24T18:00Z', Date.UTC(2026, 11, 24, 18)],
    ['2026-12-24T18:00:00.250+01:00', Date.UTC(2026, 11, 24, 17, 0, 0, 250)],
    ['2026-07-01T18:00:00@Europe/Berlin', Date.UTC(2026, 6, 1, 16)],
    ['2026-12-01T18:00:00[Europe/Berlin]', Date.UTC(2026, 11, 1, 17)],
    ['2026-12-01T18:00:00+01:00[Europe/Berlin]', Date.UTC(2026, 11, 1, 17)],
    ['P1M', Date.UTC(2026, 1, 28, 12)],
    ['PT36H', Date.UTC(2026, 1, 2, 0)],
  ])('is what %s says', (text, moment) => {
    expect(momentOf(text, NOW)).toBe(moment);
  });

  test.each([
    ['2026-12-24T18:00:00', 'has no time zone'],
    ['2026-12-24', 'is no date and time'],
    ['tomorrow', 'is no date and time'],
    ['2026-02-30T18:00:00Z', 'does not exist on the calendar'],
    ['2026-12-24T18:00:00@Europe/Nowhere', 'its zone is not known'],
    ['P1X', 'is no duration'],
    [7, 'it is no date and time'],
    [null, 'it is no date and time'],
  ])('is not %s', (value, problem) => {
    expect(momentOf(value, NOW)).toEqual({ problem: expect.stringContaining(problem) });
  });

  test('lies in years that the database can tell', () => {
    expect(momentOf('P1000Y', Date.UTC(9500, 0))).toEqual({ problem: expect.stringContaining('years 1 and 9999') });
  });
});
