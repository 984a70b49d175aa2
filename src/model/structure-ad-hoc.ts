/** The rules of ad-hoc sub-processes: what may stand in one, and what of it may begin (BPMN 2.0.2, 10.3.5.3). */
import { aKind, type DraftNode, type DraftProcess, isActivity, isHandler } from './draft.js';
import { isEventAt } from './events.js';
import type { Problems } from './problems.js';
import { attribute, isTrue } from './xml.js';

/** No flow leads to it, so it begins when it is chosen. */
export function isFirstInAdHoc(node: DraftNode, { nodes }: DraftProcess): boolean {
  if (nodes[node.scope]?.kind !== 'AD_HOC_SUB_PROCESS' || node.incoming.length > 0) return false;
  const isEvent = isEventAt(node.kind, 'THROW') || (isEventAt(node.kind, 'CATCH') && node.kind !== 'LINK_CATCH_EVENT');
  return isEvent || (isActivity(node.kind) && !isHandler(node));
}

export function checkAdHoc(process: DraftProcess, problems: Problems): void {
  for (const node of process.nodes) {
    if (node.kind === 'AD_HOC_SUB_PROCESS') checkAttributes(node, process, problems);
    if (process.nodes[node.scope]?.kind !== 'AD_HOC_SUB_PROCESS') continue;
    checkPathEnd(node, process, problems);
    if (!isEventAt(node.kind, 'START') && !isEventAt(node.kind, 'END')) continue;
    const help = 'remove it: what begins there is chosen, and it ends when nothing is left to do';
    refuse(node, `${aKind(node.kind)} stands in an ad-hoc sub-process`, help, problems);
  }
}

/** What is collected is what activities bring: where a path ends with something else, nothing could be said of it. */
function checkPathEnd(node: DraftNode, { nodes }: DraftProcess, problems: Problems): void {
  const adHoc = nodes[node.scope]?.extensions.elements.get('zeebe:adHoc');
  if (adHoc === undefined || attribute(adHoc, 'outputCollection') === undefined) return;
  if (node.outgoing.length > 0 || !endsPath(node)) return;
  const help = 'let a task follow it, or remove the output collection';
  refuse(node, `a path whose output is collected ends with ${aKind(node.kind)}`, help, problems);
}

const NO_PATH_END: ReadonlySet<string> = new Set(['EVENT_SUB_PROCESS', 'REFUSED']);

function endsPath({ kind }: DraftNode): boolean {
  if (isActivity(kind) || NO_PATH_END.has(kind)) return false;
  const isOther = isEventAt(kind, 'START') || isEventAt(kind, 'END');
  return !isOther && kind !== 'LINK_THROW_EVENT' && kind !== 'COMPENSATION_BOUNDARY_EVENT';
}

const ORDERS: readonly (string | undefined)[] = [undefined, 'Parallel', 'Sequential'];

function checkAttributes(node: DraftNode, process: DraftProcess, problems: Problems): void {
  const ordering = attribute(node.xml, 'ordering');
  if (!ORDERS.includes(ordering)) {
    refuse(node, `the ordering "${ordering}" is not one of BPMN`, 'use Parallel or Sequential', problems);
  }
  if (isTrue(attribute(node.xml, 'triggeredByEvent'))) {
    const help = 'use a bpmn:subProcess for what an event begins';
    refuse(node, 'an ad-hoc sub-process is not begun by an event', help, problems);
  }
  const mayBegin = (each: DraftNode) =>
    each.scope === node.index && (each.kind === 'REFUSED' || isFirstInAdHoc(each, process));
  if (!process.nodes.some(mayBegin)) {
    const help = 'put an activity into it to which no flow leads';
    refuse(node, 'nothing in the ad-hoc sub-process can begin', help, problems);
  }
}

function refuse({ xml, id }: DraftNode, message: string, help: string, problems: Problems): void {
  problems.add('AD_HOC_INVALID', xml, id, message, help);
}
