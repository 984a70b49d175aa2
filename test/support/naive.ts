/**
 * A second interpreter of processes, as plain as can be: a tree of objects and a queue of tokens in memory. It shares no
 * code with the core, only the types of the model; where the two disagree, one of them is wrong.
 */
import type { Graph } from '../../src/model/process.js';
import { catcherOf, type Thrown } from './naive-catchers.js';
import { goOnListening } from './naive-listeners.js';
import { isLeaf, processOf, type Values, type Visit, visitsIn } from './naive-visits.js';
import { NaiveWalk } from './naive-walk.js';

export interface Failure {
  readonly limit: number;
  /** Until the next try. */
  readonly minutes: number;
  readonly variables: Values;
}

export class Naive extends NaiveWalk {
  private isCanceled = false;

  constructor(graphs: readonly [Graph, ...Graph[]], variables: Values) {
    super(graphs);
    const root = this.openRoot();
    Object.assign(root.variables, variables);
    this.begin(root);
    this.run();
    this.waits.settle();
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
    const { listening } = visit;
    if (listening === undefined) {
      this.bring(visit, variables);
      this.finish(visit);
    } else if (!goOnListening(visit, variables)) {
      if (listening.phase === 'start') this.begin(visit, true);
      else this.finish(visit, true);
    }
    this.run();
  }

  /** What begins in an ad-hoc sub-process; an answer that is refused changes nothing. */
  choose(id: string, ids: readonly string[]): void {
    const visit = this.waiting(id);
    if (this.adHoc.answer(visit, ids)) this.run();
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
    const catcher = visit.listening === undefined ? catcherOf(visit, kind, code) : undefined;
    if (catcher !== undefined) {
      this.events.trigger(catcher.owner, catcher.catching, variables);
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
    if (visit.element.type === 'ERROR_END_EVENT') this.events.throwError(visit);
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
      .filter(({ element }) => element.type !== 'AD_HOC_SUB_PROCESS')
      .map(({ element }) => element.id)
      .sort();
  }

  /** Where there is something to do for workers, people and operators. */
  works(): readonly string[] {
    return this.working()
      .filter((visit) => visit.incident > 0 || isWork(visit))
      .map(({ element }) => element.id)
      .sort();
  }

  /** What has an open job. */
  jobs(): readonly string[] {
    return this.working()
      .filter((visit) => visit.incident === 0 && !visit.isAway && hasJob(visit))
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

  private working(): readonly Visit[] {
    return this.living().filter((visit) => isLeaf(visit) || visit.asks);
  }

  private waiting(id: string): Visit {
    const [oldest] = this.working()
      .filter((visit) => visit.element.id === id && visit.incident === 0 && isWork(visit))
      .sort((one, other) => one.born - other.born);
    if (oldest === undefined) throw new Error(`nothing waits at ${id}`);
    return oldest;
  }
}

/** Asked of a worker. */
function hasJob({ element, asks, listening }: Visit): boolean {
  return (
    asks ||
    listening !== undefined ||
    (element.type !== 'AD_HOC_SUB_PROCESS' && 'job' in element && element.job !== undefined)
  );
}

/** For workers or people. */
function isWork(visit: Visit): boolean {
  return !visit.isAway && (visit.element.type === 'USER_TASK' || hasJob(visit));
}
