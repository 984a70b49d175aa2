/**
 * A part of a database's connections. Reads have one of their own, and so has work that may wait for locks, so that
 * however much comes, and however long it takes, a beat finds a connection: a flood must not make a server look dead
 * (I8, I13).
 */
import type { Connection, Database } from './database.js';
import type { Call, Result } from './statement.js';
import type { Planning } from './wire.js';

export class Share implements Database {
  readonly kind: Database['kind'];
  readonly maxLanes: number;
  readonly isDurable: boolean;
  private readonly whole: Database;
  private readonly waiting: (() => void)[] = [];
  private free: number;

  constructor(whole: Database, connections: number) {
    this.whole = whole;
    this.kind = whole.kind;
    this.maxLanes = whole.maxLanes;
    this.isDurable = whole.isDurable;
    this.free = connections;
  }

  /** In order of arrival. How many wait is bounded by the calls that are let in. */
  async connect(planning: Planning): Promise<Connection> {
    await this.turn();
    try {
      return new SharedConnection(await this.whole.connect(planning), () => this.next());
    } catch (error) {
      this.next();
      throw error;
    }
  }

  listen(channel: string, onMessage: (payload: string) => void): Promise<void> {
    return this.whole.listen(channel, onMessage);
  }

  close(): Promise<void> {
    return this.whole.close();
  }

  private turn(): Promise<void> {
    if (this.free > 0) {
      this.free -= 1;
      return Promise.resolve();
    }
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  private next(): void {
    const first = this.waiting.shift();
    if (first === undefined) this.free += 1;
    else first();
  }
}

class SharedConnection implements Connection {
  private readonly connection: Connection;
  private released: (() => void) | undefined;

  constructor(connection: Connection, released: () => void) {
    this.connection = connection;
    this.released = released;
  }

  get usable(): boolean {
    return this.connection.usable;
  }

  run(calls: readonly Call[]): Promise<readonly Result[]> {
    return this.connection.run(calls);
  }

  tidy(): Promise<void> {
    return this.connection.tidy();
  }

  release(forGood = false): void {
    this.connection.release(forGood);
    this.released?.();
    this.released = undefined;
  }
}
