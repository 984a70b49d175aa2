/** Ad-hoc sub-processes in the naive interpreter: what begins in one, whose turn it is, and when one is complete. */
import type { AdHocSubProcess, Element } from '../../src/model/process.js';
import { elementAt, isHalted, resultOf, type Token, type Visit } from './naive-visits.js';
import type { Walker } from './naive-walker.js';

export class NaiveAdHoc {
  private readonly walker: Walker;

  constructor(walker: Walker) {
    this.walker = walker;
  }

  begin(scope: Visit): void {
    const { activeElements } = adHocOf(scope);
    if (activeElements === undefined) this.ask(scope);
    else if (!this.choose(scope, resultOf(scope, activeElements) as readonly string[])) this.goOn(scope);
  }

  /** A worker says what begins; false when it can not say nothing. */
  answer(scope: Visit, ids: readonly string[]): boolean {
    const isEmpty = isIdle(scope);
    const holds = isComplete(scope);
    if (ids.length === 0 && isEmpty && !holds && adHocOf(scope).completionCondition !== undefined) return false;
    scope.asks = false;
    if (this.choose(scope, ids)) return true;
    if (holds) this.complete(scope, scope);
    if (isIdle(scope)) this.leaveLater(scope);
    return true;
  }

  private choose(scope: Visit, ids: readonly string[]): boolean {
    const all = adHocOf(scope).first.map((index) => elementAt(scope.graph, index));
    for (const id of ids) {
      const target = all.find((each) => each.id === id);
      if (target === undefined) throw new Error(`${id} can not begin in ${scope.element.id}`);
      this.walker.send(scope, undefined, target);
    }
    return ids.length > 0;
  }

  /** Who was asked before knew less; what has failed is to be done first. */
  private ask(scope: Visit): void {
    if (scope.isAway || scope.incident > 0) return;
    scope.asks = true;
    scope.failures = 0;
  }

  /** What comes when it is complete goes nowhere; in a sequence it may have to wait for its turn. */
  admits(scope: Visit, token: Token): boolean {
    if (scope.element.type !== 'AD_HOC_SUB_PROCESS') return true;
    if (scope.over === undefined) return !scope.element.sequential || !isActivity(token.target) || !isBusy(scope);
    scope.tokens = scope.tokens.filter((each) => each !== token);
    this.walker.lookInto(scope);
    return false;
  }

  /** Of all that waits for its turn the next; false when there is none. */
  beginNext(scopes: readonly Visit[]): boolean {
    for (const scope of scopes) {
      const { element } = scope;
      if (element.type !== 'AD_HOC_SUB_PROCESS' || !element.sequential || scope.over !== undefined) continue;
      if (isHalted(scope) || isBusy(scope)) continue;
      const waiting = scope.tokens.filter(({ target }) => isActivity(target));
      const [token] = waiting.sort((one, other) => one.born - other.born);
      if (token === undefined) continue;
      this.walker.later(() => this.walker.arrive(scope, token));
      return true;
    }
    return false;
  }

  /** Where what is done goes on to, unless it has completed the sub-process. */
  flowsAfter(visit: Visit, flows: () => readonly number[]): readonly number[] {
    const { parent: scope } = visit;
    if (scope?.element.type !== 'AD_HOC_SUB_PROCESS' || !isActivity(visit.element)) return flows();
    if (scope.over !== undefined) return [];
    if (isComplete(scope)) {
      this.complete(scope, visit);
      return [];
    }
    const taken = flows();
    const isLast = taken.length === 0 && scope.children.size + scope.tokens.length === 1;
    if (!isLast && scope.element.activeElements === undefined) this.ask(scope);
    return taken;
  }

  /** Nothing is at work in it. */
  goOn(scope: Visit): void {
    if (scope.over === 'INTERRUPTED') {
      this.walker.finish(scope);
      return;
    }
    const isOver = scope.over !== undefined || adHocOf(scope).job === undefined;
    if (!isOver && !isComplete(scope)) {
      this.ask(scope);
      return;
    }
    if (!isOver) this.complete(scope, scope);
    this.leaveLater(scope);
  }

  private leaveLater(scope: Visit): void {
    this.walker.later(() => scope.lives && this.walker.finish(scope));
  }

  private complete(scope: Visit, by: Visit): void {
    if (adHocOf(scope).cancelsRemaining) this.walker.killInside(scope, by);
    else this.walker.offerTokens(scope);
    forgetAsking(scope);
    scope.over = 'COMPLETE';
  }
}

export function forgetAsking(scope: Visit): void {
  scope.asks = false;
  scope.isAway = false;
  scope.incident = 0;
}

function adHocOf({ element }: Visit): AdHocSubProcess {
  if (element.type !== 'AD_HOC_SUB_PROCESS') throw new Error(`${element.id} is no ad-hoc sub-process`);
  return element;
}

function isComplete(scope: Visit): boolean {
  const { completionCondition } = adHocOf(scope);
  return completionCondition !== undefined && resultOf(scope, completionCondition) === true;
}

function isIdle({ children, tokens }: Visit): boolean {
  return children.size === 0 && tokens.length === 0;
}

function isBusy({ children }: Visit): boolean {
  return [...children].some(({ element }) => isActivity(element));
}

function isActivity(element: Element): boolean {
  return 'boundaryEvents' in element && element.type !== 'EVENT_SUB_PROCESS';
}
