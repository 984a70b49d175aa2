/** Message start events of the latest versions, and looking for the messages that wait for them. */
import type { TaskPayload } from '../core/state.js';
import type { NewProcess, NewProcesses } from '../engine/ports/processes.js';
import { textAt } from './cells.js';
import type { Statements } from './database.js';
import { ENGINE_DAY, ENGINE_NOW } from './engine-row.js';
import { type Call, call, prepared, resultAt } from './statement.js';

const removeMessageStarts = prepared(
  'remove_message_starts',
  'delete from message_start where tenant_id = $1 and bpmn_process_id = $2',
);

const insertMessageStart = prepared(
  'insert_message_start',
  'insert into message_start (tenant_id, bpmn_process_id, element_id, process_id, name, created_at, created_by) ' +
    `values ($1, $2, $3::int4, $4::int4, $5, ${ENGINE_NOW}, $6)`,
);

const names = prepared(
  'message_start_names',
  'select distinct name from message_start where tenant_id = $1 and bpmn_process_id = $2',
);

const insertSearch = prepared(
  'insert_message_search',
  'insert into task (partition, id, shard, tenant_id, type, due_at, payload, created_at, created_by) values ' +
    `(${ENGINE_DAY}, $1::int8, 0, $2, 'FIND_MESSAGES', ${ENGINE_NOW}, $3, ${ENGINE_NOW}, $4)`,
);

/** The starts of the new version take over, in the transaction that makes it; what waits for them is looked for. */
export async function startByMessages(
  statements: Statements,
  { tenantId, by }: NewProcesses,
  { bpmnProcessId, messageStarts = [] }: NewProcess,
  processId: number,
  firstElement: number,
  taskIds: number[],
): Promise<void> {
  const calls = [call(removeMessageStarts, tenantId, bpmnProcessId)];
  for (const { index, name } of messageStarts) {
    calls.push(
      call(insertMessageStart, ...[tenantId, bpmnProcessId, firstElement + index, processId, name, by]),
      search(taskIds.pop() ?? 0, tenantId, name, by),
    );
  }
  await statements(...calls);
}

function search(taskId: number, tenantId: string, name: string, by: string): Call {
  const payload: TaskPayload = { type: 'FIND_MESSAGES', of: { name }, after: null };
  return call(insertSearch, taskId, tenantId, JSON.stringify(payload), by);
}

/** For those that have come while none of them could start anything. */
export async function searchForMessages(
  statements: Statements,
  { tenantId, bpmnProcessId, by }: { readonly tenantId: string; readonly bpmnProcessId: string; readonly by: string },
  taskId: () => number,
): Promise<void> {
  const found = await statements(call(names, tenantId, bpmnProcessId));
  const searches = resultAt(found, 0).rows.map((cells) => search(taskId(), tenantId, textAt(cells, 0), by));
  if (searches.length > 0) await statements(...searches);
}
