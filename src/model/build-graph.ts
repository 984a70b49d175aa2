/** Makes the graph that the core walks from a draft. One builder per element type; a missing one does not compile. */
import type { DraftNode, DraftProcess } from './draft.js';
import type { Problems } from './problems.js';
import type { Element, ElementType, Graph, JobDefinition, SequenceFlow } from './process.js';
import { readJob } from './read-job.js';
import { readMappings, readScript } from './read-mappings.js';
import { readUserTask } from './read-user-task.js';
import { defaultFlowOf } from './structure.js';

interface Parts {
  readonly node: DraftNode;
  /** The start event of each scope, by the scope's index. */
  readonly starts: ReadonlyMap<number, number>;
  readonly problems: Problems;
}

/** The member of the union that has this type, narrowed to it where it has several. */
type ElementOf<Type extends ElementType, E extends Element = Element> = E extends unknown
  ? Type extends E['type']
    ? E & { readonly type: Type }
    : never
  : never;

type Builders = { readonly [Type in ElementType]: (parts: Parts) => ElementOf<Type> };

const BUILDERS: Builders = {
  PROCESS: (parts) => ({ ...base(parts), ...noData, type: 'PROCESS', start: startOf(parts) }),
  SUB_PROCESS: (parts) => ({ ...activity(parts), type: 'SUB_PROCESS', start: startOf(parts) }),
  NONE_START_EVENT: (parts) => ({ ...base(parts), type: 'NONE_START_EVENT' }),
  NONE_END_EVENT: (parts) => ({ ...base(parts), type: 'NONE_END_EVENT' }),
  TERMINATE_END_EVENT: (parts) => ({ ...base(parts), type: 'TERMINATE_END_EVENT' }),
  TASK: (parts) => ({ ...activity(parts), type: 'TASK' }),
  MANUAL_TASK: (parts) => ({ ...activity(parts), type: 'MANUAL_TASK' }),
  SERVICE_TASK: (parts) => ({ ...activity(parts), type: 'SERVICE_TASK', job: job(parts) }),
  SEND_TASK: (parts) => ({ ...activity(parts), type: 'SEND_TASK', job: job(parts) }),
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
  PARALLEL_GATEWAY: (parts) => ({ ...base(parts), type: 'PARALLEL_GATEWAY' }),
  INCLUSIVE_GATEWAY: (parts) => ({
    ...base(parts),
    type: 'INCLUSIVE_GATEWAY',
    defaultFlow: defaultFlowOf(parts.node)?.index,
    job: decisionJob(parts),
  }),
};

const noData = { inputs: [], outputs: [], defaultFlow: undefined };

/** The graph of a draft; of use only when there are no problems. Reading the parts of a node may find more of them. */
export function buildGraph(process: DraftProcess, problems: Problems): Graph {
  const isStart = (node: DraftNode) => node.kind === 'NONE_START_EVENT';
  const starts = new Map(process.nodes.filter(isStart).map((node) => [node.scope, node.index]));
  const elements = process.nodes.flatMap((node): Element[] =>
    node.kind === 'REFUSED' ? [] : [BUILDERS[node.kind]({ node, starts, problems })],
  );
  return {
    bpmnProcessId: process.nodes[0]?.id ?? '',
    name: process.nodes[0]?.name,
    elements,
    flows: flowsOf(process),
    // Counted for the whole file: another process's expressions do no harm.
    evaluates: problems.expressions > 0,
  };
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

function base({ node }: Parts) {
  const { index, id, name, scope } = node;
  const incoming = node.incoming.map((flow) => flow.index);
  const outgoing = node.outgoing.map((flow) => flow.index);
  return { index, id, name, scope, incoming, outgoing, line: node.xml.line, column: node.xml.column };
}

function activity(parts: Parts) {
  return {
    ...base(parts),
    ...readMappings(parts.node, parts.problems),
    defaultFlow: defaultFlowOf(parts.node)?.index,
  };
}

function startOf({ node, starts }: Parts): number {
  return starts.get(node.index) ?? -1;
}

function job({ node, problems }: Parts): JobDefinition {
  return readJob(node, problems);
}

/** A gateway that forks without any condition asks a worker. */
function decisionJob({ node, problems }: Parts): JobDefinition | undefined {
  const asksWorker = node.outgoing.length > 1 && node.outgoing.every((flow) => !flow.conditional);
  if (!asksWorker && node.extensions.elements.size > 0) {
    const message = 'the gateway decides without a worker, so its job would never be made';
    problems.add('JOB_INVALID', node.xml, node.id, message, 'remove zeebe:taskDefinition, or all conditions');
  }
  return asksWorker && defaultFlowOf(node) === undefined ? readJob(node, problems) : undefined;
}
