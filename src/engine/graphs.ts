/** Deployed processes in memory. A version never changes, so only its graph is kept; all else is read in each group. */
import type { DeployedProcess } from '../core/facts.js';
import { readModel } from '../model/read-model.js';
import { GRAPHS_IN_MEMORY } from './limits.js';
import type { ProcessSource, ProcessStore } from './ports.js';

export class Graphs {
  private readonly store: Pick<ProcessStore, 'source'>;
  /** In order of use, the oldest first. */
  private readonly processes = new Map<number, DeployedProcess>();

  constructor(store: Pick<ProcessStore, 'source'>) {
    this.store = store;
  }

  /** Outside of commit groups, which bring their processes with their own connection. */
  async fetch(id: number): Promise<DeployedProcess> {
    const known = this.get(id);
    if (known !== undefined) return known;
    const source = await this.store.source(id);
    if (source === null) throw new Error(`process ${id} does not exist`);
    return this.add(source);
  }

  /** Decisions call it under a time limit that may stop them anywhere, so it must not write. */
  get(id: number): DeployedProcess | undefined {
    return this.processes.get(id);
  }

  /** Those that must be fetched before these processes can be used; the others count as used now. */
  missing(ids: Iterable<number>): readonly number[] {
    const missing = new Set<number>();
    for (const id of ids) {
      const process = this.processes.get(id);
      if (process === undefined) missing.add(id);
      else if (this.processes.size > GRAPHS_IN_MEMORY / 2) this.touch(process);
    }
    return [...missing];
  }

  private touch(process: DeployedProcess): void {
    this.processes.delete(process.id);
    this.processes.set(process.id, process);
  }

  add(source: ProcessSource): DeployedProcess {
    const known = this.get(source.id);
    if (known !== undefined) return known;
    const model = readModel(source.bpmnXml);
    if ('problems' in model) {
      const [first] = model.problems;
      throw new Error(`process ${source.id} was deployed but can not be read now: ${first?.message}`);
    }
    const graph = model.graphs.find(({ bpmnProcessId }) => bpmnProcessId === source.bpmnProcessId);
    if (graph === undefined) throw new Error(`process ${source.id}: its file has no ${source.bpmnProcessId}`);
    const { id, tenantId, bpmnProcessId, version, firstElementId } = source;
    const process: DeployedProcess = { id, tenantId, bpmnProcessId, version, firstElementId, graph };
    this.processes.set(id, process);
    if (this.processes.size > GRAPHS_IN_MEMORY) this.forgetOldest();
    return process;
  }

  private forgetOldest(): void {
    const [oldest] = this.processes.keys();
    if (oldest !== undefined) this.processes.delete(oldest);
  }
}
