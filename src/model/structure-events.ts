/** The rules of events: what starts a scope, what is attached to what, what may catch what (BPMN 2.0.2, 10.5). */
import {
  aKind,
  type DraftFlow,
  type DraftKind,
  type DraftNode,
  type DraftProcess,
  isActivity,
  isHandler,
  isInterrupting,
  isScope,
  KIND_WORDS,
} from './draft.js';
import { definitionsIn, isEventAt } from './events.js';
import { checkInstantiation, isInstantiating } from './instantiation.js';
import { isOpen } from './open-definitions.js';
import type { Problems } from './problems.js';
import { checkJointStarts } from './structure-joint-starts.js';
import { checkMultiples } from './structure-multiples.js';
import { attribute } from './xml.js';

export type NodesById = ReadonlyMap<string, DraftNode>;

export function checkEvents(process: DraftProcess, byId: NodesById, problems: Problems): void {
  checkStarts(process, problems);
  for (const node of process.nodes) {
    if (isBoundary(node)) checkBoundary(node, byId, problems);
    refuseFlows(node, linkFlows(node), problems);
    if (node.kind === 'EVENT_SUB_PROCESS') refuseFlows(node, [...node.incoming, ...node.outgoing], problems);
  }
  checkCatchers(process, byId, problems);
  checkMultiples(process, problems);
  checkInstantiation(process, problems);
  checkJointStarts(process, problems);
  checkLinks(process, problems);
  checkEventGateways(process, problems);
}

/** A refused start event counts, so that its scope is not called empty as well. */
export function isStart(node: DraftNode): boolean {
  return isEventAt(node.kind, 'START') || (node.kind === 'REFUSED' && node.xml.name === 'startEvent');
}

/** What a scope begins at without being reached by a flow. */
export function isEntry(node: DraftNode): boolean {
  const { kind } = node;
  return (
    isStart(node) ||
    isInstantiating(node) ||
    isBoundary(node) ||
    isHandler(node) ||
    kind === 'EVENT_SUB_PROCESS' ||
    kind === 'LINK_CATCH_EVENT'
  );
}

// --- Start events ----------------------------------------------------------------------------------------------------

function checkStarts(process: DraftProcess, problems: Problems): void {
  const starts = new Map<number, DraftNode[]>();
  for (const node of process.nodes.filter((each) => isStart(each) || isInstantiating(each))) {
    const others = starts.get(node.scope);
    if (others === undefined) starts.set(node.scope, [node]);
    else others.push(node);
  }
  for (const scope of process.nodes.filter(({ kind }) => isScope(kind) && kind !== 'AD_HOC_SUB_PROCESS')) {
    checkStartsOf(scope, starts.get(scope.index) ?? [], problems);
  }
}

const START_HELP: Readonly<Record<'event' | 'none', string>> = {
  none: 'add one start event without definition, and a flow out of it',
  event: 'add one start event with a definition, and a flow out of it',
};

function checkStartsOf(scope: DraftNode, starts: readonly DraftNode[], problems: Problems): void {
  const what = KIND_WORDS[scope.kind];
  const isForEvent = scope.kind === 'EVENT_SUB_PROCESS';
  const help = START_HELP[isForEvent ? 'event' : 'none'];
  if (starts.length === 0) {
    problems.add('START_EVENT_MISSING', scope.xml, scope.id, `the ${what} has no start event`, help);
  }
  const alike = scope.kind === 'PROCESS' ? starts.filter(({ kind }) => kind === 'NONE_START_EVENT') : starts;
  for (const other of alike.slice(1)) {
    const message = `the ${what} has more than one start event`;
    problems.add('START_EVENT_DUPLICATE', other.xml, other.id, message, 'leave one start event');
  }
  for (const start of starts) {
    if (start.kind === 'REFUSED' || isInstantiating(start)) continue;
    if (scope.kind === 'PROCESS' && start.kind === 'CONDITIONAL_START_EVENT') {
      const message = `the ${what} can not begin with ${aKind(start.kind)}: without an instance no variable ever changes`;
      problems.add('START_EVENT_INVALID', start.xml, start.id, message, CONDITIONAL_START_HELP);
    } else if (!mayStart(scope.kind, start.kind)) {
      const message = `the ${what} can not begin with ${aKind(start.kind)}`;
      problems.add('START_EVENT_INVALID', start.xml, start.id, message, help);
    }
    if (!isInterrupting(start) && alwaysInterrupts(start)) {
      refuseNonInterrupting(start, 'isInterrupting', problems);
    }
  }
}

const CONDITIONAL_START_HELP =
  'start it by a message, a timer or a call when the condition may hold, and ask the condition with a gateway behind that';

const STARTS_OF_EVENT_SUB_PROCESSES_ALONE: ReadonlySet<DraftKind> = new Set<DraftKind>([
  'CONDITIONAL_START_EVENT',
  'ERROR_START_EVENT',
  'ESCALATION_START_EVENT',
  'COMPENSATION_START_EVENT',
]);

function mayStart(scope: DraftKind, start: DraftKind): boolean {
  if (scope === 'EVENT_SUB_PROCESS') return start !== 'NONE_START_EVENT';
  return start === 'NONE_START_EVENT' || (scope === 'PROCESS' && !STARTS_OF_EVENT_SUB_PROCESSES_ALONE.has(start));
}

// --- Boundary events -------------------------------------------------------------------------------------------------

export function isBoundary(node: DraftNode): boolean {
  return isEventAt(node.kind, 'BOUNDARY');
}

/** The activity that a boundary event is attached to. */
export function attachedTo(node: DraftNode, byId: NodesById): DraftNode | undefined {
  return byId.get(attribute(node.xml, 'attachedToRef') || '?');
}

const ALWAYS_INTERRUPTING: ReadonlySet<string> = new Set(['ERROR', 'CANCEL', 'COMPENSATION']);

function alwaysInterrupts({ event }: DraftNode): boolean {
  return definitionsIn(event).some(({ kind }) => ALWAYS_INTERRUPTING.has(kind));
}

function checkBoundary(node: DraftNode, byId: NodesById, problems: Problems): void {
  const activity = attachedTo(node, byId);
  const isWrong = activity === undefined || !(isActivity(activity.kind) || activity.kind === 'REFUSED');
  if (isWrong || activity.scope !== node.scope) {
    const name = attribute(node.xml, 'attachedToRef') ?? '';
    const message =
      activity === undefined
        ? `the boundary event is attached to "${name}", which does not exist`
        : `the boundary event is attached to "${name}", which is no activity beside it`;
    const help = 'set attachedToRef to a task or a sub-process of the same scope';
    problems.add('ATTACHMENT_INVALID', node.xml, node.id, message, help);
  }
  if (!isInterrupting(node) && alwaysInterrupts(node)) {
    refuseNonInterrupting(node, 'cancelActivity', problems);
  }
  refuseFlows(node, node.incoming, problems);
}

function refuseNonInterrupting(node: DraftNode, name: string, problems: Problems): void {
  const message = `${aKind(node.kind)} always interrupts`;
  problems.add('EVENT_INVALID', node.xml, node.id, message, `remove ${name}="false"`);
}

export function refuseFlows(node: DraftNode, flows: DraftNode['incoming'], problems: Problems): void {
  for (const flow of flows) {
    const message = `the flow leads into or out of the ${KIND_WORDS[node.kind]} "${node.id}"`;
    problems.add('FLOW_NOT_ALLOWED', flow.xml, flow.id, message, 'remove it: what happens leads there, no flow');
  }
}

// --- Event-based gateways --------------------------------------------------------------------------------------------

/** BPMN 2.0.2, 10.6.6: each way out leads to an event that waits, and only from there. */
function checkEventGateway(node: DraftNode, targets: ReadonlyMap<DraftFlow, DraftNode>, problems: Problems): void {
  const refuse = (message: string, help: string) => problems.add('EVENT_INVALID', node.xml, node.id, message, help);
  if (node.outgoing.length < 2) {
    refuse('the event-based gateway has fewer than two ways out', 'add events, or remove the gateway');
  }
  for (const flow of node.outgoing) {
    const target = targets.get(flow);
    if (target === undefined || target.kind === 'REFUSED') continue;
    const isFine = isEventAt(target.kind, 'CATCH') && target.kind !== 'LINK_CATCH_EVENT';
    if (isFine && target.incoming.length === 1) continue;
    const message = `the flow leads to "${target.id}", which is no catch event of the gateway alone`;
    const help = 'let it lead to an intermediate catch event that no other flow leads to';
    problems.add('FLOW_TARGET_INVALID', flow.xml, flow.id, message, help);
  }
}

function checkEventGateways({ nodes }: DraftProcess, problems: Problems): void {
  const gateways = nodes.filter(({ kind }) => kind === 'EVENT_BASED_GATEWAY');
  if (gateways.length === 0) return;
  const targets = new Map(nodes.flatMap((node) => node.incoming.map((flow) => [flow, node])));
  for (const gateway of gateways) checkEventGateway(gateway, targets, problems);
}

// --- Links -----------------------------------------------------------------------------------------------------------

/** BPMN 2.0.2, 10.5.5: a name has one catch event in its scope, and every throw event leads to one. */
function checkLinks(process: DraftProcess, problems: Problems): void {
  const catches = new Set<string>();
  const keyOf = ({ scope, event }: DraftNode) => (event?.kind === 'LINK' ? `${scope} ${event.name}` : undefined);
  const help = 'draw one catch event of the name in each scope that throws it';
  for (const node of process.nodes) {
    const key = isEventAt(node.kind, 'CATCH') ? keyOf(node) : undefined;
    if (key !== undefined && catches.has(key)) {
      const message = 'another link catch event of the scope has the same name';
      problems.add('EVENT_DUPLICATE', node.xml, node.id, message, help);
    }
    if (key !== undefined) catches.add(key);
  }
  for (const node of process.nodes.filter(({ kind }) => isEventAt(kind, 'THROW'))) {
    const key = keyOf(node);
    if (key === undefined || catches.has(key)) continue;
    const message = 'no link catch event of the scope has the name of the throw event';
    problems.add('EVENT_INVALID', node.xml, node.id, message, help);
  }
}

/** No flow leads to a link catch event, and none out of a link throw event. */
function linkFlows({ kind, incoming, outgoing }: DraftNode): DraftNode['incoming'] {
  if (kind === 'LINK_CATCH_EVENT') return incoming;
  return kind === 'LINK_THROW_EVENT' ? outgoing : [];
}

// --- Two that catch the same -------------------------------------------------------------------------------------------

/** At an activity its boundary events, in a scope its event sub-processes: what is thrown must have one catcher. */
function checkCatchers(process: DraftProcess, byId: NodesById, problems: Problems): void {
  const seen = new Set<string>();
  for (const node of process.nodes) {
    const place = isBoundary(node) ? attachedTo(node, byId)?.id : `in ${process.nodes[node.scope]?.scope}`;
    for (const caught of caughtBy(node)) {
      const key = `${place} ${caught}`;
      if (seen.has(key)) {
        const message = `another event catches ${caught} there too`;
        problems.add('EVENT_DUPLICATE', node.xml, node.id, message, 'leave one of the two, or give it another code');
      }
      seen.add(key);
    }
  }
}

/** Only of events that catch what is thrown in the model. */
function caughtBy(node: DraftNode): readonly string[] {
  if (!isCatching(node) || isOpen(node)) return [];
  return definitionsIn(node.event).flatMap((event) => {
    if (event.kind === 'COMPENSATION' || event.kind === 'CANCEL') return [`the ${event.kind.toLowerCase()}`];
    if (event.kind !== 'ERROR' && event.kind !== 'ESCALATION') return [];
    const word = event.kind.toLowerCase();
    return [event.code === undefined ? `every ${word}` : `the ${word} "${event.code}"`];
  });
}

function isCatching({ kind }: DraftNode): boolean {
  return !isEventAt(kind, 'THROW') && !isEventAt(kind, 'END');
}
