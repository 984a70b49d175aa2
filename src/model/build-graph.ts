/** Makes the graph that the core walks from a draft. One builder per element type; a missing one does not compile. */
import { compensationOf } from './build-compensation.js';
import { buildEvent, definitionOf, jobOf } from './build-events.js';
import { addBodies } from './build-loops.js';
import { type DraftNode, type DraftProcess, isActivity } from './draft.js';
import { definitionsIn, type EventType, isEventType } from './events.js';
import { isInstantiating, isParallel } from './instantiation.js';
import type { Problems } from './problems.js';
import type { Element, ElementType, Graph, JobDefinition, Loop, SequenceFlow } from './process.js';
import { readActivation } from './read-activation.js';
import { readAdHoc } from './read-ad-hoc.js';
import { readCall, versionTagOf } from './read-call.js';
import { readJob } from './read-job.js';
import { readListeners } from './read-listeners.js';
import { readLoop } from './read-loop.js';
import { readMappings, readScript } from './read-mappings.js';
import { readUserTask } from './read-user-task.js';
import { defaultFlowOf } from './structure.js';
import { isFirstInAdHoc } from './structure-ad-hoc.js';
import { attachedTo, isBoundary, isStart } from './structure-events.js';
import { isSentByEngine } from './structure-messages.js';

interface Parts {
  readonly node: DraftNode;
  readonly links: Links;
  readonly problems: Problems;
}

/** What belongs to an element without being linked to it by flows: indexes, by the element's index. */
interface Links {
  readonly starts: ReadonlyMap<number, number>;
  readonly boundaryEvents: ReadonlyMap<number, readonly number[]>;
  readonly attachedTo: ReadonlyMap<number, number>;
  readonly eventSubProcesses: ReadonlyMap<number, readonly number[]>;
  readonly firstInAdHoc: ReadonlyMap<number, readonly number[]>;
}

/** The member of the union that has this type, narrowed to it where it has several. */
type ElementOf<Type extends ElementType, E extends Element = Element> = E extends unknown
  ? Type extends E['type']
    ? E & { readonly type: Type }
    : never
  : never;

type Built = Exclude<ElementType, EventType | 'MULTI_INSTANCE_BODY'>;

type Builders = { readonly [Type in Built]: (parts: Parts) => ElementOf<Type> };

const BUILDERS: Builders = {
  PROCESS: (parts) => ({ ...base(parts), ...noData, ...scope(parts), type: 'PROCESS' }),
  TRANSACTION: (parts) => ({ ...activity(parts), ...scope(parts), type: 'TRANSACTION' }),
  SUB_PROCESS: (parts) => ({ ...activity(parts), ...scope(parts), type: 'SUB_PROCESS' }),
  EVENT_SUB_PROCESS: (parts) => ({ ...activity(parts), ...scope(parts), type: 'EVENT_SUB_PROCESS' }),
  AD_HOC_SUB_PROCESS: (parts) => ({
    ...activity(parts),
    ...readAdHoc(parts.node, parts.problems),
    type: 'AD_HOC_SUB_PROCESS',
    eventSubProcesses: parts.links.eventSubProcesses.get(parts.node.index) ?? [],
    first: parts.links.firstInAdHoc.get(parts.node.index) ?? [],
  }),
  CALL_ACTIVITY: (parts) => {
    const own = activity(parts);
    return { ...own, ...readCall(parts.node, own, parts.problems), type: 'CALL_ACTIVITY' };
  },
  TASK: (parts) => ({ ...activity(parts), type: 'TASK' }),
  MANUAL_TASK: (parts) => ({ ...activity(parts), type: 'MANUAL_TASK' }),
  SERVICE_TASK: (parts) => ({ ...activity(parts), type: 'SERVICE_TASK', job: job(parts) }),
  SEND_TASK: (parts) => ({
    ...activity(parts),
    type: 'SEND_TASK',
    event: isSentByEngine(parts.node) ? parts.node.event : undefined,
    job: job(parts),
  }),
  RECEIVE_TASK: (parts) => ({
    ...activity(parts),
    type: 'RECEIVE_TASK',
    ...jobOf(parts.node, parts.problems),
    event: definitionOf(parts.node),
    instantiate: isInstantiating(parts.node),
  }),
  BUSINESS_RULE_TASK: (parts) => ({ ...activity(parts), type: 'BUSINESS_RULE_TASK', job: job(parts) }),
  SCRIPT_TASK: (parts) => ({
    ...activity(parts),
    type: 'SCRIPT_TASK',
    script: readScript(parts.node, parts.problems),
    job: job(parts),
  }),
  USER_TASK: (parts) => ({
    ...activity(parts),
    type: 'USER_TASK',
    userTask: readUserTask(parts.node, parts.problems),
  }),
  EXCLUSIVE_GATEWAY: (parts) => ({
    ...base(parts),
    type: 'EXCLUSIVE_GATEWAY',
    defaultFlow: defaultFlowOf(parts.node)?.index,
    job: decisionJob(parts),
  }),
  EVENT_BASED_GATEWAY: (parts) => ({
    ...base(parts),
    type: 'EVENT_BASED_GATEWAY',
    instantiate: isInstantiating(parts.node),
    parallel: isParallel(parts.node),
  }),
  PARALLEL_GATEWAY: (parts) => ({ ...base(parts), type: 'PARALLEL_GATEWAY' }),
  INCLUSIVE_GATEWAY: (parts) => ({
    ...base(parts),
    type: 'INCLUSIVE_GATEWAY',
    defaultFlow: defaultFlowOf(parts.node)?.index,
    job: decisionJob(parts),
  }),
  COMPLEX_GATEWAY: (parts) => ({
    ...base(parts),
    type: 'COMPLEX_GATEWAY',
    defaultFlow: defaultFlowOf(parts.node)?.index,
    activation: readActivation(parts.node, parts.problems),
  }),
};

const noData = { inputs: [], outputs: [], defaultFlow: undefined, boundaryEvents: [] };

/** The graph of a draft; of use only when there are no problems. Reading the parts of a node may find more of them. */
export function buildGraph(process: DraftProcess, problems: Problems): Graph {
  const links = linksOf(process);
  const elements = process.nodes.flatMap((node): Element[] => {
    const { kind } = node;
    if (kind === 'REFUSED') return [];
    const parts = { node, links, problems };
    return [isEventType(kind) ? event(kind, parts) : BUILDERS[kind](parts)];
  });
  const repeated = addBodies(elements, loopsOf(process, problems));
  return {
    bpmnProcessId: process.nodes[0]?.id ?? '',
    name: process.nodes[0]?.name,
    versionTag: versionTagOf(process.nodes[0]),
    elements: repeated,
    flows: flowsOf(process),
    conditionReads: conditionReads(elements),
    compensation: compensationOf(process, repeated),
    // Counted for the whole file: another process's expressions do no harm.
    evaluates: problems.expressions > 0,
  };
}

function linksOf(process: DraftProcess): Links {
  const { nodes } = process;
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const boundary = nodes.filter(isBoundary);
  return {
    starts: new Map(nodes.filter(isFirst).map((node) => [node.scope, node.index])),
    boundaryEvents: grouped(boundary, (node) => attachedTo(node, byId)?.index),
    attachedTo: new Map(boundary.map((node) => [node.index, attachedTo(node, byId)?.index ?? -1])),
    eventSubProcesses: grouped(
      nodes.filter(({ kind }) => kind === 'EVENT_SUB_PROCESS'),
      (node) => node.scope,
    ),
    firstInAdHoc: grouped(
      nodes.filter((node) => isFirstInAdHoc(node, process)),
      (node) => node.scope,
    ),
  };

  /** A process may begin at other events too; its own start is the one without definition. */
  function isFirst(node: DraftNode): boolean {
    return nodes[node.scope]?.kind === 'EVENT_SUB_PROCESS' ? isStart(node) : node.kind === 'NONE_START_EVENT';
  }
}

function grouped(nodes: readonly DraftNode[], by: (node: DraftNode) => number | undefined): Map<number, number[]> {
  const groups = new Map<number, number[]>();
  for (const node of nodes) {
    const key = by(node) ?? -1;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [node.index]);
    else group.push(node.index);
  }
  return groups;
}

function conditionReads(elements: readonly Element[]): ReadonlySet<string> {
  const definitions = elements.flatMap((element) => ('event' in element ? definitionsIn(element.event) : []));
  return new Set(definitions.flatMap((event) => (event.kind === 'CONDITIONAL' ? event.condition.reads : [])));
}

function loopsOf(process: DraftProcess, problems: Problems): ReadonlyMap<number, Loop> {
  const loops = new Map<number, Loop>();
  for (const node of process.nodes) {
    const loop = isActivity(node.kind) ? readLoop(node, problems) : undefined;
    if (loop !== undefined) loops.set(node.index, loop);
  }
  return loops;
}

function flowsOf(process: DraftProcess): readonly SequenceFlow[] {
  const sources = new Map(process.nodes.flatMap((node) => node.outgoing.map((flow) => [flow, node.index])));
  const targets = new Map(process.nodes.flatMap((node) => node.incoming.map((flow) => [flow, node.index])));
  return process.flows.map((flow) => ({
    index: flow.index,
    id: flow.id,
    source: sources.get(flow) ?? -1,
    target: targets.get(flow) ?? -1,
    condition: flow.condition,
  }));
}

function base({ node, problems }: Parts) {
  const { index, id, name, scope } = node;
  const incoming = node.incoming.map((flow) => flow.index);
  const outgoing = node.outgoing.map((flow) => flow.index);
  return {
    index,
    id,
    name,
    scope,
    incoming,
    outgoing,
    line: node.xml.line,
    column: node.xml.column,
    ...readListeners(node, problems),
  };
}

function event(type: EventType, parts: Parts): Element {
  const { node, links, problems } = parts;
  return buildEvent(type, base(parts), node, links.attachedTo.get(node.index) ?? -1, problems);
}

function activity(parts: Parts) {
  const { node, links, problems } = parts;
  return {
    ...base(parts),
    ...readMappings(node, problems),
    defaultFlow: defaultFlowOf(node)?.index,
    boundaryEvents: links.boundaryEvents.get(node.index) ?? [],
  };
}

function scope({ node, links }: Parts) {
  return {
    start: links.starts.get(node.index) ?? -1,
    eventSubProcesses: links.eventSubProcesses.get(node.index) ?? [],
  };
}

function job({ node, problems }: Parts): JobDefinition {
  return readJob(node, problems);
}

/** A gateway that forks without any condition asks a worker. */
function decisionJob({ node, problems }: Parts): JobDefinition | undefined {
  const asksWorker = node.outgoing.length > 1 && node.outgoing.every((flow) => !flow.conditional);
  const settings = [...node.extensions.elements.keys()].filter((name) => name !== 'zeebe:executionListeners');
  if (!asksWorker && settings.length > 0) {
    const message = 'the gateway decides without a worker, so its job would never be made';
    problems.add('JOB_INVALID', node.xml, node.id, message, 'remove zeebe:taskDefinition, or all conditions');
  }
  return asksWorker && defaultFlowOf(node) === undefined ? readJob(node, problems) : undefined;
}
