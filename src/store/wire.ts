/**
 * One session of a database, as `pg` speaks with it: over a socket with PostgreSQL, over messages to a worker thread with
 * PGlite. A batch of statements is written at once and is one wait.
 */
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Client, ClientBase, QueryArrayConfig, QueryArrayResult } from 'pg';
import { type Answered, Batch, endsSession } from './batch.js';
import { StatementError } from './errors.js';
import { BEGIN, type Call, type Result } from './statement.js';

/**
 * How statements are planned. `keys`: prepared, each row by its key, whatever the statistics say; on a day's fresh tables
 * there are none. A bitmap would read all that wait for the same thing before the first row of them: an index stops at the
 * limit. Statements that join say `t.id = any(array[u.id])`, which leaves the planner nothing but the index:
 * for `t.id = u.id` on an empty table it walks the whole index, and goes on doing so when the table has grown.
 * `lists`: planned for their values.
 */
export type Planning = 'keys' | 'lists';

const SET_PLANNING: { readonly [P in Planning]: string } = {
  keys: 'set plan_cache_mode = force_generic_plan; set enable_seqscan = off; set enable_bitmapscan = off; set jit = off',
  lists: 'set plan_cache_mode = auto; set enable_seqscan = on; set enable_bitmapscan = on; set jit = on',
};

/** All cells stay text: the tables' own readers know what they are. */
export const RAW_TYPES = { getTypeParser: () => (text: string) => text };

/** Days whose statements a session keeps prepared: each costs the database about a megabyte. */
const DAYS_PREPARED = 16;

/** An answer that took longer is late: perhaps it was lost. */
const LATE_MS = 3_000;

interface PreparedStatements {
  parsedStatements: Record<string, string>;
  submittedNamedStatements: Record<string, string>;
}

export interface WireClient extends ClientBase {
  /** Of the session at the database. */
  readonly processID: number | null;
  getTransactionStatus(): 'I' | 'T' | 'E' | null;
}

export class Wire {
  readonly client: WireClient;
  private readonly stream: Duplex;
  private planning: Planning | null = null;
  private lost = false;
  /** Days whose statements are prepared here. */
  private readonly days = new Set<string>();
  private readonly onLate: (wire: Wire) => void;
  private batches = 0;
  private waiting = 0;

  /** `onLate` is called time and again while an answer is late. */
  constructor(client: ClientBase | Client, stream: Duplex, onLate: (wire: Wire) => void = () => undefined) {
    this.client = client as WireClient;
    this.stream = stream;
    this.onLate = onLate;
    const lose = () => {
      this.lost = true;
    };
    client.on('error', lose);
    client.on('end', lose);
  }

  get usable(): boolean {
    return !this.lost;
  }

  get inTransaction(): boolean {
    const status = this.client.getTransactionStatus();
    return status === 'T' || status === 'E';
  }

  /** Nothing is lost with it. */
  get isIdle(): boolean {
    return this.waiting === 0 && !this.inTransaction && !this.lost;
  }

  get processId(): number | null {
    return this.client.processID;
  }

  /** The batch that waits for its answer; null when none does. */
  get batch(): number | null {
    return this.waiting === 0 ? null : this.batches;
  }

  /** Changes with each byte that comes, and that the system takes. */
  get progress(): string {
    const { bytesRead = 0, bytesWritten = 0 } = this.stream as Partial<Socket>;
    return `${bytesRead} ${bytesWritten - this.stream.writableLength}`;
  }

  /** Changes the planning where needed, in the same wait; never inside a transaction, whose end could undo it. */
  async runPlanned(planning: Planning, calls: readonly Call[], timeoutMs: number): Promise<readonly Result[]> {
    if (this.planning === planning || this.inTransaction) return this.run(calls, timeoutMs);
    this.planning = planning;
    const change = { statement: { name: null, text: SET_PLANNING[planning] }, values: [] };
    try {
      return (await this.run([change, ...calls], timeoutMs)).slice(1);
    } catch (error) {
      throw error instanceof StatementError ? error.after(1) : error;
    }
  }

  /** One wait. Rejects with the first StatementError; without an answer in time the connection is cut. */
  run(calls: readonly Call[], timeoutMs: number): Promise<readonly Result[]> {
    if (calls.length === 0) return Promise.resolve([]);
    return new Promise((resolve, reject) => {
      const results = new Array<Result>(calls.length);
      const portions = portionsOf(calls, this.inTransaction);
      let open = portions.length;
      let failure: StatementError | undefined;
      const timer = this.watch(timeoutMs);
      const answered = (first: number, got: readonly Result[], error: StatementError | null) => {
        if (error !== null) {
          failure ??= error.after(-first);
          // The session ends with it, even before the socket does.
          if (error.cause instanceof Error && endsSession(error.cause)) this.lost = true;
        }
        for (const [place, result] of got.entries()) results[first + place] = result;
        open -= 1;
        if (open > 0) return;
        clearInterval(timer);
        this.waiting -= 1;
        if (failure) reject(failure);
        else resolve(results);
      };
      this.batches += 1;
      this.waiting += 1;
      this.stream.cork();
      let first = 0;
      for (const portion of portions) {
        const place = first;
        this.send(portion, (got, error) => answered(place, got, error));
        first += portion.length;
      }
      this.stream.uncork();
    });
  }

  private send(portion: readonly Call[], answered: Answered): void {
    for (const { statement } of portion) if (statement.day !== undefined) this.days.add(statement.day);
    const [call] = portion;
    if (call === undefined || !isText(call)) {
      this.client.query(new Batch(portion, answered) as never);
      return;
    }
    const query: QueryArrayConfig = { text: call.statement.text, rowMode: 'array', types: RAW_TYPES };
    this.client.query(query, (error, result) => {
      if (error) answered([], new StatementError(0, error));
      else answered([resultOf(result)], null);
    });
  }

  /** Ticks are counted: a process that was paused has not waited. */
  private watch(timeoutMs: number): NodeJS.Timeout {
    let waitedMs = 0;
    return setInterval(() => {
      waitedMs += LATE_MS;
      if (waitedMs >= timeoutMs) this.destroy(`The database did not answer within ${timeoutMs} ms.`);
      else this.onLate(this);
    }, LATE_MS);
  }

  get needsTidying(): boolean {
    return this.days.size > DAYS_PREPARED;
  }

  /** Gives back what is prepared, in the database and in `pg`, whose own book of it is not public: a test holds this. */
  async tidy(timeoutMs: number): Promise<void> {
    const done = this.run([{ statement: { name: null, text: 'deallocate all' }, values: [] }], timeoutMs);
    const { connection } = this.client as unknown as { connection: PreparedStatements };
    connection.parsedStatements = {};
    connection.submittedNamedStatements = {};
    this.days.clear();
    await done;
  }

  destroy(reason: string): void {
    this.lost = true;
    this.stream.destroy(new Error(reason));
  }
}

/** Without a name and values it goes as a simple query, which may hold several statements. */
function isText({ statement, values }: Call): boolean {
  return statement.name === null && values.length === 0;
}

/**
 * What shares one end: the statements of a transaction. Outside of one each has its own, or they would become one; a
 * simple query always has.
 */
function portionsOf(calls: readonly Call[], inTransaction: boolean): readonly (readonly Call[])[] {
  const portions: Call[][] = [];
  let shared: Call[] | undefined;
  let inside = inTransaction;
  for (const call of calls) {
    inside ||= call === BEGIN;
    if (shared !== undefined && !isText(call)) {
      shared.push(call);
      continue;
    }
    const portion = [call];
    portions.push(portion);
    shared = inside && !isText(call) ? portion : undefined;
  }
  return portions;
}

/** Several statements in one simple query give several results: the last one counts. */
function resultOf(result: QueryArrayResult | readonly QueryArrayResult[]): Result {
  const last = Array.isArray(result) ? result[result.length - 1] : result;
  return { tag: last.command, count: last.rowCount ?? 0, rows: last.rows };
}
