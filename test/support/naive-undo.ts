/** Compensation in the naive interpreter: what has completed is a list in its scope, and whoever throws goes through it. */
import type { Element } from '../../src/model/process.js';
import { type Done, elementAt, isUnit, rootOf, type Visit, visibleFrom, visitsIn } from './naive-visits.js';

/** What the interpreter does for it. */
export interface Doing {
  open(element: Element, parent: Visit): Visit;
  /** Its turn comes later. */
  begin(visit: Visit): void;
  goOn(thrower: Visit): void;
}

export class NaiveUndo {
  private readonly doing: Doing;
  private completions = 0;

  constructor(doing: Doing) {
    this.doing = doing;
  }

  /** It completes: what has completed in it is undone together with it, or not any more. */
  remember(visit: Visit): void {
    const { element, graph, parent } = visit;
    const inside = inOrder(visit.done);
    visit.done = [];
    if (parent === undefined || parent.undoes?.border !== undefined || isUnit(graph, element)) return;
    if (element.type === 'MULTI_INSTANCE_BODY') {
      parent.done.push(...inside);
      return;
    }
    const border = borderOf(visit) ?? (parent.repeated === undefined ? undefined : borderOf(parent));
    if (border === undefined && inside.length === 0 && unitOf(visit) === undefined) return;
    this.completions += 1;
    const own = { ...visit.variables };
    const left = new Set([...Object.keys(own), ...listOf(parent)]);
    const seen = Object.fromEntries(Object.entries(visibleFrom(parent)).filter(([name]) => !left.has(name)));
    const rest = { own, seen, inside: border === undefined ? inside : [], taker: undefined, isRunning: false };
    parent.done.push({ activity: element, border, order: this.completions, ...rest });
  }

  /** All that is there, or what one activity has done; false when that is nothing. */
  throw(thrower: Visit, scopes: readonly Visit[], activity: string | undefined): boolean {
    const all = scopes.flatMap(({ done }) => done).filter((each) => !each.isRunning && each.taker?.lives !== true);
    const meant = all.filter((each) => activity === undefined || each.activity.id === activity);
    for (const each of meant) each.taker = thrower;
    return this.next(thrower);
  }

  /** Nothing is at work in it any more, so that is undone. */
  undone(frame: Visit, done: Done): void {
    const { parent } = frame;
    if (parent !== undefined) parent.done = parent.done.filter((each) => each !== done);
    frame.done = [];
    const { taker } = done;
    if (taker?.lives === true && !this.next(taker) && taker.undoes === undefined) this.doing.goOn(taker);
  }

  /** The last of what it has taken. */
  private next(thrower: Visit): boolean {
    const scopes = [...visitsIn(rootOf(thrower))];
    const taken = scopes.flatMap((scope) =>
      scope.done.flatMap((each) => (each.taker === thrower ? [{ scope, each }] : [])),
    );
    const last = taken.sort((one, other) => other.each.order - one.each.order)[0];
    if (last === undefined) return false;
    this.begin(last.scope, last.each);
    return true;
  }

  private begin(scope: Visit, done: Done): void {
    const { graph } = scope;
    const { activity, border, own, seen, inside } = done;
    done.isRunning = true;
    const frame = this.doing.open(border ?? activity, scope);
    frame.undoes = done;
    if (border !== undefined) {
      const index = graph.compensation?.handlers.get(border.index);
      this.within(frame, elementAt(graph, index), seen, own);
      return;
    }
    frame.done = inside.map((each) => ({ ...each, taker: undefined, isRunning: false }));
    const unit = unitOf(frame);
    if (unit !== undefined) {
      this.within(frame, unit, own, seen);
      return;
    }
    Object.assign(frame.variables, own);
    this.throw(frame, [frame], undefined);
  }

  private within(frame: Visit, element: Element, around: Visit['variables'], own: Visit['variables']): void {
    Object.assign(frame.variables, around);
    const visit = this.doing.open(element, frame);
    Object.assign(visit.variables, own);
    this.doing.begin(visit);
  }
}

/** What interrupts a scope leaves what has completed in it; what was being undone is lost. */
export function interruptUndoing(scope: Visit): void {
  scope.done = scope.done.filter(({ isRunning }) => !isRunning);
  for (const each of scope.done) each.taker = undefined;
}

/** Its own scope, and out of event sub-processes the ones around them. */
export function scopesReached({ parent }: Visit): readonly Visit[] {
  if (parent === undefined) return [];
  return parent.element.type === 'EVENT_SUB_PROCESS' ? [parent, ...scopesReached(parent)] : [parent];
}

function inOrder(done: readonly Done[]): readonly Done[] {
  return done.toSorted((one, other) => one.order - other.order);
}

function borderOf({ element, graph }: Visit): Element | undefined {
  const attached = 'boundaryEvents' in element ? element.boundaryEvents : [];
  return attached.map((index) => elementAt(graph, index)).find(({ type }) => type === 'COMPENSATION_BOUNDARY_EVENT');
}

function unitOf({ element, graph }: Visit): Element | undefined {
  const inside = 'eventSubProcesses' in element ? element.eventSubProcesses : [];
  return inside.map((index) => elementAt(graph, index)).find((each) => isUnit(graph, each));
}

/** An instance of a loop does not keep the list of all of them. */
function listOf({ element }: Visit): readonly string[] {
  if (element.type !== 'MULTI_INSTANCE_BODY' || element.loop.type === 'LOOP') return [];
  return element.loop.output === undefined ? [] : [element.loop.output.collection];
}
