// The quickstart as users run it, on the built server: it ends well, or it cleans up. It brings its own database.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { removeFolder, temporaryFolder } from '../../support/temporary-folder.js';

const children: ChildProcess[] = [];
const folders: string[] = [];

function quickstart() {
  const folder = temporaryFolder('baton-quickstart-test-');
  folders.push(folder);
  const child = spawn(process.execPath, ['--import', 'tsx', 'scripts/quickstart.ts'], {
    env: { PATH: process.env.PATH ?? '', TMPDIR: folder, BATON_LISTEN_PORT: 'of another server' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  const ended = once(child, 'close').then(() => child.exitCode);
  const said = { text: '' };
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      said.text += String(chunk);
    });
  }
  /** What is left in its temporary folder, but for the cache of the TypeScript loader. */
  const left = () => readdirSync(folder).filter((name) => !name.startsWith('tsx-') && name !== 'node-compile-cache');
  return { child, ended, said, left };
}

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const folder of folders.splice(0)) removeFolder(folder);
});

test('all orders end as they should, and nothing is left behind', { timeout: 120_000 }, async () => {
  const { ended, said, left } = quickstart();
  const code = await ended;
  expect(said.text).toMatch(/A-1003 +charge-card +failed; it is tried again/);
  expect(said.text).toMatch(/A-1004 +ended \(\d+ of 10\) +refused/);
  expect(said.text).toMatch(/10 of 10 instances ended as they should, 48 jobs, 2 of them failed and tried again/);
  expect(code).toBe(0);
  expect(left()).toEqual([]);
});

test('stopped while the server starts, it fails and leaves nothing behind', { timeout: 60_000 }, async () => {
  const { child, ended, said, left } = quickstart();
  while (!said.text.includes('Starting a server')) await once(child.stdout, 'data');
  child.kill('SIGTERM');
  expect(await ended).toBe(1);
  expect(left()).toEqual([]);
});
