/**
 * PGlite: the same SQL inside the process, in a thread of its own. It is one session, which all connections share:
 * each transaction has it alone, and what else is asked for queues.
 */
import { existsSync } from 'node:fs';
import { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import pg from 'pg';
import { StoreError } from '../engine/ports/lane.js';
import type { Connection, Database } from './database.js';
import { DatabaseProblem } from './errors.js';
import { FolderLock, inspectFolder, moveIntoPlace, siblingFor } from './pglite-folder.js';
import type { FromWorker, ToWorker, WorkerInput } from './pglite-worker.js';
import { type Call, type Result, ROLLBACK } from './statement.js';
import { type Planning, RAW_TYPES, Wire } from './wire.js';

/** A batch runs to its end in the thread; this only bounds a thread that hangs. */
const ANSWER_MS = 600_000;

/** A database with its schema, made when the program is built (`make-image.ts`); without it the first start takes longer. */
const IMAGE = fileURLToPath(new URL('../image/database.tar.gz', import.meta.url));

export class Pglite implements Database {
  readonly kind = 'pglite';
  readonly maxLanes = 1;
  /** Null: it is in memory. */
  private readonly lock: FolderLock | null;
  private thread: Thread;
  private wire: Wire;
  private readonly turns = new Turns();
  private reopening: Promise<void> | undefined;
  private closed = false;

  private constructor(lock: FolderLock | null, thread: Thread, wire: Wire) {
    this.lock = lock;
    this.thread = thread;
    this.wire = wire;
  }

  static async open(folder: string): Promise<Pglite> {
    const lock = new FolderLock(folder);
    try {
      if (inspectFolder(lock.folder) === 'nothing') await make(lock.folder);
      const thread = await Thread.start({ folder: lock.folder });
      return new Pglite(lock, thread, await connect(thread));
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  /** For tests: nothing of it is on disk. */
  static async inMemory(): Promise<Pglite> {
    const thread = await Thread.start({ image: existsSync(IMAGE) ? IMAGE : null });
    return new Pglite(null, thread, await connect(thread));
  }

  get isDurable(): boolean {
    return this.lock !== null;
  }

  /** Syncs of files so far: with each commit it rises. */
  get syncs(): number {
    return this.thread.syncs;
  }

  async connect(planning: Planning): Promise<Connection> {
    if (!this.wire.usable) await this.reopen();
    return new PgliteConnection(this.wire, planning, this.turns);
  }

  /** There is no other server that could send any. */
  async listen(): Promise<void> {
    await undefined;
  }

  /** Its thread ends when the disk is full, or by a fault: then it is opened again, and recovers like after a crash. */
  private reopen(): Promise<void> {
    if (this.closed) throw new StoreError('unavailable', 'The store is closed.');
    if (this.lock === null) throw new StoreError('unavailable', 'The database in memory has ended, with all it held.');
    this.reopening ??= this.openAgain(this.lock).finally(() => {
      this.reopening = undefined;
    });
    return this.reopening;
  }

  /** Never two threads on one folder: the old one is gone before the new one begins. */
  private async openAgain({ folder }: FolderLock): Promise<void> {
    await this.thread.kill();
    try {
      this.thread = await Thread.start({ folder });
      this.wire = await connect(this.thread);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      throw new StoreError('unavailable', message, error);
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.reopening?.catch(() => undefined);
    await this.turns.take();
    this.wire.destroy('The store was closed.');
    await this.thread.close();
    this.lock?.release();
  }
}

/** Made complete beside its place and then moved there: an interrupted first start leaves nothing. */
async function make(folder: string): Promise<void> {
  const sibling = siblingFor(folder);
  const thread = await Thread.start({ folder: sibling });
  await thread.close();
  moveIntoPlace(sibling, folder);
}

async function connect(thread: Thread): Promise<Wire> {
  const client = new pg.Client({ stream: () => thread, pipeline: true, user: 'postgres', types: RAW_TYPES } as never);
  const wire = new Wire(client, thread);
  await client.connect();
  const session = "set timezone = 'UTC'; set datestyle = 'ISO, MDY'";
  await wire.run([{ statement: { name: null, text: session }, values: [] }], ANSWER_MS);
  return wire;
}

/** From sources (tests, development) the thread needs the loader of TypeScript that this process has. */
function startWorker(workerData: WorkerInput): Worker {
  const url = new URL('./pglite-worker.js', import.meta.url);
  if (!fileURLToPath(import.meta.url).endsWith('.ts')) return new Worker(url, { workerData });
  const loader = import.meta.resolve('tsx/esm/api');
  const source = JSON.stringify(url.href.replace(/js$/, 'ts'));
  const start = `import(${JSON.stringify(loader)}).then(({ register }) => { register(); return import(${source}); })`;
  return new Worker(start, { eval: true, workerData });
}

/** The thread as `pg` sees it: a socket. */
class Thread extends Duplex {
  private readonly worker: Worker;
  private closing = false;
  /** Syncs of files so far. */
  syncs = 0;

  private constructor(worker: Worker) {
    super();
    this.worker = worker;
  }

  static async start(input: WorkerInput): Promise<Thread> {
    const worker = startWorker(input);
    const thread = new Thread(worker);
    const first = await thread.next();
    if (first.type === 'failed') {
      await worker.terminate();
      const which = 'folder' in input ? `in ${input.folder}` : 'in memory';
      throw new DatabaseProblem(`The database ${which} could not be opened: ${first.message}`);
    }
    worker.on('message', (message: FromWorker) => thread.receive(message));
    worker.on('error', (error) => thread.destroy(error));
    worker.on('exit', () => thread.ended());
    return thread;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.worker.on('message', (message: FromWorker) => message.type === 'closed' && resolve());
      this.worker.on('exit', () => resolve());
    });
    this.closing = true;
    this.post({ type: 'close' });
    await closed;
    await this.worker.terminate();
  }

  async kill(): Promise<void> {
    await this.worker.terminate();
  }

  private ended(): void {
    this.destroy(this.closing ? undefined : new Error('The thread of the embedded database has ended.'));
  }

  private next(): Promise<FromWorker> {
    return new Promise((resolve, reject) => {
      const failed = (error: Error) => reject(new DatabaseProblem(`The embedded database: ${error.message}`, error));
      this.worker.once('error', failed);
      this.worker.once('message', (message: FromWorker) => {
        this.worker.off('error', failed);
        resolve(message);
      });
    });
  }

  private receive(message: FromWorker): void {
    if (message.type !== 'bytes') return;
    this.syncs = message.syncs;
    for (const chunk of message.chunks) this.push(chunk);
  }

  private post(message: ToWorker): void {
    this.worker.postMessage(message);
  }

  // --- What `pg` calls on a socket -------------------------------------------------------------------------------------

  connect(): this {
    process.nextTick(() => this.emit('connect'));
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  ref(): this {
    this.worker.ref();
    return this;
  }

  unref(): this {
    this.worker.unref();
    return this;
  }

  override _read(): void {
    // Bytes are pushed when they come.
  }

  override _write(chunk: Uint8Array, _encoding: string, done: () => void): void {
    this.post({ type: 'bytes', bytes: Uint8Array.from(chunk) });
    done();
  }

  /** A batch was written corked: it is one message. */
  override _writev(chunks: { readonly chunk: Uint8Array }[], done: () => void): void {
    this.post({ type: 'bytes', bytes: Uint8Array.from(Buffer.concat(chunks.map(({ chunk }) => chunk))) });
    done();
  }
}

/** Whose turn it is with the one session, in the order of asking. */
class Turns {
  private readonly waiting: (() => void)[] = [];
  private taken = false;

  async take(): Promise<void> {
    if (!this.taken) {
      this.taken = true;
      return;
    }
    await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  pass(): void {
    const next = this.waiting.shift();
    if (next === undefined) this.taken = false;
    else next();
  }
}

/** Has the session from its first statement to the end of the transaction that this begins. */
class PgliteConnection implements Connection {
  private readonly wire: Wire;
  private readonly planning: Planning;
  private readonly turns: Turns;
  private mine = false;
  private released = false;

  constructor(wire: Wire, planning: Planning, turns: Turns) {
    this.wire = wire;
    this.planning = planning;
    this.turns = turns;
  }

  get usable(): boolean {
    return !this.released && this.wire.usable;
  }

  run(calls: readonly Call[]): Promise<readonly Result[]> {
    return this.inTurn(() => this.wire.runPlanned(this.planning, calls, ANSWER_MS));
  }

  async tidy(): Promise<void> {
    if (this.wire.needsTidying) await this.inTurn(() => this.wire.tidy(ANSWER_MS));
  }

  private async inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (!this.mine) await this.turns.take();
    this.mine = true;
    try {
      return await work();
    } finally {
      if (this.released) await this.endTransaction();
      else if (!this.wire.inTransaction) this.pass();
    }
  }

  release(): void {
    if (this.released) return;
    this.released = true;
    if (this.mine) void this.endTransaction();
  }

  /** Nobody else may go on in a transaction that was left open. */
  private async endTransaction(): Promise<void> {
    try {
      if (this.wire.inTransaction) await this.wire.run([ROLLBACK], ANSWER_MS);
    } catch (error) {
      this.wire.destroy(`A transaction could not be ended: ${String(error)}`);
    } finally {
      this.pass();
    }
  }

  private pass(): void {
    if (!this.mine) return;
    this.mine = false;
    this.turns.pass();
  }
}
