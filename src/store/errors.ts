/** What went wrong with a database, in the engine's words. */
import { StoreError, type StoreErrorKind } from '../engine/ports/lane.js';

/** A statement of a batch failed; the ones after it did nothing. */
export class StatementError extends Error {
  /** Its place in the batch. */
  readonly index: number;
  /** Null: the connection was lost, and nobody knows whether it was carried out. */
  readonly sqlState: string | null;

  constructor(index: number, cause: Error) {
    super(cause.message, { cause });
    this.name = 'StatementError';
    this.index = index;
    this.sqlState = sqlStateOf(cause);
  }

  /** The same, counted without the first `count` statements of the batch. */
  after(count: number): StatementError {
    return new StatementError(this.index - count, this.cause instanceof Error ? this.cause : this);
  }
}

const sqlStateForm = /^[0-9A-Z]{5}$/;

/** Node's own codes (EPIPE, ECONNRESET) are no SQLSTATEs. */
export function sqlStateOf(error: unknown): string | null {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  const fromServer = error instanceof Error && 'severity' in error;
  return fromServer && typeof code === 'string' && sqlStateForm.test(code) ? code : null;
}

/** 40001 serialization, 40P01 deadlock, 55P03 lock timeout, 57014 cancelled, BT001 rows changed meanwhile. */
const RETRY = new Set(['40001', '40P01', '55P03', '57014', 'BT001']);

/** 57P0x the server ends the session, 25P03 idle for too long, 25006 read-only after a failover, 57P05 idle. */
const LOST = new Set(['57P01', '57P02', '57P03', '57P05', '25P03', '25006']);

/** Classes: 08 connection, 53 no resources left (disk, memory, connections), 58 system error. */
const UNAVAILABLE = new Set(['53', '58']);

export function kindOf(error: unknown): StoreErrorKind {
  const state = error instanceof StatementError ? error.sqlState : sqlStateOf(error);
  if (state === null) return error instanceof StatementError || isConnectionError(error) ? 'lost' : 'failed';
  if (RETRY.has(state)) return 'retry';
  if (LOST.has(state) || state.startsWith('08')) return 'lost';
  return UNAVAILABLE.has(state.slice(0, 2)) ? 'unavailable' : 'failed';
}

function isConnectionError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && /^E[A-Z]+$/.test(error.code);
}

export function storeError(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new StoreError(kindOf(error), message, error);
}

/**
 * What a failed COMMIT batch means. A statement before COMMIT that the server refused: nothing was committed. No answer
 * to COMMIT, or one of a server that ends (a full disk of the log ends PostgreSQL): in doubt.
 */
export function commitError(error: unknown, commitIndex: number): StoreError {
  if (!(error instanceof StatementError)) return storeError(error);
  const unanswered = error.sqlState === null || (error.index === commitIndex && mayHaveCommitted(error));
  return unanswered ? new StoreError('in doubt', error.message, error) : storeError(error);
}

function mayHaveCommitted(error: StatementError): boolean {
  const kind = kindOf(error);
  return kind === 'lost' || kind === 'unavailable';
}

/** What keeps the server from starting: a sentence for the person who starts it. */
export class DatabaseProblem extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'DatabaseProblem';
  }
}
