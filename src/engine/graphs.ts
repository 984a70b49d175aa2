/** Deployed processes in memory. A version never changes, so only its graph is kept; all else is read in each group. */
import type { DeployedProcess } from '../core/facts.js';
import { type Refusal, refuse } from '../core/refusal.js';
import type { ModelProblem } from '../model/problems.js';
import { readModel } from '../model/read-model.js';
import { GRAPHS_IN_MEMORY } from './limits.js';
import type { Log } from './log.js';
import type { ProcessSource, ProcessStore } from './ports/processes.js';

/** A stored process that this version of the server does not understand: the trouble of its own commands only (I6). */
export class UnreadableProcess extends Error {
  readonly refusal: Refusal;

  constructor({ id, bpmnProcessId, version }: ProcessSource, problems: string) {
    const what = `version ${version} of process "${bpmnProcessId}" was deployed, and can not be read by this server`;
    super(`${what}: ${problems}`);
    this.refusal = refuse('PROCESS_UNREADABLE', this.message, { processId: String(id), bpmnProcessId, version });
  }
}

export class Graphs {
  private readonly store: Pick<ProcessStore, 'source'>;
  private readonly log: Log;
  /** In order of use, the oldest first. */
  private readonly processes = new Map<number, DeployedProcess | UnreadableProcess>();

  constructor(store: Pick<ProcessStore, 'source'>, log: Log) {
    this.store = store;
    this.log = log;
  }

  /** Outside of commit groups, which bring their processes with their own connection. Throws UnreadableProcess. */
  async fetch(id: number): Promise<DeployedProcess> {
    const known = this.get(id);
    if (known !== undefined) return known;
    const source = await this.store.source(id);
    if (source === null) throw new Error(`process ${id} does not exist`);
    this.add(source);
    return this.deployed(id);
  }

  /** By the index that arrivals have. */
  async flowIds(id: number): Promise<readonly string[]> {
    const process = await this.readable(id);
    return process === null ? [] : process.graph.flows.map((flow) => flow.id);
  }

  /** The same as `fetch`, with null for a process that can not be read. */
  async readable(id: number): Promise<DeployedProcess | null> {
    try {
      return await this.fetch(id);
    } catch (error) {
      if (error instanceof UnreadableProcess) return null;
      throw error;
    }
  }

  /** Decisions call it under a time limit that may stop them anywhere, so it must not write. Throws UnreadableProcess. */
  get(id: number): DeployedProcess | undefined {
    const process = this.processes.get(id);
    if (process instanceof UnreadableProcess) throw process;
    return process;
  }

  /** The headers of its user tasks, by the BPMN id of their element. */
  async userTaskHeaders(id: number): Promise<ReadonlyMap<string, Readonly<Record<string, string>>>> {
    const process = await this.readable(id);
    const elements = process?.graph.elements ?? [];
    return new Map(elements.flatMap((each) => (each.type === 'USER_TASK' ? [[each.id, each.userTask.headers]] : [])));
  }

  /** For those who have brought it. */
  deployed(id: number): DeployedProcess {
    const process = this.get(id);
    if (process === undefined) throw new Error(`the graph of process ${id} is not in memory`);
    return process;
  }

  /** One of these has expressions. */
  evaluates(ids: Iterable<number>): boolean {
    for (const id of ids) {
      const process = this.processes.get(id);
      if (process !== undefined && 'graph' in process && process.graph.evaluates) return true;
    }
    return false;
  }

  /** Those that must be fetched before these processes can be used; the others count as used now. */
  missing(ids: Iterable<number>): readonly number[] {
    const missing = new Set<number>();
    for (const id of ids) {
      const process = this.processes.get(id);
      if (process === undefined) missing.add(id);
      else if (this.processes.size > GRAPHS_IN_MEMORY / 2) this.touch(id, process);
    }
    return [...missing];
  }

  private touch(id: number, process: DeployedProcess | UnreadableProcess): void {
    this.processes.delete(id);
    this.processes.set(id, process);
  }

  add(source: ProcessSource): void {
    if (this.processes.has(source.id)) return;
    const process = read(source);
    if (process instanceof UnreadableProcess) {
      this.log.error({ processId: source.id, reason: process.message }, 'a deployed process can not be read');
    }
    this.processes.set(source.id, process);
    if (this.processes.size > GRAPHS_IN_MEMORY) this.forgetOldest();
  }

  private forgetOldest(): void {
    const [oldest] = this.processes.keys();
    if (oldest !== undefined) this.processes.delete(oldest);
  }
}

function read(source: ProcessSource): DeployedProcess | UnreadableProcess {
  const { id, tenantId, bpmnProcessId, version, firstElementId, bpmnXml, definitions } = source;
  const model = readModel(bpmnXml, definitions);
  if ('problems' in model) return new UnreadableProcess(source, model.problems.map(inWords).join('; '));
  const graph = model.graphs.find((one) => one.bpmnProcessId === bpmnProcessId);
  if (graph === undefined) return new UnreadableProcess(source, 'its file has no such process');
  return { id, tenantId, bpmnProcessId, version, firstElementId, graph };
}

function inWords({ message, line, column }: ModelProblem): string {
  return `${message} (line ${line}, column ${column})`;
}
