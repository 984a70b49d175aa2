/** Programs that a benchmark or a fault test starts, each as its own process that can be killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Program {
  readonly child: ChildProcess;
  stop(): Promise<void>;
}

/** The built server, as users run it. Resolves when it answers, with its address. */
export async function startServer(
  settings: Readonly<Record<string, string>>,
): Promise<Program & { readonly address: string }> {
  const child = spawn(process.execPath, ['dist/cli/main.js', 'serve', '--port', '0', '--json'], {
    cwd: root,
    env: { PATH: process.env.PATH ?? '', ...settings },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const program = { child, stop: () => stop(child) };
  const address = await addressOf(child);
  return { ...program, address };
}

async function addressOf(child: ChildProcess): Promise<string> {
  let text = '';
  for await (const chunk of child.stdout ?? []) {
    text += String(chunk);
    const line = text.split('\n').find((one) => one.includes('"address"'));
    if (line !== undefined && text.includes('\n')) return (JSON.parse(line) as { address: string }).address;
  }
  throw new Error('the server ended before it said where it listens');
}

/** A TypeScript program, its path from the root of the repository, with a channel for messages. */
export function startProgram(file: string, input: object): Program {
  const child = spawn(process.execPath, ['--import', 'tsx', file, JSON.stringify(input)], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  return { child, stop: () => stop(child) };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}
