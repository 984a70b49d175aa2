/**
 * A second interpreter of processes, as plain as can be: a tree of objects and a queue of tokens in memory. It shares no
 * code with the core, only the types of the model; where the two disagree, one of them is wrong.
 */
import type { Element, Graph, Loop, Mapping, MultiInstance } from '../../src/model/process.js';
import {
  flowsOut,
  isComplexJoin,
  isInclusiveJoin,
  lateFlowsOut,
  linkedFrom,
  nextOpening,
  oneOfEach,
} from './naive-joins.js';
import { interruptUndoing, NaiveUndo, scopesReached } from './naive-undo.js';
import {
  assign,
  elementAt,
  isEmpty,
  isHalted,
  leavesIn,
  processOf,
  type Repeated,
  Runaway,
  resultOf,
  type Token,
  targetOf,
  type Values,
  type Visit,
  visibleFrom,
  visitsIn,
} from './naive-visits.js';
import { addressOf, type Catching, definitionsOf, NaiveWaits, needsAll } from './naive-waits.js';

/** More than a command may take at once: such a process is not for this interpreter. */
const MOST_STEPS = 900;

type Thrown = 'ERROR' | 'ESCALATION';

export interface Failure {
  readonly limit: number;
  /** Until the next try. */
  readonly minutes: number;
  readonly variables: Values;
}

export class Naive {
  /** The instances of the first process; the first of them was started by a call. */
  readonly roots: Visit[] = [];
  readonly waits = new NaiveWaits({
    happen: (owner, catching, values) => {
      this.trigger(owner, catching, values);
      this.run();
    },
    begin: (kind, name, values) => this.beginBy(kind, name, values),
  });
  private readonly undo = new NaiveUndo({
    open: (element, parent) => this.visit(parent.graph, element, parent),
    begin: (visit) => this.queue.push(() => visit.lives && this.begin(visit)),
    goOn: (thrower) => this.queue.push(() => thrower.lives && this.afterUndoing(thrower)),
  });
  private isCanceled = false;
  private readonly graphs: readonly [Graph, ...Graph[]];
  private readonly queue: (() => void)[] = [];
  private births = 0;

  /** The first graph is the process that is started; the others can be called. */
  constructor(graphs: readonly [Graph, ...Graph[]], variables: Values) {
    this.graphs = graphs;
    const root = this.openRoot();
    Object.assign(root.variables, variables);
    this.begin(root);
    this.run();
    this.waits.settle();
  }

  private openRoot(): Visit {
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

  get root(): Visit {
    return this.roots[0] as Visit;
  }

  /** Of the instance that was started by a call. */
  get state(): 'STARTED' | 'SUSPENDED' | 'COMPLETED' | 'CANCELED' {
    return this.stateOf(this.root);
  }

  states(): readonly string[] {
    return this.roots.map((root) => this.stateOf(root)).sort();
  }

  private stateOf(root: Visit): 'STARTED' | 'SUSPENDED' | 'COMPLETED' | 'CANCELED' {
    if (root.lives) return root.halted ? 'SUSPENDED' : 'STARTED';
    return root === this.root && this.isCanceled ? 'CANCELED' : 'COMPLETED';
  }

  // --- What the world does -------------------------------------------------------------------------------------------

  complete(id: string, variables: Values): void {
    const visit = this.waiting(id);
    this.bring(visit, variables);
    this.finish(visit);
    this.run();
  }

  /** Without a delay the next try is there at once. */
  fail(id: string, { limit, minutes, variables }: Failure): void {
    const visit = this.waiting(id);
    Object.assign(visit.variables, variables);
    if (visit.failures >= limit) {
      this.trouble(visit);
    } else {
      visit.failures += 1;
      visit.isAway = minutes > 0;
      if (visit.isAway) {
        this.waits.after(minutes, () => {
          visit.isAway = false;
        });
      }
    }
    this.run();
  }

  /** The work throws; what nothing catches waits for somebody, unless a person threw it. */
  throwOut(id: string, kind: Thrown, code: string, variables: Values): void {
    const visit = this.waiting(id);
    const catcher = this.catcherOf(visit, kind, code);
    if (catcher !== undefined) {
      this.trigger(catcher.owner, catcher.catching, variables);
    } else if (visit.element.type !== 'USER_TASK') {
      Object.assign(visit.variables, variables);
      this.trouble(visit);
    }
    this.run();
  }

  resolve(id: string): void {
    const [visit] = this.working()
      .filter(({ element, incident }) => element.id === id && incident > 0)
      .sort((one, other) => one.incident - other.incident);
    if (visit === undefined) throw new Error(`nothing is wrong with ${id}`);
    visit.incident = 0;
    visit.failures = 0;
    if (visit.element.type === 'ERROR_END_EVENT') this.throwError(visit);
    if (visit.element.type === 'MULTIPLE_END_EVENT') this.begin(visit);
    this.run();
  }

  setVariables(variables: Values): void {
    Object.assign(this.root.variables, variables);
    this.run();
  }

  cancel(): void {
    this.kill(this.root);
    this.isCanceled = true;
  }

  /** With all that it has called, or alone. */
  suspend(withCalled: boolean): void {
    for (const process of this.processes(withCalled)) process.halted = true;
  }

  /** Timers and signals that were missed happen, tokens move on. */
  resume(withCalled: boolean): void {
    for (const process of this.processes(withCalled).filter(({ halted }) => halted)) {
      process.halted = false;
      this.waits.resume(process);
      const scopes = [...visitsIn(process)].filter((each) => processOf(each) === process);
      for (const scope of scopes.sort((one, other) => one.born - other.born)) {
        this.waits.offerAgain(scope);
        for (const token of scope.tokens) this.queue.push(() => this.arrive(scope, token));
      }
    }
    this.run();
  }

  private processes(withCalled: boolean): readonly Visit[] {
    if (!this.root.lives) return [];
    return withCalled ? [...visitsIn(this.root)].filter(({ parent }) => parent === undefined) : [this.root];
  }

  // --- What can be seen ----------------------------------------------------------------------------------------------

  waitsAt(): readonly string[] {
    return this.working()
      .map(({ element }) => element.id)
      .sort();
  }

  /** Where there is something to do for workers, people and operators. */
  works(): readonly string[] {
    const isWork = ({ element, incident, isAway }: Visit) =>
      incident > 0 || (!isAway && (element.type === 'USER_TASK' || ('job' in element && element.job !== undefined)));
    return this.working()
      .filter(isWork)
      .map(({ element }) => element.id)
      .sort();
  }

  /** A person does not fail. */
  isPerson(id: string): boolean {
    return this.working().some(({ element }) => element.id === id && element.type === 'USER_TASK');
  }

  incidents(): readonly string[] {
    return this.working()
      .flatMap(({ element, incident }) => (incident > 0 ? [element.id] : []))
      .sort();
  }

  awaited(): readonly string[] {
    return [...this.waits.all(), ...this.waits.partly()]
      .map(({ catching, owner }) => `${catching.id} at ${owner.element.id}`)
      .sort();
  }

  tokens(): readonly string[] {
    const tokens = [...this.living()].flatMap(({ graph, tokens: own }) =>
      own.map(({ flow }) => graph.flows[flow ?? -1]?.id ?? ''),
    );
    return tokens.sort();
  }

  /** The variables of each scope that has any. */
  scopes(): readonly (readonly [id: string, variables: Values])[] {
    return [...this.living()]
      .filter(({ variables }) => Object.keys(variables).length > 0)
      .map(({ element, variables }) => [element.id, variables]);
  }

  /** What has completed and can be undone: in which scope, and by whom it is being undone. */
  undoable(): readonly string[] {
    const all = [...this.living()].flatMap((scope) => scope.done.map((done) => ({ scope, done })));
    return all.map(({ scope, done }) => `${done.activity.id} in ${scope.element.id}`).sort();
  }

  private living(): readonly Visit[] {
    return this.roots.filter(({ lives }) => lives).flatMap((root) => [...visitsIn(root)]);
  }

  private working(): readonly Visit[] {
    return this.roots.filter(({ lives }) => lives).flatMap((root) => [...leavesIn(root)]);
  }

  private waiting(id: string): Visit {
    const [oldest] = this.working()
      .filter(({ element, incident, isAway }) => element.id === id && incident === 0 && !isAway)
      .sort((one, other) => one.born - other.born);
    if (oldest === undefined) throw new Error(`nothing waits at ${id}`);
    return oldest;
  }

  // --- Tokens --------------------------------------------------------------------------------------------------------

  private run(): void {
    let steps = 0;
    do {
      for (let next = this.queue.shift(); next !== undefined; next = this.queue.shift()) {
        steps += 1;
        if (steps > MOST_STEPS) throw new Runaway();
        next();
      }
    } while (this.openJoin() || this.triggerCondition());
  }

  /** When nothing moves any more: the oldest scope with a join that nothing else can come to. */
  private openJoin(): boolean {
    const scopes = this.living().toSorted((one, other) => one.born - other.born);
    for (const scope of scopes.filter((each) => !isHalted(each))) {
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
    if (wait !== undefined) this.trigger(wait.owner, wait.catching, {});
    return wait !== undefined;
  }

  private visit(graph: Graph, element: Element, parent: Visit | undefined, caller?: Visit): Visit {
    this.births += 1;
    const visit: Visit = {
      born: this.births,
      graph,
      element,
      parent,
      caller,
      variables: {},
      children: new Set<Visit>(),
      called: undefined,
      tokens: [],
      lives: true,
      incident: 0,
      repeated: undefined,
      place: 0,
      halted: caller !== undefined && isHalted(caller),
      failures: 0,
      isAway: false,
      taken: undefined,
      done: [],
      undoes: undefined,
    };
    parent?.children.add(visit);
    return visit;
  }

  private send(scope: Visit, flow: number | undefined, target = targetOf(scope.graph, flow)): void {
    this.births += 1;
    const token: Token = { flow, target, born: this.births };
    scope.tokens.push(token);
    this.queue.push(() => this.arrive(scope, token));
  }

  private arrive(scope: Visit, token: Token): void {
    if (!scope.lives || !scope.tokens.includes(token) || isHalted(scope)) return;
    const { target } = token;
    if (isInclusiveJoin(target) || isComplexJoin(target)) return;
    const taken = target.type === 'PARALLEL_GATEWAY' ? oneOfEach(scope, target) : [token];
    if (taken === undefined) return;
    scope.tokens = scope.tokens.filter((each) => !taken.includes(each));
    this.begin(this.visit(scope.graph, target, scope));
  }

  private begin(visit: Visit): void {
    const { element, graph } = visit;
    if ('inputs' in element)
      map(visit, element.inputs, (name, value) => Object.assign(visit.variables, { [name]: value }));
    this.waitInside(visit);
    if (element.type === 'MULTI_INSTANCE_BODY') {
      this.beginBody(visit, element.loop);
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
      this.throwError(visit);
    } else if (element.type === 'ESCALATION_END_EVENT' || element.type === 'ESCALATION_THROW_EVENT') {
      this.escalate(visit);
    } else if (/^(MESSAGE|SIGNAL)_(THROW|END)_EVENT$/.test(element.type)) {
      this.sendAll(visit);
      this.finish(visit);
    } else if (element.type === 'MULTIPLE_THROW_EVENT' || element.type === 'MULTIPLE_END_EVENT') {
      this.throwAll(visit);
    } else if (element.type === 'COMPENSATION_THROW_EVENT' || element.type === 'COMPENSATION_END_EVENT') {
      this.compensate(visit);
    } else if (element.type === 'LINK_THROW_EVENT') {
      this.jump(visit);
    } else if (element.type === 'TERMINATE_END_EVENT') {
      this.terminate(visit);
    } else if (element.type !== 'USER_TASK' && (!('job' in element) || element.job === undefined)) {
      this.finish(visit);
    }
  }

  private waitInside(visit: Visit): void {
    for (const catching of catchersOf(visit)) this.waits.open(visit, catching);
  }

  /** Outwards, or local where there are output mappings. */
  private bring(visit: Visit, values: Values): void {
    const { element } = visit;
    if ('outputs' in element && element.outputs.length > 0) Object.assign(visit.variables, values);
    else for (const [name, value] of Object.entries(values)) assign(visit, name, value);
  }

  private finish(visit: Visit): void {
    const { element, parent, caller } = visit;
    if ('outputs' in element && parent !== undefined) {
      map(visit, element.outputs, (name, value) => assign(parent, name, value));
    }
    if (visit.repeated !== undefined && parent !== undefined) giveResults(visit, visit.repeated, parent);
    if (parent?.repeated !== undefined) this.closeInstance(visit, parent, parent.repeated);
    const flows = flowsOut(visit);
    this.undo.remember(visit);
    this.gone(visit);
    if (caller !== undefined) this.queue.push(() => caller.lives && this.takeOver(caller, visit));
    for (const flow of flows) if (parent !== undefined) this.send(parent, flow);
    this.lookInto(parent);
  }

  private gone(visit: Visit): void {
    visit.lives = false;
    visit.parent?.children.delete(visit);
  }

  private lookInto(scope: Visit | undefined): void {
    if (scope !== undefined && isEmpty(scope)) this.queue.push(() => scope.lives && this.emptied(scope));
  }

  private emptied(scope: Visit): void {
    const { repeated, element, undoes } = scope;
    if (!isEmpty(scope)) return;
    if (undoes !== undefined) {
      this.gone(scope);
      this.undo.undone(scope, undoes);
      this.lookInto(scope.parent);
      return;
    }
    if (repeated === undefined || repeated.enough || !isAnother(scope, repeated)) this.finish(scope);
    else if (element.type === 'MULTI_INSTANCE_BODY' && element.loop.type !== 'PARALLEL') {
      this.queue.push(() => this.openInstance(scope, repeated));
    }
  }

  private kill(visit: Visit): void {
    for (const child of visit.children) this.kill(child);
    if (visit.called !== undefined) this.kill(visit.called);
    visit.tokens = [];
    this.gone(visit);
  }

  /** All in the scope but one; nothing can begin in it from outside any more. */
  private killInside(scope: Visit, survivor: Visit): void {
    for (const other of scope.children) if (other !== survivor) this.kill(other);
    scope.tokens = [];
    this.waits.close(scope, (catching) => 'attachedTo' in catching);
    interruptUndoing(scope);
  }

  private terminate(visit: Visit): void {
    const { parent } = visit;
    if (parent !== undefined) {
      this.killInside(parent, visit);
      parent.done = [];
    }
    this.finish(visit);
  }

  private trouble(visit: Visit): void {
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

  // --- Events --------------------------------------------------------------------------------------------------------

  private trigger(owner: Visit, catching: Catching, values: Values): void {
    if (!needsAll(catching)) {
      this.happen(owner, catching, values);
      return;
    }
    const all = this.waits.gather(owner, catching, values);
    if (all === undefined) return;
    this.happen(owner, catching, all);
    if ('interrupting' in catching && !catching.interrupting) this.waits.open(owner, catching, true);
  }

  private happen(owner: Visit, catching: Catching, values: Values): void {
    const visit = this.caught(owner, catching);
    const isReady = visit === owner || owner.element.type === 'EVENT_BASED_GATEWAY';
    if ('outputs' in catching && catching.outputs.length > 0) Object.assign(visit.variables, values);
    else for (const [name, value] of Object.entries(values)) assign(visit, name, value);
    this.queue.push(() => {
      if (visit.lives) isReady ? this.finish(visit) : this.begin(visit);
    });
  }

  /** What waits itself, or what begins because of it. */
  private caught(owner: Visit, catching: Catching): Visit {
    const { graph, parent, element } = owner;
    if (element === catching) {
      this.waits.close(owner);
      return owner;
    }
    if ('attachedTo' in catching) {
      const visit = this.visit(graph, catching, parent);
      if (catching.interrupting) this.kill(owner);
      return visit;
    }
    if (element.type === 'EVENT_BASED_GATEWAY') {
      this.gone(owner);
      return this.visit(graph, catching, parent);
    }
    const visit = this.visit(graph, elementAt(graph, catching.scope), owner);
    if ('interrupting' in catching && catching.interrupting) this.killInside(owner, visit);
    return visit;
  }

  private sendAll(visit: Visit): void {
    for (const event of definitionsOf(visit.element as Catching)) {
      const given = { ...visit.variables };
      if (event.kind === 'MESSAGE') this.waits.sendTo(String(event.name), addressOf(visit, event), given, true);
      if (event.kind === 'SIGNAL') this.waits.throwSignal(visit, String(event.name), given);
    }
  }

  /** While the error is not caught, nothing is sent. */
  private throwAll(visit: Visit): void {
    const last = definitionsOf(visit.element as Catching).at(-1)?.kind;
    const isCaught = last !== 'ERROR' || this.catcherOf(visit, 'ERROR', codeOf(visit.element, 'ERROR')) !== undefined;
    if (isCaught) this.sendAll(visit);
    if (last === 'ERROR') this.throwError(visit);
    else if (last === 'ESCALATION') this.escalate(visit);
    else if (last === 'TERMINATE') this.terminate(visit);
    else this.finish(visit);
  }

  private throwError(visit: Visit): void {
    const catcher = this.catcherOf(visit, 'ERROR', codeOf(visit.element, 'ERROR'));
    if (catcher === undefined) {
      this.trouble(visit);
      return;
    }
    this.gone(visit);
    this.lookInto(visit.parent);
    this.trigger(catcher.owner, catcher.catching, { ...visit.variables });
  }

  private escalate(visit: Visit): void {
    const catcher = this.catcherOf(visit, 'ESCALATION', codeOf(visit.element, 'ESCALATION'));
    if (catcher !== undefined && 'interrupting' in catcher.catching && catcher.catching.interrupting) {
      this.gone(visit);
      this.lookInto(visit.parent);
    } else {
      this.finish(visit);
    }
    if (catcher !== undefined) this.trigger(catcher.owner, catcher.catching, { ...visit.variables });
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

  private afterUndoing(visit: Visit): void {
    const [event] = definitionsOf(visit.element as Catching);
    if (event?.kind === 'COMPENSATION' && event.waits) {
      this.finish(visit);
      return;
    }
    this.gone(visit);
    this.lookInto(visit.parent);
  }

  /** Outwards: what is inside a scope before what is attached to it, the exact code before the one that catches all. */
  private catcherOf(
    from: Visit,
    kind: Thrown,
    code: string,
  ): { readonly owner: Visit; readonly catching: Catching } | undefined {
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

  // --- Loops ---------------------------------------------------------------------------------------------------------

  private beginBody(body: Visit, loop: Loop): void {
    const items = loop.type === 'LOOP' ? undefined : (resultOf(body, loop.collection) as readonly unknown[]);
    const repeated = { items, results: (items ?? []).map(() => null), opened: 0, enough: false };
    body.repeated = repeated;
    if (isAnother(body, repeated)) this.queue.push(() => this.openInstance(body, repeated));
    else this.finish(body);
  }

  private openInstance(body: Visit, repeated: Repeated): void {
    const { element, graph } = body;
    if (!body.lives || repeated.enough || element.type !== 'MULTI_INSTANCE_BODY') return;
    const { loop } = element;
    const instance = this.visit(graph, elementAt(graph, element.inner), body);
    instance.place = repeated.opened;
    repeated.opened += 1;
    if (loop.type !== 'LOOP') {
      if (loop.output?.variable !== undefined) instance.variables[loop.output.variable] = null;
      if (loop.inputElement !== undefined) instance.variables[loop.inputElement] = repeated.items?.[instance.place];
    }
    instance.variables.loopCounter = repeated.opened;
    this.begin(instance);
    if (loop.type === 'PARALLEL' && isAnother(body, repeated)) {
      this.queue.push(() => this.openInstance(body, repeated));
    }
  }

  private closeInstance(instance: Visit, body: Visit, repeated: Repeated): void {
    const loop = multiInstanceOf(body.element);
    if (loop === undefined) return;
    const { output, completionCondition } = loop;
    if (output !== undefined) repeated.results[instance.place] = resultOf(instance, output.element);
    const active = body.children.size - 1;
    const counts = {
      numberOfInstances: repeated.items?.length,
      numberOfCompletedInstances: repeated.opened - active,
    };
    if (completionCondition === undefined || resultOf(instance, completionCondition, counts) !== true) return;
    repeated.enough = true;
    for (const other of body.children) if (other !== instance) this.kill(other);
  }
}

function isAnother(body: Visit, { items, opened }: Repeated): boolean {
  if (items !== undefined) return opened < items.length;
  if (body.element.type !== 'MULTI_INSTANCE_BODY' || body.element.loop.type !== 'LOOP') return false;
  const { condition, testBefore, maximum } = body.element.loop;
  if (maximum !== undefined && opened >= maximum) return false;
  if (condition === undefined || (opened === 0 && !testBefore)) return true;
  return resultOf(body, condition, { loopCounter: opened }) === true;
}

function giveResults(body: Visit, { results }: Repeated, parent: Visit): void {
  const output = multiInstanceOf(body.element)?.output;
  if (output !== undefined) assign(parent, output.collection, results);
}

function multiInstanceOf(element: Element): MultiInstance | undefined {
  return element.type === 'MULTI_INSTANCE_BODY' && element.loop.type !== 'LOOP' ? element.loop : undefined;
}

/** Targets without dots only. */
function map(visit: Visit, mappings: readonly Mapping[], write: (name: string, value: unknown) => void): void {
  for (const { source, target } of mappings) write(target.join('.'), resultOf(visit, source));
}

/** What may happen to it while it is at work: inside it, then at its border. */
function catchersOf({ element, graph }: Visit): readonly Catching[] {
  const inside = 'eventSubProcesses' in element ? element.eventSubProcesses : [];
  const starts = inside.map((index) => {
    const subProcess = elementAt(graph, index);
    return elementAt(graph, 'start' in subProcess ? subProcess.start : undefined);
  });
  const attached = 'boundaryEvents' in element ? element.boundaryEvents.map((index) => elementAt(graph, index)) : [];
  return [...starts, ...attached] as Catching[];
}

/** Empty: all. */
function codeOf(element: Element, kind: Thrown): string {
  const event = definitionsOf(element as Catching).find((each) => each.kind === kind);
  return event !== undefined && 'code' in event ? String(event.code ?? '') : '';
}
