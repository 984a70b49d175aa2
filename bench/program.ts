/** A program of the benchmark in its own process: what it says, and that it does not end unasked. */
import type { Program } from '../test/support/programs.js';

type Message = Readonly<Record<string, unknown>>;

export class BenchProgram {
  readonly pid: number;
  private readonly program: Program;
  private readonly listeners = new Set<(message: Message) => void>();
  private readonly waiting = new Set<(error: Error) => void>();
  private failure: Error | undefined;
  private stopping = false;

  constructor(name: string, program: Program) {
    const { child } = program;
    if (child.pid === undefined) throw new Error(`${name} could not be started`);
    this.pid = child.pid;
    this.program = program;
    child.on('message', (message: Message) => {
      for (const listener of this.listeners) listener(message);
    });
    child.on('exit', (code, signal) => {
      if (this.stopping) return;
      this.failure = new Error(`${name} ended unasked, with ${code ?? signal}`);
      for (const reject of this.waiting) reject(this.failure);
    });
  }

  /** One that has ended is noticed by whoever waits for its answer. */
  send(message: object): void {
    if (this.program.child.connected) this.program.child.send(message, () => undefined);
  }

  /** Calls back with each message that has this member. */
  on<T>(word: string, listener: (value: T) => void): void {
    this.listeners.add((message) => {
      if (word in message) listener(message[word] as T);
    });
  }

  /** What the next message says under this name. */
  next<T>(word: string): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.failure !== undefined) return reject(this.failure);
      const listener = (message: Message) => {
        if (!(word in message)) return;
        this.listeners.delete(listener);
        this.waiting.delete(reject);
        resolve(message[word] as T);
      };
      this.listeners.add(listener);
      this.waiting.add(reject);
    });
  }

  /** Throws what made it end, if it has. */
  check(): void {
    if (this.failure !== undefined) throw this.failure;
  }

  stop(): Promise<void> {
    this.stopping = true;
    return this.program.stop();
  }
}
