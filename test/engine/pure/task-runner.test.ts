// Due tasks: all that falls due at once is taken in its order, and never more at a time than can be done soon.
import { expect, test } from 'vitest';
import type { Task } from '../../../src/core/state.js';
import { CLAIM_TASKS, TASKS_UNDER_WAY } from '../../../src/engine/limits.js';
import { TaskRunner } from '../../../src/engine/task-runner.js';
import { LogBook } from '../../support/engine.js';

const task = (id: number): Task => ({
  ...{ partition: '2026-11-23', id, rootId: null, processInstanceId: null, elementInstanceId: null, elementId: 1 },
  ...{ processId: 1, tenantId: '', type: 'START_PROCESS_INSTANCE', dueAt: id, createdAt: 0, createdBy: 'test' },
  payload: { type: 'START_PROCESS_INSTANCE', cycle: null },
});

test('ten thousand timers that are due at once are taken in due order, few at a time', async () => {
  const due = Array.from({ length: 10_000 }, (_, id) => task(id));
  const begun: number[] = [];
  const waiting: (() => void)[] = [];
  let claims = 0;
  let most = 0;
  const runner = new TaskRunner({
    log: new LogBook(),
    owner: () => ({ serverId: 's', serverEpoch: 1 }),
    tasks: {
      claimDue: async (_server, _epoch, limit) => {
        claims += 1;
        return due.splice(0, limit);
      },
      nextDueIn: async () => null,
    },
    execute: ({ id }) => {
      begun.push(id);
      most = Math.max(most, begun.length - done);
      return new Promise<void>((resolve) => waiting.push(resolve));
    },
  });
  let done = 0;
  runner.wakeIn(0);
  while (done < 10_000) {
    // As many as one commit group brings through.
    for (const finish of waiting.splice(0, 250)) {
      done += 1;
      finish();
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(begun).toEqual(Array.from({ length: 10_000 }, (_, id) => id));
  expect(most).toBe(TASKS_UNDER_WAY);
  expect(claims).toBeLessThanOrEqual(10_000 / CLAIM_TASKS + 1);
  runner.stop();
});
