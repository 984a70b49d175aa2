/**
 * Day partitions: made ahead of time, by LIKE and ATTACH. CREATE TABLE ... PARTITION OF would lock the parent against
 * all that runs; ATTACH does not.
 */
import type { Partition } from '../core/state.js';
import { numberAt, textAt } from './cells.js';
import { type Database, repeating, run, transact } from './database.js';
import { PARTITIONED, tableOf } from './days.js';
import { dayOf, TIME } from './engine-row.js';
import { type Call, call, prepared, unprepared } from './statement.js';

/**
 * Free room in pages for the rows that change after their birth: nearly all are changed once, so that a new version fits
 * beside the old one and no index is written (HOT). Measured with instances of one service task: updates that stay in
 * their page rise from 15 to 95 of 100, write-ahead log falls by 18 %, and the tables get no larger.
 */
const FILLFACTOR = {
  ...{ process_instance: 50, element_instance: 60, arrival: 100, variable: 90, job: 50, incident: 100 },
  user_task: 50,
};

const DAY_MS = 86_400_000;

/** The days that have tables, as far as this server knows. */
export class Partitions {
  private readonly database: Database;
  private known: ReadonlySet<Partition> = new Set();

  constructor(database: Database) {
    this.database = database;
  }

  has(partition: Partition): boolean {
    return this.known.has(partition);
  }

  /** Newest first. */
  get days(): readonly Partition[] {
    return [...this.known].sort().reverse();
  }

  /** Before a day is unknown: another server may have made it since. Only wrong requests cost this. */
  async refresh(): Promise<void> {
    const [result] = await run(this.database, 'keys', [call(readDays)]);
    this.known = new Set(result?.rows.map((cells) => textAt(cells, 0)));
  }

  /** Makes the days from today, or from a time, to `daysAhead` days ahead of engine time; each in its own transaction. */
  async prepare(daysAhead: number, from?: number): Promise<void> {
    const now = from ?? (await this.now());
    await this.refresh();
    for (let ahead = 0; ahead <= daysAhead; ahead++) {
      const day = dayOf(now + ahead * DAY_MS);
      if (!this.known.has(day)) await repeating(() => this.make(day));
    }
    await this.refresh();
  }

  private async now(): Promise<number> {
    const [time] = await run(this.database, 'keys', [call(TIME)]);
    return numberAt(time?.rows[0] ?? [], 0) + numberAt(time?.rows[0] ?? [], 1);
  }

  /** Of two servers one inserts the row; the other waits for its commit, and finds the tables made. */
  private make(day: Partition): Promise<void> {
    return transact(this.database, 'lists', async (statements) => {
      const [inserted] = await statements(call(insertDay, day));
      if (inserted?.count === 1) await statements(...tablesOf(day));
    });
  }
}

const insertDay = prepared('insert_day', 'insert into partition (day) values ($1::date) on conflict do nothing');
const readDays = prepared('read_days', 'select day from partition');

function tablesOf(day: Partition): readonly Call[] {
  return PARTITIONED.flatMap((parent) => {
    const table = tableOf(parent, day);
    return [
      `create table ${table} (like ${parent} including all) with (fillfactor = ${FILLFACTOR[parent]})`,
      `alter table ${parent} attach partition ${table} for values in ('${day}')`,
    ].map((text) => call(unprepared(text)));
  });
}

/** Days of these rows that have no tables: there are no such rows. */
export function unknownDays(partitions: Partitions, rows: Iterable<{ readonly partition: Partition }>): boolean {
  for (const row of rows) if (!partitions.has(row.partition)) return true;
  return false;
}
