/** Changing what belongs to the name of a process: whether new instances of it may start. */
import { type Refusal, refuse, requestReused } from '../core/refusal.js';
import type { Caller, ProcessSettings } from './face.js';
import type { Ids } from './ids.js';
import type { ProcessStore } from './ports/processes.js';

export async function updateProcess(
  processes: ProcessStore,
  ids: Ids,
  settings: ProcessSettings,
  { principal, request }: Caller,
): Promise<{ readonly id: number } | Refusal> {
  const { tenantId, bpmnProcessId } = settings;
  await ids.ensure();
  const kept = request ? { ...request, principal, tenantId } : null;
  const updated = await processes.update({ ...settings, request: kept }, () => ids.next(0));
  if (updated === 'REQUEST_ID_REUSED') return requestReused(request);
  if (updated !== 'PROCESS_NOT_FOUND') return updated;
  const message = `no version of process "${bpmnProcessId}" is deployed`;
  return refuse('PROCESS_NOT_FOUND', message, { bpmnProcessId, tenantId }, 'bpmn_process_id');
}
