/** The rules that flows and nodes must keep together, checked on the draft of one process. */
import type { DraftFlow, DraftKind, DraftNode, DraftProcess } from './draft.js';
import { KIND_WORDS } from './draft.js';
import { type EventType, isEventType } from './events.js';
import { checkOpenDefinitions } from './open-definitions.js';
import type { Problems } from './problems.js';
import { checkAdHoc, isFirstInAdHoc } from './structure-ad-hoc.js';
import { checkCompensation } from './structure-compensation.js';
import { checkEvents, isEntry, isStart } from './structure-events.js';
import { checkListeners } from './structure-listeners.js';
import { checkMessages } from './structure-messages.js';
import { checkSignals } from './structure-signals.js';
import { checkTimerStarts } from './structure-timers.js';
import { attribute } from './xml.js';

/** Links each flow with its source and target, then checks every rule. */
export function checkStructure(process: DraftProcess, problems: Problems): void {
  const byId = new Map(process.nodes.map((node) => [node.id, node]));
  const broken = process.flows.filter((flow) => !linkFlow(flow, byId, problems));
  checkEvents(process, byId, problems);
  checkMessages(process, problems);
  checkTimerStarts(process, problems);
  checkCompensation(process, byId, problems);
  checkOpenDefinitions(process, problems);
  checkSignals(process, problems);
  checkListeners(process, problems);
  checkAdHoc(process, problems);
  for (const node of process.nodes) {
    checkEnds(node, problems);
    (isEventType(node.kind) ? refuseConditions : FORK_RULES[node.kind])(node, problems);
  }
  checkReachable(process, new Set(broken), problems);
}

/** A broken flow is linked as far as it goes, so that what it touches is not called wrong because of it. */
function linkFlow(flow: DraftFlow, byId: ReadonlyMap<string, DraftNode>, problems: Problems): boolean {
  const source = findEnd(flow, 'source', byId, problems);
  const target = findEnd(flow, 'target', byId, problems);
  source?.outgoing.push(flow);
  target?.incoming.push(flow);
  if (source === undefined || target === undefined) {
    return false;
  }
  if (source.scope !== target.scope) {
    const message = `the flow leads from "${source.id}" to "${target.id}", which is in another sub-process`;
    problems.add('FLOW_CROSSES_SCOPE', flow.xml, flow.id, message, 'let the flow end at the border of the sub-process');
  }
  return source.scope === target.scope;
}

function findEnd(
  flow: DraftFlow,
  end: 'source' | 'target',
  byId: ReadonlyMap<string, DraftNode>,
  problems: Problems,
): DraftNode | undefined {
  const id = attribute(flow.xml, `${end}Ref`);
  const node = byId.get(id ?? '');
  if (id === undefined || id === '' || node === undefined || node.kind === 'PROCESS') {
    const message =
      id === undefined || id === '' ? `the flow has no ${end}` : `the ${end} "${id}" of the flow does not exist`;
    const rule = end === 'source' ? 'FLOW_SOURCE_INVALID' : 'FLOW_TARGET_INVALID';
    problems.add(rule, flow.xml, flow.id, message, `set ${end}Ref to an element of the same process`);
    return undefined;
  }
  return node;
}

function checkEnds(node: DraftNode, problems: Problems): void {
  if (isStart(node)) {
    for (const flow of node.incoming) {
      const message = `the flow leads into the start event "${node.id}"`;
      problems.add('START_EVENT_INCOMING', flow.xml, flow.id, message, 'let the flow end at the element behind it');
    }
  }
  if (node.xml.name === 'endEvent') {
    for (const flow of node.outgoing) {
      const message = `the flow leads out of the end event "${node.id}"`;
      problems.add('END_EVENT_OUTGOING', flow.xml, flow.id, message, 'remove the flow or the end event');
    }
  }
}

const FORK_RULES: Readonly<Record<Exclude<DraftKind, EventType>, (node: DraftNode, problems: Problems) => void>> = {
  PROCESS: () => undefined,
  REFUSED: () => undefined,
  EVENT_SUB_PROCESS: refuseConditions,
  EVENT_BASED_GATEWAY: refuseConditions,
  PARALLEL_GATEWAY: refuseConditions,
  EXCLUSIVE_GATEWAY: checkFork,
  INCLUSIVE_GATEWAY: checkFork,
  COMPLEX_GATEWAY: checkFork,
  SUB_PROCESS: checkFork,
  TRANSACTION: checkFork,
  AD_HOC_SUB_PROCESS: checkFork,
  CALL_ACTIVITY: checkFork,
  TASK: checkFork,
  MANUAL_TASK: checkFork,
  SERVICE_TASK: checkFork,
  SEND_TASK: checkFork,
  RECEIVE_TASK: checkFork,
  BUSINESS_RULE_TASK: checkFork,
  SCRIPT_TASK: checkFork,
  USER_TASK: checkFork,
};

function refuseConditions(node: DraftNode, problems: Problems): void {
  for (const flow of node.outgoing) {
    if (flow.conditional) {
      const message = `a flow out of a ${KIND_WORDS[node.kind]} can not have a condition`;
      problems.add('CONDITION_NOT_ALLOWED', flow.xml, flow.id, message, 'remove it, or put an exclusive gateway there');
    }
  }
  if (attribute(node.xml, 'default') !== undefined) {
    const message = `a ${KIND_WORDS[node.kind]} can not have a default flow`;
    problems.add('DEFAULT_FLOW_INVALID', node.xml, node.id, message, 'remove the default');
  }
}

/** The flow that a node names as its default, where it is one of its own. */
export function defaultFlowOf(node: DraftNode): DraftFlow | undefined {
  const id = attribute(node.xml, 'default');
  return id === undefined ? undefined : node.outgoing.find((flow) => flow.id === id);
}

function checkFork(node: DraftNode, problems: Problems): void {
  const what = KIND_WORDS[node.kind];
  const defaultId = attribute(node.xml, 'default');
  const defaultFlow = defaultFlowOf(node);
  if (defaultId !== undefined && defaultFlow === undefined) {
    const message = `the default flow "${defaultId}" does not lead out of the ${what}`;
    problems.add(
      'DEFAULT_FLOW_INVALID',
      node.xml,
      node.id,
      message,
      'name one of its outgoing flows, or remove the default',
    );
    return;
  }
  if (defaultFlow?.conditional === true) {
    const message = `the default flow of the ${what} "${node.id}" has a condition`;
    problems.add(
      'DEFAULT_FLOW_CONDITION',
      defaultFlow.xml,
      defaultFlow.id,
      message,
      'remove the condition or the default',
    );
  }
  const others = node.outgoing.filter((flow) => flow !== defaultFlow);
  const conditional = others.filter((flow) => flow.conditional);
  if (defaultFlow !== undefined && conditional.length === 0) {
    const message = `the ${what} has a default flow, but no other flow with a condition`;
    problems.add(
      'DEFAULT_FLOW_ALONE',
      node.xml,
      node.id,
      message,
      'give the other flows conditions, or remove the default',
    );
  } else if (conditional.length > 0 && conditional.length < others.length) {
    for (const flow of others.filter((each) => !each.conditional)) {
      const message = `the flow has no condition, but another flow out of the ${what} "${node.id}" has one`;
      problems.add('CONDITION_MISSING', flow.xml, flow.id, message, 'give it a condition, or make it the default flow');
    }
  }
}

/** Everything must be reached from the start of its scope, or else from what is refused or broken anyway. */
function checkReachable(process: DraftProcess, broken: ReadonlySet<DraftFlow>, problems: Problems): void {
  const reached = new Set<DraftNode>();
  const open = process.nodes.filter(
    (node) =>
      node.kind === 'PROCESS' ||
      node.kind === 'REFUSED' ||
      process.nodes[node.scope]?.kind === 'REFUSED' ||
      isEntry(node) ||
      isFirstInAdHoc(node, process) ||
      node.incoming.some((flow) => broken.has(flow)),
  );
  const targets = new Map<DraftFlow, DraftNode>();
  for (const node of process.nodes) {
    for (const flow of node.incoming) {
      targets.set(flow, node);
    }
  }
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (reached.has(node)) {
      continue;
    }
    reached.add(node);
    for (const flow of node.outgoing) {
      const target = targets.get(flow);
      if (target !== undefined) {
        open.push(target);
      }
    }
  }
  for (const node of process.nodes) {
    if (!reached.has(node)) {
      const message = `no path leads from the start event to the ${KIND_WORDS[node.kind]}`;
      problems.add('ELEMENT_UNREACHABLE', node.xml, node.id, message, 'connect it with a sequence flow, or remove it');
    }
  }
}
