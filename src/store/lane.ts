/**
 * A lane's connection: one commit group after the other (design section 5). Each method is one wait.
 *
 * The load goes with the lock in one batch: each statement has its own snapshot, and the lock's statement is over when
 * the load's begins, so what is read is what the lock protects. Rows of trees that were not locked are left out.
 */
import type { CalledProcess } from '../core/facts.js';
import type { Partition, Ref } from '../core/state.js';
import {
  type Flush,
  type LaneConnection,
  type Load,
  type Loaded,
  type Locate,
  type Located,
  type ProcessHead,
  StoreError,
} from '../engine/ports/lane.js';
import type { ProcessSource } from '../engine/ports/processes.js';
import { type Connection, checkCommitted, type Database } from './database.js';
import { byPartition } from './days.js';
import { commitError, storeError } from './errors.js';
import { flushCalls } from './flush.js';
import { LoadBatch } from './load.js';
import { LocateBatch } from './locate.js';
import { type Partitions, unknownDays } from './partitions.js';
import { lockRoots, processInstances } from './process-instances.js';
import { headsOfCalls, loadProcessSources, readHeads, readProcessSource } from './processes.js';
import { BEGIN, type Call, COMMIT, type Result, ROLLBACK, resultAt } from './statement.js';

export class StoreLane implements LaneConnection {
  private readonly partitions: Partitions;
  private readonly connection: Connection;
  private inTransaction = false;
  private locked = new Set<number>();

  private constructor(partitions: Partitions, connection: Connection) {
    this.partitions = partitions;
    this.connection = connection;
  }

  static async open(database: Database, partitions: Partitions): Promise<StoreLane> {
    return new StoreLane(partitions, await database.connect('keys'));
  }

  get usable(): boolean {
    return this.connection.usable;
  }

  async begin(locate: Locate): Promise<Located> {
    if (this.inTransaction) throw new Error('The lane is in a transaction already.');
    await this.prepareConnection(locate);
    const batch = new LocateBatch(locate, this.partitions);
    this.inTransaction = true;
    this.locked = new Set();
    const [, ...results] = await this.run([BEGIN, ...batch.calls]);
    const readRequests = batch.readRequests(results);
    const requests = readRequests === null ? null : resultAt(await this.run([readRequests]), 0);
    const located = batch.read(results, requests);
    for (const id of located.changeNumbers.keys()) this.locked.add(id);
    return located;
  }

  async lockAndLoad(roots: readonly Ref[], how: 'skip' | 'wait', load: Load): Promise<Loaded> {
    const days = [...byPartition(roots)]
      .filter(([day]) => this.partitions.has(day))
      .sort(([one], [other]) => order(one, other));
    const locks = days.map(([day, refs]) =>
      lockRoots(
        day,
        refs.map((ref) => ref.id),
        how,
      ),
    );
    const batch = new LoadBatch(load, this.partitions);
    const results = await this.run([...locks, ...batch.calls]);
    const rootRows = results
      .slice(0, locks.length)
      .flatMap((result) => result.rows.map((row) => processInstances.read(row)));
    for (const root of rootRows) this.locked.add(root.id);
    return batch.read(results.slice(locks.length), rootRows, this.locked);
  }

  async loadMore(load: Load): Promise<Loaded> {
    const batch = new LoadBatch(load, this.partitions);
    return batch.read(await this.run(batch.calls), [], this.locked);
  }

  async findProcesses(names: readonly CalledProcess[]): Promise<readonly (ProcessHead | null)[]> {
    const results = await this.run([headsOfCalls(names)]);
    return readHeads(resultAt(results, 0).rows, names.length);
  }

  async loadProcesses(ids: readonly number[]): Promise<readonly ProcessSource[]> {
    const results = await this.run([loadProcessSources(ids)]);
    return resultAt(results, 0).rows.map(readProcessSource);
  }

  async commit(flush: Flush): Promise<void> {
    const calls = [...callsOf(flush), COMMIT];
    try {
      checkCommitted(await this.connection.run(calls));
      this.inTransaction = false;
    } catch (error) {
      throw this.noted(commitError(error, calls.length - 1));
    }
  }

  async rollback(): Promise<void> {
    if (!this.inTransaction) return;
    this.inTransaction = false;
    if (!this.connection.usable) return;
    try {
      await this.connection.run([ROLLBACK]);
    } catch {
      // The database ends the transaction with the connection.
      this.connection.release(true);
    }
  }

  async close(): Promise<void> {
    await this.rollback();
    this.connection.release();
  }

  private async run(calls: readonly Call[]): Promise<readonly Result[]> {
    if (!this.inTransaction) throw new StoreError('failed', 'The lane is not in a transaction.');
    try {
      return await this.connection.run(calls);
    } catch (error) {
      throw this.noted(storeError(error));
    }
  }

  /** A session that is lost for this lane may still answer: one on a server that became read-only. */
  private noted(error: StoreError): StoreError {
    if (error.kind === 'lost') this.connection.release(true);
    return error;
  }

  /** Before BEGIN: few prepared days, and the days that are asked for. */
  private async prepareConnection(locate: Locate): Promise<void> {
    const { processInstances, elementInstances, jobs, incidents, tasks, remembered } = locate;
    const asked = [processInstances, elementInstances, jobs, incidents, tasks, remembered];
    if (asked.some((refs) => unknownDays(this.partitions, refs))) await this.partitions.refresh();
    await this.connection.tidy();
  }
}

/** Rows that can not be written are one command's fault: the commands one by one find it. */
function callsOf(flush: Flush): readonly Call[] {
  try {
    return flushCalls(flush);
  } catch (error) {
    throw new StoreError('failed', error instanceof Error ? error.message : String(error), error);
  }
}

function order(one: Partition, other: Partition): number {
  return one < other ? -1 : 1;
}
