// Ten thousand instances of one activity: what each costs does not grow with its siblings.

import { randomUUID } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import { startEngine } from '../../src/engine/engine.js';
import type { JobDelivery } from '../../src/engine/face.js';
import type { Flush, LaneConnection, Loaded } from '../../src/engine/ports/lane.js';
import { openStore } from '../../src/store/store.js';
import { freshDatabase } from '../support/databases.js';
import { complete, deploy, LogBook, lock, SETTINGS, start, type TestEngine } from '../support/engine.js';
import { boundary, each, model, service, subProcess, timer } from '../support/scenario-model.js';

/** What went over the connections of lanes. */
class Counts {
  waits = 0;
  loaded = 0;
  written = 0;
  characters = 0;

  load(loaded: Loaded): Loaded {
    for (const rows of Object.values(loaded)) this.loaded += rows.length;
    return loaded;
  }

  flush({ changes }: Flush): void {
    for (const { born, changed, gone } of Object.values(changes)) {
      this.written += born.length + changed.length + gone.length;
    }
    for (const { data } of changes.variable.born) this.characters += data?.value.length ?? 0;
    for (const { after } of changes.variable.changed) this.characters += after.data?.value.length ?? 0;
  }

  lane(lane: LaneConnection): LaneConnection {
    const counted = <T>(wait: Promise<T>): Promise<T> => {
      this.waits += 1;
      return wait;
    };
    return Object.create(lane, {
      usable: { get: () => lane.usable },
      begin: { value: (locate: never) => counted(lane.begin(locate)) },
      lockAndLoad: {
        value: async (...to: Parameters<LaneConnection['lockAndLoad']>) =>
          this.load(await counted(lane.lockAndLoad(...to))),
      },
      loadMore: { value: async (load: never) => this.load(await counted(lane.loadMore(load))) },
      commit: {
        value: (flush: Flush) => {
          this.flush(flush);
          return counted(lane.commit(flush));
        },
      },
      rollback: { value: () => lane.rollback() },
      close: { value: () => lane.close() },
    });
  }
}

/** Each instance is a sub-process with a task that waits for its worker and for a time. */
const manyInstances = model('start -> many -> after -> end', {
  many: each(
    subProcess('startIn -> work -> endIn; late -> endLate', {
      work: service({ topic: 'work' }),
      late: boundary('work', timer('Duration', 'PT1H')),
    }),
    { cardinality: 'count', output: ['results', 'loopCounter'] },
  ),
  after: service({ topic: 'after' }),
});

test('of many instances that wait each for a worker and a time, each end takes as many waits and rows as that of one of ten, and writes no list', async () => {
  const fresh = await freshDatabase();
  onTestFinished(() => fresh.drop());
  // The embedded database would take minutes to show the same.
  const count = fresh.settings.kind === 'postgres' ? 10_000 : 1_000;
  const warn = console.error;
  const store = await openStore({ database: fresh.settings, lanes: 1, migrations: 'run', warn });
  const counts = new Counts();
  const counting = Object.create(store, { openLane: { value: async () => counts.lane(await store.openLane()) } });
  const log = new LogBook();
  const running = await startEngine(counting, { ...SETTINGS, lanes: 1, serverId: randomUUID() }, log);
  onTestFinished(() => running.stop().then(() => store.close()));
  const engine: TestEngine = { engine: running, store, log, stop: () => running.stop() };
  await deploy(engine, manyInstances);

  /** What the ends of some of them cost, one after the other. */
  const ends = async (jobs: readonly JobDelivery[]) => {
    const costs: object[] = [];
    for (const job of jobs) {
      const { waits, loaded, written, characters } = counts;
      await complete(engine, job);
      costs.push({
        waits: counts.waits - waits,
        loaded: counts.loaded - loaded,
        written: counts.written - written,
        characters: counts.characters - characters,
      });
    }
    return costs;
  };
  await start(engine, 'p', { count: 100 });
  const few = await lock(engine, 'work', 100);
  const [cost] = await ends(few.slice(0, 1));
  await Promise.all(few.slice(1).map((job) => complete(engine, job)));
  await start(engine, 'p', { count });
  const jobs: JobDelivery[] = [];
  while (jobs.length < count) jobs.push(...(await lock(engine, 'work', 1_000)));
  const three = [jobs[0], jobs[count / 2], jobs[count - 1]].flatMap((job) => job ?? []);
  expect(await ends(three)).toEqual([cost, cost, cost]);
  // Those that come together share their waits.
  const { waits } = counts;
  const others = jobs.filter((job) => !three.includes(job));
  await Promise.all(others.map((job) => complete(engine, job)));
  expect(counts.waits - waits).toBeLessThan(others.length / 10);
  const after = await lock(engine, 'after', 2);
  const lengths = after.map(({ variables }) => {
    const results = variables.find(({ name }) => name === 'results');
    return (JSON.parse(results?.data?.value ?? '[]') as readonly unknown[]).length;
  });
  expect(lengths.sort((one, other) => one - other)).toEqual([100, count]);
}, 300_000);
