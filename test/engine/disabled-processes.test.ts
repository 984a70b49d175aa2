// Disabled processes: whatever would start an instance passes them by, what runs goes on, and nothing that waits is lost.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isRefusal } from '../../src/core/refusal.js';
import type { Ref } from '../../src/core/state.js';
import type { ProcessInstanceView } from '../../src/engine/reader.js';
import { type FreshDatabase, freshDatabase } from '../support/databases.js';
import { CALLER, complete, deploy, lock, openEngine, start, startCommand, type TestEngine } from '../support/engine.js';
import { startedBy } from '../support/message-models.js';
import { callOf, file, service, signal, startOn } from '../support/scenario-model.js';
import { startedByTimers } from '../support/timer-models.js';

let database: FreshDatabase;
let engine: TestEngine;
let stop: () => Promise<void>;
beforeAll(async () => {
  database = await freshDatabase();
  engine = await openEngine(database.settings, { allowSetTime: true }, (end) => {
    stop = end;
  });
});
afterAll(async () => {
  await stop();
  await database.drop();
});

const page = { size: 100, token: '', offset: 0 };

/** A name of its own keeps tests apart. */
const fresh = (): string => `p-${randomUUID()}`;

async function setEnabled(bpmnProcessId: string, enabled: boolean): Promise<number> {
  const answer = await engine.engine.updateProcess({ tenantId: '', bpmnProcessId, enabled, by: 'test' }, CALLER);
  if (isRefusal(answer)) throw new Error(answer.message);
  return answer.id;
}

async function instancesOf(bpmnProcessId: string): Promise<readonly ProcessInstanceView[]> {
  const found = await engine.engine.reader.processInstances({ bpmnProcessId, tenantIds: [''] }, page);
  if (isRefusal(found)) throw new Error(found.message);
  return found.results;
}

const ended = (instance: Ref) => engine.engine.ended(instance, new AbortController().signal);

/** Resolves when no task is left that is due by then. */
async function settled(until: number): Promise<void> {
  for (;;) {
    const tasks = await engine.engine.reader.tasks({ tenantIds: [''] }, page);
    if (isRefusal(tasks)) throw new Error(tasks.message);
    if (tasks.results.every(({ row }) => row.dueAt > until)) return;
  }
}

const now = async (): Promise<number> => (await engine.engine.clock.read()).now;

async function pass(duration: string): Promise<void> {
  const moved = await engine.engine.clock.set({ duration }, CALLER);
  if (isRefusal(moved)) throw new Error(moved.message);
  await settled(moved.newTime);
}

const working = (id: string) =>
  file({ id, arrows: 'start -> work -> end', elements: { work: service({ topic: id }) } });

describe('a disabled process', () => {
  test('starts no new instance by a call, in no version; what runs goes on', async () => {
    const id = fresh();
    await deploy(engine, working(id));
    const running = await start(engine, id);
    await setEnabled(id, false);
    const newer = await deploy(engine, `${working(id)}<!-- newer -->`);
    for (const process of [{ processId: newer }, { bpmnProcessId: id, version: '1' }]) {
      expect(await engine.engine.submit({ ...startCommand(id), process }, CALLER)).toMatchObject({
        refused: 'PROCESS_DISABLED',
        metadata: { bpmnProcessId: id },
      });
    }
    const [job] = await lock(engine, id);
    if (job === undefined) throw new Error('there is no job');
    await complete(engine, job);
    await ended(running);
    expect(await setEnabled(id, true)).toBe(newer);
    await start(engine, id);
    expect(await instancesOf(id)).toHaveLength(2);
  });

  test('that is called is an incident, which can be resolved when it is enabled', async () => {
    const [caller, called] = [fresh(), fresh()];
    await deploy(engine, file({ id: caller, arrows: 'start -> call -> end', elements: { call: callOf(called) } }));
    await deploy(engine, working(called));
    await setEnabled(called, false);
    const root = await start(engine, caller);
    const open = { processInstanceId: root.id, partition: root.partition, open: true, tenantIds: [''] };
    const incidents = await engine.engine.reader.incidents(open, page);
    const [incident] = isRefusal(incidents) ? [] : incidents.results;
    if (incident === undefined) throw new Error('there is no incident');
    expect(incident.row).toMatchObject({ reason: 'PROCESS_DISABLED', phase: 'ENTER' });
    await setEnabled(called, true);
    const nothing = { retryTimer: null, retryLimit: null, variables: [], by: 'test' };
    await engine.engine.submit({ type: 'resolveIncident', incident: incident.row, ...nothing }, CALLER);
    expect(await instancesOf(called)).toHaveLength(1);
  });

  test('is passed by by messages; those that wait start it when it is enabled', async () => {
    const id = fresh();
    await deploy(engine, startedBy(id, id, id));
    await setEnabled(id, false);
    const command = {
      type: 'sendMessage',
      ...{ tenantId: '', name: id, correlationKey: 'k', uniqueKey: '', onePerProcess: false, uniqueStart: false },
      ...{ variables: [], traceParent: null, by: 'test' },
    } as const;
    const tried = await engine.engine.sendMessage({ ...command, expiration: null }, CALLER);
    const waiting = await engine.engine.sendMessage({ ...command, expiration: { duration: 'P1D' } }, CALLER);
    for (const sent of [tried, waiting]) expect(sent).toMatchObject({ message: { deliveries: [] } });
    await setEnabled(id, true);
    expect((await lock(engine, id)).length).toBe(1);
    expect(await instancesOf(id)).toHaveLength(1);
  });

  test('is passed by by signals', async () => {
    const [id, other] = [fresh(), fresh()];
    for (const each of [id, other]) {
      await deploy(engine, file({ id: each, arrows: 'go -> end', elements: { go: startOn(signal(id)) } }));
    }
    await setEnabled(id, false);
    const send = () =>
      engine.engine.sendSignal({ tenantId: '', name: id, variables: [], traceParent: null, by: 'test' }, CALLER);
    await send();
    await setEnabled(id, true);
    await send();
    await settled(await now());
    expect((await instancesOf(id)).length).toBe(1);
    expect((await instancesOf(other)).length).toBe(2);
  });

  test('misses the times of its timers, which are caught up with when it is enabled', async () => {
    const [cycle, never, date] = [fresh(), fresh(), fresh()];
    await deploy(engine, startedByTimers(cycle, { type: 'Cycle', text: 'R/PT1H' }));
    await deploy(engine, startedByTimers(never, { type: 'Cycle', text: 'R/PT1H', catchUp: 'none' }));
    const text = new Date((await now()) + 3_600_000).toISOString();
    await deploy(engine, startedByTimers(date, { type: 'Date', text }));
    const all = [cycle, never, date];
    const counts = async () => (await Promise.all(all.map(instancesOf))).map(({ length }) => length);
    for (const id of all) await setEnabled(id, false);
    for (const duration of ['PT2H', 'PT3H30M']) await pass(duration);
    expect(await counts()).toEqual([0, 0, 0]);
    for (const id of all) await setEnabled(id, true);
    await settled(await now());
    expect(await counts()).toEqual([1, 0, 1]);
    await pass('PT30M');
    expect(await counts()).toEqual([2, 1, 1]);
  });
});
