import { expect, test } from 'vitest';
import { exceeds, SlowExpressions } from '../../../src/engine/time-limit.js';
import type { Expression } from '../../../src/model/expression.js';

/** No expression should take so long; this one stands for what is wrong in the evaluation itself. */
const withoutEnd: Expression = {
  text: 'without end',
  reads: [],
  evaluate: () => {
    for (;;);
  },
};

const context = { now: 0, variable: () => undefined };

test('work within the limit is done, and its errors are its own', () => {
  let done = false;
  expect(
    exceeds(() => {
      done = true;
    }),
  ).toBe(false);
  expect(done).toBe(true);
  expect(() =>
    exceeds(() => {
      throw new Error('its own');
    }),
  ).toThrow('its own');
});

test('an expression that takes for ever is stopped, and its CPU time counts against it', () => {
  const slow = new SlowExpressions();
  for (let stops = 0; !slow.exceeding().has(withoutEnd); stops++) {
    expect(stops).toBeLessThan(20);
    slow.begin();
    const stopped = exceeds(() => {
      slow.evaluating(withoutEnd);
      withoutEnd.evaluate(context);
    });
    expect(stopped).toBe(true);
    expect(slow.stopped()).toBe(withoutEnd);
  }
});

test('a stop without an evaluation blames nobody', () => {
  const slow = new SlowExpressions();
  slow.begin();
  expect(slow.stopped()).toBeUndefined();
});
