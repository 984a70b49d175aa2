// A server for tests: its database is in memory, and its time can be moved.
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BatonClient } from '@baton/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { removeFolder, temporaryFolder } from '../support/temporary-folder.js';
import { startedByTimers } from '../support/timer-models.js';
import { BatonProcess, baton } from './support.js';

const folder = temporaryFolder('baton-ephemeral-');
let server: BatonProcess;
let address: string;

beforeAll(async () => {
  server = new BatonProcess('serve', '--ephemeral', '--allow-set-time', '--port', '0');
  [, address = ''] = await server.says('out', /listening on (\S+)\n/);
});
afterAll(async () => {
  await server.end();
  removeFolder(folder);
});

async function json(...args: readonly string[]) {
  const { code, out, error } = await baton(...args, '--address', address, '--json');
  if (code !== 0) throw new Error(error);
  return JSON.parse(out);
}

test('begins with the database that the build has prepared, and says that nothing is kept', async () => {
  expect(existsSync(fileURLToPath(new URL('../../dist/image/database.tar.gz', import.meta.url)))).toBe(true);
  expect(server.error).toContain('database in memory, for tests: all of it is gone when this server ends');
  const client = new BatonClient({ address });
  expect(await client.engine.getInfo()).toMatchObject({ durable: false, setTimeAllowed: true, storage: 'pglite' });
  await client.close();
});

test('its time is moved from the command line, and what becomes due happens', async () => {
  const file = join(folder, 'hourly.bpmn');
  writeFileSync(file, startedByTimers('hourly', { type: 'Cycle', text: 'R1/PT1H' }));
  await json('deploy', file);
  const before = await json('time');
  const after = await json('time', '--by', 'P3D');
  expect(Date.parse(after.time) - Date.parse(before.time)).toBeGreaterThanOrEqual(3 * 86_400_000);
  let instances: readonly unknown[] = [];
  while (instances.length === 0) instances = await json('instances', '--process', 'hourly');
  expect(instances).toMatchObject([{ state: 'COMPLETED' }]);
  const daily = new Date((await json('time', '--cycle', '0 0 * * *')).time);
  expect([daily.getUTCHours(), daily.getUTCMinutes()]).toEqual([0, 0]);
  expect((await json('time')).offsetMs).toBeGreaterThanOrEqual(3 * 86_400_000);
});

test('its time never goes back', async () => {
  const { code, error } = await baton('time', '--to', '2001-01-01T00:00:00Z', '--address', address);
  expect([code, error]).toEqual([1, expect.stringContaining('TIME_IN_PAST')]);
});

test('a request id moves it once', async () => {
  const client = new BatonClient({ address });
  const [one, other] = [
    await client.engine.setTime('PT1H', { requestId: 'once' }),
    await client.engine.setTime('PT1H', { requestId: 'once' }),
  ];
  expect(other).toEqual(one);
  await client.close();
});

test('leaves no file where it was started', () => {
  expect(readdirSync('.').filter((name) => name.includes('baton-data'))).toEqual([]);
});
