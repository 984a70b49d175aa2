// What each element does with a token.
import { expect, test } from 'vitest';
import { Scenario } from '../support/scenario.js';
import { model } from '../support/scenario-model.js';

test('a process runs from its start event to its end event, and every row says so', () => {
  const run = new Scenario(model('start -> pick -> end'));
  run.start({ order: 1 });
  expect(run.log()).toMatchInlineSnapshot(`
    [
      "+ instance STARTED",
      "+ element p STARTED",
      "+ element start COMPLETED",
      "+ element pick STARTED",
      "+ token start_pick consumed",
      "+ variable p.order 1",
      "+ job pick CREATED 0/0",
      "+ open job pick",
    ]
  `);
  run.complete('pick', { picked: true });
  expect(run.log()).toMatchInlineSnapshot(`
    [
      "= instance COMPLETED",
      "+ element end COMPLETED",
      "= element pick COMPLETED",
      "= element p COMPLETED",
      "+ token pick_end consumed",
      "+ variable p.picked true",
      "= job pick DONE 0/0",
      "- open job pick",
    ]
  `);
});
