/** Change -> bulk write: the table that the compiler checks (design section 2). */
import type { Changes, Rows, Table } from '../core/state.js';
import type { Flush } from '../engine/ports/lane.js';
import { writeArrivals } from './arrivals.js';
import { writeElementInstances } from './element-instances.js';
import { writeIncidents } from './incidents.js';
import { writeJobs, writeOpenJobs } from './jobs.js';
import { writeMark } from './marks.js';
import { writeHeldKeys, writeMessageDeliveries, writeMessageSubscriptions, writeMessages } from './messages.js';
import { writeProcessInstances } from './process-instances.js';
import { removeRequests } from './requests.js';
import { writeSignalSubscriptions, writeSignals, writeSignalTargets } from './signals.js';
import type { Call } from './statement.js';
import { writeTasks } from './tasks.js';
import { writeUserTasks } from './user-tasks.js';
import { writeVariables } from './variables.js';
import type { Write } from './write-rows.js';

const writes: { readonly [T in Table]: Write<Rows[T]> } = {
  processInstance: writeProcessInstances,
  elementInstance: writeElementInstances,
  arrival: writeArrivals,
  variable: writeVariables,
  job: writeJobs,
  incident: writeIncidents,
  task: writeTasks,
  userTask: writeUserTasks,
  message: writeMessages,
  messageDelivery: writeMessageDeliveries,
  messageSubscription: writeMessageSubscriptions,
  heldKey: writeHeldKeys,
  signal: writeSignals,
  signalSubscription: writeSignalSubscriptions,
  signalTarget: writeSignalTargets,
  // Last: these are the rows that leases meet, so they are locked for the shortest time.
  openJob: writeOpenJobs,
};

/** All statements of a flush, in one order for all groups; COMMIT is the caller's. */
export function flushCalls({ changes, mark, oldMark, refusedRequests }: Flush): Call[] {
  const calls: Call[] = [...writeMark(mark, oldMark), ...removeRequests(refusedRequests)];
  for (const table of Object.keys(writes) as Table[]) write(table, changes, calls);
  return calls;
}

function write<T extends Table>(table: T, changes: Changes, calls: Call[]): void {
  const one: Write<Rows[T]> = writes[table];
  one(changes[table], calls);
}
