/**
 * A second interpreter of processes, as plain as can be: a tree of objects and a queue of tokens in memory. It shares no
 * code with the core, only the types of the model; where the two disagree, one of them is wrong.
 */
import type { Element, Graph, Loop, Mapping, MultiInstance } from '../../src/model/process.js';
import {
  assign,
  elementAt,
  isEmpty,
  leavesIn,
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
import { addressOf, type Catching, NaiveWaits } from './naive-waits.js';

/** More than a command may take at once: such a process is not for this interpreter. */
const MOST_STEPS = 900;

type Thrown = 'ERROR' | 'ESCALATION';

export class Naive {
  readonly root: Visit;
  readonly waits = new NaiveWaits((owner, catching, values) => {
    this.trigger(owner, catching, values);
    this.run();
  });
  state: 'STARTED' | 'COMPLETED' | 'CANCELED' = 'STARTED';
  private readonly graphs: readonly Graph[];
  private readonly queue: (() => void)[] = [];
  private births = 0;

  /** The first graph is the process that is started; the others can be called. */
  constructor(graphs: readonly [Graph, ...Graph[]], variables: Values) {
    this.graphs = graphs;
    this.root = this.visit(graphs[0], elementAt(graphs[0], 0), undefined);
    Object.assign(this.root.variables, variables);
    this.begin(this.root);
    this.run();
    this.waits.settle();
  }

  // --- What the world does -------------------------------------------------------------------------------------------

  complete(id: string, variables: Values): void {
    const visit = this.waiting(id);
    this.bring(visit, variables);
    this.finish(visit);
    this.run();
  }

  /** Without retries. */
  fail(id: string): void {
    this.trouble(this.waiting(id));
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
    if (visit.element.type === 'ERROR_END_EVENT') this.throwError(visit);
    this.run();
  }

  setVariables(variables: Values): void {
    Object.assign(this.root.variables, variables);
    this.run();
  }

  cancel(): void {
    this.kill(this.root);
    this.state = 'CANCELED';
  }

  // --- What can be seen ----------------------------------------------------------------------------------------------

  waitsAt(): readonly string[] {
    return this.working()
      .map(({ element }) => element.id)
      .sort();
  }

  /** Where there is something to do for workers, people and operators. */
  works(): readonly string[] {
    const isWork = ({ element, incident }: Visit) =>
      incident > 0 || element.type === 'USER_TASK' || ('job' in element && element.job !== undefined);
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
    return this.waits
      .all()
      .map(({ catching, owner }) => `${catching.id} at ${owner.element.id}`)
      .sort();
  }

  tokens(): readonly string[] {
    const tokens = [...this.living()].flatMap(({ graph, tokens: own }) =>
      own.map(({ flow }) => graph.flows[flow ?? -1]?.id ?? ''),
    );
    return tokens.sort();
  }

  /** The variables of each scope that has any, but those of the process. */
  scopes(): readonly (readonly [id: string, variables: Values])[] {
    return [...this.living()]
      .filter((each) => each !== this.root && Object.keys(each.variables).length > 0)
      .map(({ element, variables }) => [element.id, variables]);
  }

  private living(): Iterable<Visit> {
    return this.root.lives ? visitsIn(this.root) : [];
  }

  private working(): readonly Visit[] {
    return this.root.lives ? [...leavesIn(this.root)] : [];
  }

  private waiting(id: string): Visit {
    const [oldest] = this.working()
      .filter(({ element, incident }) => element.id === id && incident === 0)
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
    } while (this.openInclusiveJoin() || this.triggerCondition());
  }

  /** When nothing moves any more: the oldest scope with a join that nothing else can come to. */
  private openInclusiveJoin(): boolean {
    const scopes = [...this.living()].sort((one, other) => one.born - other.born);
    for (const scope of scopes) {
      const joins = [...new Set(scope.tokens.map(({ target }) => target))].filter(isInclusiveJoin);
      const circle = joins.every((join) => hasAll(scope, join, joins));
      const join = joins.find((each) => hasAll(scope, each, [each])) ?? (circle ? joins[0] : undefined);
      if (join === undefined) continue;
      const first = join.incoming.map((flow) => scope.tokens.find((token) => token.flow === flow));
      scope.tokens = scope.tokens.filter((token) => !first.includes(token));
      this.begin(this.visit(scope.graph, join, scope));
      return true;
    }
    return false;
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
    };
    parent?.children.add(visit);
    return visit;
  }

  private send(scope: Visit, flow: number | undefined, target = targetOf(scope.graph, flow)): void {
    const token: Token = { flow, target };
    scope.tokens.push(token);
    this.queue.push(() => this.arrive(scope, token));
  }

  private arrive(scope: Visit, token: Token): void {
    if (!scope.lives || !scope.tokens.includes(token)) return;
    const { target } = token;
    if (isInclusiveJoin(target)) return;
    const taken = target.type === 'PARALLEL_GATEWAY' ? oneOfEach(scope, target) : [token];
    if (taken === undefined) return;
    scope.tokens = scope.tokens.filter((each) => !taken.includes(each));
    this.begin(this.visit(scope.graph, target, scope));
  }

  private begin(visit: Visit): void {
    const { element, graph } = visit;
    if ('inputs' in element)
      map(visit, element.inputs, (name, value) => Object.assign(visit.variables, { [name]: value }));
    for (const catching of catchersOf(visit)) this.wait(visit, catching);
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
      for (const flow of element.outgoing) this.wait(visit, targetOf(graph, flow) as Catching);
    } else if (element.type === 'RECEIVE_TASK' || /^(TIMER|MESSAGE|CONDITIONAL)_CATCH/.test(element.type)) {
      this.wait(visit, element as Catching);
    } else if (element.type === 'ERROR_END_EVENT') {
      this.throwError(visit);
    } else if (element.type === 'ESCALATION_END_EVENT' || element.type === 'ESCALATION_THROW_EVENT') {
      this.escalate(visit);
    } else if ((element.type === 'MESSAGE_THROW_EVENT' || element.type === 'MESSAGE_END_EVENT') && 'event' in element) {
      if (element.event.kind === 'MESSAGE') this.waits.send(addressOf(visit, element.event), visit.variables, true);
      this.finish(visit);
    } else if (element.type === 'LINK_THROW_EVENT') {
      this.jump(visit);
    } else if (element.type === 'TERMINATE_END_EVENT') {
      if (visit.parent !== undefined) this.killInside(visit.parent, visit);
      this.finish(visit);
    } else if (element.type !== 'USER_TASK' && (!('job' in element) || element.job === undefined)) {
      this.finish(visit);
    }
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
    this.gone(visit);
    if (caller !== undefined) this.queue.push(() => caller.lives && this.takeOver(caller, visit));
    else if (parent === undefined) this.state = 'COMPLETED';
    else for (const flow of flows) this.send(parent, flow);
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
    const { repeated, element } = scope;
    if (!isEmpty(scope)) return;
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

  private wait(owner: Visit, catching: Catching): void {
    const kind = catching.event?.kind;
    if (kind === 'TIMER' || kind === 'MESSAGE' || kind === 'CONDITIONAL') this.waits.open(owner, catching);
  }

  private trigger(owner: Visit, catching: Catching, values: Values): void {
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

  private throwError(visit: Visit): void {
    const catcher = this.catcherOf(visit, 'ERROR', codeOf(visit.element));
    if (catcher === undefined) {
      this.trouble(visit);
      return;
    }
    this.gone(visit);
    this.lookInto(visit.parent);
    this.trigger(catcher.owner, catcher.catching, {});
  }

  private escalate(visit: Visit): void {
    const catcher = this.catcherOf(visit, 'ESCALATION', codeOf(visit.element));
    if (catcher !== undefined && 'interrupting' in catcher.catching && catcher.catching.interrupting) {
      this.gone(visit);
      this.lookInto(visit.parent);
    } else {
      this.finish(visit);
    }
    if (catcher !== undefined) this.trigger(catcher.owner, catcher.catching, {});
  }

  /** Outwards: what is inside a scope before what is attached to it, the exact code before the one that catches all. */
  private catcherOf(
    from: Visit,
    kind: Thrown,
    code: string,
  ): { readonly owner: Visit; readonly catching: Catching } | undefined {
    let inner: Visit | undefined;
    for (let owner: Visit | undefined = from; owner !== undefined; owner = owner.parent ?? owner.caller) {
      const running =
        inner?.element.type === 'EVENT_SUB_PROCESS' ? elementAt(owner.graph, inner.element.start) : undefined;
      const isOver = running !== undefined && 'interrupting' in running && running.interrupting;
      const all = catchersOf(owner).filter(({ event }) => event?.kind === kind);
      const inside = all.filter((each) => !('attachedTo' in each) && each !== running && !isOver);
      const attached = all.filter((each) => 'attachedTo' in each);
      for (const place of [inside, attached]) {
        const catching = place.find((each) => codeOf(each) === code) ?? place.find((each) => codeOf(each) === '');
        if (catching !== undefined) return { owner, catching };
      }
      inner = owner;
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

function flowsOut(visit: Visit): readonly number[] {
  const { element, graph } = visit;
  const conditionOf = (flow: number) => graph.flows[flow]?.condition;
  if (element.outgoing.every((flow) => conditionOf(flow) === undefined)) return element.outgoing;
  const taken = element.outgoing.filter(
    (flow) => conditionOf(flow) !== undefined && resultOf(visit, conditionOf(flow)) === true,
  );
  const fallback = 'defaultFlow' in element && element.defaultFlow !== undefined ? [element.defaultFlow] : [];
  if (taken.length === 0) return fallback;
  return element.type === 'EXCLUSIVE_GATEWAY' ? taken.slice(0, 1) : taken;
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
function codeOf(element: Element): string {
  return 'event' in element && element.event !== undefined && 'code' in element.event
    ? String(element.event.code ?? '')
    : '';
}

function linkedFrom({ elements }: Graph, element: Element): Element | undefined {
  const nameOf = (each: Element) => ('event' in each && each.event?.kind === 'LINK' ? each.event.name : undefined);
  return elements.find(
    (each) => each.type === 'LINK_CATCH_EVENT' && each.scope === element.scope && nameOf(each) === nameOf(element),
  );
}

function oneOfEach(scope: Visit, { incoming }: Element): readonly Token[] | undefined {
  const first = incoming.map((flow) => scope.tokens.find((token) => token.flow === flow));
  return first.every((token) => token !== undefined) ? first : undefined;
}

function isInclusiveJoin({ type, incoming }: Element): boolean {
  return type === 'INCLUSIVE_GATEWAY' && incoming.length > 1;
}

/** Follows every path of every token that is not at one of these joins, forwards. */
function hasAll(scope: Visit, join: Element, without: readonly Element[]): boolean {
  const has = (flow: number) => scope.tokens.some((token) => token.flow === flow);
  const tokens = scope.tokens.map(({ target }) => target);
  const places = [...tokens, ...[...scope.children].map(({ element }) => element)];
  return places.every((place) => {
    if (without.includes(place)) return true;
    const reached = flowsReached(scope.graph, place, join, new Set());
    return reached.every(has) || reached.some(has);
  });
}

function flowsReached(graph: Graph, from: Element, join: Element, seen: Set<Element>): readonly number[] {
  if (seen.has(from) || from === join) return [];
  seen.add(from);
  const attached = 'boundaryEvents' in from ? from.boundaryEvents.map((index) => elementAt(graph, index)) : [];
  const linked = from.type === 'LINK_THROW_EVENT' ? linkedFrom(graph, from) : undefined;
  const beside = [...attached, ...(linked === undefined ? [] : [linked])];
  const behind = from.outgoing.flatMap((flow) => {
    const target = targetOf(graph, flow);
    return target === join ? [flow] : flowsReached(graph, target, join, seen);
  });
  return [...behind, ...beside.flatMap((each) => flowsReached(graph, each, join, seen))];
}
