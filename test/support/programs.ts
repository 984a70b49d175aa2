/** Programs that a benchmark or a fault test starts, each as its own process that can be killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Program {
  readonly child: ChildProcess;
  stop(): Promise<void>;
  /** Without a chance to say anything. */
  kill(): Promise<void>;
}

export interface ServerOptions {
  /** Left out, a free one. */
  readonly port?: number;
  /** File that its log is appended to. Left out, the log goes where that of this process goes. */
  readonly logFile?: string;
  /** Modules that are loaded before it. */
  readonly imports?: readonly string[];
  /** Where it was built; left out, this repository. */
  readonly folder?: string;
}

/** The built server, as users run it. Resolves when it answers, with its address. */
export async function startServer(
  settings: Readonly<Record<string, string>>,
  { port = 0, logFile, imports = [], folder = root }: ServerOptions = {},
): Promise<Program & { readonly address: string }> {
  const log = logFile === undefined ? undefined : openSync(logFile, 'a');
  const before = imports.flatMap((file) => ['--import', file]);
  const args = [...before, 'dist/cli/main.js', 'serve', '--port', String(port), '--json'];
  const child = spawn(process.execPath, args, {
    cwd: folder,
    env: { PATH: process.env.PATH ?? '', ...settings },
    stdio: ['ignore', 'pipe', log ?? 'inherit'],
  });
  if (log !== undefined) closeSync(log);
  const program = { child, stop: () => end(child, 'SIGTERM'), kill: () => end(child, 'SIGKILL') };
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
export function startProgram(file: string, input: object, networkNamespace?: string): Program {
  const where = networkNamespace === undefined ? [] : ['ip', 'netns', 'exec', networkNamespace];
  const [program = '', ...words] = [...where, process.execPath, '--import', 'tsx', file, JSON.stringify(input)];
  const child = spawn(program, words, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  return { child, stop: () => end(child, 'SIGTERM'), kill: () => end(child, 'SIGKILL') };
}

async function end(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
}
