/**
 * A second interpreter of processes, as plain as can be: a tree of objects and a queue of tokens in memory. It shares no
 * code with the core, only the types of the model; where the two disagree, one of them is wrong.
 */
import type { Expression } from '../../src/model/expression.js';
import type { Element, Graph, Loop, Mapping, MultiInstance } from '../../src/model/process.js';

type Values = Record<string, unknown>;

const SCOPES: ReadonlySet<string> = new Set(['SUB_PROCESS', 'MULTI_INSTANCE_BODY']);

interface Visit {
  readonly born: number;
  readonly element: Element;
  readonly parent: Visit | undefined;
  readonly variables: Values;
  readonly children: Set<Visit>;
  /** Tokens on the flows inside, from the moment they set out. */
  tokens: Token[];
  lives: boolean;
  incident: boolean;
  /** Of the body of a multi-instance. */
  repeated: Repeated | undefined;
  /** Of an instance in it, from 0. */
  place: number;
}

interface Repeated {
  readonly items: readonly unknown[];
  readonly results: unknown[];
  opened: number;
  enough: boolean;
}

interface Token {
  readonly flow: number;
}

export class Naive {
  readonly root: Visit;
  state: 'STARTED' | 'COMPLETED' | 'CANCELED' = 'STARTED';
  private readonly graph: Graph;
  private readonly queue: (() => void)[] = [];
  private births = 0;

  constructor(graph: Graph, variables: Values) {
    this.graph = graph;
    this.root = this.visit(this.element(0), undefined);
    Object.assign(this.root.variables, variables);
    this.begin(this.root);
    this.run();
  }

  // --- What the world does -------------------------------------------------------------------------------------------

  complete(id: string, variables: Values): void {
    const visit = this.waiting(id);
    if ('outputs' in visit.element && visit.element.outputs.length > 0) Object.assign(visit.variables, variables);
    else for (const [name, value] of Object.entries(variables)) this.assign(visit, name, value);
    this.finish(visit);
    this.run();
  }

  /** Without retries. */
  fail(id: string): void {
    this.waiting(id).incident = true;
  }

  resolve(id: string): void {
    this.waiting(id, true).incident = false;
  }

  setVariables(variables: Values): void {
    Object.assign(this.root.variables, variables);
  }

  cancel(): void {
    this.kill(this.root);
    this.state = 'CANCELED';
  }

  // --- What can be seen ----------------------------------------------------------------------------------------------

  waitsAt(): readonly string[] {
    return [...this.leaves(this.root)].map(({ element }) => element.id).sort();
  }

  incidents(): readonly string[] {
    return [...this.leaves(this.root)].flatMap(({ element, incident }) => (incident ? [element.id] : [])).sort();
  }

  private *leaves(visit: Visit): Generator<Visit> {
    for (const child of visit.children) {
      if (SCOPES.has(child.element.type)) yield* this.leaves(child);
      else yield child;
    }
  }

  private waiting(id: string, incident = false): Visit {
    const [oldest] = [...this.leaves(this.root)]
      .filter((visit) => visit.element.id === id && visit.incident === incident)
      .sort((one, other) => one.born - other.born);
    if (oldest === undefined) throw new Error(`nothing waits at ${id}`);
    return oldest;
  }

  // --- Tokens --------------------------------------------------------------------------------------------------------

  private run(): void {
    do {
      for (let next = this.queue.shift(); next !== undefined; next = this.queue.shift()) next();
    } while (this.openInclusiveJoin());
  }

  /** When nothing moves any more: the oldest scope with a join that nothing else can come to. */
  private openInclusiveJoin(): boolean {
    const scopes = [...this.visits(this.root)].sort((one, other) => one.born - other.born);
    for (const scope of scopes) {
      const joins = [...new Set(scope.tokens.map(({ flow }) => this.element(this.graph.flows[flow]?.target)))].filter(
        isInclusiveJoin,
      );
      const circle = joins.every((join) => this.hasAll(scope, join, joins));
      const join = joins.find((each) => this.hasAll(scope, each, [each])) ?? (circle ? joins[0] : undefined);
      if (join === undefined) continue;
      const first = join.incoming.map((flow) => scope.tokens.find((token) => token.flow === flow));
      scope.tokens = scope.tokens.filter((token) => !first.includes(token));
      this.begin(this.visit(join, scope));
      return true;
    }
    return false;
  }

  private *visits(visit: Visit): Generator<Visit> {
    yield visit;
    for (const child of visit.children) yield* this.visits(child);
  }

  /** Follows every path of every token that is not at one of these joins, forwards. */
  private hasAll(scope: Visit, join: Element, without: readonly Element[]): boolean {
    const has = (flow: number) => scope.tokens.some((token) => token.flow === flow);
    const tokens = scope.tokens.map(({ flow }) => this.element(this.graph.flows[flow]?.target));
    const places = [...tokens, ...[...scope.children].map(({ element }) => element)];
    return places.every((place) => {
      if (without.includes(place)) return true;
      const reached = this.flowsReached(place, join, new Set());
      return reached.every(has) || reached.some(has);
    });
  }

  private flowsReached(from: Element, join: Element, seen: Set<Element>): readonly number[] {
    if (seen.has(from) || from === join) return [];
    seen.add(from);
    return from.outgoing.flatMap((flow) => {
      const target = this.element(this.graph.flows[flow]?.target);
      return target === join ? [flow] : this.flowsReached(target, join, seen);
    });
  }

  private visit(element: Element, parent: Visit | undefined): Visit {
    this.births += 1;
    const visit = {
      born: this.births,
      element,
      parent,
      variables: {},
      children: new Set<Visit>(),
      tokens: [],
      lives: true,
      incident: false,
      repeated: undefined,
      place: 0,
    };
    parent?.children.add(visit);
    return visit;
  }

  private send(scope: Visit, flow: number): void {
    const token: Token = { flow };
    scope.tokens.push(token);
    this.queue.push(() => this.arrive(scope, token));
  }

  private arrive(scope: Visit, token: Token): void {
    if (!scope.lives || !scope.tokens.includes(token)) return;
    const target = this.element(this.graph.flows[token.flow]?.target);
    if (isInclusiveJoin(target)) return;
    const taken = target.type === 'PARALLEL_GATEWAY' ? this.oneOfEach(scope, target) : [token];
    if (taken === undefined) return;
    scope.tokens = scope.tokens.filter((each) => !taken.includes(each));
    this.begin(this.visit(target, scope));
  }

  private oneOfEach(scope: Visit, { incoming }: Element): readonly Token[] | undefined {
    const first = incoming.map((flow) => scope.tokens.find((token) => token.flow === flow));
    return first.every((token) => token !== undefined) ? first : undefined;
  }

  private begin(visit: Visit): void {
    const { element, parent } = visit;
    if ('inputs' in element)
      this.map(visit, element.inputs, (name, value) => Object.assign(visit.variables, { [name]: value }));
    if (element.type === 'MULTI_INSTANCE_BODY') {
      this.beginBody(visit, element.loop);
    } else if (element.type === 'PROCESS' || element.type === 'SUB_PROCESS') {
      this.begin(this.visit(this.element(element.start), visit));
    } else if (element.type === 'SCRIPT_TASK' && element.script !== undefined) {
      const value = this.value(visit, element.script.expression);
      if (element.outputs.length > 0) visit.variables[element.script.resultVariable] = value;
      else this.assign(visit, element.script.resultVariable, value);
      this.finish(visit);
    } else if (element.type === 'TERMINATE_END_EVENT') {
      if (parent !== undefined) for (const other of parent.children) if (other !== visit) this.kill(other);
      if (parent !== undefined) parent.tokens = [];
      this.finish(visit);
    } else if (!('job' in element) || element.job === undefined) {
      this.finish(visit);
    }
  }

  private finish(visit: Visit): void {
    const { element, parent } = visit;
    if ('outputs' in element && parent !== undefined) {
      this.map(visit, element.outputs, (name, value) => this.assign(parent, name, value));
    }
    if (visit.repeated !== undefined && parent !== undefined) this.giveResults(visit, visit.repeated, parent);
    if (parent?.repeated !== undefined) this.closeInstance(visit, parent, parent.repeated);
    const flows = this.flowsOut(visit);
    visit.lives = false;
    parent?.children.delete(visit);
    if (parent === undefined) this.state = 'COMPLETED';
    else for (const flow of flows) this.send(parent, flow);
    if (parent !== undefined && parent.children.size === 0 && parent.tokens.length === 0) {
      this.queue.push(() => parent.lives && this.emptied(parent));
    }
  }

  private emptied(scope: Visit): void {
    const { repeated, element } = scope;
    const isDone = repeated === undefined || repeated.enough || repeated.opened === repeated.items.length;
    if (repeated !== undefined && scope.children.size > 0) return;
    if (isDone) this.finish(scope);
    else if (loopOf(element).type === 'SEQUENTIAL') this.queue.push(() => this.openInstance(scope, repeated));
  }

  // --- Multi-instance ------------------------------------------------------------------------------------------------

  private beginBody(body: Visit, loop: Loop): void {
    const items = this.value(body, loop.type === 'LOOP' ? undefined : loop.collection) as readonly unknown[];
    const repeated = { items, results: items.map(() => null), opened: 0, enough: false };
    body.repeated = repeated;
    if (items.length === 0) this.finish(body);
    else this.queue.push(() => this.openInstance(body, repeated));
  }

  private openInstance(body: Visit, repeated: Repeated): void {
    if (!body.lives || repeated.enough || body.element.type !== 'MULTI_INSTANCE_BODY') return;
    const loop = loopOf(body.element);
    const instance = this.visit(this.element(body.element.inner), body);
    instance.place = repeated.opened;
    repeated.opened += 1;
    if (loop.output?.variable !== undefined) instance.variables[loop.output.variable] = null;
    if (loop.inputElement !== undefined) instance.variables[loop.inputElement] = repeated.items[instance.place];
    instance.variables.loopCounter = repeated.opened;
    this.begin(instance);
    const isLast = repeated.opened === repeated.items.length;
    if (loop.type === 'PARALLEL' && !isLast) this.queue.push(() => this.openInstance(body, repeated));
  }

  private closeInstance(instance: Visit, body: Visit, repeated: Repeated): void {
    const { output, completionCondition } = loopOf(body.element);
    if (output !== undefined) repeated.results[instance.place] = this.value(instance, output.element);
    const active = body.children.size - 1;
    const counts = { numberOfInstances: repeated.items.length, numberOfCompletedInstances: repeated.opened - active };
    if (completionCondition === undefined || this.value(instance, completionCondition, counts) !== true) return;
    repeated.enough = true;
    for (const other of body.children) if (other !== instance) this.kill(other);
  }

  private giveResults(body: Visit, { results }: Repeated, parent: Visit): void {
    const { output } = loopOf(body.element);
    if (output !== undefined) this.assign(parent, output.collection, results);
  }

  private flowsOut(visit: Visit): readonly number[] {
    const { element } = visit;
    const isTrue = (flow: number) => this.value(visit, this.graph.flows[flow]?.condition) === true;
    if (element.outgoing.every((flow) => this.graph.flows[flow]?.condition === undefined)) return element.outgoing;
    const taken = element.outgoing.filter((flow) => this.graph.flows[flow]?.condition !== undefined && isTrue(flow));
    const fallback = 'defaultFlow' in element && element.defaultFlow !== undefined ? [element.defaultFlow] : [];
    if (taken.length === 0) return fallback;
    return element.type === 'EXCLUSIVE_GATEWAY' ? taken.slice(0, 1) : taken;
  }

  private kill(visit: Visit): void {
    for (const child of visit.children) this.kill(child);
    visit.lives = false;
    visit.tokens = [];
    visit.parent?.children.delete(visit);
  }

  // --- Data ----------------------------------------------------------------------------------------------------------

  /** Targets without dots only. */
  private map(visit: Visit, mappings: readonly Mapping[], write: (name: string, value: unknown) => void): void {
    for (const { source, target } of mappings) write(target.join('.'), this.value(visit, source));
  }

  /** Where it already exists, searching outwards, or else in the process. */
  private assign(from: Visit, name: string, value: unknown): void {
    const owner = this.owner(from, name) ?? this.root;
    owner.variables[name] = value;
  }

  private owner(from: Visit, name: string): Visit | undefined {
    if (name in from.variables) return from;
    return from.parent === undefined ? undefined : this.owner(from.parent, name);
  }

  private value(visit: Visit, expression: Expression | undefined, extra: Values = {}): unknown {
    if (expression === undefined) return undefined;
    const evaluation = expression.evaluate({
      now: 0,
      variable: (name) => {
        if (name in extra) return { value: extra[name] };
        const owner = this.owner(visit, name);
        return owner === undefined ? undefined : { value: owner.variables[name] };
      },
    });
    if (!evaluation.ok) throw new Error(evaluation.message);
    return evaluation.value;
  }

  private element(index: number | undefined): Element {
    const element = this.graph.elements[index ?? -1];
    if (element === undefined) throw new Error(`there is no element ${index}`);
    return element;
  }
}

function loopOf(element: Element): MultiInstance {
  if (element.type === 'MULTI_INSTANCE_BODY' && element.loop.type !== 'LOOP') return element.loop;
  throw new Error(`${element.id} is no multi-instance`);
}

function isInclusiveJoin({ type, incoming }: Element): boolean {
  return type === 'INCLUSIVE_GATEWAY' && incoming.length > 1;
}
