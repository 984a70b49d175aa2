/** The built server as a process of its own, on an embedded database in a folder that goes with it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface ServerProcess {
  readonly address: string;
  /** What it wrote to stderr. */
  said(): string;
  /** Ends it, gracefully if it can, and removes its folder. */
  stop(): Promise<void>;
}

/** Longer than a drain takes; then it is ended without asking. */
const STOP_MS = 15_000;

export async function startServer(root: string, signal: AbortSignal): Promise<ServerProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'baton-quickstart-'));
  const args = ['serve', '--data-folder', join(folder, 'data'), '--port', '0', '--drain-timeout', '2s', '--json'];
  const child = spawn(process.execPath, [join(root, 'dist/cli/main.js'), ...args], {
    cwd: folder,
    env: environment(),
    stdio: ['ignore', 'pipe', 'pipe'],
    // Its own process group: Ctrl+C reaches the quickstart alone, which then stops the server in order.
    detached: true,
  });
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const abandon = () => {
    child.kill('SIGKILL');
    remove();
  };
  process.once('exit', abandon);
  const said: string[] = [];
  child.stderr.on('data', (chunk) => said.push(String(chunk)));
  const stop = async () => {
    await end(child);
    remove();
    process.off('exit', abandon);
  };
  try {
    return { address: await addressOf(child, signal), said: () => said.join(''), stop };
  } catch (error) {
    process.stderr.write(said.join(''));
    await stop();
    throw error;
  }
}

/** Settings of the machine's own servers are not for this one. */
function environment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('BATON_')));
}

async function addressOf(child: ChildProcess, signal: AbortSignal): Promise<string> {
  const ended = once(child, 'exit').then(() => {
    throw new Error('the server ended before it was ready');
  });
  return Promise.race([firstLine(child, signal), ended]);
}

async function firstLine(child: ChildProcess, signal: AbortSignal): Promise<string> {
  let text = '';
  while (child.stdout && !text.includes('\n')) text += String((await once(child.stdout, 'data', { signal }))[0]);
  return (JSON.parse(text) as { readonly address: string }).address;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const impatience = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await ended;
  clearTimeout(impatience);
}
