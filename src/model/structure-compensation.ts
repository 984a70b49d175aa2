/** The rules of compensation and transactions: what undoes what, and who may ask for it (BPMN 2.0.2, 10.3.5.2 and 10.7). */
import { aKind, type DraftNode, type DraftProcess, isActivity, isHandler, isSubProcess, KIND_WORDS } from './draft.js';
import type { Problems } from './problems.js';
import { attachedTo, isBoundary, type NodesById, refuseFlows } from './structure-events.js';
import { attribute, isTrue } from './xml.js';

interface Draft {
  readonly process: DraftProcess;
  readonly byId: NodesById;
  readonly problems: Problems;
}

export function checkCompensation(process: DraftProcess, byId: NodesById, problems: Problems): void {
  const draft = { process, byId, problems };
  for (const node of process.nodes) {
    checkMarker(draft, node);
    checks[node.kind]?.(draft, node);
    if (isBoundary(node)) checkHost(draft, node);
  }
}

const checks: { readonly [Kind in DraftNode['kind']]?: (draft: Draft, node: DraftNode) => void } = {
  COMPENSATION_BOUNDARY_EVENT: checkBoundary,
  COMPENSATION_START_EVENT: checkStart,
  COMPENSATION_THROW_EVENT: checkThrown,
  COMPENSATION_END_EVENT: checkThrown,
  CANCEL_BOUNDARY_EVENT: checkCancelled,
  CANCEL_END_EVENT: checkCancelling,
  TRANSACTION: checkTransaction,
};

function refuse({ problems }: Draft, { xml, id }: DraftNode, message: string, help: string): void {
  problems.add('COMPENSATION_INVALID', xml, id, message, help);
}

// --- Handlers --------------------------------------------------------------------------------------------------------

/** The activities that associations link the event with; a line to an annotation is none. */
function associated({ process, byId }: Pick<Draft, 'process' | 'byId'>, { id }: DraftNode): readonly DraftNode[] {
  const others = process.associations.flatMap(({ source, target }) =>
    source === id ? [target] : target === id ? [source] : [],
  );
  const nodes = others.map((other) => byId.get(other));
  return nodes.filter((node): node is DraftNode => node !== undefined && isActivity(node.kind));
}

/** What a compensation boundary event begins. */
export function handlerOf(process: DraftProcess, byId: NodesById, event: DraftNode): DraftNode | undefined {
  return associated({ process, byId }, event)[0];
}

function checkBoundary(draft: Draft, node: DraftNode): void {
  refuseFlows(node, node.outgoing, draft.problems);
  const [handler, other] = associated(draft, node);
  if (handler === undefined || other !== undefined) {
    const what = handler === undefined ? 'no activity' : 'more than one activity';
    const help = 'draw one association from it to the activity that compensates, which has isForCompensation="true"';
    refuse(draft, node, `the compensation boundary event is associated with ${what}`, help);
  } else if (!isHandler(handler)) {
    const message = `the compensation boundary event is associated with "${handler.id}", which is not for compensation`;
    refuse(draft, node, message, `set isForCompensation="true" on "${handler.id}"`);
  } else if (handler.scope !== node.scope) {
    const message = `the compensation handler "${handler.id}" is not in the scope of its boundary event`;
    refuse(draft, node, message, 'put both into the same process or sub-process');
  }
}

function checkMarker(draft: Draft, node: DraftNode): void {
  if (!isTrue(attribute(node.xml, 'isForCompensation')) || node.kind === 'REFUSED') return;
  if (!isHandler(node)) {
    const message = `${aKind(node.kind)} can not be marked for compensation`;
    refuse(draft, node, message, 'remove isForCompensation');
    return;
  }
  refuseFlows(node, [...node.incoming, ...node.outgoing], draft.problems);
  const { nodes } = draft.process;
  const begins = nodes.some(
    (each) => each.kind === 'COMPENSATION_BOUNDARY_EVENT' && associated(draft, each).includes(node),
  );
  if (begins) return;
  const help = 'associate it with a compensation boundary event, or remove isForCompensation';
  refuse(draft, node, `no compensation boundary event begins the ${KIND_WORDS[node.kind]}`, help);
}

/** Its token would leave the handler for a flow that the normal flow knows nothing of. */
function checkHost(draft: Draft, node: DraftNode): void {
  const host = attachedTo(node, draft.byId);
  if (host === undefined || !isHandler(host)) return;
  const help = 'make the handler a sub-process, and attach the event to an activity inside it';
  refuse(draft, node, `the event is attached to "${host.id}", which is for compensation`, help);
}

function checkStart(draft: Draft, node: DraftNode): void {
  const subProcess = draft.process.nodes[node.scope];
  if (subProcess?.kind !== 'EVENT_SUB_PROCESS') return;
  const scope = draft.process.nodes[subProcess.scope];
  if (scope === undefined || scope.kind === 'REFUSED') return;
  if (!isSubProcess(scope.kind)) {
    const message = `the compensation event sub-process is in ${aKind(scope.kind)}, which is never compensated`;
    refuse(draft, node, message, 'put it into the sub-process that it compensates');
  } else if (draft.process.nodes.some((each) => compensates(each, scope))) {
    const message = `"${scope.id}" has a compensation boundary event, so the event sub-process in it would never begin`;
    refuse(draft, node, message, 'leave one of the two');
  }
}

// --- Throwing --------------------------------------------------------------------------------------------------------

function checkThrown(draft: Draft, node: DraftNode): void {
  const id = node.event?.kind === 'COMPENSATION' ? node.event.activity : undefined;
  if (id === undefined) return;
  const activity = draft.byId.get(id);
  if (activity === undefined || !isActivity(activity.kind)) {
    refuse(draft, node, `activityRef names "${id}", which is no activity`, 'name an activity beside the event');
  } else if (!scopesOf(draft, node).includes(activity.scope)) {
    const message = `activityRef names "${id}", which is not in the scope of the event`;
    const help = 'name an activity beside the event, or the sub-process that holds it, or remove activityRef';
    refuse(draft, node, message, help);
  } else if (!canBeCompensated(draft, activity)) {
    const help = 'attach a compensation boundary event to it, or remove activityRef';
    refuse(draft, node, `activityRef names "${id}", which nothing compensates`, help);
  }
}

/** From an event sub-process the scope around it is reached as well. */
function scopesOf({ process: { nodes } }: Draft, { scope }: DraftNode): readonly number[] {
  const scopes = [scope];
  for (let node = nodes[scope]; node?.kind === 'EVENT_SUB_PROCESS'; node = nodes[node.scope]) scopes.push(node.scope);
  return scopes;
}

function compensates({ kind, xml }: DraftNode, activity: DraftNode): boolean {
  return (
    kind === 'COMPENSATION_BOUNDARY_EVENT' && attribute(xml, 'attachedToRef') === activity.id && activity.id !== ''
  );
}

function canBeCompensated(draft: Draft, activity: DraftNode): boolean {
  const { nodes } = draft.process;
  if (nodes.some((each) => compensates(each, activity))) return true;
  if (!isSubProcess(activity.kind)) return false;
  return nodes.some(
    (each) => isWithin(draft, each, activity) && /^COMPENSATION_(BOUNDARY|START)_EVENT$/.test(each.kind),
  );
}

function isWithin({ process: { nodes } }: Draft, node: DraftNode, scope: DraftNode): boolean {
  for (let at = nodes[node.scope]; at !== undefined; at = nodes[at.scope]) if (at === scope) return true;
  return false;
}

// --- Transactions ----------------------------------------------------------------------------------------------------

function checkCancelling(draft: Draft, node: DraftNode): void {
  const scope = draft.process.nodes[node.scope];
  if (scope === undefined || scope.kind === 'REFUSED') return;
  if (scope.kind !== 'TRANSACTION') {
    const message = `the cancel end event stands in ${aKind(scope.kind)}: only a transaction can be cancelled`;
    refuse(draft, node, message, 'put it directly into a bpmn:transaction, or use an error end event');
    return;
  }
  const isCaught = (each: DraftNode) => each.kind === 'CANCEL_BOUNDARY_EVENT' && attachedTo(each, draft.byId) === scope;
  if (draft.process.nodes.some(isCaught)) return;
  const message = `the transaction "${scope.id}" has no cancel boundary event, so nothing would follow`;
  refuse(draft, node, message, `attach a cancel boundary event to "${scope.id}"`);
}

function checkCancelled(draft: Draft, node: DraftNode): void {
  const host = attachedTo(node, draft.byId);
  if (host === undefined || host.kind === 'REFUSED') return;
  if (host.kind !== 'TRANSACTION') {
    const message = `the cancel boundary event is attached to ${aKind(host.kind)}: only a transaction can be cancelled`;
    refuse(draft, node, message, 'attach it to a bpmn:transaction, or use an error boundary event');
  } else if (host.xml.children.some(({ name }) => /LoopCharacteristics$/.test(name))) {
    const message = `the transaction "${host.id}" is repeated, and its cancel boundary event would end all its instances`;
    refuse(draft, node, message, 'put the transaction with its events into a sub-process, and repeat that');
  }
}

function checkTransaction(draft: Draft, node: DraftNode): void {
  const method = attribute(node.xml, 'method');
  if (method !== undefined && !/^(##)?compensate$/i.test(method)) {
    refuse(draft, node, `transactions of the method "${method}" are not supported`, 'use ##Compensate');
  }
  if (isTrue(attribute(node.xml, 'triggeredByEvent'))) {
    const help = 'use a bpmn:subProcess for what an event begins';
    refuse(draft, node, 'a transaction is not begun by an event', help);
  }
}
