import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { BatonClient, Worker } from '../../clients/typescript/src/index.js';
import { JobServiceService, WorkRequest } from '../../src/gen/baton/v1/jobs.js';
import { type FreshDatabase, freshDatabase } from '../support/databases.js';
import { residentMiB } from '../support/memory.js';
import { tasks } from '../support/models.js';
import { type Program, startServer } from '../support/programs.js';
import { FRAME, RawHttp2 } from '../support/raw-http2.js';
import { hello, type WorkerFrame } from '../support/work-stream.js';

// Idle workers, each with a connection of its own. The long form: BATON_TEST_CONNECTIONS=10000 (and so many open files).

const CONNECTIONS = Number(process.env.BATON_TEST_CONNECTIONS ?? 500);
/** Connections that begin at once. */
const FLOOD = 250;

let database: FreshDatabase;
let server: Program & { readonly address: string };
beforeAll(async () => {
  database = await freshDatabase();
  if (database.settings.kind !== 'postgres') throw new Error('this test needs PostgreSQL');
  server = await startServer({
    BATON_DATABASE_URL: database.settings.url,
    BATON_LOG_LEVEL: 'error',
    // The workers say nothing, and are to stay for all of the test.
    BATON_HEARTBEAT_INTERVAL: '5m',
  });
});
afterAll(async () => {
  await server.stop();
  await database.drop();
});

/** Connected, and its hello answered. */
async function idleWorker(): Promise<RawHttp2> {
  const worker = await RawHttp2.open(server.address);
  worker.call(JobServiceService.work.path);
  const say = (frame: WorkerFrame) => worker.message(WorkRequest.encode({ frame }).finish());
  const topics = [{ topic: 'idle', variableNames: [], withoutVariables: false }];
  say(hello({ sessionId: randomUUID(), topics }));
  await worker.first(({ type, stream }) => type === FRAME.data && stream === 1);
  return worker;
}

test('many idle workers cost little memory each, and a flood of them keeps nobody from being served', async () => {
  const client = new BatonClient({ address: server.address });
  const topic = randomUUID();
  await client.processes.create({ bpmnXml: tasks(`p-${topic}`, topic) });
  const worker = new Worker({
    address: server.address,
    workerId: 'busy',
    handlers: { [topic]: async () => undefined },
  });
  await worker.start();
  onTestFinished(async () => {
    await worker.stop({ timeout: 0 });
    client.close();
  });
  const serve = () => client.instances.create({ bpmnProcessId: `p-${topic}`, awaitEnd: true }, { timeoutMs: 60_000 });
  await serve();

  const workers: RawHttp2[] = [];
  onTestFinished(() => {
    for (const each of workers) each.close();
  });
  const before = residentMiB(server.child.pid);
  while (workers.length < CONNECTIONS) {
    const count = Math.min(FLOOD, CONNECTIONS - workers.length);
    const [more, served] = await Promise.all([Promise.all(Array.from({ length: count }, idleWorker)), serve()]);
    workers.push(...more);
    expect(served.processInstance.state).toBe('INSTANCE_STATE_COMPLETED');
  }
  const kibibytes = ((residentMiB(server.child.pid) - before) * 1024) / CONNECTIONS;
  if (CONNECTIONS > 500) process.stdout.write(`${CONNECTIONS} connections: ${Math.round(kibibytes)} KiB each\n`);
  expect(kibibytes).toBeLessThan(300);
  expect((await serve()).processInstance.state).toBe('INSTANCE_STATE_COMPLETED');
  expect(workers.filter(({ over }) => over)).toEqual([]);
}, 600_000);
