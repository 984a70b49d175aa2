/**
 * The day partitions, by name.
 *
 * A lane's statements name the tables of their day themselves. Through the partitioned parent, a prepared plan locks the
 * tables of all days before it runs: with 400 days it took 20 ms instead of 0.2, and a transaction held 400 locks for
 * each statement, which a default PostgreSQL has not got.
 */
import type { Partition } from '../core/state.js';
import type { Statement } from './statement.js';

/** The tables of history, in the order in which a day's are made. */
export const PARTITIONED = [
  'process_instance',
  'element_instance',
  'arrival',
  'variable',
  'job',
  'incident',
  'user_task',
] as const;

export type PartitionedTable = (typeof PARTITIONED)[number];

const validDay = /^\d{4}-\d\d-\d\d$/;

/** `element_instance_20261123`. Only days that this server knows get here; the check keeps SQL out of names. */
export function tableOf(table: PartitionedTable, partition: Partition): string {
  if (!validDay.test(partition)) throw new Error(`${partition} is no partition.`);
  return `${table}_${partition.replaceAll('-', '')}`;
}

export type DayTables = (table: PartitionedTable) => string;

export type DayStatement = (partition: Partition) => Statement;

/** Days whose statements a process keeps; a lane's connection prepares few of them at once. */
const DAYS_KEPT = 64;

/** A statement for each day, made when it is first needed. */
export function perDay(name: string, write: (of: DayTables, partition: Partition) => string): DayStatement {
  const statements = new Map<Partition, Statement>();
  return (partition) => {
    const known = statements.get(partition);
    if (known !== undefined) return known;
    if (statements.size >= DAYS_KEPT) statements.clear();
    const statement = {
      name: `${name}_${partition}`,
      text: write((table) => tableOf(table, partition), partition),
      day: partition,
    };
    statements.set(partition, statement);
    return statement;
  };
}

/** Groups by partition; nearly always there is one. */
export function byPartition<T extends { readonly partition: Partition }>(items: readonly T[]): Map<Partition, T[]> {
  const days = new Map<Partition, T[]>();
  for (const item of items) {
    const day = days.get(item.partition);
    if (day === undefined) days.set(item.partition, [item]);
    else day.push(item);
  }
  return days;
}
