import { expect, test } from 'vitest';
import { exceeds, SlowExpressions } from '../../../src/engine/time-limit.js';
import { compileExpression } from '../../../src/model/feel.js';

const WITHOUT_END = 'matches("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "^(a+)+$")';

function compiled(text: string) {
  const expression = compileExpression(text);
  if ('problem' in expression) throw new Error(expression.problem);
  return expression;
}

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
  const expression = compiled(WITHOUT_END);
  for (let stops = 0; !slow.exceeding().has(expression); stops++) {
    expect(stops).toBeLessThan(20);
    slow.begin();
    const stopped = exceeds(() => {
      slow.evaluating(expression);
      expression.evaluate(context);
    });
    expect(stopped).toBe(true);
    expect(slow.stopped()).toBe(expression);
  }
});

test('a stop without an evaluation blames nobody', () => {
  const slow = new SlowExpressions();
  slow.begin();
  expect(slow.stopped()).toBeUndefined();
});
