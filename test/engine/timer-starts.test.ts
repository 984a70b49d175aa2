// Timer start events of processes: they start instances while nobody asks, and new versions take them over.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isRefusal } from '../../src/core/refusal.js';
import type { ProcessInstanceView } from '../../src/engine/reader.js';
import { type FreshDatabase, freshDatabase } from '../support/databases.js';
import { CALLER, deploy, openEngine, type TestEngine } from '../support/engine.js';
import { startedByTimers, type TimerStart } from '../support/timer-models.js';

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

const page = { size: 1000, token: '', offset: 0 };
const now = async (): Promise<number> => (await engine.engine.clock.read()).now;

/** Moves engine time on, and resolves when all that is due by then is done. */
async function pass(duration: string): Promise<void> {
  const moved = await engine.engine.clock.set({ duration }, CALLER);
  if (isRefusal(moved)) throw new Error(moved.message);
  await settled(moved.newTime);
}

async function settled(until: number): Promise<void> {
  for (;;) {
    const tasks = await engine.engine.reader.tasks({ tenantIds: [''] }, page);
    if (isRefusal(tasks)) throw new Error(tasks.message);
    if (tasks.results.every(({ row }) => row.dueAt > until)) return;
  }
}

async function instancesOf(bpmnProcessId: string): Promise<readonly ProcessInstanceView[]> {
  const found = await engine.engine.reader.processInstances({ bpmnProcessId, tenantIds: [''] }, page);
  if (isRefusal(found)) throw new Error(found.message);
  return found.results;
}

async function versionsOf(id: string): Promise<readonly string[]> {
  return (await instancesOf(id)).map(({ version }) => version).sort();
}

async function deployed(...starts: readonly TimerStart[]): Promise<string> {
  const id = `timer-${randomUUID()}`;
  await deploy(engine, startedByTimers(id, ...starts));
  return id;
}

const HOURLY: TimerStart = { type: 'Cycle', text: 'R/PT1H' };

describe('a timer start event', () => {
  test('starts an instance when its duration is over, once, and not before', async () => {
    const id = await deployed({ type: 'Duration', text: 'PT1H' });
    await pass('PT59M');
    expect(await instancesOf(id)).toEqual([]);
    await pass('PT1M');
    expect(await instancesOf(id)).toMatchObject([{ row: { state: 'COMPLETED', correlationKey: null } }]);
    await pass('PT2H');
    expect(await instancesOf(id)).toHaveLength(1);
  });

  test('starts an instance at its date, at once when that has passed', async () => {
    const later = new Date((await now()) + 3_600_000).toISOString();
    const [past, future] = [
      await deployed({ type: 'Date', text: '2001-01-01T00:00:00Z' }),
      await deployed({ type: 'Date', text: later }),
    ];
    await settled(await now());
    expect([await instancesOf(past), await instancesOf(future)]).toMatchObject([[{}], []]);
    await pass('PT1H1S');
    expect(await instancesOf(future)).toHaveLength(1);
  });

  test('repeats as often as its cycle says', async () => {
    const id = await deployed({ type: 'Cycle', text: 'R2/PT10M' });
    for (const expected of [1, 2, 2]) {
      await pass('PT10M');
      expect(await instancesOf(id)).toHaveLength(expected);
    }
  });

  test('follows a CRON expression in its zone over the change to summer time', async () => {
    const year = new Date(await now()).getUTCFullYear() + 1;
    const id = await deployed({ type: 'Cycle', text: 'CRON_TZ=Europe/Berlin 0 9 * * *' });
    // The last Sunday of March.
    const change = new Date(Date.UTC(year, 2, 31));
    change.setUTCDate(31 - change.getUTCDay());
    await engine.engine.clock.set({ at: change.getTime() - 86_400_000 }, CALLER);
    await settled(change.getTime() - 86_400_000);
    const before = (await instancesOf(id)).length;
    for (const hour of [7.5, 8.5, 30.5, 31.5]) {
      const at = change.getTime() - 86_400_000 + hour * 3_600_000;
      await engine.engine.clock.set({ at }, CALLER);
      await settled(at);
      // Nine in Berlin is 8:00 UTC on the Saturday, and 7:00 UTC on the Sunday.
      expect((await instancesOf(id)).length - before).toBe({ 7.5: 0, 8.5: 1, 30.5: 1, 31.5: 2 }[hour]);
    }
  });

  test.each([
    ['all', 5],
    ['last', 1],
    ['none', 0],
  ] as const)(
    'that missed five times and catches up with %s starts %d instances, and goes on in its rhythm',
    async (catchUp, count) => {
      const id = await deployed({ ...HOURLY, catchUp });
      await pass('PT5H30M');
      expect(await instancesOf(id)).toHaveLength(count);
      await pass('PT30M');
      expect(await instancesOf(id)).toHaveLength(count + 1);
    },
  );
});

describe('a new version', () => {
  test('takes over the schedule of a start event that it has unchanged, with its place and its count', async () => {
    const id = await deployed({ type: 'Cycle', text: 'R2/PT1H' });
    await pass('PT1H30M');
    await deploy(
      engine,
      startedByTimers(id, { type: 'Cycle', text: 'R2/PT1H' }, { id: 'other', type: 'Duration', text: 'P9D' }),
    );
    await pass('PT30M');
    expect(await versionsOf(id)).toEqual(['1', '2']);
    await pass('PT3H');
    expect(await versionsOf(id)).toEqual(['1', '2']);
  });

  test('begins anew where the timer was changed, and ends what it has no more', async () => {
    const id = await deployed(HOURLY, { id: 'other', type: 'Duration', text: 'PT3H' });
    await deploy(engine, startedByTimers(id, { type: 'Cycle', text: 'R1/PT2H' }));
    await pass('PT4H');
    expect(await versionsOf(id)).toEqual(['2']);
  });

  test('does not repeat a date that was, and counts a duration that was from its own deployment', async () => {
    const starts: readonly TimerStart[] = [
      { id: 'date', type: 'Date', text: '2001-01-01T00:00:00Z' },
      { id: 'duration', type: 'Duration', text: 'PT1H' },
    ];
    const id = await deployed(...starts);
    await pass('PT1H');
    expect(await versionsOf(id)).toEqual(['1', '1']);
    await deploy(engine, `${startedByTimers(id, ...starts)}<!-- again -->`);
    await pass('PT1H');
    expect(await versionsOf(id)).toEqual(['1', '1', '2']);
  });
});
