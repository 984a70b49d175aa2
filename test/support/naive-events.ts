import { catcherOf, codeOf } from './naive-catchers.js';
import { assign, elementAt, type Values, type Visit } from './naive-visits.js';
import { addressOf, type Catching, definitionsOf, type NaiveWaits, needsAll } from './naive-waits.js';
import type { Walker } from './naive-walker.js';

export class NaiveEvents {
  private readonly walker: Walker;
  private readonly waits: NaiveWaits;

  constructor(walker: Walker, waits: NaiveWaits) {
    this.walker = walker;
    this.waits = waits;
  }

  trigger(owner: Visit, catching: Catching, values: Values): void {
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
    this.walker.later(() => {
      if (visit.lives) isReady ? this.walker.finish(visit) : this.walker.begin(visit);
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
      const visit = this.walker.visit(graph, catching, parent);
      if (catching.interrupting) this.walker.kill(owner);
      return visit;
    }
    if (element.type === 'EVENT_BASED_GATEWAY') {
      this.walker.gone(owner);
      return this.walker.visit(graph, catching, parent);
    }
    const visit = this.walker.visit(graph, elementAt(graph, catching.scope), owner);
    if ('interrupting' in catching && catching.interrupting) {
      this.walker.killInside(owner, visit);
      owner.over = 'INTERRUPTED';
    }
    return visit;
  }

  sendAll(visit: Visit): void {
    for (const event of definitionsOf(visit.element as Catching)) {
      const given = { ...visit.variables };
      if (event.kind === 'MESSAGE') this.waits.sendTo(String(event.name), addressOf(visit, event), given, true);
      if (event.kind === 'SIGNAL') this.waits.throwSignal(visit, String(event.name), given);
    }
  }

  /** While the error is not caught, nothing is sent. */
  throwAll(visit: Visit): void {
    const last = definitionsOf(visit.element as Catching).at(-1)?.kind;
    const isCaught = last !== 'ERROR' || catcherOf(visit, 'ERROR', codeOf(visit.element, 'ERROR')) !== undefined;
    if (isCaught) this.sendAll(visit);
    if (last === 'ERROR') this.throwError(visit);
    else if (last === 'ESCALATION') this.escalate(visit);
    else if (last === 'TERMINATE') this.walker.terminate(visit);
    else this.walker.finish(visit);
  }

  throwError(visit: Visit): void {
    const catcher = catcherOf(visit, 'ERROR', codeOf(visit.element, 'ERROR'));
    if (catcher === undefined) {
      this.walker.trouble(visit);
      return;
    }
    this.walker.gone(visit);
    this.walker.lookInto(visit.parent);
    this.trigger(catcher.owner, catcher.catching, { ...visit.variables });
  }

  escalate(visit: Visit): void {
    const catcher = catcherOf(visit, 'ESCALATION', codeOf(visit.element, 'ESCALATION'));
    if (catcher !== undefined && 'interrupting' in catcher.catching && catcher.catching.interrupting) {
      this.walker.gone(visit);
      this.walker.lookInto(visit.parent);
    } else {
      this.walker.finish(visit);
    }
    if (catcher !== undefined) this.trigger(catcher.owner, catcher.catching, { ...visit.variables });
  }
}
