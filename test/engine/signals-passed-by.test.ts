// Receivers that a signal can not reach: they are passed by, and it reaches the others.
import { expect, onTestFinished, test } from 'vitest';
import { isRefusal } from '../../src/core/refusal.js';
import type { Ref } from '../../src/core/state.js';
import { freshDatabase } from '../support/databases.js';
import { CALLER, deploy, openEngine, start, type TestEngine } from '../support/engine.js';
import { until } from '../support/outage.js';
import { catching, file, service, signal } from '../support/scenario-model.js';
import { alter, breakModel } from '../support/unreadable.js';

const whole = file({ id: 'whole', arrows: 'start -> wait -> end', elements: { wait: catching(signal('go')) } });
const broken = file({
  id: 'broken',
  arrows: 'start -> wait -> work -> end',
  elements: { wait: catching(signal('go')), work: service({ topic: 'work' }) },
});

/** What a signal that is sent now leaves behind, when it has nobody to reach any more. */
async function send({ engine }: TestEngine) {
  const signal = { tenantId: '', name: 'go', variables: [], traceParent: null, by: 'test' };
  const sent = await engine.sendSignal(signal, CALLER);
  if (isRefusal(sent)) throw new Error(sent.message);
  const read = async () => {
    const page = await engine.reader.signals({ id: sent.id, tenantIds: [''] }, { size: 1, token: '', offset: 0 });
    return isRefusal(page) ? undefined : page.results[0];
  };
  await until(async () => (await read())?.pendingCount === 0);
  return read();
}

async function subscriptions({ engine }: TestEngine): Promise<readonly number[]> {
  const filter = { name: 'go', tenantIds: [''] };
  const page = await engine.reader.signalSubscriptions(filter, { size: 100, token: '', offset: 0 });
  if (isRefusal(page)) throw new Error(page.message);
  return page.results.map(({ id }) => id);
}

test('a receiver whose process can not be read, and one whose rows are not whole, are passed by: each is told, and all others are reached', async () => {
  const fresh = await freshDatabase();
  onTestFinished(() => fresh.drop());
  const before = await openEngine(fresh.settings, { lanes: 1 });
  for (const model of [whole, broken]) await deploy(before, model);
  const startMany = (id: string, count: number) => Promise.all(Array.from({ length: count }, () => start(before, id)));
  const instances: Ref[] = [...(await startMany('whole', 60))];
  await startMany('broken', 3);
  instances.push(...(await startMany('whole', 60)));
  const [half = { id: 0 }] = instances.splice(30, 1);
  await before.stop();
  await breakModel(fresh.settings, 'broken');
  const lost = `delete from element_instance where root_id = ${half.id} and parent_id is not null and ended_at is null`;
  expect(await alter(fresh.settings, lost)).toBe(1);

  const after = await openEngine(fresh.settings, { lanes: 1 });
  expect(await send(after)).toMatchObject({ row: { subscriberCount: 123 }, failedCount: 4 });
  for (const instance of instances) await after.engine.ended(instance, new AbortController().signal);
  const told = after.log.lines.filter(({ message }) => message.endsWith('and is passed by'));
  const receivers = told.map(({ facts }) => ('receiver' in facts ? Number(facts.receiver) : 0));
  // They wait on, for the next signal.
  expect(receivers.sort((one, other) => one - other)).toEqual(await subscriptions(after));
  const because = (reason: string) => told.filter(({ facts }) => JSON.stringify(facts).includes(reason)).length;
  expect([because('can not be read by this server'), because('is not loaded')]).toEqual([3, 1]);
  expect(await send(after)).toMatchObject({ row: { subscriberCount: 4 }, failedCount: 4 });
}, 120_000);
