import { randomUUID } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import { isRefusal } from '../../src/core/refusal.js';
import type { Ref } from '../../src/core/state.js';
import { freshDatabase } from '../support/databases.js';
import {
  CALLER,
  complete,
  deploy,
  lock,
  openEngine,
  start,
  startCommand,
  type TestEngine,
  TestWorker,
} from '../support/engine.js';
import { tasks } from '../support/models.js';
import { breakModel } from '../support/unreadable.js';

test('I4, I6: a stored process that can not be read is the trouble of its own commands only', async () => {
  const fresh = await freshDatabase();
  onTestFinished(() => fresh.drop());
  const topic = randomUUID();
  const [broken, whole] = [`broken-${topic}`, `whole-${topic}`];
  const before = await openEngine(fresh.settings, { lanes: 1 });
  for (const id of [broken, whole]) await deploy(before, tasks(id, topic));
  const standing = await start(before, broken);
  const [held] = await lock(before, topic);
  if (held === undefined) throw new Error('no job');
  await start(before, broken);
  const going = await start(before, whole);
  await start(before, whole);
  await before.stop();
  await breakModel(fresh.settings, broken);

  const after = await openEngine(fresh.settings, { lanes: 1 });
  // The oldest job of the topic is the broken process's, and the only place that there is is not lost with it.
  const worker = new TestWorker();
  const session = await worker.connect(after, topic);
  session.grant(1, 1e6);
  await worker.until(() => worker.delivered.length === 1);
  const [job] = worker.delivered;
  if (job === undefined) throw new Error('no job');
  expect(job.job.processInstanceId).toBe(going.id);
  await complete(after, job);
  expect(await lock(after, topic)).toHaveLength(1);

  // All of one group.
  const answers = await Promise.all([
    after.engine.submit(startCommand(whole), CALLER),
    after.engine.submit(startCommand(broken), CALLER),
    complete(after, held).catch(({ message }: Error) => ({ refused: message.split(':')[0] })),
    after.engine.submit(startCommand(whole), CALLER),
  ]);
  expect(answers.map((answer) => (isRefusal(answer) ? answer.refused : 'done'))).toEqual([
    'done',
    'PROCESS_UNREADABLE',
    'PROCESS_UNREADABLE',
    'done',
  ]);
  const refusal = answers[1];
  expect(refusal).toMatchObject({
    message: expect.stringMatching(
      new RegExp(`^version 1 of process "${broken}" was deployed, and can not be read by this server: .*line \\d+`),
    ),
    metadata: { bpmnProcessId: broken, version: '1', processId: expect.any(String) },
  });
  // It can be looked at and canceled.
  expect(await stateOf(after, standing)).toBe('STARTED');
  await after.engine.submit({ type: 'cancelProcessInstance', instance: standing, reason: null, by: 'test' }, CALLER);
  expect(await stateOf(after, standing)).toBe('CANCELED');
  const [{ level, message } = { level: '', message: '' }, ...more] = after.log.lines.filter(
    ({ level }) => level !== 'info',
  );
  expect([level, message, more]).toEqual(['error', 'a deployed process can not be read', []]);
  await session.goodbye();
});

async function stateOf({ engine }: TestEngine, instance: Ref): Promise<string | undefined> {
  return (await engine.reader.processInstanceDetails(instance, ['']))?.instance.row.state;
}
