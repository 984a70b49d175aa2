/** Deploying a file: the model is read and refused with all its problems (I9), or its processes are stored. */
import { type Refusal, refuse } from '../core/refusal.js';
import { constantText } from '../model/constant-text.js';
import { inOrder } from '../model/given-definitions.js';
import { messageStartsOf } from '../model/message-starts.js';
import type { Graph } from '../model/process.js';
import { readModel } from '../model/read-model.js';
import { signalStartsOf } from '../model/signal-starts.js';
import type { Caller, Deployment, Problems } from './face.js';
import { hashOf } from './hashes.js';
import { type Ids, SHARDS } from './ids.js';
import type { CreatedProcess, DeployConflict, NewProcess, NewTimerStart, ProcessStore } from './ports/processes.js';

export async function deploy(
  processes: ProcessStore,
  ids: Ids,
  deployment: Deployment,
  caller: Caller,
): Promise<readonly CreatedProcess[] | Refusal | Problems> {
  const { definitions = null } = deployment;
  const model = readModel(deployment.bpmnXml, definitions);
  if ('problems' in model) return { problems: model.problems };
  const wanted = deployment.bpmnProcessId;
  const graphs = wanted === null ? model.graphs : model.graphs.filter(({ bpmnProcessId }) => bpmnProcessId === wanted);
  if (graphs.length === 0) return notInFile(wanted ?? '', model.graphs);
  const { tenantId, bpmnXml, version, tags, by, dryRun } = deployment;
  const request = caller.request ? { ...caller.request, principal: caller.principal, tenantId } : null;
  await ids.ensure();
  const news = graphs.map((graph) => newProcess(graph, ids));
  const created = await processes.create({
    tenantId,
    bpmnXml,
    version,
    tags,
    definitions: definitions && inOrder(definitions),
    by,
    dryRun,
    request,
    processes: news,
    taskIds: news.flatMap(({ messageStarts = [] }) => messageStarts.map(() => ids.next(0))),
  });
  return 'conflict' in created ? conflict(created) : created;
}

function newProcess({ bpmnProcessId, name, versionTag, elements, flows }: Graph, ids: Ids): NewProcess {
  return {
    bpmnProcessId,
    name: name ?? null,
    versionTag: versionTag ?? null,
    elements: elements.map((element) => ({
      bpmnElementId: element.id,
      type: element.type,
      name: element.name ?? null,
    })),
    messageStarts: messageStartsOf({ elements, flows }),
    signalStarts: signalStartsOf(elements),
    timerStarts: timerStartsOf(bpmnProcessId, elements, ids),
  };
}

/** The reader of models has seen to it that the text needs no variables. The shard of the task spreads what timers start over the lanes. */
function timerStartsOf(bpmnProcessId: string, elements: Graph['elements'], ids: Ids): readonly NewTimerStart[] {
  return elements.flatMap((element) => {
    if (element.type !== 'TIMER_START_EVENT' || element.scope !== 0 || element.event.kind !== 'TIMER') return [];
    const { timer } = element.event;
    const text = constantText(timer.text);
    const shard = hashOf(`${bpmnProcessId} ${element.id}`) % SHARDS;
    return text === undefined ? [] : [{ index: element.index, type: timer.type, text, taskId: ids.next(shard) }];
  });
}

function notInFile(bpmnProcessId: string, graphs: readonly Graph[]): Refusal {
  const there = graphs.map((graph) => graph.bpmnProcessId).join(', ');
  const message = `the file has no executable process "${bpmnProcessId}"; it has ${there}`;
  return refuse('BPMN_PROCESS_NOT_IN_XML', message, { bpmnProcessId, processes: there }, 'bpmn_process_id');
}

function conflict({ conflict, bpmnProcessId, version, differs }: DeployConflict): Refusal {
  const metadata = { bpmnProcessId, version, differs };
  const message =
    conflict === 'VERSION_CONFLICT'
      ? `version "${version}" of process "${bpmnProcessId}" exists already, with another ${differs}`
      : 'this request_id was used for another request';
  return refuse(conflict, message, metadata, conflict === 'VERSION_CONFLICT' ? 'version' : 'request_id');
}
