// Engine time: moved forward, by whoever may, for all servers of a database.
import { randomUUID } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import { isRefusal } from '../../src/core/refusal.js';
import type { TimeTarget } from '../../src/engine/face.js';
import { openStore } from '../../src/store/store.js';
import { freshDatabase } from '../support/databases.js';
import { CALLER, deploy, lock, openEngine, start } from '../support/engine.js';
import { pausingSideBySide, startedByTimers } from '../support/timer-models.js';

async function fresh() {
  const database = await freshDatabase();
  onTestFinished(() => database.drop());
  return database.settings;
}

test('is refused where it is not allowed, and where it would go back', async () => {
  const settings = await fresh();
  const off = await openEngine(settings);
  expect(await off.engine.clock.set({ duration: 'PT1H' }, CALLER)).toMatchObject({ refused: 'SET_TIME_OFF' });
  expect((await off.engine.clock.read()).offset).toBe(0);
  await off.stop();
  const { engine } = await openEngine(settings, { allowSetTime: true });
  const refusal = async (target: TimeTarget) => {
    const answer = await engine.clock.set(target, CALLER);
    return isRefusal(answer) ? [answer.refused, answer.field] : answer;
  };
  expect(await refusal({ at: Date.UTC(2001, 0, 1) })).toEqual(['TIME_IN_PAST', undefined]);
  expect(await refusal({ duration: 'soon' })).toEqual(['DURATION_INVALID', 'time_duration']);
  expect(await refusal({ cycle: '61 * * * *' })).toEqual(['TIMER_INVALID', 'time_cycle']);
  expect((await engine.clock.read()).offset).toBe(0);
});

test('is moved for other servers too, which see with their next beat what is due', async ({ skip }) => {
  const settings = await fresh();
  if (settings.kind === 'pglite') skip('it serves one process');
  const engine = await openEngine(settings, { deadTimeMs: 1_500, resumeWindowMs: 500 });
  const id = `timer-${randomUUID()}`;
  await deploy(engine, startedByTimers(id, { type: 'Duration', text: 'P40D' }));
  // Nobody tells this server: what moves the time is no engine.
  const other = await openStore({ database: settings, lanes: 1, migrations: 'check', warn: console.error });
  onTestFinished(() => other.close());
  const before = await other.clock.read();
  await other.preparePartitions(0, before.now + 40 * 86_400_000);
  await other.clock.move(before, 40 * 86_400_000, null);
  const started = async () => {
    const page = { size: 10, token: '', offset: 0 };
    const found = await engine.engine.reader.processInstances({ bpmnProcessId: id, tenantIds: [''] }, page);
    return isRefusal(found) ? [] : found.results;
  };
  while ((await started()).length === 0) await new Promise((resolve) => setImmediate(resolve));
  const [instance] = await started();
  expect((instance?.row.createdAt ?? 0) - before.now).toBeGreaterThanOrEqual(40 * 86_400_000);
});

test('lets the timers of an instance that become due together happen in the order of their times', async () => {
  const engine = await openEngine(await fresh(), { allowSetTime: true });
  await deploy(engine, pausingSideBySide('p', 'work', 'PT3H', 'PT1H', 'PT5H', 'PT2H', 'PT4H'));
  await start(engine, 'p');
  await engine.engine.clock.set({ duration: 'PT6H' }, CALLER);
  const jobs = [];
  while (jobs.length < 5) jobs.push(...(await lock(engine, 'work', 5)));
  // Ids rise in the order of births.
  const inOrder = jobs.sort((one, other) => one.job.id - other.job.id).map(({ bpmnElementId }) => bpmnElementId);
  expect(inOrder).toEqual(['after1', 'after3', 'after0', 'after4', 'after2']);
});

test('lets each time of a start event happen once, on however many servers', async ({ skip }) => {
  const settings = await fresh();
  if (settings.kind === 'pglite') skip('it serves one process');
  const [one, other] = [await openEngine(settings, { allowSetTime: true }), await openEngine(settings)];
  await deploy(one, startedByTimers('p', { type: 'Cycle', text: 'R20/PT1M', catchUp: 'all' }));
  await one.engine.clock.set({ duration: 'PT1H' }, CALLER);
  const page = { size: 100, token: '', offset: 0 };
  for (;;) {
    const tasks = await other.engine.reader.tasks({ tenantIds: [''] }, page);
    if (!isRefusal(tasks) && tasks.results.length === 0) break;
  }
  const found = await other.engine.reader.processInstances({ bpmnProcessId: 'p', tenantIds: [''] }, page);
  expect(isRefusal(found) ? found : found.results).toHaveLength(20);
});
