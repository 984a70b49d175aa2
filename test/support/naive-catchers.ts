/** Who catches what in the naive interpreter. */
import type { Element } from '../../src/model/process.js';
import { elementAt, type Visit } from './naive-visits.js';
import { type Catching, definitionsOf } from './naive-waits.js';

export type Thrown = 'ERROR' | 'ESCALATION';

export interface Catcher {
  readonly owner: Visit;
  readonly catching: Catching;
}

/** Outwards: what is inside a scope before what is attached to it, the exact code before the one that catches all. */
export function catcherOf(from: Visit, kind: Thrown, code: string): Catcher | undefined {
  let inner: Visit | undefined;
  for (let owner: Visit | undefined = from; owner !== undefined; owner = owner.parent ?? owner.caller) {
    const within: Visit | undefined = inner;
    inner = owner;
    if (owner.undoes !== undefined) continue;
    const running =
      within?.element.type === 'EVENT_SUB_PROCESS' ? elementAt(owner.graph, within.element.start) : undefined;
    const isOver = running !== undefined && 'interrupting' in running && running.interrupting;
    const all = catchersOf(owner).filter((each) => definitionsOf(each).some((event) => event.kind === kind));
    const inside = all.filter((each) => !('attachedTo' in each) && each !== running && !isOver);
    const attached = all.filter((each) => 'attachedTo' in each);
    for (const place of [inside, attached]) {
      const catching =
        place.find((each) => codeOf(each, kind) === code) ?? place.find((each) => codeOf(each, kind) === '');
      if (catching !== undefined) return { owner, catching };
    }
  }
  return undefined;
}

/** What may happen to it while it is at work: inside it, then at its border. */
export function catchersOf({ element, graph }: Visit): readonly Catching[] {
  const inside = 'eventSubProcesses' in element ? element.eventSubProcesses : [];
  const starts = inside.map((index) => {
    const subProcess = elementAt(graph, index);
    return elementAt(graph, 'start' in subProcess ? subProcess.start : undefined);
  });
  const attached = 'boundaryEvents' in element ? element.boundaryEvents.map((index) => elementAt(graph, index)) : [];
  return [...starts, ...attached] as Catching[];
}

/** Empty: all. */
export function codeOf(element: Element, kind: Thrown): string {
  const event = definitionsOf(element as Catching).find((each) => each.kind === kind);
  return event !== undefined && 'code' in event ? String(event.code ?? '') : '';
}
