/** An instance as a tree: its scopes, and where its tokens are, with their jobs, incidents and variables. */
import type { Incident, InstanceDetails, Job } from '@baton/client';
import type { Colors } from './context.js';
import { word } from './json.js';
import { formatKey } from './keys.js';
import { short, state, time } from './table.js';

type Element = InstanceDetails['elementInstances'][number];

interface Node {
  readonly title: string;
  readonly lines: readonly string[];
  readonly children: readonly Node[];
}

export function instanceTree(details: InstanceDetails, colors: Colors): string {
  return draw(new TreeMaker(details, colors).process()).join('\n');
}

function draw({ title, lines, children }: Node): string[] {
  const below = children.flatMap((child, index) => {
    const last = index === children.length - 1;
    return draw(child).map((line, row) => (row === 0 ? (last ? '└─ ' : '├─ ') : last ? '   ' : '│  ') + line);
  });
  const bar = children.length > 0 ? '│  ' : '   ';
  return [title, ...lines.map((line) => bar + line), ...below];
}

class TreeMaker {
  readonly #details: InstanceDetails;
  readonly #colors: Colors;

  constructor(details: InstanceDetails, colors: Colors) {
    this.#details = details;
    this.#colors = colors;
  }

  process(): Node {
    const { processInstance } = this.#details;
    const { bpmnProcessId, version, correlationKey, createdAt, endedAt, cancelReason, id } = processInstance;
    const title = [
      this.#colors.bold(bpmnProcessId),
      formatKey(processInstance),
      this.#state(processInstance.state),
      this.#colors.dim(`version ${version}`),
    ];
    const facts = [
      `created ${time(createdAt)}${endedAt === undefined ? '' : `, ended ${time(endedAt)}`}`,
      ...(correlationKey ? [`key ${correlationKey}`] : []),
      ...(cancelReason ? [`canceled because: ${short(cancelReason)}`] : []),
      ...this.#facts(id),
    ];
    return { title: title.join('  '), lines: facts, children: this.#children(id) };
  }

  #children(scope: number): readonly Node[] {
    const elements = this.#details.elementInstances.filter(({ parentId }) => parentId === scope);
    const arrivals = this.#details.arrivals.filter(({ parentId }) => parentId === scope);
    return [
      ...elements.map((element) => this.#element(element)),
      ...arrivals.map(({ bpmnElementId, bpmnSequenceFlowId }) => ({
        title: `${bpmnElementId}  ${this.#colors.dim(`a token waits here for others; it came over ${bpmnSequenceFlowId}`)}`,
        lines: [],
        children: [],
      })),
    ];
  }

  #element(element: Element): Node {
    const { id, name, bpmnElementId, bpmnElementType, attempt } = element;
    const type = word('bpmnElementType', bpmnElementType).toLowerCase().replaceAll('_', ' ');
    const title = [
      this.#colors.bold(short(name || bpmnElementId, 60)),
      this.#colors.dim(name ? `${type} ${bpmnElementId}` : type),
      this.#state(element.state),
      ...(attempt > 1 ? [`attempt ${attempt}`] : []),
    ];
    return { title: title.join('  '), lines: this.#facts(id), children: this.#children(id) };
  }

  #facts(scope: number): string[] {
    const { jobs, incidents, elementVariables } = this.#details;
    return [
      ...jobs.filter(({ elementInstanceId }) => elementInstanceId === scope).map((job) => this.#job(job)),
      ...incidents.filter(({ elementInstanceId }) => elementInstanceId === scope).map((one) => this.#incident(one)),
      ...elementVariables
        .filter(({ elementInstanceId }) => elementInstanceId === scope)
        .map(({ name, data }) => `${name} = ${short(data?.value ?? '')}`),
    ];
  }

  #job(job: Job): string {
    const { topic, lockedBy, retryCount, retryLimit, errorMessage, dueAt } = job;
    const waits = dueAt !== undefined && dueAt.getTime() > Date.now() ? `due ${time(dueAt)}` : '';
    const parts = [
      `job ${formatKey(job)}`,
      topic,
      this.#state(job.state),
      lockedBy && `by ${lockedBy}`,
      retryCount > 0 ? `retry ${retryCount} of ${retryLimit}` : '',
      waits,
      errorMessage && `last failure: ${short(errorMessage)}`,
    ];
    return parts.filter(Boolean).join('  ');
  }

  #incident(incident: Incident): string {
    const { reason, message } = incident;
    return this.#colors.red(`incident ${formatKey(incident)}  ${reason}: ${short(message, 200)}`);
  }

  #state(name: string): string {
    return state(word('state', name), this.#colors);
  }
}
