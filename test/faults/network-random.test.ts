// A random sequence of faults between workers and their server, from a printed seed: all flaps are shorter than the
// resume window, so in the end each job was done exactly once (I5), and each start that was acknowledged is there (I7).
import { randomInt, randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { expect, onTestFailed, onTestFinished, test } from 'vitest';
import { freshDatabase } from '../support/databases.js';
import type { FaultyWire } from '../support/faulty-wire.js';
import { tasks } from '../support/models.js';
import { openClient, QUICK_PINGS, Runs, runServer, WatchedWorker, wireBefore } from '../support/network.js';

const WORKERS = 3;
const FLAPS = 8;
const JOBS_PER_FLAP = 10;

/** Each is over when the worker is back. */
const faults: Readonly<Record<string, (wire: FaultyWire, worker: WatchedWorker) => void | Promise<void>>> = {
  cut: (wire) => wire.cut(),
  'silent to the server': (wire) => wire.stall('toServer', 'present'),
  'silent to the worker': (wire) => wire.stall('toClient', 'present'),
  'half-open at the server': (wire) => wire.halfOpen('client'),
  'half-open at the worker': (wire) => wire.halfOpen('server'),
  refused: async (wire, worker) => {
    const before = worker.disconnected.length;
    wire.refuse();
    wire.cut();
    await worker.until(() => worker.disconnected.length >= before + 2);
    wire.accept();
  },
};

const step = fc.record({
  fault: fc.constantFrom(...Object.keys(faults)),
  /** Jobs that begin before it. */
  after: fc.integer({ min: 1, max: JOBS_PER_FLAP }),
  bad: fc.constantFrom('smooth', 'split', 'slow'),
});

function worsen(wire: FaultyWire, how: string): void {
  wire.smooth();
  if (how === 'split') wire.split();
  if (how === 'slow') wire.slow({ delayMs: 1, bytesPerSecond: 500_000 });
}

test('I5, I7: under flaps in a row, on three wires at once, each job is done once, and each start that was answered is there', async () => {
  const seed = Number(process.env.BATON_TEST_SEED ?? randomInt(2 ** 31));
  onTestFailed(() => console.error(`BATON_TEST_SEED=${seed}`));
  const database = await freshDatabase();
  onTestFinished(() => database.drop());
  if (database.settings.kind !== 'postgres') throw new Error('this test needs PostgreSQL');
  const server = await runServer(database.settings.url, {
    heartbeatInterval: '200ms',
    resumeWindow: '30s',
    deadTime: '30s',
  });
  const near = openClient(server.address);
  const topic = randomUUID();
  await near.processes.create({ bpmnXml: tasks('random', topic) });

  const runs = new Runs();
  let begun = 0;
  const handle = async (job: Parameters<Runs['add']>[0]) => {
    begun += 1;
    runs.add(job);
    await new Promise((resolve) => setTimeout(resolve, job.id % 50));
  };
  const wires: FaultyWire[] = [];
  const workers: WatchedWorker[] = [];
  for (let i = 0; i < WORKERS; i++) {
    const wire = await wireBefore(server.address);
    wires.push(wire);
    workers.push(new WatchedWorker(wire.address, topic, handle, { concurrency: 5 }));
  }
  await Promise.all(workers.map(({ worker }) => worker.start()));

  // Starts go over a wire that breaks too: whoever repeats one sends the same request.
  const [startWire] = wires;
  if (startWire === undefined) throw new Error('no wire');
  const starter = openClient(startWire.address, onTestFinished, QUICK_PINGS);
  const started = new Set<number>();
  let starting = true;
  const starts = async () => {
    while (starting) {
      const options = { timeoutMs: 120_000 };
      const { processInstance } = await starter.instances.create({ bpmnProcessId: 'random' }, options);
      started.add(processInstance.id);
      // So many wait at most, and no fault waits for a job that does not come.
      await runs.until(() => !starting || started.size < begun + 20);
    }
  };
  const starters = Array.from({ length: 5 }, starts);

  const flaps = async (watched: WatchedWorker, place: number) => {
    const wire = wires[place];
    if (wire === undefined) throw new Error('no wire');
    for (const { fault, after, bad } of fc.sample(step, { seed: seed + place, numRuns: FLAPS })) {
      const goal = begun + after;
      await runs.until(() => begun >= goal);
      worsen(wire, bad);
      const back = watched.back();
      await faults[fault]?.(wire, watched);
      await back;
    }
  };
  await Promise.all(workers.map(flaps));

  for (const wire of wires) wire.smooth();
  starting = false;
  runs.happened();
  await Promise.all(starters);
  const completed = { bpmnProcessId: 'random', states: ['INSTANCE_STATE_COMPLETED'], pageSize: 1_000 } as const;
  while ((await near.instances.query(completed).toArray()).length < started.size);
  const all = await near.instances.query({ bpmnProcessId: 'random', pageSize: 1_000 }).toArray();
  expect(new Set(all.map(({ id }) => id))).toEqual(started);
  expect([runs.jobs, runs.repeated]).toEqual([started.size, []]);
  expect(workers.flatMap(({ refused, canceled }) => [...refused, ...canceled])).toEqual([]);
}, 120_000);
