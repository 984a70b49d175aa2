/** What of a process can be compensated, and by what: worked out once, so that a process without it pays nothing. */
import type { DraftProcess } from './draft.js';
import type { Compensation, Element } from './process.js';
import { handlerOf } from './structure-compensation.js';

const KINDS: ReadonlySet<string> = new Set(['COMPENSATION_BOUNDARY_EVENT', 'COMPENSATION_START_EVENT']);

/** `elements`: those of the graph, with the bodies of loops. */
export function compensationOf(process: DraftProcess, elements: readonly Element[]): Compensation | undefined {
  if (!elements.some(({ type }) => KINDS.has(type))) return undefined;
  const handlers = handlersOf(process);
  const { by, scopes } = new Coverage(elements, new Set(handlers.values()));
  return { by, scopes, handlers };
}

function handlersOf(process: DraftProcess): ReadonlyMap<number, number> {
  const byId = new Map(process.nodes.map((node) => [node.id, node]));
  const handlers = new Map<number, number>();
  for (const node of process.nodes) {
    const handler = node.kind === 'COMPENSATION_BOUNDARY_EVENT' ? handlerOf(process, byId, node) : undefined;
    if (handler !== undefined) handlers.set(node.index, handler.index);
  }
  return handlers;
}

class Coverage {
  readonly by = new Map<number, number>();
  readonly scopes = new Set<number>();
  private readonly inside = new Map<number, Element[]>();
  private readonly elements: readonly Element[];
  /** Handlers are not compensated themselves. */
  private readonly handlers: ReadonlySet<number>;

  constructor(elements: readonly Element[], handlers: ReadonlySet<number>) {
    this.elements = elements;
    this.handlers = handlers;
    for (const element of elements) {
      const others = this.inside.get(element.scope);
      if (others === undefined) this.inside.set(element.scope, [element]);
      else others.push(element);
    }
    for (const element of this.inside.get(-1) ?? []) this.cover(element);
  }

  /** Notes what compensates the element, and all in it; true when there is something to compensate. */
  private cover(element: Element): boolean {
    const inside = (this.inside.get(element.index) ?? []).filter((each) => this.cover(each));
    if (inside.length > 0) this.scopes.add(element.index);
    if (this.handlers.has(element.index) || element.type === 'PROCESS') return false;
    if (isCompensationSubProcess(this.elements, element)) return true;
    const event = this.boundaryEvent(element);
    if (event === undefined && inside.length === 0) return false;
    const isBody = element.type === 'MULTI_INSTANCE_BODY';
    this.by.set(element.index, isBody ? element.index : (event ?? element.index));
    if (isBody && event !== undefined) {
      this.by.set(element.inner, event);
      this.scopes.add(element.index);
    }
    return true;
  }

  private boundaryEvent(element: Element): number | undefined {
    const attached = 'boundaryEvents' in element ? element.boundaryEvents : [];
    return attached.find((index) => this.elements[index]?.type === 'COMPENSATION_BOUNDARY_EVENT');
  }
}

/** Of the event sub-process that compensates the sub-process around it. */
export function isCompensationSubProcess(elements: readonly Element[], element: Element | undefined): boolean {
  return element?.type === 'EVENT_SUB_PROCESS' && elements[element.start]?.type === 'COMPENSATION_START_EVENT';
}
