// Runs other programs for the scripts: same Node, tools of node_modules in PATH, the terminal passed through.
import { spawn } from 'node:child_process';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The environment of every child. Our commands are for development, whatever NODE_ENV the machine has. */
export function childEnvironment(extra = {}) {
  const { NODE_ENV: _, ...inherited } = process.env;
  const path = [join(root, 'node_modules', '.bin'), dirname(process.execPath), process.env.PATH ?? ''];
  return { ...inherited, PATH: path.filter(Boolean).join(delimiter), ...extra };
}

/** Runs a program to its end and gives its exit code. Signals reach the program, and we outlive it. */
export function run(program, args, { cwd = root, env = childEnvironment(), stdio = 'inherit' } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env, stdio });
    const forward = (signal) => child.kill(signal);
    // A terminal sends SIGINT to the whole group: the program has it already, we only have to wait for it.
    const wait = () => undefined;
    process.on('SIGTERM', forward).on('SIGINT', wait);
    const settle = () => process.off('SIGTERM', forward).off('SIGINT', wait);
    child.once('error', (error) => {
      settle();
      reject(new Error(`could not start ${program}: ${error.message}`, { cause: error }));
    });
    child.once('exit', (code, signal) => {
      settle();
      resolve(code ?? (signal === 'SIGINT' ? 130 : 1));
    });
  });
}

/** Runs a program that must succeed. */
export async function must(program, args, options) {
  const code = await run(program, args, options);
  if (code !== 0) throw new CommandFailed(`${program} ${args.join(' ')}`, code);
}

export const node = (args, options) => run(process.execPath, args, options);
export const mustNode = (args, options) => must(process.execPath, args, options);

/** npm as it was started, so that no other version of it is mixed in; from PATH when the script was run by hand. */
export function runNpm(args, options) {
  const npm = process.env.npm_execpath;
  return npm ? node([npm, ...args], options) : run('npm', args, options);
}

export async function mustNpm(args, options) {
  const code = await runNpm(args, options);
  if (code !== 0) throw new CommandFailed(`npm ${args.join(' ')}`, code);
}

/** A program has said why it failed: only its code is passed on. */
export class CommandFailed extends Error {
  constructor(command, code) {
    super(`${command} ended with code ${code}`);
    this.code = code;
  }
}
