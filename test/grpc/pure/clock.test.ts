// Beats of many streams.
import { expect, test } from 'vitest';
import { untilBeat } from '../../../src/grpc/clock.js';
import { TestClock } from '../../support/test-clock.js';

const INTERVAL = 5_000;

test('I12: a thousand quiet streams wake the process ten times in an interval, each stream once', () => {
  const clock = new TestClock();
  const moments = new Set<number>();
  let beats = 0;
  const beat = () => {
    beats += 1;
    moments.add(clock.now());
    clock.after(untilBeat(clock, INTERVAL), beat);
  };
  for (let stream = 0; stream < 1_000; stream++) {
    clock.after(untilBeat(clock, INTERVAL), beat);
    clock.advance(INTERVAL / 1_000);
  }
  clock.advance(2 * INTERVAL);
  beats = 0;
  moments.clear();
  clock.advance(INTERVAL);
  expect([beats, moments.size]).toEqual([1_000, 10]);
});

test.each([0, 1, 249, 250, 251, 4_999])('from %i ms on the first beat is about an interval away', (openedAt) => {
  const clock = new TestClock();
  clock.advance(openedAt);
  expect(Math.abs(untilBeat(clock, INTERVAL) - INTERVAL)).toBeLessThanOrEqual(INTERVAL / 20);
});
