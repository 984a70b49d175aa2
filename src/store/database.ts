/** What the store needs of a database: the same of PostgreSQL and PGlite. */
import type { StoreError, StoreErrorKind } from '../engine/ports/lane.js';
import { kindOf, StatementError, storeError } from './errors.js';
import { BEGIN, type Call, COMMIT, type Result, ROLLBACK } from './statement.js';
import type { Planning } from './wire.js';

export interface Database {
  readonly kind: 'postgres' | 'pglite';
  /** What was committed survives the end of the process, and of power as far as the disk does. */
  readonly isDurable: boolean;
  /** Lanes that it can serve at once. */
  readonly maxLanes: number;
  /** A session; on PGlite, whose one session all share, a place in its queue. */
  connect(planning: Planning): Promise<Connection>;
  /** Calls back for each notification on the channel, from now on, over lost connections too. */
  listen(channel: string, onMessage: (payload: string) => void): Promise<void>;
  close(): Promise<void>;
}

export interface Connection {
  /** False once it is lost. */
  readonly usable: boolean;
  /** One wait for the database. Rejects with the StatementError of the first statement that failed. */
  run(calls: readonly Call[]): Promise<readonly Result[]>;
  /** Outside of a transaction: what it has prepared is given back when it is of many days. */
  tidy(): Promise<void>;
  /** Gives it back for others to use. Inside a transaction, or with `forGood`, it is closed instead. */
  release(forGood?: boolean): void;
}

/** Runs a batch outside of lanes: each statement by itself. */
export async function run(database: Database, planning: Planning, calls: readonly Call[]): Promise<readonly Result[]> {
  const connection = await database.connect(planning);
  try {
    return await connection.run(calls);
  } catch (error) {
    throw noted(connection, error);
  } finally {
    connection.release();
  }
}

/** A transaction in one wait. */
export async function runTogether(
  database: Database,
  planning: Planning,
  calls: readonly Call[],
): Promise<readonly Result[]> {
  const connection = await database.connect(planning);
  try {
    const results = await connection.run([BEGIN, ...calls, COMMIT]);
    checkCommitted(results);
    return results.slice(1, -1);
  } catch (error) {
    await rollback(connection);
    throw noted(connection, error);
  } finally {
    connection.release();
  }
}

/** Runs statements of one transaction. */
export type Statements = (...calls: readonly Call[]) => Promise<readonly Result[]>;

/**
 * A transaction of several waits: BEGIN goes with the first statements, and COMMIT with those that are given to `last`, which
 * may be called once. Without it what `keeps` says no to is rolled back.
 */
export async function transact<T>(
  database: Database,
  planning: Planning,
  work: (statements: Statements, last: Statements) => Promise<T>,
  keeps: (value: T) => boolean = () => true,
): Promise<T> {
  const connection = await database.connect(planning);
  const transaction = new Transaction(connection);
  try {
    const value = await work(
      (...calls) => transaction.run(calls),
      (...calls) => transaction.commit(calls),
    );
    if (transaction.isOpen && keeps(value)) await transaction.commit([]);
    else if (transaction.isOpen) await connection.run([ROLLBACK]);
    return value;
  } catch (error) {
    await rollback(connection);
    throw noted(connection, error);
  } finally {
    connection.release();
  }
}

class Transaction {
  private readonly connection: Connection;
  private begun = false;
  private ended = false;

  constructor(connection: Connection) {
    this.connection = connection;
  }

  get isOpen(): boolean {
    return this.begun && !this.ended;
  }

  async run(calls: readonly Call[]): Promise<readonly Result[]> {
    if (this.begun) return this.connection.run(calls);
    this.begun = true;
    return (await this.connection.run([BEGIN, ...calls])).slice(1);
  }

  async commit(calls: readonly Call[]): Promise<readonly Result[]> {
    const results = await this.run([...calls, COMMIT]);
    checkCommitted(results);
    this.ended = true;
    return results.slice(0, -1);
  }
}

/** A session that can no longer write (its server became read-only, a standby) must not come back out of the pool. */
function noted(connection: Connection, error: unknown): StoreError {
  const known = storeError(error);
  if (known.kind === 'lost') connection.release(true);
  return known;
}

/** The trap: a COMMIT in a batch of its own, after a failed statement, succeeds, and says ROLLBACK. */
export function checkCommitted(results: readonly Result[]): void {
  const tag = results[results.length - 1]?.tag;
  if (tag !== 'COMMIT') throw new Error(`The transaction ended with ${tag} instead of COMMIT.`);
}

/** Errors leave no way but closing the connection, which `release` then does. */
async function rollback(connection: Connection): Promise<void> {
  if (!connection.usable) return;
  try {
    await connection.run([ROLLBACK]);
  } catch (error) {
    if (!(error instanceof StatementError) || kindOf(error) === 'failed') throw error;
  }
}

/** Repeats what lost a race with another server. */
export function repeating<T>(work: () => Promise<T>): Promise<T> {
  return repeatingAfter('retry', work);
}

/** Repeats a read whose connection was lost, over another one: it changes nothing. Where none can be had, it fails at once. */
export function reading<T>(work: () => Promise<T>): Promise<T> {
  return repeatingAfter('lost', work);
}

async function repeatingAfter<T>(kind: StoreErrorKind, work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      const known = storeError(error);
      if (known.kind !== kind || attempt === ATTEMPTS) throw known;
    }
  }
}

const ATTEMPTS = 5;
