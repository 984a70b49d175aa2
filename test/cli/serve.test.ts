// The server as a program: how it starts, what it says, and how it ends.
import { writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { Worker } from '@baton/client';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../support/databases.js';
import { removeFolder, temporaryFolder } from '../support/temporary-folder.js';
import { BatonProcess, baton, databaseFlags, oneTask, type RunningBaton, serve } from './support.js';

const folder = temporaryFolder('baton-serve-');

let database: FreshDatabase;
const processes: BatonProcess[] = [];

async function started(...flags: readonly string[]): Promise<RunningBaton> {
  const running = await serve(database.settings, ...flags);
  processes.push(running.process);
  return running;
}

afterAll(() => removeFolder(folder));

beforeEach(async () => {
  database = await freshDatabase();
});

afterEach(async () => {
  await Promise.all(processes.splice(0).map((one) => one.end()));
  await database.drop();
});

test('it says what database it uses, how durable that is, and where it listens; SIGINT ends it with 0', async () => {
  const { process, address } = await started();
  expect(process.out).toBe(`listening on ${address}\n`);
  const { settings } = database;
  const sentence =
    settings.kind === 'pglite'
      ? `embedded database in ${settings.folder}: each commit is synced to disk`
      : 'PostgreSQL at ';
  process.signal('SIGINT');
  expect(await process.exit).toBe(0);
  expect(process.error).toContain(sentence);
  expect(process.error).not.toContain('beyond loopback');
  const lines = process.error
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  for (const line of lines) expect(line).toMatchObject({ server: expect.any(String), msg: expect.any(String) });
  expect(lines.at(-1).msg).toBe('stopped');
});

test('beyond loopback it says that there is neither authentication nor TLS; SIGTERM ends it with 0', async () => {
  const { process } = await started('--host', '0.0.0.0');
  await process.says('error', /beyond loopback: there is no authentication and no TLS yet/);
  process.signal('SIGTERM');
  expect(await process.exit).toBe(0);
});

test('a port that is taken is told in a sentence', async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  const { port } = taken.address() as AddressInfo;
  const server = new BatonProcess('serve', '--port', String(port), ...databaseFlags(database.settings));
  expect(await server.exit).toBe(1);
  expect(server.error).toMatch(/\nSTART_FAILED: The server can not listen there: .*EADDRINUSE/);
  expect(server.out).toBe('');
  taken.close();
});

test('a data folder that can not be made is told in a sentence', async () => {
  const file = join(folder, 'a-file');
  writeFileSync(file, '');
  const { code, out, error } = await baton('serve', '--port', '0', '--data-folder', join(file, 'data'));
  expect([code, out]).toEqual([1, '']);
  expect(error).toMatch(/START_FAILED: The data folder can not be used: .*a-file/);
});

test('migrate makes the schema; a server with --migrations check wants it made', async () => {
  const flags = databaseFlags(database.settings);
  const early = new BatonProcess('serve', '--port', '0', '--migrations', 'check', ...flags);
  expect(await early.exit).toBe(1);
  expect(early.error).toMatch(/START_FAILED: The database has schema version 0, .* run `baton migrate` first/);
  const migrate = new BatonProcess('migrate', '--json', ...flags);
  expect(await migrate.exit).toBe(0);
  expect(JSON.parse(migrate.out).migrated.length).toBeGreaterThan(0);
  const again = new BatonProcess('migrate', ...flags);
  expect(await again.exit).toBe(0);
  expect(again.out).toBe('The schema is up to date.\n');
  await started('--migrations', 'check');
});

describe('stopping', () => {
  test('SIGTERM lets a job in hand finish, and what it did is kept', async () => {
    const first = await started('--drain-timeout', '20s');
    const job = await heldJob(first.address);
    first.process.signal('SIGTERM');
    await job.draining;
    job.finish();
    await job.accepted;
    await job.worker.stop();
    expect(await first.process.exit).toBe(0);
    const second = await started();
    const { out } = await baton('show', job.key, '--json', '--address', second.address);
    expect(JSON.parse(out).processInstance.state).toBe('COMPLETED');
  });

  test('a second signal ends it at once, whatever is in hand', async () => {
    const { process, address } = await started('--drain-timeout', '10m');
    const job = await heldJob(address);
    process.signal('SIGTERM');
    await job.draining;
    process.signal('SIGTERM');
    expect(await process.exit).toBe(143);
    job.finish();
    await job.worker.stop({ timeout: 0 });
  });
});

/** An instance whose job is in the hands of a worker, until it is told to finish. */
async function heldJob(address: string) {
  const file = join(folder, 'one-task.bpmn');
  writeFileSync(file, oneTask('one-task'));
  await baton('deploy', file, '--address', address);
  let finish: () => void = () => undefined;
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  let begin: () => void = () => undefined;
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const worker = new Worker({
    address,
    logger: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
    handlers: {
      work: async () => {
        begin();
        await finished;
      },
    },
  });
  const draining = new Promise((resolve) => worker.on('draining', resolve));
  const accepted = new Promise((resolve) => worker.on('accepted', resolve));
  await worker.start();
  const { out } = await baton('start', 'one-task', '--variables', '{"amount": 1}', '--address', address);
  await begun;
  return { key: out.trim(), worker, draining, accepted, finish };
}
