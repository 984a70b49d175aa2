// The program `baton`: as a process of its own, and in this process with a terminal that remembers.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { runCli } from '../../src/cli/run.js';
import type { DatabaseSettings } from '../support/template.js';

const program = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

export interface Output {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

/** One command, in this process. */
export async function baton(...args: readonly string[]): Promise<Output> {
  let out = '';
  let error = '';
  const code = await runCli(args, {
    out: (text) => {
      out += text;
    },
    error: (text) => {
      error += text;
    },
    outIsTerminal: false,
    errorIsTerminal: false,
    environment: {},
  });
  return { code, out, error };
}

/** A running program, built as users have it. */
export class BatonProcess {
  readonly #child: ChildProcess;
  readonly #exit: Promise<number>;
  out = '';
  error = '';

  constructor(...args: readonly string[]) {
    this.#child = spawn(process.execPath, [program, ...args], {
      env: { PATH: process.env.PATH ?? '' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#exit = once(this.#child, 'close').then(() => this.#child.exitCode ?? -1);
    this.#child.stdout?.on('data', (chunk) => {
      this.out += String(chunk);
    });
    this.#child.stderr?.on('data', (chunk) => {
      this.error += String(chunk);
    });
  }

  /** Its exit code. */
  get exit(): Promise<number> {
    return this.#exit;
  }

  /** Nobody reads what it writes any more. */
  stopReading(): void {
    this.#child.stdout?.destroy();
    this.#child.stderr?.destroy();
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Resolves when it has written this. */
  async says(stream: 'out' | 'error', pattern: RegExp): Promise<RegExpExecArray> {
    const source = stream === 'out' ? this.#child.stdout : this.#child.stderr;
    for (;;) {
      const found = pattern.exec(this[stream]);
      if (found !== null) return found;
      const ended = await Promise.race([this.#exit, source === null ? this.#exit : once(source, 'data')]);
      if (typeof ended === 'number' && !pattern.test(this[stream])) {
        throw new Error(`it ended with ${ended} and without saying ${pattern}:\n${this.out}${this.error}`);
      }
    }
  }

  async end(): Promise<void> {
    this.signal('SIGKILL');
    await this.#exit;
  }
}

export function databaseFlags(database: DatabaseSettings): readonly string[] {
  return database.kind === 'postgres' ? ['--database-url', database.url] : ['--data-folder', database.folder];
}

export interface RunningBaton {
  readonly process: BatonProcess;
  readonly address: string;
}

export async function serve(database: DatabaseSettings, ...flags: readonly string[]): Promise<RunningBaton> {
  const process = new BatonProcess('serve', '--port', '0', ...databaseFlags(database), ...flags);
  const [, address = ''] = await process.says('out', /listening on (\S+)\n/);
  return { process, address };
}

/** A model with one service task, whose topic is `work`. */
export function oneTask(bpmnProcessId: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" targetNamespace="test">
  <bpmn:process id="${bpmnProcessId}" isExecutable="true">
    <bpmn:startEvent id="start"><bpmn:outgoing>a</bpmn:outgoing></bpmn:startEvent>
    <bpmn:sequenceFlow id="a" sourceRef="start" targetRef="task" />
    <bpmn:serviceTask id="task" name="Do the work">
      <bpmn:extensionElements><zeebe:taskDefinition type="work" retries="1" /></bpmn:extensionElements>
      <bpmn:incoming>a</bpmn:incoming><bpmn:outgoing>b</bpmn:outgoing>
    </bpmn:serviceTask>
    <bpmn:sequenceFlow id="b" sourceRef="task" targetRef="gateway" />
    <bpmn:exclusiveGateway id="gateway" default="d">
      <bpmn:incoming>b</bpmn:incoming><bpmn:outgoing>c</bpmn:outgoing><bpmn:outgoing>d</bpmn:outgoing>
    </bpmn:exclusiveGateway>
    <bpmn:sequenceFlow id="c" sourceRef="gateway" targetRef="good"><bpmn:conditionExpression>=amount > 10</bpmn:conditionExpression></bpmn:sequenceFlow>
    <bpmn:sequenceFlow id="d" sourceRef="gateway" targetRef="small" />
    <bpmn:endEvent id="good"><bpmn:incoming>c</bpmn:incoming></bpmn:endEvent>
    <bpmn:endEvent id="small"><bpmn:incoming>d</bpmn:incoming></bpmn:endEvent>
  </bpmn:process>
</bpmn:definitions>
`;
}
