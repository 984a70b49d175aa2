/** Changes as lines for people: `+` born, `=` changed, `-` gone; rows are called by the BPMN ids of their elements. */
import type { Changes, Rows, Table, TableChanges } from '../../src/core/state.js';
import { keyOf } from './scenario-world.js';

/** BPMN ids of the elements and flows that a row names. */
export interface Names {
  element(row: { readonly processInstanceId: number | null; readonly elementId: number | null }): string;
  elementInstance(id: number): string;
  flow(row: { readonly processInstanceId: number; readonly flow: number }): string;
}

type Describe<T extends Table> = (row: Rows[T], names: Names) => string;

const describe: { readonly [T in Table]: Describe<T> } = {
  processInstance: ({ state }) => `instance ${state}`,
  elementInstance: (row, names) => `element ${names.element(row)} ${row.state}`,
  arrival: (row, names) => {
    const end = row.consumedBy !== null ? ' consumed' : row.withdrawnBy !== null ? ' withdrawn' : '';
    return `token ${names.flow(row)}${end}`;
  },
  variable: (row, names) =>
    `variable ${names.elementInstance(row.scopeId)}.${row.name} ${row.data?.value ?? 'deleted'}`,
  job: (row, names) => `job ${names.element(row)} ${row.state} ${row.retryCount}/${row.retryLimit}`,
  openJob: (row, names) => `open job ${names.elementInstance(row.elementInstanceId)}`,
  incident: (row, names) =>
    `incident ${names.element(row)} ${row.reason} ${row.resolvedAt === null ? 'open' : 'resolved'}`,
  userTask: (row, names) => `user task ${names.element(row)} ${row.state} ${row.assignee ?? 'nobody'}`,
  task: (row, names) => `task ${row.type}${row.rootId === null ? '' : ` ${names.element(row)}`}`,
  message: ({ name, correlationKey, endedAt }) =>
    `message ${name} ${correlationKey}${endedAt === null ? '' : ' ended'}`,
  messageDelivery: ({ bpmnProcessId, started }) => `message ${started ? 'starts' : 'reaches'} ${bpmnProcessId}`,
  messageSubscription: (row, names) => `subscription ${names.element(row)} ${row.name} ${row.correlationKey}`,
  signal: ({ name }) => `signal ${name}`,
  signalSubscription: (row, names) => `waits for signal ${names.element(row)} ${row.name}`,
  signalTarget: ({ id }) => `signal for ${id}`,
  heldKey: ({ kind, name, correlationKey, uniqueKey }) => `key ${kind} ${name} ${correlationKey} ${uniqueKey}`,
};

export function linesOf(changes: Changes, names: Names): readonly string[] {
  return (Object.keys(describe) as Table[]).flatMap((table) => tableLines(table, changes, names));
}

function tableLines<T extends Table>(table: T, changes: Changes, names: Names): readonly string[] {
  const { born, changed, gone } = changes[table] as TableChanges<Rows[T]>;
  const describeRow: Describe<T> = describe[table];
  const lines = (sign: string, rows: readonly Rows[T][]) =>
    rows.toSorted((one, other) => (isBefore(one, other) ? -1 : 1)).map((row) => `${sign} ${describeRow(row, names)}`);
  const seen = changed.filter(isVisible).map(({ after }) => after);
  return [...lines('+', born), ...lines('=', seen), ...lines('-', gone)];
}

function isBefore(one: Rows[Table], other: Rows[Table]): boolean {
  return keyOf(one) < keyOf(other);
}

/** Rows whose counters alone moved say nothing new. */
function isVisible<Row extends object>({ before, after }: { readonly before: Row; readonly after: Row }): boolean {
  const silent = new Set(['changeNumber', 'liveChildren']);
  return Object.entries(after).some(([name, value]) => !silent.has(name) && before[name as keyof Row] !== value);
}
