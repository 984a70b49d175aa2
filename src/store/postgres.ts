/** PostgreSQL over `pg`: one pool for lanes and all else, each connection pipelined. */
import pg from 'pg';
import { StoreError } from '../engine/ports/lane.js';
import type { Connection, Database } from './database.js';
import { DatabaseProblem, sqlStateOf } from './errors.js';
import { LateAnswers } from './late-answers.js';
import { SocketClient } from './socket-client.js';
import type { Call, Result } from './statement.js';
import { type Planning, RAW_TYPES, Wire } from './wire.js';

export interface PostgresSettings {
  readonly url: string;
  /** Connections at most; a lane keeps one. */
  readonly connections: number;
}

/** A server that is paused or unreachable must not freeze the others with what it has locked (design section 5). */
const SESSION =
  "set timezone = 'UTC'; set datestyle = 'ISO, MDY'; set lock_timeout = '4s'; " +
  "set idle_in_transaction_session_timeout = '5s'; set statement_timeout = '30s'; set tcp_user_timeout = '10s'; " +
  // Between two statements, and within a message that stopped half-way, no other time limit counts.
  "set tcp_keepalives_idle = '10s'; set tcp_keepalives_interval = '2s'; set tcp_keepalives_count = 5; " +
  "select current_setting('transaction_read_only')";

/** Longer than any statement may take: then the network is gone. */
const ANSWER_MS = 40_000;
const CONNECT_MS = 10_000;
const KEEP_ALIVE_MS = 10_000;
const RELISTEN_MS = 1_000;

export class Postgres implements Database {
  readonly kind = 'postgres';
  readonly isDurable = true;
  readonly maxLanes = Number.POSITIVE_INFINITY;
  private readonly pool: pg.Pool;
  private readonly wires = new Map<pg.ClientBase, Wire>();
  private readonly lateAnswers: LateAnswers;
  private readonly lent = new Set<Wire>();
  private listener: (() => void) | undefined;
  private relistening: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(settings: PostgresSettings) {
    this.lateAnswers = new LateAnswers(
      () => connected(settings),
      () => this.closeIdle(),
    );
    this.pool = new pg.Pool({
      ...configOf(settings),
      max: settings.connections,
      idleTimeoutMillis: 60_000,
      Client: SocketClient as unknown as NonNullable<pg.PoolConfig['Client']>,
      onConnect: (client: pg.ClientBase) => this.welcome(client),
    } as pg.PoolConfig);
    // Each connection's own wire notes that it is lost; the pool drops it by itself.
    this.pool.on('error', () => undefined);
  }

  async connect(planning: Planning): Promise<Connection> {
    const { client, wire } = await this.lend();
    const giveBack = (forGood: boolean) => {
      client.off('end', lost);
      this.lent.delete(wire);
      client.release(forGood);
    };
    const connection = new PostgresConnection(wire, planning, giveBack);
    // A lost connection must not keep its place in the pool until somebody gives it back.
    const lost = () => connection.release(true);
    client.once('end', lost);
    return connection;
  }

  async listen(channel: string, onMessage: (payload: string) => void): Promise<void> {
    const { client, wire } = await this.lend();
    const stop = () => {
      this.lent.delete(wire);
      client.release(true);
    };
    this.listener = stop;
    client.on('notification', (message) => onMessage(message.payload ?? ''));
    client.once('end', () => {
      if (this.listener === stop) this.relisten(channel, onMessage);
    });
    await wire.run([{ statement: { name: null, text: `listen ${channel}` }, values: [] }], ANSWER_MS);
  }

  /** Connections that are still lent are cut. */
  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.relistening);
    this.listener?.();
    for (const wire of this.lent) wire.destroy('The store was closed.');
    await this.pool.end();
  }

  /**
   * Notices that went by meanwhile are missed: nothing depends on them (I13). A listener that is lost while it begins to
   * listen is told of twice, by its end and by its failed statement.
   */
  private relisten(channel: string, onMessage: (payload: string) => void): void {
    if (this.closed || this.relistening !== undefined) return;
    this.listener?.();
    this.listener = undefined;
    this.relistening = setTimeout(() => {
      this.relistening = undefined;
      this.listen(channel, onMessage).catch(() => this.relisten(channel, onMessage));
    }, RELISTEN_MS);
  }

  private async lend(): Promise<{ readonly client: pg.PoolClient; readonly wire: Wire }> {
    if (this.closed) throw new StoreError('unavailable', 'The store is closed.');
    try {
      const client = await this.pool.connect();
      if (this.closed) {
        client.release(true);
        throw new Error('The store was closed.');
      }
      const wire = this.wires.get(client);
      if (wire === undefined) throw new Error('A connection was lent before it was set up.');
      this.lent.add(wire);
      return { client, wire };
    } catch (error) {
      throw new StoreError('unavailable', errorText(error), error);
    }
  }

  /** The pool lends a connection only after this. */
  private async welcome(client: pg.ClientBase): Promise<void> {
    const wire = new Wire(client, (client as unknown as SocketClient).socket, (late) => this.look(late));
    this.wires.set(client, wire);
    client.once('end', () => this.wires.delete(client));
    const [result] = await wire.run([{ statement: { name: null, text: SESSION }, values: [] }], ANSWER_MS);
    if (result?.rows[0]?.[0] === 'on') throw new Error('the database is read-only, or a standby');
  }

  /** A look that fails says nothing: then the longest time for an answer counts. */
  private look(late: Wire): void {
    if (!this.closed) this.lateAnswers.look(late).catch(() => undefined);
  }

  /** Where one connection went in silence, those that lie idle went the same way, and would be met one by one. */
  private closeIdle(): void {
    for (const wire of this.wires.values()) if (wire.isIdle) wire.destroy('Another connection was lost.');
  }
}

class PostgresConnection implements Connection {
  private readonly wire: Wire;
  private readonly planning: Planning;
  private giveBack: ((forGood: boolean) => void) | undefined;

  constructor(wire: Wire, planning: Planning, giveBack: (forGood: boolean) => void) {
    this.wire = wire;
    this.planning = planning;
    this.giveBack = giveBack;
  }

  get usable(): boolean {
    return this.giveBack !== undefined && this.wire.usable;
  }

  run(calls: readonly Call[]): Promise<readonly Result[]> {
    return this.wire.runPlanned(this.planning, calls, ANSWER_MS);
  }

  async tidy(): Promise<void> {
    if (this.wire.needsTidying) await this.wire.tidy(ANSWER_MS);
  }

  release(forGood = false): void {
    this.giveBack?.(forGood || !this.wire.usable || this.wire.inTransaction);
    this.giveBack = undefined;
  }
}

/** A connection for one question. */
async function connected(settings: PostgresSettings): Promise<SocketClient> {
  const client = new SocketClient({ ...configOf(settings), query_timeout: CONNECT_MS });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

function configOf(settings: PostgresSettings): pg.ClientConfig {
  return {
    connectionString: settings.url,
    application_name: 'baton',
    pipeline: true,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    connectionTimeoutMillis: CONNECT_MS,
    types: RAW_TYPES,
  } as pg.ClientConfig;
}

/** AggregateError, of a host with several addresses, has no text of its own. */
export function errorText(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(errorText).join('; ');
  return error instanceof Error ? error.message : String(error);
}

/** Looks at the server once before it is used; each problem has its own sentence. */
export async function examine(settings: PostgresSettings, warn: (message: string) => void): Promise<void> {
  const client = new SocketClient(configOf(settings));
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<readonly string[]>({ text: EXAMINATION, rowMode: 'array' } as never);
    judge(rows[0] ?? [], whereIs(settings), warn);
  } catch (error) {
    throw error instanceof DatabaseProblem ? error : new DatabaseProblem(connectSentence(error, settings), error);
  } finally {
    await client.end();
  }
}

const EXAMINATION =
  "select current_setting('server_version_num'), current_setting('server_version'), pg_is_in_recovery(), " +
  "current_setting('transaction_read_only'), current_setting('fsync'), current_setting('synchronous_commit')";

/** `where` names the database; `row` is what the examination selects. */
export function judge(row: readonly string[], where: string, warn: (message: string) => void): void {
  const [number, version, inRecovery, readOnly, fsync, synchronousCommit] = row;
  if (Number(number) < 150_000) {
    throw new DatabaseProblem(`${where} is PostgreSQL ${version}; Baton needs version 15 or later.`);
  }
  if (inRecovery === 't')
    throw new DatabaseProblem(`${where} is a standby, which can not be written; name the primary.`);
  if (readOnly === 'on') {
    throw new DatabaseProblem(`${where} is read-only (default_transaction_read_only); Baton has to write.`);
  }
  if (fsync === 'off') warn(`${where} runs with fsync = off: a power cut can destroy the database.`);
  if (synchronousCommit === 'off') {
    warn(`${where} runs with synchronous_commit = off: a crash can lose what was acknowledged.`);
  }
}

function connectSentence(error: unknown, settings: PostgresSettings): string {
  const where = whereIs(settings);
  switch (sqlStateOf(error)) {
    case '28P01':
    case '28000':
      return `${where} refuses the user or the password: ${errorText(error)}.`;
    case '3D000':
      return `${where} does not exist on that server; create it first: ${errorText(error)}.`;
    case '53300':
      return `${where} has no connection left (max_connections): ${errorText(error)}.`;
    case '57P03':
      return `${where} is starting up or shutting down; try again: ${errorText(error)}.`;
    default:
      return `${where} can not be reached: ${errorText(error)}.`;
  }
}

/** Without the password. */
function whereIs({ url }: PostgresSettings): string {
  try {
    const { hostname, port, pathname, searchParams } = new URL(url);
    const host = hostname === '' ? (searchParams.get('host') ?? 'localhost') : hostname;
    return `The database "${decodeURIComponent(pathname.slice(1))}" at ${host}:${port === '' ? '5432' : port}`;
  } catch {
    return 'The database';
  }
}
