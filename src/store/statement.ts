/** What is sent to a database, and what comes back: the one interface to PostgreSQL and PGlite. */

/** A value of the wire: text, what becomes it, or bytes in PostgreSQL's binary format. */
export type Parameter = string | number | boolean | null | Buffer;

/** Constant text. With a name it is prepared once for each connection. */
export interface Statement {
  readonly name: string | null;
  readonly text: string;
  /** The day whose tables it names. */
  readonly day?: string;
}

export interface Call {
  readonly statement: Statement;
  readonly values: readonly Parameter[];
}

/** Cells of a row in the order of the select list, as PostgreSQL writes them. */
export type Cells = readonly (string | null)[];

export interface Result {
  /** The command tag: what COMMIT really did stands here (`ROLLBACK` after a failed statement). */
  readonly tag: string;
  readonly count: number;
  readonly rows: readonly Cells[];
}

export function prepared(name: string, text: string): Statement {
  return { name, text };
}

export function unprepared(text: string): Statement {
  return { name: null, text };
}

export function call(statement: Statement, ...values: readonly Parameter[]): Call {
  return { statement, values };
}

export const BEGIN = call(prepared('begin', 'begin'));
export const COMMIT = call(prepared('commit', 'commit'));
export const ROLLBACK = call(prepared('rollback', 'rollback'));

/** The result at an index that the caller knows to be there, since each call has one. */
export function resultAt(results: readonly Result[], index: number): Result {
  const result = results[index];
  if (result === undefined) throw new Error(`The database gave no result ${index}.`);
  return result;
}
