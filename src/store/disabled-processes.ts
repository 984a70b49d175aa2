/** Processes of which no new instances may start. A row stands for all versions of a name; mostly there are none. */
import type { ProcessUpdate } from '../engine/ports/processes.js';
import type { Statements } from './database.js';
import { ENGINE_NOW } from './engine-row.js';
import { searchForMessages } from './message-starts.js';
import { call, prepared, resultAt } from './statement.js';
import { wakeTimers } from './timer-starts.js';

/** Of the row `of`, which names a tenant and a process. It is asked of each row by its key, so it never reads them all. */
export function isEnabled(of: string): string {
  return `(select count(*) = 0 from (${disabledRow(of)}) y)`;
}

/**
 * The same for who writes what enabling would look for: the process is not enabled before that is committed, and what is
 * being enabled is waited for. Otherwise a time that comes in that moment is put aside behind the back of both.
 */
export function staysEnabled(of: string): string {
  return `(select count(*) = 0 from (${disabledRow(of)} for share) y)`;
}

function disabledRow(of: string): string {
  return (
    'select 1 from disabled_process x ' +
    `where x.tenant_id = ${of}.tenant_id and x.bpmn_process_id = ${of}.bpmn_process_id`
  );
}

const disable = prepared(
  'disable_process',
  'insert into disabled_process (tenant_id, bpmn_process_id, created_at, created_by) ' +
    `values ($1, $2, ${ENGINE_NOW}, $3) on conflict do nothing`,
);

const enable = prepared('enable_process', 'delete from disabled_process where tenant_id = $1 and bpmn_process_id = $2');

/** What waits for a process that is enabled again is brought to it: messages are searched, timers are due. */
export async function setEnabled(
  statements: Statements,
  { tenantId, bpmnProcessId, enabled, by }: Omit<ProcessUpdate, 'request'>,
  taskId: () => number,
): Promise<void> {
  if (enabled === false) await statements(call(disable, tenantId, bpmnProcessId, by));
  if (enabled !== true) return;
  const enabling = await statements(call(enable, tenantId, bpmnProcessId));
  if (resultAt(enabling, 0).count === 0) return;
  await searchForMessages(statements, { tenantId, bpmnProcessId, by }, taskId);
  await statements(wakeTimers(tenantId, bpmnProcessId));
}
