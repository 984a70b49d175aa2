/**
 * Statements that are sent in one go and share one end (Sync): they are one answer of the database, written to the socket
 * once. With an end for each, which is what `pg` sends by itself, the database writes and this process wakes for every
 * statement. The first that fails is the last that runs: the database skips the rest, a COMMIT too.
 */
import type { EventEmitter } from 'node:events';
import pg from 'pg';
import { StatementError } from './errors.js';
import type { Call, Cells, Parameter, Result, Statement } from './statement.js';

/** What `pg` calls its connection; its book of prepared statements is not public: tests hold this. */
interface PgConnection extends EventEmitter {
  readonly parsedStatements: Record<string, string>;
  parse(message: { readonly name: string; readonly text: string }): void;
  bind(message: {
    readonly portal: string;
    readonly statement: string;
    readonly values: readonly Parameter[];
    readonly valueMapper: (value: Parameter) => Buffer | string | null;
  }): void;
  execute(message: { readonly portal: string }): void;
  close(message: { readonly type: 'S'; readonly name: string }): void;
  sync(): void;
}

/** In a pipeline `pg` takes nothing but its own queries. It calls the methods below. */
const PgQuery = pg.Query as unknown as new (config: { readonly text: string }) => object;

/** `failure` is of the first statement that has no result. */
export type Answered = (results: readonly Result[], failure: StatementError | null) => void;

export class Batch extends PgQuery {
  readonly #calls: readonly Call[];
  readonly #answered: Answered;
  readonly #results: Result[] = [];
  #rows: Cells[] = [];
  /** Statements that this batch is the first to name, by their place. */
  readonly #fresh = new Map<number, string>();

  constructor(calls: readonly Call[], answered: Answered) {
    super({ text: '' });
    this.#calls = calls;
    this.#answered = answered;
  }

  submit(connection: PgConnection): null {
    for (const [place, { statement, values }] of this.#calls.entries()) {
      this.#prepare(connection, statement, place);
      connection.bind({ portal: '', statement: statement.name ?? '', values, valueMapper: textOf });
      connection.execute({ portal: '' });
    }
    connection.sync();
    return null;
  }

  /** What may be there, since a batch failed at it or before, is given back first: to do so with nothing is no error. */
  #prepare(connection: PgConnection, { name, text }: Statement, place: number): void {
    if (name === null) {
      connection.parse({ name: '', text });
      return;
    }
    if (connection.parsedStatements[name] !== undefined) return;
    connection.close({ type: 'S', name });
    connection.parse({ name, text });
    connection.parsedStatements[name] = text;
    this.#fresh.set(place, name);
  }

  handleDataRow({ fields }: { readonly fields: Cells }): void {
    this.#rows.push(fields);
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    this.#results.push({ ...readTag(text), rows: this.#rows });
    this.#rows = [];
  }

  handleReadyForQuery(): void {
    this.#answered(this.#results, null);
  }

  /** An error that leaves the session alive is told when the session is ready again: only then its state is known. */
  handleError(error: Error, connection: PgConnection): void {
    const failed = this.#results.length;
    for (const [place, name] of this.#fresh) if (place >= failed) delete connection.parsedStatements[name];
    const settle = () => {
      connection.off('readyForQuery', settle);
      connection.off('end', settle);
      this.#answered(this.#results, new StatementError(failed, error));
    };
    if (!('severity' in error) || endsSession(error)) settle();
    else for (const event of ['readyForQuery', 'end']) connection.once(event, settle);
  }
}

function textOf(value: Parameter): Buffer | string | null {
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
}

/** `INSERT 0 3`, `SELECT 1`, `COMMIT`: the count stands last. */
function readTag(text: string): { readonly tag: string; readonly count: number } {
  const words = text.split(' ');
  const count = Number(words[words.length - 1]);
  return { tag: words[0] ?? '', count: Number.isNaN(count) ? 0 : count };
}

/** PANIC: the whole database ends, which for PGlite is its thread. */
export function endsSession(error: Error): boolean {
  return 'severity' in error && (error.severity === 'FATAL' || error.severity === 'PANIC');
}
