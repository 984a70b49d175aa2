import { type DeployedProcess, elementOf } from '../../src/core/facts.js';
import { hasEnded, type Incident, type Ref } from '../../src/core/state.js';
import { Deciding } from './scenario-deciding.js';
import { linesOf } from './scenario-log.js';
import { waits } from './scenario-world.js';
export type Values = Readonly<Record<string, unknown>>;

export class Looking extends Deciding {
  /** BPMN ids of the elements that are at work, without the scopes around them; sorted. */
  waitsAt(): readonly string[] {
    const living = this.world.all('elementInstance').filter(({ state }) => !hasEnded(state));
    const scopes = new Set(this.world.all('elementInstance').map(({ parentId }) => parentId));
    return living
      .filter(({ id, parentId }) => parentId !== null && !scopes.has(id))
      .map((each) => this.nameOf(each))
      .sort();
  }

  /** BPMN ids of the elements that have open jobs; sorted. */
  jobsAt(): readonly string[] {
    return this.world
      .all('openJob')
      .map(({ elementInstanceId }) => this.elementId(elementInstanceId))
      .sort();
  }

  /** BPMN ids of the flows on which a token waits; sorted. */
  tokens(): readonly string[] {
    return this.world
      .all('arrival')
      .filter(waits)
      .map((arrival) => this.flowOf(arrival))
      .sort();
  }

  /** How often each element was visited and how the visits stand: `pick COMPLETED`, in order of birth. */
  visits(): readonly string[] {
    return this.world.all('elementInstance').map((ei) => `${this.nameOf(ei)} ${ei.state}`);
  }

  /** Variables of the newest element instance of an element; of the process when none is named. */
  variables(bpmnElementId = this.starts): Values {
    const scope = this.world.all('elementInstance').findLast((each) => this.nameOf(each) === bpmnElementId);
    const own = this.world.all('variable').filter(({ scopeId, data }) => scopeId === scope?.id && data !== null);
    return Object.fromEntries(own.map(({ name, data }) => [name, JSON.parse(data?.value ?? 'null')]));
  }

  state(): string {
    return this.world.rows.processInstance.get(this.instance.id)?.state ?? 'no instance';
  }

  openIncidents(): readonly Incident[] {
    return this.world.all('incident').filter(({ resolvedAt }) => resolvedAt === null);
  }

  /** Open incidents as people read them. */
  incidents(): readonly string[] {
    return this.openIncidents().map((each) => `${this.nameOf(each)} ${each.phase} ${each.reason}: ${each.message}`);
  }

  /** What the last command changed. */
  log(): readonly string[] {
    return linesOf(this.latest, {
      element: (row) => this.nameOf(row),
      elementInstance: (id) => this.elementId(id),
      flow: (row) => this.flowOf(row),
    });
  }

  living(bpmnElementId: string): Ref {
    const found = this.world
      .all('elementInstance')
      .find((each) => this.nameOf(each) === bpmnElementId && !hasEnded(each.state));
    if (found === undefined) throw new Error(`${bpmnElementId} does not live`);
    return { partition: found.partition, id: found.id };
  }

  elementId(elementInstanceId: number): string {
    const ei = this.world.rows.elementInstance.get(elementInstanceId);
    if (ei === undefined) throw new Error(`element instance ${elementInstanceId} does not exist`);
    return this.nameOf(ei);
  }

  nameOf(row: { readonly processInstanceId: number | null; readonly elementId: number | null }): string {
    return elementOf(this.processOf(row), row.elementId ?? 0).id;
  }

  private flowOf(row: { readonly processInstanceId: number; readonly flow: number }): string {
    return this.processOf(row).graph.flows[row.flow]?.id ?? '';
  }

  private processOf({ processInstanceId }: { readonly processInstanceId: number | null }): DeployedProcess {
    const process = this.processes.get(this.world.rows.processInstance.get(processInstanceId ?? 0)?.processId ?? 0);
    if (process === undefined) throw new Error(`process instance ${processInstanceId} has no process`);
    return process;
  }
}
