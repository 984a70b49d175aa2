/** How tokens go in the naive interpreter: what each element does when one comes, and what is left of its scope. */
import type { Element, Graph, Mapping } from '../../src/model/process.js';
import { forgetAsking, NaiveAdHoc } from './naive-ad-hoc.js';
import { catchersOf } from './naive-catchers.js';
import { NaiveEvents } from './naive-events.js';
import {
  flowsOut,
  isComplexJoin,
  isInclusiveJoin,
  lateFlowsOut,
  linkedFrom,
  nextOpening,
  oneOfEach,
} from './naive-joins.js';
import { listen } from './naive-listeners.js';
import { giveResults, NaiveLoops } from './naive-loops.js';
import { interruptUndoing, NaiveUndo, scopesReached } from './naive-undo.js';
import {
  assign,
  elementAt,
  isEmpty,
  isHalted,
  newVisit,
  Runaway,
  resultOf,
  type Token,
  targetOf,
  type Values,
  type Visit,
  visibleFrom,
  visitsIn,
} from './naive-visits.js';
import { type Catching, definitionsOf, NaiveWaits } from './naive-waits.js';
import type { Walker } from './naive-walker.js';

/** More than a command may take at once: such a process is not for this interpreter. */
const MOST_STEPS = 900;

export class NaiveWalk implements Walker {
  readonly waits = new NaiveWaits({
    happen: (owner, catching, values) => {
      this.events.trigger(owner, catching, values);
      this.run();
    },
    begin: (kind, name, values) => this.beginBy(kind, name, values),
  });
  protected readonly events = new NaiveEvents(this, this.waits);
  private readonly loops = new NaiveLoops(this);
  protected readonly adHoc = new NaiveAdHoc(this);

  /** The instances of the first process; the first of them was started by a call. */
  readonly roots: Visit[] = [];
  private readonly undo = new NaiveUndo({
    open: (element, parent) => this.visit(parent.graph, element, parent),
    begin: (visit) => this.queue.push(() => visit.lives && this.begin(visit)),
    goOn: (thrower) => this.queue.push(() => thrower.lives && this.afterUndoing(thrower)),
  });
  private readonly graphs: readonly [Graph, ...Graph[]];
  protected readonly queue: (() => void)[] = [];
  protected births = 0;

  constructor(graphs: readonly [Graph, ...Graph[]]) {
    this.graphs = graphs;
  }

  protected openRoot(): Visit {
    const [graph] = this.graphs;
    const root = this.visit(graph, elementAt(graph, 0), undefined);
    this.roots.push(root);
    return root;
  }

  /** By a start event that waits for it; what waits in the process waits from then on. */
  private beginBy(kind: string, name: string, values: Values): boolean {
    const [graph] = this.graphs;
    const start = graph.elements.find(
      ({ scope, type, ...each }) =>
        scope === 0 &&
        type === `${kind}_START_EVENT` &&
        'event' in each &&
        each.event !== undefined &&
        'name' in each.event &&
        each.event.name === name,
    );
    if (start === undefined) return false;
    const root = this.openRoot();
    const visit = this.visit(graph, start, root);
    Object.assign(root.variables, values);
    this.queue.push(() => this.finish(visit));
    this.queue.push(() => this.waitInside(root));
    this.run();
    return true;
  }

  private inOrder(): readonly Visit[] {
    return this.living().toSorted((one, other) => one.born - other.born);
  }

  protected living(): readonly Visit[] {
    return this.roots.filter(({ lives }) => lives).flatMap((root) => [...visitsIn(root)]);
  }

  // --- Tokens --------------------------------------------------------------------------------------------------------

  protected run(): void {
    let steps = 0;
    do {
      for (let next = this.queue.shift(); next !== undefined; next = this.queue.shift()) {
        steps += 1;
        if (steps > MOST_STEPS) throw new Runaway();
        next();
      }
    } while (this.adHoc.beginNext(this.inOrder()) || this.openJoin() || this.triggerCondition());
  }

  later(run: () => void): void {
    this.queue.push(run);
  }

  offerTokens(scope: Visit): void {
    for (const token of scope.tokens) this.later(() => this.arrive(scope, token));
  }

  /** When nothing moves any more: the oldest scope with a join that nothing else can come to. */
  private openJoin(): boolean {
    for (const scope of this.inOrder().filter((each) => !isHalted(each))) {
      const opening = nextOpening(scope);
      if (opening === undefined) continue;
      const { join, tokens, visit } = opening;
      scope.tokens = scope.tokens.filter((token) => !tokens.includes(token));
      if (visit !== undefined) this.reset(visit, scope);
      else if (isComplexJoin(join)) this.activate(this.visit(scope.graph, join, scope), tokens);
      else this.begin(this.visit(scope.graph, join, scope));
      return true;
    }
    return false;
  }

  /** Tokens go out, and it waits for the others. */
  private activate(visit: Visit, tokens: readonly Token[]): void {
    visit.taken = tokens.flatMap(({ flow }) => flow ?? []);
    if (visit.parent === undefined) return;
    for (const flow of flowsOut(visit, { waitingForStart: true })) this.send(visit.parent, flow);
  }

  private reset(visit: Visit, scope: Visit): void {
    const flows = lateFlowsOut(visit, visit);
    this.gone(visit);
    for (const flow of flows) this.send(scope, flow);
    this.lookInto(scope);
  }

  private triggerCondition(): boolean {
    const wait = this.waits.nextCondition();
    if (wait !== undefined) this.events.trigger(wait.owner, wait.catching, {});
    return wait !== undefined;
  }

  visit(graph: Graph, element: Element, parent: Visit | undefined, caller?: Visit): Visit {
    this.births += 1;
    const visit = newVisit(this.births, graph, element, parent, caller);
    parent?.children.add(visit);
    return visit;
  }

  send(scope: Visit, flow: number | undefined, target = targetOf(scope.graph, flow)): void {
    this.births += 1;
    const token: Token = { flow, target, born: this.births };
    scope.tokens.push(token);
    this.queue.push(() => this.arrive(scope, token));
  }

  arrive(scope: Visit, token: Token): void {
    if (!scope.lives || !scope.tokens.includes(token) || isHalted(scope)) return;
    if (!this.adHoc.admits(scope, token)) return;
    const { target } = token;
    if (isInclusiveJoin(target) || isComplexJoin(target)) return;
    const taken = target.type === 'PARALLEL_GATEWAY' ? oneOfEach(scope, target) : [token];
    if (taken === undefined) return;
    scope.tokens = scope.tokens.filter((each) => !taken.includes(each));
    this.begin(this.visit(scope.graph, target, scope));
  }

  /** `isBehind`: its listeners have been asked. */
  begin(visit: Visit, isBehind = false): void {
    const { element, graph } = visit;
    if (!isBehind) {
      if ('inputs' in element)
        map(visit, element.inputs, (name, value) => Object.assign(visit.variables, { [name]: value }));
      if (listen(visit, 'start', 0)) return;
    }
    this.waitInside(visit);
    if (element.type === 'MULTI_INSTANCE_BODY') {
      this.loops.begin(visit, element.loop);
    } else if (element.type === 'AD_HOC_SUB_PROCESS') {
      this.adHoc.begin(visit);
    } else if ('start' in element) {
      this.begin(this.visit(graph, elementAt(graph, element.start), visit));
    } else if (element.type === 'SCRIPT_TASK' && element.script !== undefined) {
      this.bring(visit, { [element.script.resultVariable]: resultOf(visit, element.script.expression) });
      this.finish(visit);
    } else if (element.type === 'CALL_ACTIVITY') {
      this.call(visit);
    } else if (element.type === 'EVENT_BASED_GATEWAY') {
      for (const flow of element.outgoing) this.waits.open(visit, targetOf(graph, flow) as Catching);
    } else if (
      element.type === 'RECEIVE_TASK' ||
      /^(TIMER|MESSAGE|SIGNAL|CONDITIONAL|MULTIPLE)_CATCH/.test(element.type)
    ) {
      this.waits.open(visit, element as Catching);
    } else if (element.type === 'ERROR_END_EVENT') {
      this.events.throwError(visit);
    } else if (element.type === 'ESCALATION_END_EVENT' || element.type === 'ESCALATION_THROW_EVENT') {
      this.events.escalate(visit);
    } else if (/^(MESSAGE|SIGNAL)_(THROW|END)_EVENT$/.test(element.type)) {
      this.events.sendAll(visit);
      this.finish(visit);
    } else if (element.type === 'MULTIPLE_THROW_EVENT' || element.type === 'MULTIPLE_END_EVENT') {
      this.events.throwAll(visit);
    } else if (element.type === 'COMPENSATION_THROW_EVENT' || element.type === 'COMPENSATION_END_EVENT') {
      this.compensate(visit);
    } else if (element.type === 'CANCEL_END_EVENT') {
      this.cancelTransaction(visit);
    } else if (element.type === 'LINK_THROW_EVENT') {
      this.jump(visit);
    } else if (element.type === 'TERMINATE_END_EVENT') {
      this.terminate(visit);
    } else if (element.type !== 'USER_TASK' && (!('job' in element) || element.job === undefined)) {
      this.finish(visit);
    }
  }

  waitInside(visit: Visit): void {
    for (const catching of catchersOf(visit)) this.waits.open(visit, catching);
  }

  /** Outwards, or local where there are output mappings. */
  protected bring(visit: Visit, values: Values): void {
    const { element } = visit;
    if ('outputs' in element && element.outputs.length > 0) Object.assign(visit.variables, values);
    else for (const [name, value] of Object.entries(values)) assign(visit, name, value);
  }

  finish(visit: Visit, isBehind = false): void {
    const { element, parent, caller } = visit;
    if (!isBehind) {
      if ('outputs' in element && parent !== undefined) {
        map(visit, element.outputs, (name, value) => assign(parent, name, value));
      }
      if (listen(visit, 'end', 0)) {
        this.waits.close(visit);
        return;
      }
    }
    if (visit.repeated !== undefined && parent !== undefined) giveResults(visit, visit.repeated, parent);
    if (parent?.repeated !== undefined) this.loops.close(visit, parent, parent.repeated);
    const flows = this.adHoc.flowsAfter(visit, () => flowsOut(visit));
    this.undo.remember(visit);
    this.gone(visit);
    if (caller !== undefined) this.queue.push(() => caller.lives && this.takeOver(caller, visit));
    for (const flow of flows) if (parent !== undefined) this.send(parent, flow);
    this.lookInto(parent);
  }

  gone(visit: Visit): void {
    visit.lives = false;
    visit.parent?.children.delete(visit);
  }

  lookInto(scope: Visit | undefined): void {
    if (scope !== undefined && isEmpty(scope)) this.queue.push(() => scope.lives && this.emptied(scope));
  }

  private emptied(scope: Visit): void {
    const { repeated, undoes } = scope;
    if (!isEmpty(scope)) return;
    if (undoes !== undefined) {
      this.gone(scope);
      this.undo.undone(scope, undoes);
      this.lookInto(scope.parent);
      return;
    }
    if (scope.element.type === 'AD_HOC_SUB_PROCESS') this.adHoc.goOn(scope);
    else if (repeated === undefined || !this.loops.goOn(scope, repeated)) this.finish(scope);
  }

  kill(visit: Visit): void {
    for (const child of visit.children) this.kill(child);
    if (visit.called !== undefined) this.kill(visit.called);
    visit.tokens = [];
    this.gone(visit);
  }

  /** All in the scope but one; nothing can begin in it from outside any more. */
  killInside(scope: Visit, survivor: Visit): void {
    for (const other of scope.children) if (other !== survivor) this.kill(other);
    scope.tokens = [];
    forgetAsking(scope);
    this.waits.close(scope, (catching) => 'attachedTo' in catching);
    interruptUndoing(scope);
  }

  terminate(visit: Visit): void {
    const { parent } = visit;
    if (parent !== undefined) {
      this.killInside(parent, visit);
      parent.done = [];
    }
    this.finish(visit);
  }

  trouble(visit: Visit): void {
    this.births += 1;
    visit.incident = this.births;
  }

  private jump(visit: Visit): void {
    const target = linkedFrom(visit.graph, visit.element);
    this.gone(visit);
    if (visit.parent !== undefined && target !== undefined) this.send(visit.parent, undefined, target);
  }

  // --- Calls ---------------------------------------------------------------------------------------------------------

  private call(visit: Visit): void {
    const called = visit.element.type === 'CALL_ACTIVITY' ? visit.element.called : undefined;
    const graph = this.graphs.find(({ bpmnProcessId }) => bpmnProcessId === called?.bpmnProcessId);
    if (called === undefined || graph === undefined) throw new Error(`${visit.element.id} calls nothing`);
    visit.called = this.visit(graph, elementAt(graph, 0), undefined, visit);
    Object.assign(visit.called.variables, called.allVariablesIn ? visibleFrom(visit) : visit.variables);
    this.begin(visit.called);
  }

  private takeOver(caller: Visit, { variables }: Visit): void {
    const { element, parent } = caller;
    caller.called = undefined;
    if (element.type !== 'CALL_ACTIVITY' || parent === undefined) return;
    if (element.called?.allVariablesOut) {
      for (const [name, value] of Object.entries(variables)) assign(parent, name, value);
    }
    if (element.outputs.length > 0) Object.assign(caller.variables, variables);
    this.finish(caller);
  }

  // --- Compensation --------------------------------------------------------------------------------------------------

  /** One that does not wait is there, too, until all is undone, so that its scope is. */
  private compensate(visit: Visit): void {
    const { element, parent } = visit;
    const [event] = definitionsOf(element as Catching);
    if (event?.kind !== 'COMPENSATION') throw new Error(`${element.id} compensates nothing`);
    if (!this.undo.throw(visit, scopesReached(visit), event.activity)) this.finish(visit);
    else if (!event.waits) for (const flow of element.outgoing) if (parent !== undefined) this.send(parent, flow);
  }

  /** All else in it ends, and what has completed is undone first. */
  private cancelTransaction(visit: Visit): void {
    if (visit.parent === undefined) return;
    this.killInside(visit.parent, visit);
    if (!this.undo.throw(visit, [visit.parent], undefined)) this.leaveTransaction(visit);
  }

  private leaveTransaction(visit: Visit): void {
    const { parent } = visit;
    const event = parent && catchersOf(parent).find(({ type }) => type === 'CANCEL_BOUNDARY_EVENT');
    this.gone(visit);
    if (parent !== undefined && event !== undefined) this.events.trigger(parent, event, {});
  }

  private afterUndoing(visit: Visit): void {
    if (visit.element.type === 'CANCEL_END_EVENT') {
      this.leaveTransaction(visit);
      return;
    }
    const [event] = definitionsOf(visit.element as Catching);
    if (event?.kind === 'COMPENSATION' && event.waits) {
      this.finish(visit);
      return;
    }
    this.gone(visit);
    this.lookInto(visit.parent);
  }
}

/** Targets without dots only. */
function map(visit: Visit, mappings: readonly Mapping[], write: (name: string, value: unknown) => void): void {
  for (const { source, target } of mappings) write(target.join('.'), resultOf(visit, source));
}
